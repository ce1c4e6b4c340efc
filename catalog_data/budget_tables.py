"""The printed budget tables of a disclosure: where each begins and ends, its unit, its header and its rows.

A table is a title line, a few short lines (单位名称, 单位：万元), header rows and body rows. Page breaks leave
blank lines and print the header again. Columns are named by the header, never by their position.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal

from .model import BudgetTable, Document, Finding, Line, Place, TableRow
from .text import amount, key

KINDS = (
    ("overall_performance", r"整体.*绩效"),
    ("carried_over_projects", r"项目支出.*结转"),
    ("projects", r"项目支出"),
    ("three_public", r"三公"),
    ("running_cost", r"机关运行"),
    ("procurement", r"政府采购"),
    ("economic", r"经济(科目|分类)|基本支出"),
    ("state_capital", r"国有资本"),
    ("fund_income", r"政府性基金(?!.*支出).*收入"),
    ("fund_expenditure", r"政府性基金"),
    ("appropriation_balance", r"财政拨款收支"),
    ("general_budget", r"一般公共预算.*支出"),
    ("balance", r"收支"),
    ("income", r"收入"),
    ("expenditure", r"支出"),
)
"""Kinds of table and what their titles hold, the first that fits counts."""

EXPECTED_KINDS = {
    "balance": "收支总表",
    "income": "收入总表",
    "expenditure": "支出总表",
    "appropriation_balance": "财政拨款收支总表",
    "general_budget": "一般公共预算支出表",
    "economic": "一般公共预算基本支出表",
    "fund_expenditure": "政府性基金预算支出表",
    "three_public": "“三公”经费支出表",
    "projects": "项目支出表",
}
"""What a unit discloses: the eight tables of 《地方预决算公开操作规程》(财预〔2016〕143号), and its projects."""

_TITLE = re.compile(r"[^\t]{2,60}表(\([^()]*\))*")
_SHEET_TITLE = re.compile(r".*项目.*绩效目标.*表.*")
_EXCLUDED = re.compile(r"不含[^()]*结转")
_UNIT = re.compile(r"单位\s*[:：]\s*(?:人民币)?\s*(亿元|万元|千元|元)")
_NOTE = re.compile(r"(注|备注|说明)\s*[:：]")
_EMPTY = re.compile(r"无数据|空表|本表为空|(?:没有|无|不涉及).{0,30}(?:收入|支出|收支|安排|预算|经费)")
_PAGE_NUMBER = re.compile(r"[—–-]?\s*\d{1,4}\s*[—–-]?|第\s*\d+\s*页.*")
_TOTAL = re.compile(r"(部门|单位|本年)?(合计|总计)")
_PREAMBLE = 8
"""Lines that may stand between a title and its table."""


def read_tables(document: Document) -> tuple[list[BudgetTable], list[Finding]]:
    """All budget tables in printed order, and what is wrong with their print."""
    tables: list[BudgetTable] = []
    position = 0
    while position < len(document.lines):
        table, position = _table_at(document, position)
        if table:
            tables.append(table)
    return tables, [finding for table in tables for finding in _problems(document.name, table)]


def table_of(tables: Sequence[BudgetTable], kind: str) -> BudgetTable | None:
    """The first table of a kind, or None."""
    return next((table for table in tables if table.kind == kind), None)


def column(table: BudgetTable, pattern: str) -> int | None:
    """The first column whose labels fit a pattern, or None."""
    return next((k for k, labels in enumerate(column_labels(table)) if re.search(pattern, labels)), None)


def column_labels(table: BudgetTable) -> list[str]:
    """For each column its header labels, joined by '/' from the outermost to the innermost."""
    return ["/".join(path) for path in _layout(table.header)[0]]


def figure(row: TableRow, position: int | None) -> Decimal | None:
    """The amount a row prints in a column, in the table's unit; None for a blank cell and for no column."""
    return amount(row.cells[position]) if position is not None and position < len(row.cells) else None


def label(row: TableRow) -> str:
    """What a row is about: its first cell that holds neither a code nor an amount, as ``key`` gives it."""
    return next((key(cell) for cell in row.cells if cell and amount(cell) is None), "")


def total_row(table: BudgetTable, unit: str = "") -> TableRow | None:
    """The row of the whole: 合计, 总计, or the row that prints the unit's own name."""
    return next((row for row in table.rows if is_total(row, unit)), None)


def is_total(row: TableRow, unit: str = "") -> bool:
    """Whether a row prints the whole table's sum."""
    return bool(_TOTAL.fullmatch(label(row))) or (unit != "" and label(row) == key(unit))


def kind_of(title: str) -> str:
    """The kind of table that a title announces, '' where it announces none."""
    printed = _EXCLUDED.sub("", key(title))
    if _SHEET_TITLE.fullmatch(printed) and "整体" not in printed:
        return ""
    return next((kind for kind, pattern in KINDS if re.search(pattern, printed)), "")


def _table_at(document: Document, position: int) -> tuple[BudgetTable | None, int]:
    """The table whose title is at a position, and the position after what was read."""
    title = document.lines[position]
    if not _is_title(title):
        return None, position + 1
    kind = kind_of(title.text)
    unit, start = _preamble(document.lines, position + 1)
    if start is None or not (kind or unit):
        return None, position + 1
    rows, note, end = _body(document.lines, start)
    length = _header_length(rows)
    header = tuple(rows[:length])
    body = tuple(row for row in rows[length:] if not _is_repeated(row, header))
    empty = bool(_EMPTY.search(note))
    return BudgetTable(kind or "other", title.text.strip(), unit, header, body, title.number, empty), end


def _is_title(line: Line) -> bool:
    printed = key(line.text)
    return (
        len(line.filled) == 1
        and bool(_TITLE.fullmatch(printed))
        and not (_SHEET_TITLE.fullmatch(printed) and "整体" not in printed)
    )


def _preamble(lines: Sequence[Line], position: int) -> tuple[str, int | None]:
    """The unit of amount printed before a table and the position of its first row (None: no table follows)."""
    unit, seen = "", 0
    for k in range(position, len(lines)):
        line = lines[k]
        if not line.filled:
            continue
        found = _UNIT.search(line.text)
        unit = found.group(1) if found else unit
        if len(line.filled) > 1 and not found:
            return unit, k
        seen += 1
        if seen > _PREAMBLE or len(line.text) > 60 or _is_title(line):
            break
    return unit, None


def _body(lines: Sequence[Line], start: int) -> tuple[list[TableRow], str, int]:
    """The rows of a table, the note printed under it, and the position after it."""
    rows: list[TableRow] = []
    for k in range(start, len(lines)):
        line = lines[k]
        printed = line.text.strip()
        if len(line.cells) > 1 and printed and not (len(line.filled) == 1 and _is_title(line)):
            rows.append(TableRow(tuple(cell.strip() for cell in line.cells), line.number))
        elif _NOTE.match(printed) or "本表无数据" in printed:
            return rows, printed, k + 1
        elif printed and not _PAGE_NUMBER.fullmatch(printed) and not _UNIT.search(printed):
            return rows, "", k
    return rows, "", len(lines)


def _header_length(rows: Sequence[TableRow]) -> int:
    """How many rows are header: the first, those that fill the columns its grouped labels span, and 1 2 3 …"""
    length = min(1, len(rows))
    while length < len(rows):
        row = rows[length]
        owners = _layout(rows[:length])[1]
        spanned = {k for k, owner in enumerate(owners) if owners.count(owner) > 1}
        names_columns = any(cell and k in spanned for k, cell in enumerate(row.cells))
        if not _is_numbering(row) and (not names_columns or any(amount(cell) is not None for cell in row.cells)):
            break
        length += 1
    return length


def _is_numbering(row: TableRow) -> bool:
    """Whether a row only numbers the columns: 1 2 3 …"""
    filled = [cell for cell in row.cells if cell]
    return len(filled) > 1 and filled == [str(k) for k in range(1, len(filled) + 1)]


def _is_repeated(row: TableRow, header: Sequence[TableRow]) -> bool:
    """Whether a row prints a header row again, as after a page break."""
    printed = [key(cell) for cell in row.cells if cell]
    return any(printed == [key(cell) for cell in known.cells if cell] for known in header)


def _layout(header: Sequence[TableRow]) -> tuple[list[tuple[str, ...]], list[int]]:
    """The labels above each column, outermost first, and for each column the one that its last label starts in.

    A label spans the blank cells to its right, as far as the label above it spans.
    """
    width = max((len(row.cells) for row in header), default=0)
    paths: list[tuple[str, ...]] = [()] * width
    owners = [0] * width
    for row in header:
        if _is_numbering(row):
            continue
        spans = list(_spans(row, owners))
        paths = [(*path, name) if name else path for path, (name, _) in zip(paths, spans, strict=True)]
        owners = [owner for _, owner in spans]
    return paths, owners


def _spans(row: TableRow, owners: Sequence[int]) -> Iterator[tuple[str, int]]:
    name, start = "", 0
    for k, owner in enumerate(owners):
        printed = key(row.cells[k]) if k < len(row.cells) else ""
        if k == 0 or owner != owners[k - 1]:
            name, start = "", k
        if printed:
            name, start = printed, k
        yield name, start


def _problems(document: str, table: BudgetTable) -> Iterator[Finding]:
    place = Place(document, table.line, table.title)
    if table.kind == "overall_performance":
        return
    if not table.unit_of_amount:
        message = f"“{table.title}”没有印出金额单位，其金额不换算为元"
        yield Finding("disclosure.unit_of_amount", "error", message, "单位：万元", "", place)
    if not table.rows and not table.empty:
        message = f"“{table.title}”只有表头，没有数据行，也没有注明“本表无数据”，文件可能被截断"
        yield Finding("disclosure.table_without_rows", "error", message, "数据行", "", place)
    for row in table.rows:
        beyond = [cell for cell in row.cells[len(_layout(table.header)[0]) :] if cell]
        if beyond:
            message = f"“{table.title}”第 {row.line} 行的格数多于表头，多出的内容未归入任何一栏"
            where = Place(document, row.line, label(row) or table.title)
            yield Finding("disclosure.row_shape", "error", message, "与表头同宽", "、".join(beyond), where)
