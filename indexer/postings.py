"""What the Whoosh index knows of tokens and rows, kept in memory once read."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from threading import RLock

from .analysis import grams
from .index_files import open_index
from .query import fold

BOOSTS = {"name": 4.0, "entries": 3.0, "headings": 1.0, "section": 0.8}
"""How much a field counts in BM25F."""

SATURATION = 1.2
"""BM25's k1: a token in a second field adds less than in the first. Lengths are not normalised (b = 0):
an item with many index entries is not less likely to be meant."""

KEPT = 1 << 16
"""Answers kept of whether a field holds a token: queries may bring any number of others."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A name or index entry: as printed, folded, and its tokens."""

    field: str
    text: str
    folded: str
    tokens: frozenset[str]


@dataclass(frozen=True, slots=True)
class Row:
    """A row of the catalog as the index stores it."""

    number: int
    id: str
    department: str
    level: int
    code: str
    path: tuple[str, ...]
    name: Passage
    entries: tuple[Passage, ...]
    headings: Passage
    section: Passage


class Postings:
    """Rows, tokens and codes of one built index. Whoosh reads through one file position: one thread at a time."""

    def __init__(self, folder: Path) -> None:
        self._reader = open_index(folder).reader()
        self._lock = RLock()
        self._rows: dict[int, Row] = {}
        self._weights: dict[str, Mapping[int, float]] = {}
        self._numbers: dict[tuple[str, str], frozenset[int]] = {}
        self._holds = lru_cache(KEPT)(self._read_holds)

    @cached_property
    def size(self) -> int:
        """The number of rows."""
        return int(self._reader.doc_count())

    def row(self, number: int) -> Row:
        """A row by its number, in printed order from 0."""
        if number not in self._rows:
            with self._lock:
                stored = self._reader.stored_fields(number)
            self._rows[number] = _row(number, stored)
        return self._rows[number]

    def lines(self, field: str) -> str:
        """The different texts of a stored field, folded, one a line."""
        with self._lock:
            stored = [fields[field] for fields in self._reader.all_stored_fields()]
        texts = dict.fromkeys(text for joined in stored for text in joined.split("\t"))
        return fold("\n".join(texts))

    def numbers(self, field: str, token: str) -> frozenset[int]:
        """The rows whose field holds a token."""
        if (field, token) not in self._numbers:
            found = frozenset(self._ids(field, token)) if self._holds(field, token) else frozenset[int]()
            if not found:
                return found
            self._numbers[field, token] = found
        return self._numbers[field, token]

    def known(self, token: str) -> bool:
        """Whether a name or index entry holds a token."""
        return self._holds("name", token) or self._holds("entries", token)

    def codes(self, prefix: str) -> tuple[str, ...]:
        """The printed codes that begin with ``prefix`` (lower case), in order."""
        return tuple(self._expand("code", prefix))

    def _read_holds(self, field: str, token: str) -> bool:
        with self._lock:
            return (field, token) in self._reader

    def _ids(self, field: str, token: str) -> list[int]:
        with self._lock:
            return list(self._reader.postings(field, token).all_ids())

    def _expand(self, field: str, prefix: str) -> list[str]:
        with self._lock:
            return [raw.decode() for raw in self._reader.expand_prefix(field, prefix)]

    def weights(self, token: str) -> Mapping[int, float]:
        """The rows that hold a token with its BM25F term weight, before the inverse document frequency.

        A lone Han character stands for every token that begins with it.
        """
        if token not in self._weights:
            found = self._read_weights(token)
            if not found:
                return found
            self._weights[token] = found
        return self._weights[token]

    def rarity(self, token: str) -> float:
        """The inverse document frequency of a token: 0 in every row, 1 in one; 0.5 for what no row holds."""
        count = len(self.weights(token))
        return math.log(1 + (self.size - count) / count) / math.log(1 + self.size) if count else 0.5

    def _read_weights(self, token: str) -> dict[int, float]:
        sums: dict[int, float] = {}
        for field, boost in BOOSTS.items():
            for form in self._forms(field, token):
                for number in self._ids(field, form):
                    sums[number] = sums.get(number, 0.0) + boost
        return {number: total * (SATURATION + 1) / (total + SATURATION) for number, total in sums.items()}

    def _forms(self, field: str, token: str) -> list[str]:
        if len(token) > 1 or token.isascii():
            return [token] if self._holds(field, token) else []
        return self._expand(field, token)


def _row(number: int, stored: Mapping[str, str]) -> Row:
    return Row(
        number,
        stored["id"],
        stored["department"],
        int(stored["level"]),
        stored["code"].upper(),
        tuple(part for part in stored["path"].split("\t") if part),
        _passage("name", stored["shown_name"]),
        tuple(_passage("entries", entry) for entry in stored["shown_entries"].split("\t") if entry),
        _passage("headings", " ".join(stored["path"].split("\t")[1:])),
        _passage("section", stored["department"]),
    )


def _passage(field: str, text: str) -> Passage:
    folded = fold(text)
    return Passage(field, text, folded, frozenset(token for _, _, token in grams(folded)))
