"""What is known of single Han characters: their simplified form and how they are read (``table.tsv``).

The table is made by ``make_table`` with OpenCC (Apache-2.0) and pypinyin (MIT); neither is needed to search.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path

TABLE = Path(str(files("indexer"))) / "characters" / "table.tsv"

_ALIKE = (("zh", "z"), ("ch", "c"), ("sh", "s"), ("v", "u"), ("ang", "an"), ("eng", "en"), ("ing", "in"))
"""Sounds that speakers of northern Mandarin commonly confuse when typing (模糊音)."""


@cache
def _table() -> tuple[tuple[str, str, str], ...]:
    lines = TABLE.read_text("utf-8").splitlines()[1:]
    return tuple((char, simplified, readings) for char, simplified, readings in (line.split("\t") for line in lines))


@cache
def _simplified() -> Mapping[int, str]:
    return {ord(char): simplified for char, simplified, _ in _table() if char != simplified}


def simplify(text: str) -> str:
    """The text in simplified characters, position by position.

    >>> simplify("殘疾人就業")
    '残疾人就业'
    """
    return text.translate(_simplified())


@cache
def _readings() -> Mapping[str, tuple[str, ...]]:
    return {char: tuple(readings.split()) for char, _, readings in _table()}


def readings(char: str) -> tuple[str, ...]:
    """The readings of a character without tones, the usual one first (ü as v); none where it is not known.

    >>> readings("行"), readings("绿"), readings("A")
    (('xing', 'hang'), ('lv',), ())
    """
    return _readings().get(char, ())


def sounds(char: str) -> frozenset[str]:
    """The readings with easily confused sounds made one: 绿 and 录, 是 and 四 share one."""
    return frozenset(map(_blurred, readings(char)))


@cache
def _blurred(reading: str) -> str:
    for heard, typed in _ALIKE:
        reading = reading.replace(heard, typed)
    return reading
