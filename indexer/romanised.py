"""Queries typed in pinyin or initials: the Han words of the catalog that are read so.

shequjiaozheng and sqjz are both 社区矫正. A query is cut into syllables or initials; a pattern of character
classes (all characters of the vocabulary with that reading) then finds the words themselves, so that ranking and
highlighting go on with Han. A character with several readings stands in several classes.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from .characters import readings

LONGEST = 48
"""Letters beyond which a run is no pinyin: the longest names have some twenty characters."""

MOST_CUTS, MOST_WORDS = 6, 8
SHORTEST_INITIALS = 2
SKIPPED = "[、，,；;（）()/·—-]{0,2}"
"""What may stand between two characters that were typed without it."""

CODES = 0xE000
"""Where the codes for ways to read begin: a private area of Unicode, which no text holds once read."""

Unit = str
"""A syllable (jiao), or the first letter of one (j)."""


@dataclass(frozen=True, slots=True)
class RomanisedWord:
    """A Han word read as the letters typed; ``factor`` (0..1] says how surely it was meant."""

    word: str
    factor: float


class RomanisedWords:
    """Finds words by their sound in names (one a line) and, where none holds them, in index entries.

    The texts are searched as spelt in codes, one character for all characters that are read in the same ways: there
    are fewer ways to read than characters, so patterns stay small.
    """

    def __init__(self, names: str, entries: str) -> None:
        self._texts = ((names, 1.0), (entries, 0.85))

    @cached_property
    def _codes(self) -> dict[int, str]:
        """The code of each character of the vocabulary that has a reading."""
        codes: dict[frozenset[str], str] = {}
        chars = sorted({char for text, _ in self._texts for char in text if readings(char)})
        return {ord(char): codes.setdefault(frozenset(readings(char)), chr(CODES + len(codes))) for char in chars}

    @cached_property
    def _spelt(self) -> tuple[str, ...]:
        """The texts in codes, position by position."""
        return tuple(text.translate(self._codes) for text, _ in self._texts)

    @cached_property
    def _by_unit(self) -> dict[Unit, str]:
        """The codes by syllable and by initial."""
        classes: dict[Unit, set[str]] = {}
        for char, code in self._codes.items():
            for reading in readings(chr(char)):
                classes.setdefault(reading, set()).add(code)
                classes.setdefault(reading[0], set()).add(code)
        return {unit: "".join(sorted(codes)) for unit, codes in classes.items()}

    @cached_property
    def _syllables(self) -> frozenset[str]:
        return frozenset(unit for unit in self._by_unit if len(unit) > 1 or unit in {"a", "e", "o"})

    def words(self, letters: str) -> tuple[RomanisedWord, ...]:
        """The words that ``letters`` (a-z, ü typed as v) may stand for, surest first."""
        if not 2 <= len(letters) <= LONGEST:
            return ()
        cuts = list(self._cuts(letters))
        for units, factor in [*((cut, 1.0) for cut in cuts), (self._mixed(letters), 0.9)]:
            found = self._find(units, factor)
            if found:
                return found
        if len(letters) < SHORTEST_INITIALS:
            return ()
        return self._find(list(letters), 0.9) or self._find(list(letters), 0.7, gap=True)

    def _cuts(self, letters: str) -> Iterator[list[Unit]]:
        """The ways to read letters as whole syllables, those with fewer syllables first."""
        complete: list[list[Unit]] = []
        unfinished: list[tuple[int, list[Unit]]] = [(0, [])]
        for _ in range(400):
            if not unfinished:
                break
            start, units = unfinished.pop()
            if start == len(letters):
                complete.append(units)
                continue
            ends = (end for end in range(start + 1, min(len(letters), start + 6) + 1))
            unfinished += [(end, [*units, letters[start:end]]) for end in ends if letters[start:end] in self._syllables]
        return iter(sorted(complete, key=len)[:MOST_CUTS])

    def _mixed(self, letters: str) -> list[Unit]:
        """Letters as syllables where one fits, else as initials: yanglaojg."""
        units: list[Unit] = []
        while letters:
            size = next((n for n in (6, 5, 4, 3, 2) if letters[:n] in self._syllables and len(letters) >= n), 1)
            units.append(letters[:size])
            letters = letters[size:]
        return units

    def _find(self, units: Sequence[Unit], factor: float, *, gap: bool = False) -> tuple[RomanisedWord, ...]:
        classes = [self._by_unit.get(unit) for unit in units]
        if len(units) < 2 or None in classes:
            return ()
        joint = "[^\n]{0,4}?" if gap else SKIPPED
        if gap and len(units) < 4:
            return ()
        pattern = re.compile(joint.join(f"[{codes}]" for codes in classes))
        for (text, share), spelt in zip(self._texts, self._spelt, strict=True):
            counted = Counter(text[match.start() : match.end()] for match in pattern.finditer(spelt))
            if counted:
                return tuple(RomanisedWord(word, factor * share) for word, _ in counted.most_common(MOST_WORDS))
        return ()
