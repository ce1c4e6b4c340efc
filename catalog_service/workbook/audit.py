"""What an audit workbook is made from: a disclosure, the catalog it is judged by, the verdicts, the findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from catalog_data.budget_tables import column, figure, total_row
from catalog_data.model import Catalog, Disclosure, Finding, Item, Project, Verdict
from catalog_data.projects import TOTAL_COLUMN
from catalog_data.text import in_yuan, plain

WAN = Decimal(10_000)
"""元 in a 万元."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """A project with its verdict: ordinal from 1, the catalog rows of the verdict's code and heading, if any."""

    number: int
    project: Project
    verdict: Verdict
    item: Item | None
    heading: Item | None

    @property
    def amount(self) -> Decimal | None:
        """The project's amount in 万元, None where none is printed."""
        return None if self.project.amount_yuan is None else in_wan(self.project.amount_yuan)

    @property
    def doubtful(self) -> Decimal:
        """The money in doubt, in 万元: the probability that the verdict is wrong, times the amount."""
        return (1 - Decimal(str(self.verdict.confidence))) * (self.amount or Decimal(0))

    @property
    def department(self) -> str:
        """The section of the catalog that the code is read in; without a code the unit's own."""
        return self.item.department if self.item else self.verdict.department


@dataclass(frozen=True, slots=True)
class Audit:
    """A judged disclosure.

    ``verdicts`` follow ``disclosure.projects``, id by id; ``findings`` are the disclosure's own and those of
    its cross-checks; ``made_at`` is an ISO 8601 time with its zone; ``unjudged`` are the ids of the projects whose
    name says nothing, which have no verdict. Raises ``ValueError`` where verdicts and the other projects differ, a
    verdict names an item that the catalog does not print, or the time has no zone.
    """

    disclosure: Disclosure
    catalog: Catalog
    verdicts: tuple[Verdict, ...]
    findings: tuple[Finding, ...]
    made_at: str
    unjudged: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        judged = [project.id for project in self.disclosure.projects if project.id not in self.unjudged]
        if judged != [verdict.id for verdict in self.verdicts]:
            raise ValueError("判定结果与公开文件的项目不是一一对应，不能生成审核工作簿")
        items = {item.id for item in self.catalog.items}
        unknown = {identity for verdict in self.verdicts for identity in _named(verdict)} - items
        if unknown:
            raise ValueError(f"目录中没有判定所用的条目：{'、'.join(sorted(unknown))}")
        if self.made_on.tzinfo is None:
            raise ValueError(f"生成时间“{self.made_at}”没有时区")

    @property
    def made_on(self) -> datetime:
        """``made_at`` as a time."""
        return datetime.fromisoformat(self.made_at)

    @property
    def made_on_utc(self) -> datetime:
        """``made_at`` in UTC."""
        return self.made_on.astimezone(UTC)

    @property
    def heading(self) -> str:
        """Unit and year as a heading names them; the file's name where the print has no unit."""
        year = f"{self.disclosure.year}年" if self.disclosure.year else ""
        return (self.disclosure.unit or self.disclosure.document) + year

    def judgements(self) -> tuple[Judgement, ...]:
        """The projects with their verdicts, in printed order."""
        items = {item.id: item for item in self.catalog.items}
        verdicts = {verdict.id: verdict for verdict in self.verdicts}
        printed = enumerate(self.disclosure.projects, 1)
        judged = ((number, project, verdicts[project.id]) for number, project in printed if project.id in verdicts)
        return tuple(
            Judgement(number, project, verdict, items.get(verdict.code or ""), items.get(verdict.heading))
            for number, project, verdict in judged
        )

    def for_review(self) -> tuple[Judgement, ...]:
        """The judgements that a person must look at, the most money in doubt first."""
        waiting = (one for one in self.judgements() if one.verdict.decision == "review")
        return tuple(sorted(waiting, key=lambda one: (-one.doubtful, one.number)))


def _named(verdict: Verdict) -> Iterator[str]:
    """The ids of catalog rows that a verdict names."""
    yield from (identity for identity in (verdict.code, verdict.heading) if identity)
    yield from (choice.id for choice in verdict.candidates)


def in_wan(yuan: Decimal) -> Decimal:
    """元 as 万元.

    >>> in_wan(Decimal(1863700))
    Decimal('186.37')
    """
    return plain(yuan / WAN)


def amount_of(judgements: Sequence[Judgement]) -> Decimal:
    """The amount of judgements together, in 万元."""
    return sum((one.amount for one in judgements if one.amount is not None), Decimal(0))


def printed_total(disclosure: Disclosure) -> tuple[Decimal, tuple[int, ...]] | None:
    """What the project tables print as their sum, in 万元, and the lines they print it on; None where one prints none.

    The tables of the year and of carried-over money are taken together, an empty one (本表无数据) as nothing.
    """
    total = Decimal(0)
    lines: list[int] = []
    for table in disclosure.tables:
        if table.kind not in ("projects", "carried_over_projects") or table.empty:
            continue
        row = total_row(table, disclosure.unit)
        printed = figure(row, column(table, TOTAL_COLUMN)) if row else None
        yuan = None if printed is None else in_yuan(printed, table.unit_of_amount)
        if row is None or yuan is None:
            return None
        total += in_wan(yuan)
        lines.append(row.line)
    return (total, tuple(lines)) if lines else None
