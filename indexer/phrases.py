"""Finding many known phrases in a text in one pass.

Phrases lie in a dictionary; their first two characters tell which lengths are worth looking up at a place of the text.
That is as quick as an automaton (Aho and Corasick, CACM 18(6), 1975) where phrases are a few characters long, and a
dictionary is there at once, while an automaton must be built in every process.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from operator import add
from typing import Generic, NamedTuple, TypeVar

from .analysis import normalise

T = TypeVar("T")

_FIRST = 2

Lengths = dict[str, tuple[int, ...]]
"""The lengths of the phrases that begin with one or two characters."""


class Found(NamedTuple, Generic[T]):
    """A phrase found in a text: half-open span and what the phrase stands for."""

    start: int
    end: int
    value: T


class Phrases(Generic[T]):
    """A set of phrases, compared normalised, each standing for one or more values.

    ``values`` and ``lengths`` are all there is to it, plain data that may be kept and given to ``of``.
    """

    def __init__(self, pairs: Iterable[tuple[str, T]]) -> None:
        values: dict[str, list[T]] = {}
        lengths: dict[str, set[int]] = {}
        for printed, value in pairs:
            phrase = normalise(printed)
            if phrase:
                values.setdefault(phrase, []).append(value)
                lengths.setdefault(phrase[:_FIRST], set()).add(len(phrase))
        self._hold(values, {first: tuple(sorted(known)) for first, known in lengths.items()})

    @classmethod
    def of(cls, values: dict[str, list[T]], lengths: Lengths) -> Phrases[T]:
        """The set whose data were kept."""
        phrases = cls(())
        phrases._hold(values, lengths)
        return phrases

    def _hold(self, values: dict[str, list[T]], lengths: Lengths) -> None:
        self.values, self.lengths = values, lengths
        self._single = any(len(first) < _FIRST for first in lengths)

    def find(self, text: str) -> Iterator[Found[T]]:
        """Every occurrence, overlapping ones included; of one phrase in text order. ``text`` must be normalised."""
        values = self.values
        for start, lengths in self._begins(text):
            for length in lengths:
                phrase = text[start : start + length]
                if phrase in values and len(phrase) == length:
                    for value in values[phrase]:
                        yield Found(start, start + length, value)

    def _begins(self, text: str) -> Iterator[tuple[int, tuple[int, ...]]]:
        """The places where phrases may begin, with their lengths."""
        if self._single:
            yield from ((start, (1,)) for start, char in enumerate(text) if char in self.lengths)
        for start, lengths in enumerate(map(self.lengths.get, map(add, text, text[1:]))):
            if lengths:
                yield start, lengths

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
