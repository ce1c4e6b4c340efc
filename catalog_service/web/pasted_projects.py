"""Projects pasted from a spreadsheet: one a line, cells between tabs, with or without a header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from catalog_data.model import DocumentError, Project, TableRow
from catalog_data.project_columns import find_header
from catalog_data.project_rows import RowProblem, printed_yuan, unique_ids
from catalog_data.project_table import table_projects

PASTED = "粘贴的内容"
MOST = 50
"""Projects judged at once; longer lists are uploaded."""

LONGEST = 100_000
"""Characters of a pasted text."""

MONEY = ("元", "万元")
"""The units that amounts without one of their own may be in."""

NAME, UNIT, DESCRIPTION, AMOUNT, ORDINAL = "项目名称", "单位名称", "项目内容", "金额", "序号"
_BY_WIDTH = {1: (NAME,), 2: (NAME, DESCRIPTION), 3: (UNIT, NAME, DESCRIPTION)}
_BODY = re.compile(r".{0,30}[局厅委部办院校所站馆会队镇乡团社]|.{2,30}(中心|街道|办公室|政府|机关|公司|法院|委员会)")
_CELL = re.compile(r'"((?:[^"]|"")*)"(?=[\t\n]|$)|([^\t\n]*)')
_WIDEST = 12


@dataclass(frozen=True, slots=True)
class Pasted:
    """What was pasted: its projects, the lines that gave none, and what else is to be known of it."""

    projects: tuple[Project, ...] = ()
    problems: tuple[RowProblem, ...] = ()
    notes: tuple[RowProblem, ...] = ()


def read_pasted(text: str, unit: str = "", money: str = "元") -> Pasted:
    """The projects of a pasted text.

    ``unit`` is the unit of lines that name none, ``money`` the unit of amounts that print none. Without a header
    the columns are told apart by what they hold: numbers are amounts, one of two texts is a unit where it reads
    like one, three texts are unit, name and content. Raises ``DocumentError`` for nothing, too much, or columns
    that cannot be told apart.
    """
    if len(text) > LONGEST:
        raise DocumentError(f"内容超过 {LONGEST:,} 字，请改为上传文件")
    rows = pasted_rows(text)
    if not any(any(row.cells) for row in rows):
        raise DocumentError("还没有内容：请输入一个项目，或从 Excel 复制若干行粘贴到这里")
    read = list(unique_ids(table_projects(_headed(rows, money), PASTED)))
    projects = tuple(replace(row, unit=row.unit or unit) for row in read if isinstance(row, Project))
    if len(projects) > MOST:
        raise DocumentError(f"一次最多判定 {MOST} 个项目，这里有 {len(projects)} 个；请分次粘贴，或改为上传文件")
    said = [row for row in read if isinstance(row, RowProblem) and row.line]
    return Pasted(
        projects,
        tuple(row for row in said if row.severity == "error"),
        tuple(row for row in said if row.severity == "warning"),
    )


def pasted_rows(text: str) -> list[TableRow]:
    """The rows with the line each begins on.

    A cell in quotes that holds a line break, a tab or a doubled quote is one that the spreadsheet has quoted;
    any other quotes belong to the text.

    >>> [row.cells for row in pasted_rows('"一老一小"服务\\t30')], [row.cells for row in pasted_rows('"甲\\n乙"\\t30')]
    ([('"一老一小"服务', '30')], [('甲\\n乙', '30')])
    """
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    rows, cells, place, line, begun = [], list[str](), 0, 1, 1
    while place <= len(text):
        found = _CELL.match(text, place)
        assert found  # the second alternative matches anything
        cells.append(_cell(found))
        line += found.group().count("\n")
        place = found.end()
        if place == len(text) or text[place] == "\n":
            rows.append(TableRow(tuple(cells), begun))
            cells, line = [], line + 1
            begun = line
        place += 1
    return rows


def _cell(found: re.Match[str]) -> str:
    inner = found[1]
    quoted = inner is not None and ("\n" in inner or "\t" in inner or '""' in inner)
    return (inner.replace('""', '"') if quoted else found.group()).strip()


def _headed(rows: Sequence[TableRow], money: str) -> list[TableRow]:
    """The rows below a header: their own, or one made from what the columns hold; both say the unit of money."""
    stated = TableRow((f"单位：{money}",), 0)
    try:
        return [*([] if find_header(rows, PASTED).money else [stated]), *rows]
    except DocumentError:
        return [stated, _header(rows), *rows]


def _header(rows: Sequence[TableRow]) -> TableRow:
    width = max(len(row.cells) for row in rows)
    columns = [
        [row.cells[k] for row in rows if k < len(row.cells) and row.cells[k]] for k in range(min(width, _WIDEST))
    ]
    labels = ["其他"] * len(columns)
    filled = [k for k, cells in enumerate(columns) if cells]
    if len(filled) > 1:
        for k in [k for k in filled if _numbers(columns[k])]:
            labels[k] = ORDINAL if k == filled[0] and k != filled[-1] else AMOUNT
    texts = [k for k in filled if labels[k] == "其他"]
    names = _BY_WIDTH.get(len(texts))
    if names is None or width > _WIDEST or labels.count(AMOUNT) > 1:
        raise DocumentError("分不清各列的内容：请连同表头一起复制，表头应有“项目名称”列")
    if len(texts) == 2 and _units(columns[texts[0]]):
        names = (UNIT, NAME)
    for k, label in zip(texts, names, strict=True):
        labels[k] = label
    return TableRow(tuple(labels), 0)


def _numbers(cells: Sequence[str]) -> bool:
    return 2 * sum(printed_yuan(cell, "元") is not None for cell in cells) >= len(cells)


def _units(cells: Sequence[str]) -> bool:
    return sum(bool(_BODY.fullmatch(cell)) for cell in cells) > len(cells) / 2
