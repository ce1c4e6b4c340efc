"""What a row of a project list becomes: a project, or a problem with its place and cause."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .model import Project, Severity
from .text import amount, in_yuan, plain

MONEY = r"[十百]*[亿万千]?元"
"""A unit of money as printed; ``text.in_yuan`` knows which of them are understood."""

_PRINTED = re.compile(rf"¥?\s*(?P<figure>.*?)\s*(?P<unit>{MONEY})?")
_LIMIT = Decimal(10) ** 15
_FINEST = Decimal("1e-8")


@dataclass(frozen=True, slots=True)
class RowProblem:
    """What is to be said of a row, or of a file where ``line`` is None.

    ``severity`` is error where the row gave no project, warning where it gave one without its amount or
    with another id, info where nothing is wrong (a row of totals, an assumed unit).
    """

    file: str
    line: int | None
    cause: str
    severity: Severity = "error"


def unique_ids(rows: Iterator[Project | RowProblem]) -> Iterator[Project | RowProblem]:
    """The same rows, lazily; a project whose id came before becomes a problem."""
    lines: dict[str, int | None] = {}
    for row in rows:
        if isinstance(row, Project) and row.id in lines:
            cause = f"编号“{row.id}”与第 {lines[row.id]} 行重复，项目“{row.name}”未读入"
            yield RowProblem(row.document, row.line, cause)
            continue
        if isinstance(row, Project):
            lines[row.id] = row.line
        yield row


def printed_yuan(printed: str, unit: str) -> Decimal | None:
    """A printed amount in 元; ``unit`` is that of its column, unless the amount prints its own.

    None where the text is no amount, or none of a budget (10^15 元 and more, or finer than 10^-8).

    >>> printed_yuan("1,785.5", "万元"), printed_yuan("￥30元", "万元"), printed_yuan("约30", "元")
    (Decimal('17855000'), Decimal('30'), None)
    """
    parts = _PRINTED.fullmatch(unicodedata.normalize("NFKC", printed).strip())
    figure = amount(parts["figure"]) if parts else None
    if parts is None or figure is None or budget_amount(figure) is None:
        return None
    yuan = in_yuan(figure, parts["unit"] or unit)
    return None if yuan is None else budget_amount(yuan)


def budget_amount(value: Decimal) -> Decimal | None:
    """The amount without exponent, or None where it cannot be one of a budget; see ``printed_yuan``."""
    if not value.is_finite() or not -_LIMIT < value < _LIMIT or value != value.quantize(_FINEST):
        return None
    return plain(value)
