"""One slip of the keyboard: a wrong, missing, additional or swapped character, most often one that sounds alike.

Where two neighbouring characters stand side by side nowhere in the vocabulary, one of them is suspected. The
vocabulary is then searched for the surroundings with that character changed; the longest surroundings and
characters that sound alike come first.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property

from .analysis import runs
from .characters import sounds

MOST_SUSPECTS = 3
"""Suspected pairs of one run of characters that are looked into; a run with more is no slip."""

MOST_MENDED = 2
"""Runs of one query that are mended; a text with more slips is no text of the trade."""

MOST_SOUGHT = 40
"""Readings of one query that are sought in the vocabulary: each may mean to read all of it."""

ALIKE, OTHER = 0.92, 0.85
"""How far a correction stands for what was typed: the character sounds alike, or does not."""

_REACH = ((4, 4), (3, 3), (2, 2), (2, 1), (1, 2), (2, 0), (0, 2), (1, 1), (1, 0), (0, 1))
"""Characters before and after the slip that must stand in the vocabulary, tried in this order."""

SHORT = 3
"""The longest word that must be all that a name or entry says, where too little was typed to go by."""

_HAN = "[\u3400-\u9fff]"


@dataclass(frozen=True, slots=True)
class Correction:
    """The characters ``start:end`` of a query as they were probably meant."""

    start: int
    end: int
    phrase: str
    factor: float


@dataclass(frozen=True, slots=True)
class _Slip:
    """A way in which ``start:end`` may have gone wrong: the pattern of what was meant.

    The pattern is ``width`` characters wide and keeps ``kept`` of those typed; with its surroundings at least
    ``needed`` must be kept.
    """

    start: int
    end: int
    pattern: str
    factor: float
    width: int
    kept: int
    needed: int

    @property
    def literal(self) -> bool:
        """Whether the pattern is plain text: nothing was put in."""
        return self.kept == self.width


class _Budget:
    """How often the vocabulary may still be read for one query."""

    def __init__(self, left: int) -> None:
        self._left = left

    def spend(self) -> bool:
        """Take one; False where none is left."""
        self._left -= 1
        return self._left >= 0


class Corrector:
    """Corrects queries by the words of a vocabulary (one a line)."""

    def __init__(self, names: str, entries: str, known: Callable[[str], bool]) -> None:
        self._texts = (names, entries)
        self._known = known
        self._short = tuple([line for line in text.split("\n") if len(line) <= SHORT] for text in self._texts)

    @cached_property
    def _alike(self) -> dict[str, str]:
        """The characters of the vocabulary by their blurred sound."""
        classes: dict[str, set[str]] = {}
        for char in set("".join(self._texts)):
            for sound in sounds(char):
                classes.setdefault(sound, set()).add(char)
        return {sound: "".join(sorted(chars)) for sound, chars in classes.items()}

    def corrections(self, text: str) -> tuple[Correction, ...]:
        """What a folded query probably meant; nothing where it holds no slip or too many."""
        found: list[Correction] = []
        budget = _Budget(MOST_SOUGHT)
        for start, run in runs(text):
            if run[0].isascii() or len(found) == MOST_MENDED:
                continue
            pairs = [k for k in range(len(run) - 1) if not self._known(run[k : k + 2])]
            if len(pairs) <= MOST_SUSPECTS:
                near = (self._nearest(run, pair, budget) for pair in pairs)
                best = max(filter(None, near), key=_surety, default=None)
                if best:
                    found.append(Correction(start + best.start, start + best.end, best.phrase, best.factor))
        return tuple(found)

    def _nearest(self, run: str, pair: int, budget: _Budget) -> Correction | None:
        """The surest correction of the pair of characters at ``pair``."""
        slips = list(self._slips(run, pair))
        for before, after in _REACH:
            for slip in slips:
                start, end = max(0, slip.start - before), min(len(run), slip.end + after)
                kept = end - start - (slip.end - slip.start) + slip.kept
                anchor = max(slip.start - start, end - slip.end)
                if kept < slip.needed or end - start < min(3, len(run)):
                    continue
                if not slip.literal and anchor < min(2, len(run) - 1):  # too common to be looked for
                    continue
                if not budget.spend():
                    return None
                word = self._word(run[start : slip.start], slip, run[slip.end : end])
                if word and word != run[start:end]:
                    return Correction(start, end, word, slip.factor)
        return None

    def _slips(self, run: str, pair: int) -> Iterator[_Slip]:
        """What may have gone wrong at a pair; a character that makes a known word with another is not suspected."""
        lone = [place for place in (pair, pair + 1) if not self._in_word(run, place)]
        for place in lone:
            alike = {other for sound in sounds(run[place]) for other in self._alike.get(sound, "")} - {run[place]}
            if alike:
                yield _Slip(place, place + 1, f"[{''.join(sorted(alike))}]", ALIKE, 1, 0, 1)
        for place in range(max(0, pair - 1), min(pair + 2, len(run) - 1)):
            yield _Slip(place, place + 2, run[place + 1] + run[place], ALIKE, 2, 2, min(4, len(run)))
        for place in lone:
            yield _Slip(place, place + 1, _HAN, OTHER, 1, 0, 3)
        needed = 3 if lone else 4
        yield from (_Slip(place, place + 1, "", OTHER, 0, 0, needed) for place in lone or (pair, pair + 1))
        yield _Slip(pair, pair + 2, run[pair] + _HAN + run[pair + 1], OTHER, 3, 2, needed)

    def _in_word(self, run: str, place: int) -> bool:
        return any(self._known(run[k : k + 2]) for k in (place - 1, place) if 0 <= k < len(run) - 1)

    def _word(self, before: str, slip: _Slip, after: str) -> str:
        """The most frequent word of the vocabulary that fits; names come before index entries."""
        word = before + slip.pattern + after
        if slip.literal:
            return word if any(word in text for text in self._texts) and (len(word) > 2 or self._is_line(word)) else ""
        pattern = re.compile(word)
        if len(before) + len(after) < 2:
            return next((line for lines in self._short for line in lines if pattern.fullmatch(line)), "")
        anchor, offset = (before, 0) if len(before) >= len(after) else (after, len(before) + slip.width)
        for text in self._texts:
            words = Counter(
                match.group()
                for found in _places(anchor, text)
                if (match := pattern.match(text, max(0, found - offset)))
            )
            if words:
                return words.most_common(1)[0][0]
        return ""

    def _is_line(self, word: str) -> bool:
        return any(f"\n{word}\n" in f"\n{text}\n" for text in self._texts)


def _places(anchor: str, text: str) -> Iterator[int]:
    found = text.find(anchor) if anchor else -1
    while found >= 0:
        yield found
        found = text.find(anchor, found + 1)


def _surety(correction: Correction) -> tuple[int, float]:
    return correction.end - correction.start, correction.factor
