"""Chinese text analysis shared by search and tagging: overlapping bigrams, no dictionary to load.

Han text is cut into overlapping pairs (农村养老 -> 农村, 村养, 养老), which finds any partial name; numbers and
Latin words stay whole (12345, ipv6). Text is compared in the form ``catalog_data.text.key`` gives.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_RUN = re.compile(r"[a-z0-9]+(?:\.[0-9]+)?|[\u3400-\u9fff]+")


class _Folding(dict[int, str]):
    """Each character's NFKC form in lower case, worked out once; itself where that has another length (㎡)."""

    def __missing__(self, code: int) -> str:
        char = chr(code)
        folded = unicodedata.normalize("NFKC", char).lower()
        self[code] = folded if len(folded) == 1 else char
        return self[code]


_FOLDING = _Folding()


def normalise(text: str) -> str:
    """NFKC and lower case, position by position, so that offsets still point into the printed text.

    A character whose NFKC form has another length (㎡) is kept as it is.
    """
    return text.translate(_FOLDING)


def runs(text: str) -> Iterator[tuple[int, str]]:
    """Unbroken runs of Han, or of Latin letters and digits, with their start, in normalised text."""
    return ((match.start(), match.group()) for match in _RUN.finditer(text))


def grams(text: str) -> Iterator[tuple[int, int, str]]:
    """The tokens of a text as (start, end, token): Han bigrams, a lone Han character, whole Latin words.

    >>> [token for _, _, token in grams("农村养老IPv6")]
    ['农村', '村养', '养老', 'ipv6']
    """
    for start, run in runs(normalise(text)):
        if run[0].isascii() or len(run) == 1:
            yield start, start + len(run), run
        else:
            for k in range(len(run) - 1):
                yield start + k, start + k + 2, run[k : k + 2]
