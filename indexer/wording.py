"""A project's text made ready for matching: what says nothing about its content is set aside.

Years, document numbers, levels of funds, the unit's own name and words that every project has (项目, 经费,
服务 …) are masked; positions stay those of the printed text.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from .analysis import normalise, runs
from .tables import KNOWLEDGE, KnowledgeError, read_table

COLUMNS = ("word", "kind", "why")
_PLACE = re.compile(
    r"[\u4e00-\u9fff]{2,7}?(?:自治区|自治州|自治县|省|(?<![城超])市|州|县|(?<![社小景灾库林山校院辖园])区|旗|镇|(?<!城)乡|街道)"
    r"(?=[^\s级域直内外])"
)
"""A place name at the beginning: 孝义市, 南湖新区; not 智慧城市, 老旧小区, 优待金县级配套."""


@dataclass(frozen=True, slots=True)
class Wording:
    """A text with its masked positions: ``normalised`` has the length of ``text``; ``grams`` are the bigrams
    (start, token) of what is left, whole Latin words and lone characters included, ``tokens`` the distinct ones."""

    text: str
    normalised: str
    grams: tuple[tuple[int, str], ...]
    tokens: frozenset[str]


class WordingCleaner:
    """Masks generic words by ``knowledge/generic_words.tsv``. Raises ``KnowledgeError`` for a bad pattern."""

    def __init__(self, folder: Path = KNOWLEDGE) -> None:
        patterns: list[str] = []
        words: list[str] = []
        for row in read_table("generic_words.tsv", COLUMNS, folder):
            if row["kind"] not in {"word", "pattern"}:
                raise KnowledgeError(row.file, row.line, "kind 只能是 word 或 pattern")
            (patterns if row["kind"] == "pattern" else words).append(row["word"])
        words.sort(key=len, reverse=True)
        try:
            self._generic = re.compile("|".join([*patterns, *map(re.escape, words)]))
        except re.error as error:
            raise KnowledgeError("generic_words.tsv", None, f"正则表达式有误：{error}") from error

    def clean(self, text: str, unit: str = "") -> Wording:
        """The wording of a text; ``unit`` is the name of the unit, masked where the text repeats it."""
        normalised = normalise(text)
        masked = list(normalised)
        for start, end in self._masks(normalised, normalise(unit)):
            masked[start:end] = " " * (end - start)
        grams = tuple(_grams("".join(masked)))
        return Wording(text, normalised, grams, frozenset(token for _, token in grams))

    def _masks(self, text: str, unit: str) -> list[tuple[int, int]]:
        masks = [match.span() for match in self._generic.finditer(text)]
        start = text.find(unit) if len(unit) >= 3 else -1
        while start >= 0:
            masks.append((start, start + len(unit)))
            start = text.find(unit, start + len(unit))
        place = _PLACE.match(text)
        while place:
            masks.append(place.span())
            place = _PLACE.match(text, place.end())
        return masks


def _grams(text: str) -> list[tuple[int, str]]:
    found: list[tuple[int, str]] = []
    for start, run in runs(text):
        if run[0].isascii() or len(run) == 1:
            found.append((start, run))
        else:
            found.extend((start + k, run[k : k + 2]) for k in range(len(run) - 1))
    return found


@cache
def cleaner(folder: Path = KNOWLEDGE) -> WordingCleaner:
    """The cleaner over a folder's generic words."""
    return WordingCleaner(folder)
