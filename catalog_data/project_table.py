"""The rows of a table (CSV, XLSX) as projects; every row gives a project, a problem or a note."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from .model import DocumentError, Project, TableRow
from .project_columns import Header, find_header
from .project_rows import RowProblem, printed_yuan
from .text import key

_TOTAL = re.compile(r".{0,20}(合计|总计|小计)[:：]?")
_REMARK = re.compile(r"(注|备注|说明)\d*:.*", re.DOTALL)


def table_projects(rows: Sequence[TableRow], document: str) -> Iterator[Project | RowProblem]:
    """The projects in printed order, with what is to be said of the other rows.

    An id is what the column 编号 prints, else 序号 where it tells all rows apart, else the row's number.
    Several columns of description are joined by line breaks. Raises ``DocumentError`` where there is no
    header, nothing under it, or a unit of money that is not understood.
    """
    header = find_header(rows, document)
    body = rows[header.end :]
    if not any(any(row.cells) for row in body):
        raise DocumentError("表头之下没有内容", document, rows[header.start].line)
    if printed_yuan("1", header.money or "元") is None:
        raise DocumentError(f"金额单位“{header.money}”无法识别，请改用元、千元、万元或亿元", document)
    yield from _header_notes(header, rows, document)
    yield from _empty_notes(body, document)
    numbered = header.ordinal and not _distinct(header, rows, body)
    if numbered and header.id is not None:
        yield RowProblem(document, None, "序号有空缺或重复，改用行号作为项目编号", "warning")
    for row in body:
        if any(row.cells):
            yield from _read(row, header, rows[header.start], document, numbered)


def _read(
    row: TableRow, header: Header, labels: TableRow, document: str, numbered: bool
) -> Iterator[Project | RowProblem]:
    aside = _aside(row, header, labels)
    if aside:
        yield RowProblem(document, row.line, aside, "info")
    elif any(row.cells[len(labels.cells) :]):
        cause = f"这一行有 {len(row.cells)} 格，表头只有 {len(labels.cells)} 格；含分隔符的内容须用双引号括起"
        yield RowProblem(document, row.line, cause)
    elif not _cell(row, header.name):
        yield RowProblem(document, row.line, f"没有项目名称，这一行是：{'、'.join(filter(None, row.cells))[:80]}")
    else:
        yield from _project(row, header, document, numbered)


def _project(row: TableRow, header: Header, document: str, numbered: bool) -> Iterator[Project | RowProblem]:
    printed = _cell(row, header.amount)
    yuan = printed_yuan(printed, header.money or "元")
    descriptions = dict.fromkeys(_cell(row, column) for column in header.descriptions)
    yield Project(
        id=(not numbered and _cell(row, header.id)) or str(row.line),
        unit=_cell(row, header.unit) or header.unit_name,
        name=_cell(row, header.name),
        amount_yuan=yuan,
        description="\n".join(filter(None, descriptions)),
        document=document,
        line=row.line,
    )
    if printed and yuan is None:
        yield RowProblem(document, row.line, f"金额“{printed[:40]}”无法识别，项目按没有金额读入", "warning")


def _aside(row: TableRow, header: Header, labels: TableRow) -> str:
    """Why a row holds no project though nothing is wrong with it, '' where it should hold one."""
    name, first = key(_cell(row, header.name)), key(next(filter(None, row.cells)))
    if row.cells == labels.cells:
        return "重复的表头"
    if _TOTAL.fullmatch(name) or _TOTAL.fullmatch(first):
        return f"合计行，不作为项目：{first}"
    if _REMARK.fullmatch(first) and len(set(filter(None, row.cells))) == 1:
        return f"表注，不作为项目：{first[:80]}"
    return ""


def _distinct(header: Header, rows: Sequence[TableRow], body: Sequence[TableRow]) -> bool:
    """Whether the id column tells all projects apart."""
    labels = rows[header.start]
    projects = [row for row in body if any(row.cells) and _cell(row, header.name) and not _aside(row, header, labels)]
    ids = {_cell(row, header.id) for row in projects}
    return len(ids) == len(projects) and "" not in ids


def _header_notes(header: Header, rows: Sequence[TableRow], document: str) -> Iterator[RowProblem]:
    for row in rows[: header.start]:
        if any(row.cells):
            text = " ".join(dict.fromkeys(filter(None, row.cells)))
            yield RowProblem(document, row.line, f"表头以上的文字：{text[:80]}", "info")
    for row in rows[header.start + 1 : header.end]:
        text = " ".join(dict.fromkeys(filter(None, row.cells)))
        yield RowProblem(document, row.line, f"表头的续行：{text[:80]}", "info")
    line = rows[header.start].line
    if header.unused:
        yield RowProblem(document, line, f"没有使用的列：{'、'.join(header.unused)}", "info")
    if header.amount is None:
        yield RowProblem(document, line, "没有金额列", "info")
    elif not header.money:
        yield RowProblem(document, line, "没有写明金额单位，按元读取", "info")


def _empty_notes(rows: Sequence[TableRow], document: str) -> Iterator[RowProblem]:
    for filled, run in groupby(rows, key=lambda row: any(row.cells)):
        if not filled:
            lines = [row.line for row in run]
            span = f"第 {lines[0]} 至 {lines[-1]} 行是空行" if len(lines) > 1 else "空行"
            yield RowProblem(document, lines[0], span, "info")


def _cell(row: TableRow, column: int | None) -> str:
    return row.cells[column] if column is not None and column < len(row.cells) else ""
