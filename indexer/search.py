"""Search: what an officer types finds what an officer means.

A query is read (``query``), romanised words and slips are turned into Han (``romanised``, ``correction``), the
Whoosh index brings candidates and ``ranking`` judges them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from .analysis import runs
from .answers import FIRST_PAGE, Answer, Facet, Highlight, Hit, Page, highlights
from .correction import Corrector
from .noise import FOREIGN_LINE, SHORT_LINE, NoiseLine
from .postings import Postings, Row
from .query import CODE, MAX_QUERY, NEAR, SECTION, SOUND, Alternative, Query, QueryReader
from .ranking import Ranked, Ranking, above_line
from .related import RelatedRows
from .romanised import RomanisedWords
from .tables import KNOWLEDGE

__all__ = ["FIRST_PAGE", "MAX_QUERY", "Answer", "Facet", "Highlight", "Hit", "Page", "SearchIndex"]

SURE = 0.8
"""A best score from which the query is taken as typed: no slip is looked for."""

BETTER = 0.08
"""What a corrected query must gain for the correction to stand."""

MOST_ROMANISED = 6
"""Runs of letters in one query that are read as pinyin."""

NEAREST_LINE, NEAREST_HEADINGS = 0.2, 5
"""What a heading must score to be offered where nothing was found, and how many are."""

EVERY_KIND = ("fuwu", "fwgl", "服务管里", "A01")
"""Searches by pinyin, by initials, with a slip of the keyboard and by code."""

_NATURAL = re.compile(r"(\d+)")


class SearchIndex:
    """A built index, read-only. Raises ``KnowledgeError`` on first use where a knowledge file is damaged."""

    def __init__(self, folder: Path, knowledge: Path = KNOWLEDGE) -> None:
        self.folder, self._knowledge = folder, knowledge

    @cached_property
    def _postings(self) -> Postings:
        return Postings(self.folder)

    @cached_property
    def _ranking(self) -> Ranking:
        return Ranking(self._postings)

    @cached_property
    def _reader(self) -> QueryReader:
        return QueryReader(self._postings.known, lambda code: bool(self._postings.codes(code)), self._knowledge)

    @cached_property
    def _related(self) -> RelatedRows:
        return RelatedRows(self._postings)

    @cached_property
    def _noise(self) -> NoiseLine:
        return NoiseLine(self._knowledge)

    @cached_property
    def _vocabulary(self) -> tuple[str, str]:
        """All names, and all index entries, folded, one a line."""
        return self._postings.lines("shown_name"), self._postings.lines("shown_entries")

    @cached_property
    def _romanised(self) -> RomanisedWords:
        return RomanisedWords(*self._vocabulary)

    @cached_property
    def _corrector(self) -> Corrector:
        return Corrector(*self._vocabulary, self._postings.known)

    def open(self) -> None:
        """Open the files now: from then on they may be replaced. Raises ``OSError`` where they are not there."""
        self._reader.read("")

    def prepare(self) -> None:
        """Read what the first search of every kind would otherwise wait for."""
        for query in EVERY_KIND:
            self.answer(query)

    def search(
        self, query: str, *, department: str | None = None, level: int | None = 4, limit: int = 20
    ) -> tuple[Hit, ...]:
        """The items that answer a query, best first; none where nothing holds enough of it.

        ``level`` None searches headings too. A code in any shape (a0502, A05 02 01) matches by prefix.
        """
        return self.answer(query, department=department, level=level, page=Page(limit=limit)).hits

    def answer(
        self,
        query: str,
        *,
        department: str | None = None,
        level: int | None = 4,
        page: Page = FIRST_PAGE,
        recognise: bool = True,
    ) -> Answer:
        """A page of hits with facets over all of them.

        ``recognise`` takes a department named in the query as a filter, where that leaves something.
        """
        read, ranked = self._found(
            self._reader.read(query, recognise=recognise and department is None), department, level
        )
        if not ranked and read.departments:
            read, ranked = self._found(self._reader.read(query, recognise=False), department, level)
        kept = [hit for hit in ranked if hit.row.path[: len(page.heading)] == page.heading]
        if page.by_code:
            kept.sort(key=lambda hit: (_natural(hit.row.code), hit.row.number))
        return Answer(
            tuple(self._hit(hit, read) for hit in kept[page.offset : page.offset + page.limit]),
            len(kept),
            read.departments,
            read.unit,
            _meant(read) if ranked else "",
            _counted((hit.row.department,) for hit in kept),
            _counted(hit.row.path[: k + 1] for hit in kept for k in range(len(hit.row.path))),
            () if ranked else self._nearest(read, department),
        )

    def _shown(self, query: Query, ranked: list[Ranked], allowed: Collection[int] | None) -> list[Ranked]:
        """The rows that are no noise, and those near the best."""
        if not ranked:
            return []
        best = ranked[0]
        sure = best.score >= FOREIGN_LINE  # whatever is asked for, this answers it
        hits = above_line(ranked, SHORT_LINE if sure else self._noise.line(query, best.row))
        scores = {hit.row.number: hit.score for hit in ranked}
        return hits + self._related.near(hits, scores, allowed)

    def _found(self, query: Query, department: str | None, level: int | None) -> tuple[Query, list[Ranked]]:
        """The rows that answer a query, and the query with the other readings that led to them."""
        allowed = self._allowed((department,) if department else query.departments, level)
        if query.code:
            return query, self._coded(query, allowed)
        if query.departments and not any(query.shares):
            return query, [Ranked(self._postings.row(k), 1.0, SECTION) for k in sorted(allowed or ())]
        query = self._with_sounds(query)
        ranked = self._ranking.rank(query, allowed)
        best = ranked[0].score if ranked else 0.0
        corrected = self._with_corrections(query) if best < SURE else query
        if corrected is not query:
            better = self._ranking.rank(corrected, allowed)
            if better and better[0].score >= best + BETTER:
                query, ranked = corrected, better
        return query, self._shown(query, ranked, allowed)

    def _coded(self, query: Query, allowed: Collection[int] | None) -> list[Ranked]:
        """The rows of a code and of those that begin with it; further words order them."""
        codes = self._postings.codes(query.code)
        numbers = {number for code in codes for number in self._postings.numbers("code", code)}
        numbers = numbers if allowed is None else numbers & set(allowed)
        scores = {hit.row.number: hit.score for hit in self._ranking.rank(query, numbers)}
        rows = sorted(map(self._postings.row, numbers), key=lambda row: (_natural(row.code), row.number))
        exact = query.code.upper()
        coded = [Ranked(row, scores.get(row.number, 0.0) + 2.0 - (row.code != exact), CODE) for row in rows]
        return sorted(coded, key=lambda hit: -hit.score)

    def _allowed(self, departments: Sequence[str], level: int | None) -> frozenset[int] | None:
        """The rows of the departments and the level; None for all."""
        allowed = None if level is None else self._postings.numbers("level", str(level))
        if departments:
            inside = frozenset[int]().union(*(self._postings.numbers("department", name) for name in departments))
            allowed = inside if allowed is None else allowed & inside
        return allowed

    def _with_sounds(self, query: Query) -> Query:
        """Letters that are no word of the catalog are read as pinyin; words typed apart are tried as one first."""
        letters = [(start, run) for start, run in runs(query.text) if run.isalpha() and run.isascii()]
        letters = [(start, run) for start, run in letters if not self._postings.known(run)]
        if not letters:
            return query
        start, end = letters[0][0], letters[-1][0] + len(letters[-1][1])
        joined = "".join(run for _, run in letters)
        apart = re.sub(r"[^a-z]", "", query.text[start:end]) == joined and query.text[start:end].isascii()
        spans = [(start, end, self._romanised.words(joined))] if apart else []
        if not spans or not spans[0][2]:
            spans = [(start, start + len(run), self._romanised.words(run)) for start, run in letters[:MOST_ROMANISED]]
        heard = [Alternative(a, b, found.word, found.factor, SOUND) for a, b, words in spans for found in words]
        return replace(query, alternatives=(*query.alternatives, *heard))

    def _with_corrections(self, query: Query) -> Query:
        found = self._corrector.corrections(query.shown)
        if not found:
            return query
        near = [Alternative(other.start, other.end, other.phrase, other.factor, NEAR) for other in found]
        return replace(query, alternatives=(*query.alternatives, *near))

    def _nearest(self, query: Query, department: str | None) -> tuple[Row, ...]:
        """Headings of the levels 2 and 3 that hold something of the query."""
        inside = self._allowed((department,) if department else (), None)
        headings = self._allowed((), 3) or frozenset()
        allowed = headings if inside is None else headings & inside
        ranked = [hit for hit in self._ranking.rank(query, allowed) if hit.score >= NEAREST_LINE]
        by_name = {hit.row.name.text: hit.row for hit in reversed(ranked)}
        return tuple(reversed(by_name.values()))[:NEAREST_HEADINGS]

    def _hit(self, ranked: Ranked, query: Query) -> Hit:
        row = ranked.row
        elsewhere = len(self._postings.numbers("code", row.code.lower())) - 1
        return Hit(
            row.id,
            row.department,
            row.level,
            row.code,
            row.name.text,
            row.path,
            round(ranked.score, 3),
            tuple(highlights(row, query)),
            ranked.grade,
            elsewhere,
        )


def _natural(code: str) -> tuple[tuple[bool, int, str], ...]:
    """Codes in natural order: digits by their number."""
    parts = (part for part in _NATURAL.split(code) if part)
    return tuple((part.isdigit(), int(part) if part.isdigit() else 0, part) for part in parts)


def _meant(query: Query) -> str:
    """The query with its corrections written in."""
    text = query.text
    for other in sorted(query.alternatives, key=lambda other: -other.start):
        if other.ground == NEAR:
            text = text[: other.start] + other.phrase + text[other.end :]
    return text if text != query.text else ""


def _counted(paths: Iterable[tuple[str, ...]]) -> tuple[Facet, ...]:
    return tuple(Facet(path, count) for path, count in Counter(paths).most_common())
