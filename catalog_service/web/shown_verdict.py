"""A verdict in the form in which it is shown: the project's words cut where the evidence rests on them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from catalog_data.model import Choice, Evidence, Item, Project, Verdict
from indexer.tagger import project_text

from ..workbook.labels import EVIDENCE_KINDS, flag_names
from .search_box import Piece, pieces

OUTPUTS = "产出指标"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """A part of a project's text under its label, cut into pieces."""

    label: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Offer:
    """A candidate: its number from 1 and its row of the catalog, None where the catalog has it no more."""

    number: int
    choice: Choice
    item: Item | None


@dataclass(frozen=True, slots=True)
class ShownVerdict:
    """A project and its verdict, None with the ``problem`` where it cannot be judged."""

    project: Project
    verdict: Verdict | None
    name: tuple[Piece, ...]
    passages: tuple[Passage, ...]
    item: Item | None = None
    offers: tuple[Offer, ...] = ()
    flags: tuple[str, ...] = ()
    problem: str = ""

    @property
    def grounds(self) -> tuple[tuple[str, Evidence], ...]:
        """The evidence, each with the Chinese name of its kind; what is said twice is shown once."""
        evidence = self.verdict.evidence if self.verdict else ()
        return tuple((EVIDENCE_KINDS.get(ground.kind, ground.kind), ground) for ground in dict.fromkeys(evidence))


def shown_verdict(project: Project, verdict: Verdict, items: Mapping[str, Item]) -> ShownVerdict:
    """A judged project; ``items`` are the rows of the catalog in force, by id."""
    spans = {
        field: tuple(one.span for one in verdict.evidence if one.field == field and one.span)
        for field in ("name", "text")
    }
    names = flag_names()
    return ShownVerdict(
        project,
        verdict,
        pieces(project.name, disjoint(spans["name"], len(project.name))),
        tuple(_passages(project, spans["text"])),
        items.get(verdict.code or ""),
        tuple(Offer(k, choice, items.get(choice.id)) for k, choice in enumerate(verdict.candidates, 1)),
        tuple(names.get(flag, flag) for flag in verdict.flags),
    )


def unjudged(project: Project, problem: str) -> ShownVerdict:
    """A project that cannot be judged, and why."""
    return ShownVerdict(project, None, pieces(project.name, ()), tuple(_passages(project, ())), problem=problem)


def disjoint(spans: Iterable[Span], length: int) -> tuple[Span, ...]:
    """The spans in order, those that overlap or touch made one, within a text of ``length`` characters.

    >>> disjoint([(4, 6), (0, 2), (1, 3), (9, 12)], 10)
    ((0, 3), (4, 6), (9, 10))
    """
    joined: list[Span] = []
    for start, end in sorted((max(0, start), min(end, length)) for start, end in spans):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        elif start < end:
            joined.append((start, end))
    return tuple(joined)


def _passages(project: Project, spans: Sequence[Span]) -> Iterator[Passage]:
    """What was judged beside the name, part by part; ``spans`` point into all of it."""
    text = project_text(project)
    marked = disjoint(spans, len(text))
    for label, start, end in _parts(project, text):
        within = [(max(a, start) - start, min(b, end) - start) for a, b in marked if a < end and b > start]
        yield Passage(label, pieces(text[start:end], tuple(within)))


def _parts(project: Project, text: str) -> Iterator[tuple[str, int, int]]:
    """The labelled parts in order, as places in the text; a part that repeats an earlier one does not stand in it."""
    sheet, end = project.sheet, 0
    own = "项目概况" if sheet and sheet.overview.strip() == project.description.strip() else "项目内容"
    printed = [(own, project.description)]
    if sheet:
        printed += [("项目概况", sheet.overview), ("实施计划", sheet.plan), ("年度目标", sheet.year_goal)]
    for label, part in printed:
        start = text.find(part.strip(), end) if part.strip() else -1
        if start >= 0:
            end = start + len(part.strip())
            yield label, start, end
    rest = text[end:].strip()
    if rest:
        yield OUTPUTS, len(text) - len(rest), len(text)
