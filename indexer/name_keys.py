"""The name of a project without what changes from year to year: the key by which budgets repeat.

The rules are the patterns of ``generic_words.tsv`` and its words for levels (级次, 范围). Other generic words stay:
评估采购 and 评估工作经费 are not the same spending.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from .analysis import normalise
from .departments import resolver
from .tables import KNOWLEDGE, read_table
from .wording import COLUMNS

_LEVELS = {"级次", "范围"}
_SIGNS = re.compile(r"[^a-z0-9\u3400-\u9fff]+")
_COUNT = re.compile(r"(?<=[\u3400-\u9fff])\d{1,2}$")


class NameKeys:
    """Strips years, document numbers, batches, levels of funds and the unit's own place from names.

    A number of one or two digits at the end only counts (配套1, 配套2) and goes too.
    """

    def __init__(self, folder: Path = KNOWLEDGE) -> None:
        rows = list(read_table("generic_words.tsv", COLUMNS, folder))
        patterns = [row["word"] for row in rows if row["kind"] == "pattern"]
        levels = [re.escape(row["word"]) for row in rows if row["kind"] == "word" and row["why"] in _LEVELS]
        self._passing = re.compile("|".join([*patterns, *levels]))

    def key(self, name: str, unit: str) -> str:
        """What is left of a name; ``unit`` is the unit's printed name."""
        rest = normalise(name)
        for own in _own_names(normalise(unit)):
            rest = rest.replace(own, " ")
        return _COUNT.sub("", letters(self._passing.sub(" ", rest)))


@cache
def name_keys(folder: Path = KNOWLEDGE) -> NameKeys:
    """The keys by a folder's generic words."""
    return NameKeys(folder)


def letters(normalised: str) -> str:
    """A normalised text without signs and white space."""
    return _SIGNS.sub("", normalised)


@lru_cache(maxsize=4096)
def _own_names(unit: str) -> tuple[str, ...]:
    """The unit's name, and the place it begins with: 孝义市民政局, 孝义市."""
    spans = resolver().resolve(unit).spans
    return tuple(own for own in (unit, unit[: spans[0][0]] if spans else "") if len(own) > 1)
