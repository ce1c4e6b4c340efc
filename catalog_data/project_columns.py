"""The header of a project list: where it stands and which column holds what, by the words of its labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from .model import DocumentError, TableRow
from .project_rows import MONEY
from .text import key

NAME = (r"项目名称|(采购|预算|支出|购买服务|[一二三]级)项目(名称)?|project_?name|name", "名称|项目")
CODE = (r"id|(项目|采购)?(编号|编码|代码)|project_?id",)
ORDINAL = (r"序号|行号|no\.?",)
UNIT = (
    r"unit|((预算|采购|购买|项目|用款|实施|执行|申报|填报|编制)(单位|主体)|单位)(名称)?",
    r"(主管|预算|业务)?(部门|主管单位)(名称)?|department",
)
DESCRIPTION = (
    r"description|(项目|服务|工作|采购|主要|购买服务)?(描述|内容|概况|简介)|(采购)?需求(概况)?|采购需求概况|(内容)?说明|备注",
)
AMOUNT = (
    r"(\d{4}年|本年度?|当年|全年|年度)?(项目|采购|支出|财政|年初|年度)*(预算)?(金额|预算数|预算额|预算|资金总额|总额|资金)"
    r"|amount(_?(yuan|wan))?|budget",
    "合计|总计",
)
"""What labels say, NFKC and without spaces, remarks in brackets and marks; the earlier pattern counts more."""

SEARCHED = 10
"""Rows among which the header must stand."""

UNDERSTOOD = "项目名称（必有）、编号或序号、单位名称、项目内容、预算金额（元或万元）"

_REMARK = re.compile(r"\([^()]*\)|[*:#]")
_UNIT_OF_AMOUNT = re.compile(rf"{MONEY}|(?<=\()[亿万千](?=\))")
_STATED_MONEY = re.compile(rf"单位\s*[:：]\s*(?:人民币)?\s*({MONEY})")
_STATED_UNIT = re.compile(rf"(?<!计量)(?:单位|部门)(?:名称)?\s*[:：]\s*(?!(?:人民币)?\s*{MONEY})([^\s:：(（]+)")
_ENGLISH_UNIT = {"amount_yuan": "元", "amountyuan": "元", "amount_wan": "万元", "amountwan": "万元"}


@dataclass(frozen=True, slots=True)
class Header:
    """A header and what stands above it.

    ``start`` and ``end`` bound its rows (half-open). Columns are positions, None where there is none.
    ``ordinal`` says that ``id`` is a mere 序号. ``money`` is the printed unit of the amounts, '' where none
    is stated; ``unit_name`` is the unit named above the header, for lists of one unit. ``unused`` are the
    labels of columns that hold none of these.
    """

    start: int
    end: int
    name: int
    id: int | None
    ordinal: bool
    unit: int | None
    descriptions: tuple[int, ...]
    amount: int | None
    money: str
    unit_name: str
    unused: tuple[str, ...]


def find_header(rows: Sequence[TableRow], document: str) -> Header:
    """The header among the first rows.

    Rows below it that neither name a project nor hold a digit belong to it: 资金来源 above 合计. Raises
    ``DocumentError`` where no row has a column for the project's name.
    """
    for start, row in enumerate(rows[:SEARCHED]):
        name = _first(_labels([row]), NAME)
        if name is not None:
            end = _end(rows, start, name)
            return _header(rows, start, end, name)
    labels = max((row.cells for row in rows[:SEARCHED]), key=lambda cells: sum(map(bool, cells)))
    found = "、".join(label for label in labels if label) or "无"
    raise DocumentError(f"前 {SEARCHED} 行里没有“项目名称”列。读到的列：{found}；能识别的列：{UNDERSTOOD}", document)


def _header(rows: Sequence[TableRow], start: int, end: int, name: int) -> Header:
    labels = _labels(rows[start:end])
    code, ordinal = _first(labels, CODE), _first(labels, ORDINAL)
    amount, unit, descriptions = _first(labels, AMOUNT), _first(labels, UNIT), tuple(_all(labels, DESCRIPTION[0]))
    used = {name, code, ordinal, amount, unit, *descriptions}
    above = "\n".join(cell for row in rows[:start] for cell in row.cells)
    return Header(
        start=start,
        end=end,
        name=name,
        id=ordinal if code is None else code,
        ordinal=code is None,
        unit=unit,
        descriptions=descriptions,
        amount=amount,
        money=_money(rows[start:end], amount) or _stated(_STATED_MONEY, above),
        unit_name=_stated(_STATED_UNIT, above),
        unused=tuple(label for k, label in enumerate(rows[start].cells) if label and k not in used),
    )


def _end(rows: Sequence[TableRow], start: int, name: int) -> int:
    end, label = start + 1, rows[start].cells[name]
    while end < len(rows) and _continues(rows[end], name, label):
        end += 1
    return end


def _continues(row: TableRow, name: int, label: str) -> bool:
    named = row.cells[name] if name < len(row.cells) else ""
    return named in ("", label) and any(row.cells) and not any(re.search(r"\d", cell) for cell in row.cells)


def _labels(rows: Sequence[TableRow]) -> list[list[str]]:
    """For every column its labels from top to bottom, in the form that the patterns are written for."""
    width = max(len(row.cells) for row in rows)
    cells = [[row.cells[k] for row in rows if k < len(row.cells)] for k in range(width)]
    return [[_REMARK.sub("", key(cell)) for cell in column if cell] for column in cells]


def _first(labels: Sequence[Sequence[str]], patterns: Sequence[str]) -> int | None:
    return next((column for pattern in patterns for column in _all(labels, pattern)), None)


def _all(labels: Sequence[Sequence[str]], pattern: str) -> list[int]:
    return [k for k, column in enumerate(labels) if any(re.fullmatch(pattern, label) for label in column)]


def _money(rows: Sequence[TableRow], amount: int | None) -> str:
    """The unit of money that the labels of the amount column print, '' where they print none."""
    printed = [key(row.cells[amount]) for row in rows if amount is not None and amount < len(row.cells)]
    for label in printed:
        stated = _UNIT_OF_AMOUNT.search(label)
        if stated:
            return stated.group() if stated.group().endswith("元") else f"{stated.group()}元"
    return next((_ENGLISH_UNIT[label] for label in printed if label in _ENGLISH_UNIT), "")


def _stated(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found.group(1) if found else ""
