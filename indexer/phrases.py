"""Finding many known phrases in a text in one pass (Aho and Corasick, CACM 18(6), 1975)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

import ahocorasick

from .analysis import normalise

T = TypeVar("T")


class Found(NamedTuple, Generic[T]):
    """A phrase found in a text: half-open span and what the phrase stands for."""

    start: int
    end: int
    value: T


class Phrases(Generic[T]):
    """A set of phrases, compared normalised, each standing for one or more values."""

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        values: dict[str, list[T]] = {}
        for phrase, value in pairs:
            if phrase:
                values.setdefault(normalise(phrase), []).append(value)
        self._automaton = ahocorasick.Automaton()
        for phrase, kept in values.items():
            self._automaton.add_word(phrase, (len(phrase), kept))
        if values:
            self._automaton.make_automaton()

    def find(self, text: str) -> Iterator[Found[T]]:
        """Every occurrence, in order of its end, overlapping ones included. ``text`` must be normalised."""
        if len(self._automaton):
            for last, (length, values) in self._automaton.iter(text):
                for value in values:
                    yield Found(last - length + 1, last + 1, value)

    def longest(self, text: str) -> list[Found[T]]:
        """Occurrences without overlap, longer phrases first (市政务服务中心 is 政务服务, not 市政), then later
        ones, returned in text order.
        """
        kept: list[Found[T]] = []
        taken: set[int] = set()
        for hit in sorted(self.find(text), key=lambda hit: (hit.start - hit.end, -hit.start)):
            place = range(hit.start, hit.end)
            same = any((hit.start, hit.end) == (other.start, other.end) for other in kept)
            if same or taken.isdisjoint(place):
                kept.append(hit)
                taken.update(place)
        return sorted(kept, key=lambda hit: hit.start)
