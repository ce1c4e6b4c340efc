"""An audit as its pages show it: sums by nature, item and state, and the table of projects as filtered and sorted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from werkzeug.datastructures import MultiDict

from catalog_data.model import NATURES, Finding
from catalog_data.text import key

from ..audit_shelf import Entry, ShelvedAudit
from ..review_desk import STATES, State
from ..workbook.labels import flag_names

SHOWN = 50
"""Projects on a page of the table."""

ITEMS = 12
"""Items in the chart."""

FINDINGS = 100
"""Findings of a severity on the overview; the workbook holds all."""

DRAWN: tuple[State, ...] = ("decided", "auto", "open")
"""The states in the order of the parts of a bar."""

SHARE = Decimal("0.8")
"""The part of the money in doubt that the overview tells the effort for."""

ORDERS: Mapping[str, tuple[str, Callable[[Entry], object]]] = {
    "": ("原文顺序", lambda entry: entry.number),
    "doubt": ("存疑金额从大到小", lambda entry: (-entry.doubt, entry.number)),
    "amount": ("金额从大到小", lambda entry: (-entry.amount, entry.number)),
    "confidence": ("把握从小到大", lambda entry: (entry.confidence, entry.number)),
}
"""Ways to sort the table: the name that is shown, and by what."""


@dataclass(frozen=True, slots=True)
class Bar:
    """A line of a chart: what it stands for, how to filter by it, number of projects, and money in 元 by state."""

    label: str
    link: Mapping[str, str]
    count: int
    money: Mapping[State, Decimal]
    code: str = ""

    @property
    def total(self) -> Decimal:
        """All of its money, in 元."""
        return sum(self.money.values(), Decimal(0))

    def segments(self, longest: Decimal) -> list[tuple[str, str, str]]:
        """State, beginning and width of the parts of its bar, in percent of a bar for the sum ``longest``."""
        drawn, start = [], Decimal(0)
        for state in DRAWN:
            width = 100 * max(self.money[state], Decimal(0)) / longest if longest > 0 else Decimal(0)
            drawn.append((state, f"{start:.2f}%", f"{width:.2f}%"))
            start += width
        return [segment for segment in drawn if segment[2] != "0.00%"]


@dataclass(frozen=True, slots=True)
class Filter:
    """What is asked of the table; '' is everything, ``number`` the page from 1."""

    nature: str = ""
    state: str = ""
    flag: str = ""
    item: str = ""
    text: str = ""
    order: str = ""
    number: int = 1

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return any((self.nature, self.state, self.flag, self.item, self.text))

    def link(self, **changes: object) -> dict[str, object]:
        """The parameters of this filter with changes; another page only where it is named."""
        every = {
            "nature": self.nature,
            "state": self.state,
            "flag": self.flag,
            "item": self.item,
            "q": self.text,
            "sort": self.order,
            **changes,
        }
        return {name: value for name, value in every.items() if value}

    def takes(self, entry: Entry) -> bool:
        """Whether an entry is asked for."""
        said = key(f"{entry.project.name} {entry.project.id} {entry.item.code + entry.item.name if entry.item else ''}")
        return (
            self.nature in ("", entry.nature)
            and self.state in ("", entry.state)
            and (not self.flag or self.flag in entry.flags)
            and (not self.item or (entry.item is not None and entry.item.id == self.item))
            and key(self.text) in said
        )


def read_filter(arguments: MultiDict[str, str]) -> Filter:
    """The filter in the arguments of an address; a word that is none of those offered counts as nothing."""

    def offered(name: str, among: Iterable[str]) -> str:
        return arguments.get(name, "") if arguments.get(name) in set(among) else ""

    page = arguments.get("page", "")
    return Filter(
        offered("nature", NATURES),
        offered("state", STATES),
        offered("flag", flag_names()),
        arguments.get("item", "")[:80],
        arguments.get("q", "").strip()[:100],
        offered("sort", ORDERS),
        max(1, int(page)) if re.fullmatch("[0-9]{1,6}", page) else 1,
    )


def filtered(entries: Sequence[Entry], asked: Filter) -> list[Entry]:
    """The entries that are asked for, in the order asked for."""
    by: Callable[[Entry], object] = ORDERS[asked.order][1]
    return sorted(filter(asked.takes, entries), key=by)  # type: ignore[arg-type]


def by_nature(entries: Sequence[Entry]) -> list[Bar]:
    """Money by nature, in the order of ``NATURES``; projects that could not be judged stand last."""
    groups = [(NATURES[nature], {"nature": nature}, [e for e in entries if e.nature == nature]) for nature in NATURES]
    groups.append(("未能判定", {}, [entry for entry in entries if not entry.nature]))
    return [_bar(label, link, group) for label, link, group in groups if group]


def by_item(entries: Sequence[Entry]) -> list[Bar]:
    """Money by catalog item, the most first."""
    groups: dict[str, list[Entry]] = {}
    for entry in entries:
        if entry.item:
            groups.setdefault(entry.item.id, []).append(entry)
    items = {entry.item.id: entry.item for entry in entries if entry.item}
    bars = [_bar(items[id_].name, {"item": id_}, group, items[id_].code) for id_, group in groups.items()]
    return sorted(bars, key=lambda bar: -bar.total)


def by_state(entries: Sequence[Entry]) -> list[Bar]:
    """Money by state: what a person has settled, what needs nobody, what waits."""
    return [_bar(STATES[state], {"state": state}, [e for e in entries if e.state == state]) for state in STATES]


def by_flag(entries: Sequence[Entry]) -> list[Bar]:
    """Money of the projects with a flag, flag by flag."""
    names = flag_names()
    seen = dict.fromkeys(flag for entry in entries for flag in entry.flags)
    return [_bar(names.get(flag, flag), {"flag": flag}, [e for e in entries if flag in e.flags]) for flag in seen]


def effort(entries: Sequence[Entry]) -> tuple[int, Decimal]:
    """How many open projects, taken by money in doubt, settle ``SHARE`` of it; and the money in doubt in 元."""
    doubts = sorted((entry.doubt for entry in entries if entry.state == "open"), reverse=True)
    total, reached = sum(doubts, Decimal(0)), Decimal(0)
    for count, doubt in enumerate(doubts, 1):
        reached += doubt
        if total and reached >= SHARE * total:
            return count, total
    return 0, total


def findings_of(audit: ShelvedAudit, entry: Entry) -> list[Finding]:
    """The findings about a project or its sheet."""
    sheet = entry.project.sheet
    lines = {entry.project.line, sheet.line if sheet else None} - {None}
    return [f for f in audit.findings if f.where.subject == entry.project.id or f.where.line in lines]


def _bar(label: str, link: Mapping[str, str], entries: Sequence[Entry], code: str = "") -> Bar:
    money = {state: sum((e.amount for e in entries if e.state == state), Decimal(0)) for state in STATES}
    return Bar(label, link, len(entries), money, code)
