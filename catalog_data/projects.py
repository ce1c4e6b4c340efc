"""The rows of a project table (项目支出预算表) as projects with their amounts by fund."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from .budget_tables import column, column_labels, figure, is_total, label, total_row
from .model import FUND_NAMES, BudgetTable, Finding, Place, Project, TableRow
from .text import in_yuan, key, unwrap

_FUND_LABELS = ("一般公共预算", "政府性基金", "国有资本经营", "财政专户", "单位资金")
FUND_COLUMNS = dict(zip(FUND_NAMES, _FUND_LABELS, strict=True))
"""What the header of each fund's column holds."""

NAME_COLUMN = r"项目名称[^/]*$|^项目$"
TOTAL_COLUMN = r"(合计|总计|金额|预算数)[^/]*$"
_NO_FUND = re.compile(r"合计|小计|总计|备注|说明|是否|名称|编码|类[别型]|单位$|其中")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where a project table prints names, amounts, and the amounts of each fund."""

    name: int
    amount: int
    funds: dict[str, int]
    unknown: dict[int, str]


def fund_column(table: BudgetTable, fund: str) -> int | None:
    """The column of one of ``FUND_NAMES``, or None where the table prints none."""
    return column(table, rf"{FUND_COLUMNS[fund]}[^/]*$")


def project_rows(table: BudgetTable, unit: str) -> list[TableRow]:
    """The body rows that print a project: all but the row of the whole."""
    return [row for row in table.rows if not is_total(row, unit)]


def read_projects(table: BudgetTable, unit: str, year: int, document: str) -> tuple[list[Project], list[Finding]]:
    """The projects of a table in printed order, with the findings of its rows.

    Ids are ``unit/year/001``, those of carried-over money (上年结转) ``unit/year/结转001``.
    """
    columns = _columns(table)
    if columns is None:
        return [], [_unknown_header(table, document)]
    marker = "结转" if table.kind == "carried_over_projects" else ""
    named = [row for row in project_rows(table, unit) if _cell(row, columns.name)]
    projects = [
        Project(
            id=f"{unit or document}/{year}/{marker}{ordinal:03d}",
            unit=unit,
            name=unwrap(_cell(row, columns.name)),
            amount_yuan=_yuan(table, row, columns.amount),
            funds=_funds(table, row, columns),
            carried_over=bool(marker),
            document=document,
            line=row.line,
        )
        for ordinal, row in enumerate(named, 1)
    ]
    findings = [*_table_findings(table, unit, document, columns), *_row_findings(table, document, columns)]
    return projects, [*findings, *_repeated(projects, document)]


def _columns(table: BudgetTable) -> _Columns | None:
    """The columns of a project table, or None where it names no column of projects or of amounts."""
    name, total = column(table, NAME_COLUMN), column(table, TOTAL_COLUMN)
    if name is None or total is None:
        return None
    funds = {fund: k for fund in FUND_NAMES if (k := fund_column(table, fund)) is not None}
    first = min(total, *funds.values()) if funds else total
    known = {total, *funds.values()}
    unknown = {
        k: labels.rpartition("/")[2]
        for k, labels in enumerate(column_labels(table))
        if k >= first and k not in known and not _NO_FUND.search(labels.rpartition("/")[2])
    }
    return _Columns(name, total, funds, unknown)


def _cell(row: TableRow, position: int) -> str:
    return row.cells[position] if position < len(row.cells) else ""


def _yuan(table: BudgetTable, row: TableRow, position: int | None) -> Decimal | None:
    printed = figure(row, position)
    return None if printed is None else in_yuan(printed, table.unit_of_amount)


def _funds(table: BudgetTable, row: TableRow, columns: _Columns) -> dict[str, Decimal]:
    amounts = ((fund, _yuan(table, row, k)) for fund, k in columns.funds.items())
    return {fund: value for fund, value in amounts if value is not None}


def _unknown_header(table: BudgetTable, document: str) -> Finding:
    printed = "；".join("、".join(cell for cell in row.cells if cell) for row in table.header)
    message = f"“{table.title}”的表头里没有“项目名称”和“合计”两栏，未能读出项目"
    place = Place(document, table.line, table.title)
    return Finding("disclosure.project_header", "error", message, "项目名称、合计", printed, place)


def _table_findings(table: BudgetTable, unit: str, document: str, columns: _Columns) -> Iterator[Finding]:
    place = Place(document, table.line, table.title)
    if table.rows and total_row(table, unit) is None:
        message = f"“{table.title}”没有合计行，无从核对项目是否齐全"
        yield Finding("disclosure.project_total_missing", "error", message, f"{unit}或合计", "", place)
    for k, name in columns.unknown.items():
        if any(figure(row, k) for row in table.rows):
            message = f"“{table.title}”第 {k + 1} 栏“{name}”有金额，但不是可辨认的资金来源，未计入各项目的资金"
            yield Finding("disclosure.project_fund_unknown", "warning", message, "、".join(FUND_NAMES), name, place)


def _row_findings(table: BudgetTable, document: str, columns: _Columns) -> Iterator[Finding]:
    money = {columns.amount, *columns.funds.values(), *columns.unknown}
    for row in table.rows:
        place = Place(document, row.line, label(row) or table.title)
        unreadable = [_cell(row, k) for k in sorted(money) if _cell(row, k) and figure(row, k) is None]
        if unreadable:
            message = f"“{label(row)}”有不是数字的金额，未收录"
            yield Finding("disclosure.unreadable_amount", "error", message, "金额", "、".join(unreadable), place)
        elif not _cell(row, columns.name) and not is_total(row):
            message = f"“{table.title}”有一行没有项目名称，未收录为项目"
            yield Finding("disclosure.project_name_missing", "error", message, "项目名称", _print(row), place)
        elif figure(row, columns.amount) is None:
            message = f"“{label(row)}”没有印出合计金额"
            yield Finding("disclosure.project_amount_missing", "error", message, "金额", _print(row), place)


def _print(row: TableRow) -> str:
    return "、".join(cell for cell in row.cells if cell)


def _repeated(projects: list[Project], document: str) -> Iterator[Finding]:
    seen: dict[str, Project] = {}
    for project in projects:
        first = seen.setdefault(key(project.name), project)
        if first is not project:
            message = f"项目“{project.name}”重复出现，第 {first.line} 行已有同名项目"
            place = Place(document, project.line, project.id)
            yield Finding("disclosure.project_repeated", "warning", message, "每个项目一行", project.name, place)
