"""Write ``table.tsv`` anew: ``python -m indexer.characters.make_table`` (needs OpenCC and pypinyin).

Characters: those of GB 2312, those the knowledge files use, and the traditional forms of them all. Readings
are written without tones, the usual one first; a further reading counts where a character has it in at least
``RARE`` of the words of pypinyin's phrase dictionary (行: xing, hang).
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

import opencc
from pypinyin import Style, lazy_pinyin
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.phrases_dict import phrases_dict

from indexer.characters import TABLE
from indexer.tables import KNOWLEDGE

RARE = 0.005
"""The least share of a character's words in which a further reading counts."""

HEADER = "char\tsimplified\treadings"


def characters() -> list[str]:
    """The Han characters that the table describes, in code order."""
    known = {bytes((row, cell)).decode("gb2312", "ignore") for row in range(0xB0, 0xF8) for cell in range(0xA1, 0xFF)}
    for path in KNOWLEDGE.glob("*.tsv"):
        known.update(path.read_text("utf-8"))
    simplified = {char for char in known if "\u3400" <= char <= "\u9fff"}
    to_simplified = opencc.OpenCC("t2s")
    every = (chr(code) for code in range(0x3400, 0xA000))
    return sorted(simplified | {char for char in every if to_simplified.convert(char) in simplified})


def word_readings() -> dict[str, Counter[str]]:
    """How often each character has each reading, over the words of the phrase dictionary."""
    counted: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for word, syllables in phrases_dict.items():
        for char, readings in zip(word, syllables, strict=False):
            counted[char][_plain(readings[0])] += 1
    return counted


def rows(chars: Iterable[str]) -> Iterator[str]:
    """The lines of the table."""
    counted, to_simplified = word_readings(), opencc.OpenCC("t2s")
    for char in chars:
        simplified = to_simplified.convert(char)
        usual = _plain(lazy_pinyin(simplified, style=Style.NORMAL)[0])
        seen = counted[simplified]
        further = [reading for reading, count in seen.most_common() if count >= RARE * seen.total()]
        yield "\t".join((char, simplified, " ".join(dict.fromkeys([usual, *further]))))


def _plain(reading: str) -> str:
    return to_normal(reading).replace("ü", "v")


def main(path: Path = TABLE) -> None:
    """Write the table."""
    path.write_text("\n".join([HEADER, *rows(characters())]) + "\n", "utf-8")


if __name__ == "__main__":
    main()
