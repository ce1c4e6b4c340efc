"""Printed Chinese: what a line wrap is, what a document number is, what an amount is.

Text is compared by ``key`` and shown as printed.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

_HAN = r"[\u2e80-\u303f\u3400-\u9fff\uf900-\ufaff\uff00-\uffef“”‘’—…·]"
_WRAP = re.compile(rf"(?<={_HAN})[ \t\u3000]+(?={_HAN})")
_NUMBER = re.compile(r"[A-Za-z\u4e00-\u9fff]{2,12}[〔\[(（【]\s*(?:19|20)\d{2}\s*[〕\])）】]\s*第?\d{1,5}号")
_AMOUNT = re.compile(r"[+-]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?")
_DIGITS = re.compile(r"\d+")


def unwrap(printed: str) -> str:
    """Remove the spaces that line wraps left between Han characters.

    A space beside a Latin letter or a digit keeps its meaning.

    >>> unwrap("灾害防治及应急管理服 务"), unwrap("12368 诉讼热线服务")
    ('灾害防治及应急管理服务', '12368 诉讼热线服务')
    """
    return _WRAP.sub("", printed.strip())


def key(text: str) -> str:
    """The form in which text is compared: NFKC, lower case, without white space.

    >>> key("低保（特困）Ａ 1")
    '低保(特困)a1'
    """
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).lower()


def amount(cell: str) -> Decimal | None:
    """A printed amount as ``Decimal`` in the unit of its table, or None where the cell holds none.

    >>> amount("9,324.25"), amount("1 785"), amount("合计")
    (Decimal('9324.25'), None, None)
    """
    printed = unicodedata.normalize("NFKC", cell).strip()
    if not _AMOUNT.fullmatch(printed):
        return None
    try:
        return Decimal(printed.replace(",", ""))
    except InvalidOperation:  # pragma: no cover - the pattern admits no such text
        return None


def document_numbers(text: str) -> list[str]:
    """The document numbers (发文字号) in a text, as printed: 晋财综〔2025〕28号."""
    return [m.group() for m in _NUMBER.finditer(text)]


def digit_runs(text: str) -> list[str]:
    """The runs of digits in a text, for telling 配套1 from 配套2."""
    return _DIGITS.findall(unicodedata.normalize("NFKC", text))


_YUAN = {"元": Decimal(1), "千元": Decimal(1_000), "万元": Decimal(10_000), "亿元": Decimal(100_000_000)}


def in_yuan(value: Decimal, unit: str) -> Decimal | None:
    """An amount printed in 元, 千元, 万元 or 亿元 as 元; None where the unit is none of these.

    >>> in_yuan(Decimal("186.37"), "万元"), in_yuan(Decimal("1"), "")
    (Decimal('1863700'), None)
    """
    return plain(value * _YUAN[unit]) if unit in _YUAN else None


def plain(value: Decimal) -> Decimal:
    """The same number without exponent and without zeros at the end of its fraction.

    >>> plain(Decimal("1863700.00")), plain(Decimal("0.50"))
    (Decimal('1863700'), Decimal('0.5'))
    """
    whole = value.to_integral_value()
    return whole if value == whole else value.normalize()
