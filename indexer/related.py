"""What stands near a sure answer: rows named alike, and rows under the same heading.

Who asks for 道路交通事故救助基金 is helped by the fund of another department (疾病应急救助基金管理服务) too. Such rows
follow the hits, say what they are, and fill a first page at most.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from heapq import nsmallest

from .postings import Postings, Row
from .query import ALIKE, RELATED
from .ranking import GENERIC, Ranked

FULL = 10
"""The number of hits to which related rows are added."""

SAME_HEADING, SAME_DEPARTMENT, HOLDS_QUERY = 0.25, 0.1, 1.0
"""What nearness in the catalog, and the row's own score for the query, add to the likeness of names (0..1)."""

LEAST = 0.3
"""The nearness from which a row is related."""


class RelatedRows:
    """Finds the rows near a best hit."""

    def __init__(self, postings: Postings) -> None:
        self._postings = postings

    def near(
        self, hits: Sequence[Ranked], scores: Mapping[int, float], allowed: Collection[int] | None
    ) -> list[Ranked]:
        """The related rows, nearest first; ``scores`` are those of the rows that hold something of the query."""
        if not hits or len(hits) >= FULL:
            return []
        best, known = hits[0].row, {hit.row.number for hit in hits}
        nearness = {
            number: alike + HOLDS_QUERY * scores.get(number, 0.0)
            for number, alike in self._alike(best).items()
            if number not in known and (allowed is None or number in allowed)
        }
        for number in nearness:
            row = self._postings.row(number)
            if row.department == best.department:
                nearness[number] += SAME_DEPARTMENT + SAME_HEADING * (row.path == best.path)
        near = [number for number, value in nearness.items() if value >= LEAST]
        chosen = nsmallest(FULL - len(hits), near, key=lambda n: (-round(nearness[n], 4), abs(n - best.number)))
        return [self._ranked(self._postings.row(number), best) for number in chosen]

    def _alike(self, best: Row) -> dict[int, float]:
        """How far the names of other rows hold the words of the best hit's name; its neighbours at least 0."""
        tokens = best.name.tokens - GENERIC
        whole = sum(map(self._postings.rarity, tokens)) or 1.0
        size = self._postings.size
        alike = dict.fromkeys(range(max(0, best.number - FULL), min(size, best.number + FULL + 1)), 0.0)
        for token in tokens:
            worth = self._postings.rarity(token) / whole
            for number in self._postings.numbers("name", token):
                alike[number] = alike.get(number, 0.0) + worth
        return alike

    @staticmethod
    def _ranked(row: Row, best: Row) -> Ranked:
        same = (row.department, row.path) == (best.department, best.path)
        return Ranked(row, 0.0, RELATED if same else ALIKE)
