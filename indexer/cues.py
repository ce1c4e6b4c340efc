"""Words that say what a project is: cues for a kind of spending, and names of programmes.

A cue (``knowledge/cues.tsv``) is a wording that speaks for a nature wherever it stands: 按月发放, 竣工结算, 维修改造. A
programme (``knowledge/programmes.tsv``) is a standing benefit, transfer, task, purchase or building measure whose mere
name tells who knows it what is spent on it, and which section is in charge: 义务兵优待金, 高标准农田, 农家书屋.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from catalog_data.model import NATURES

from .analysis import normalise
from .name_head import NameHead, head_of
from .phrases import Lengths, Phrases
from .tables import KNOWLEDGE, KnowledgeError, KnowledgeRow, read_table

CUE_COLUMNS = ("cue", "nature", "weight", "scope", "source")
PROGRAMME_COLUMNS = ("wording", "section", "nature", "weight", "ground")
SCOPES = ("any", "name", "text", "tail")

NO_NATURE = "-"
"""Of a cue: the wording only looks like one (养护院 is a home, not 养护) and hides what lies inside it. Of a programme:
what is spent on it is open, and only the section in charge is known."""

PROGRAMME = "programme"
"""The scope of a programme: it may stand anywhere, and counts apart from cues."""

BEGINNING = 60
"""The number of characters at the beginning of a text in which programmes are sought: a text says at first what the
project is, and names others further on."""

_GAP = "[^。；;\n]{0,12}?"


class Cue(NamedTuple):
    """A wording that speaks for a nature: prior weight 1..3, scope, legal or factual source, and of a programme the
    section in charge, empty where there is none."""

    wording: str
    nature: str
    weight: float
    scope: str
    source: str
    section: str = ""

    @property
    def is_programme(self) -> bool:
        """Whether this is the name of a programme."""
        return self.scope == PROGRAMME


Columns = tuple[list[Any], ...]
"""The cues by column, in the order of the fields of ``Cue``."""


class CueHit(NamedTuple):
    """A cue found: the field it stands in (name or text), its half-open span, the words as printed, and whether
    it is what the name ends in."""

    cue: Cue
    field: str
    span: tuple[int, int]
    words: str
    at_head: bool


class CueFinder:
    """Finds cues, which lie in columns: a cue is put together where it is found."""

    def __init__(self, cues: Iterable[Cue]) -> None:
        columns = tuple(map(list, zip(*cues, strict=True))) or tuple([] for _ in Cue._fields)
        begins = ((wording.partition("…")[0], number) for number, wording in enumerate(columns[0]))
        self._hold(columns, Phrases(begins))

    @classmethod
    def of(cls, columns: Columns, values: dict[str, list[int]], lengths: Lengths) -> CueFinder:
        """The finder whose data were kept."""
        finder = cls(())
        finder._hold(columns, Phrases.of(values, lengths))
        return finder

    def plain(self) -> tuple[Columns, dict[str, list[int]], Lengths]:
        """The data, for keeping them; ``of`` takes them back."""
        return self._columns, self._phrases.values, self._phrases.lengths

    def _hold(self, columns: Columns, phrases: Phrases[int]) -> None:
        self._columns, self._phrases = columns, phrases
        self._found: dict[int, Cue] = {}
        self._gapped: dict[int, re.Pattern[str]] = {}

    @property
    def cues(self) -> list[Cue]:
        """All cues and programmes."""
        return list(map(Cue._make, zip(*self._columns, strict=True)))

    def find(self, name: str, text: str) -> list[CueHit]:
        """The cues of a name and a text, each at its first place in each field.

        A cue inside a longer one, or inside a programme, does not count: 档案数字化 is not 数字化. A programme counts
        unless it lies inside another or inside a wording that only looks like one, and once if it stands in both.
        """
        named = list(_counting(self._field("name", name)))
        told = _counting(self._field("text", text))
        known = {hit.cue for hit in named if hit.cue.is_programme}
        return [*named, *(hit for hit in told if hit.cue not in known)]

    def _field(self, field: str, printed: str) -> Iterator[CueHit]:
        normalised = normalise(printed)
        head = head_of(printed) if field == "name" else None
        seen: set[int] = set()
        for found in self._phrases.find(normalised):
            number, cue = found.value, self._cue(found.value)
            if number in seen or not _in_scope(cue, field, found.start, found.end, head):
                continue
            span = self._span(number, found.start, found.end, normalised)
            if span:
                seen.add(number)
                yield CueHit(cue, field, span, printed[slice(*span)], head is not None and head.holds(span))

    def _cue(self, number: int) -> Cue:
        if number not in self._found:
            self._found[number] = Cue(*(column[number] for column in self._columns))
        return self._found[number]

    def _span(self, number: int, start: int, end: int, text: str) -> tuple[int, int] | None:
        """Where the whole cue stands whose first words were found; None where the words behind the gap are not."""
        wording = self._columns[0][number]
        if "…" not in wording:
            return start, end
        if number not in self._gapped:
            self._gapped[number] = gap_pattern(wording)
        whole = self._gapped[number].match(text, start)
        return whole.span() if whole else None


def _counting(found: Iterable[CueHit]) -> Iterator[CueHit]:
    """Those of a field's hits that count; of programmes that say the same of the same words, one."""
    hits = list(found)
    yield from (hit for hit in _outermost(hits) if hit.cue.nature != NO_NATURE and not hit.cue.is_programme)
    hiding = (hit for hit in hits if hit.cue.is_programme or hit.cue.nature == NO_NATURE)
    programmes = (hit for hit in _outermost(hiding) if hit.cue.is_programme)
    yield from {(hit.span, hit.cue.nature): hit for hit in programmes}.values()


def _outermost(hits: Iterable[CueHit]) -> Iterator[CueHit]:
    """The hits that do not lie inside a longer one; several cues on the same words all count."""
    widest: list[tuple[int, int]] = []
    for hit in sorted(hits, key=lambda hit: hit.span[0] - hit.span[1]):
        start, end = hit.span
        if not any(a <= start and end <= b and (a, b) != hit.span for a, b in widest):
            widest.append(hit.span)
            yield hit


def gap_pattern(wording: str) -> re.Pattern[str]:
    """The pattern of a wording over normalised text: ``…`` stands for up to 12 characters of one sentence."""
    return re.compile(_GAP.join(map(re.escape, normalise(wording).split("…"))))


def _in_scope(cue: Cue, field: str, start: int, end: int, head: NameHead | None) -> bool:
    if cue.scope == "tail":
        return head is not None and end == head.tail
    if cue.is_programme:
        return field == "name" or start < BEGINNING
    return cue.scope in ("any", field)


def read_cues(folder: Path = KNOWLEDGE) -> list[Cue]:
    """The cues of ``cues.tsv``. Raises ``KnowledgeError`` for an unknown nature or scope, or a weight that is none."""
    return [_cue(row) for row in read_table("cues.tsv", CUE_COLUMNS, folder)]


def read_programmes(folder: Path = KNOWLEDGE) -> list[Cue]:
    """The programmes of ``programmes.tsv``. Raises ``KnowledgeError`` as ``read_cues`` does."""
    return [_programme(row) for row in read_table("programmes.tsv", PROGRAMME_COLUMNS, folder)]


def _cue(row: KnowledgeRow) -> Cue:
    if row["scope"] not in SCOPES:
        raise KnowledgeError(row.file, row.line, f"未知的范围“{row['scope']}”，可用：{'、'.join(SCOPES)}")
    return Cue(row["cue"], _nature(row), _weight(row), row["scope"], row["source"])


def _programme(row: KnowledgeRow) -> Cue:
    return Cue(row["wording"], _nature(row), _weight(row), PROGRAMME, row["ground"], row["section"])


def _nature(row: KnowledgeRow) -> str:
    if row["nature"] not in {*NATURES, NO_NATURE}:
        raise KnowledgeError(row.file, row.line, f"未知的性质“{row['nature']}”，可用：{'、'.join(NATURES)}")
    return row["nature"]


def _weight(row: KnowledgeRow) -> float:
    try:
        return float(row["weight"])
    except ValueError:
        raise KnowledgeError(row.file, row.line, f"权重“{row['weight']}”不是数字") from None


def programmes_in(hits: Sequence[CueHit], field: str) -> dict[str, float]:
    """The sections in charge of the programmes that a field (name or text) names, with how surely (0..1)."""
    sections: dict[str, float] = {}
    for hit in hits:
        if hit.field == field and hit.cue.section:
            sections[hit.cue.section] = max(sections.get(hit.cue.section, 0.0), hit.cue.weight / 3)
    return sections


def read_finder(folder: Path = KNOWLEDGE) -> CueFinder:
    """The finder over a folder's cues and programmes."""
    return CueFinder((*read_cues(folder), *read_programmes(folder)))
