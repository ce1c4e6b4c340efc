"""Do the project table, the performance sheets and what the prose states about them agree?"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from .budget_tables import column, figure, total_row
from .comparisons import Comparison, rounding
from .model import FUND_NAMES, BudgetTable, Disclosure, PerformanceSheet, Place, Statement
from .projects import TOTAL_COLUMN, fund_column, project_rows
from .sheet_funds import TOTAL
from .sheet_joins import AMOUNT_TOLERANCE
from .sheet_labels import SCOPE_NAMES
from .table_checks import Cell, look_up
from .text import amount, in_yuan, key

ZERO = Decimal(0)
_BUDGET_INDICATOR = re.compile(r"(项目|申请|预算)?(总)?(金额|资金|经费)(总额)?")
_INDICATED = re.compile(r"([\d,.]+)(元|万元)")


def project_totals(disclosure: Disclosure) -> Iterator[Comparison]:
    """The row of the whole equals the sum of the projects."""
    for table in _project_tables(disclosure):
        yield from _total(disclosure, table, column(table, TOTAL_COLUMN), "合计")


def fund_totals(disclosure: Disclosure) -> Iterator[Comparison]:
    """The row of the whole equals the sum of the projects in the column of each fund."""
    for table in _project_tables(disclosure):
        for fund in FUND_NAMES:
            yield from _total(disclosure, table, fund_column(table, fund), fund)


def _project_tables(disclosure: Disclosure) -> list[BudgetTable]:
    return [table for table in disclosure.tables if table.kind in {"projects", "carried_over_projects"}]


def _total(disclosure: Disclosure, table: BudgetTable, position: int | None, name: str) -> Iterator[Comparison]:
    total = total_row(table, disclosure.unit)
    rows = project_rows(table, disclosure.unit)
    values = [value for row in rows if (value := figure(row, position)) is not None]
    if total and (values or figure(total, position) is not None):
        what = f"“{table.title}”{name}栏合计与 {len(rows)} 个项目之和"
        place = Place(disclosure.document, total.line, table.title)
        found = figure(total, position) or ZERO
        yield Comparison(what, sum(values, ZERO), found, place, table.unit_of_amount, rounding(values))


def project_expenditure(disclosure: Disclosure) -> Iterator[Comparison]:
    """项目支出 of the expenditure table equals the totals of the project tables, carried-over money included."""
    stated = look_up(disclosure, Cell("expenditure", r"合计", r"项目支出$"))
    kinds = ("projects", "carried_over_projects")
    totals = [total for kind in kinds if (total := look_up(disclosure, Cell(kind, "", TOTAL_COLUMN)))]
    if stated and totals and all(total.unit == stated.unit for total in totals):
        values = [total.value for total in totals]
        what = f"{stated.name}的项目支出与项目支出表合计"
        place = Place(disclosure.document, stated.line, "项目支出")
        tolerance = rounding(values) if len(values) > 1 else ZERO
        yield Comparison(what, sum(values, ZERO), stated.value, place, stated.unit, tolerance)


def project_count(disclosure: Disclosure) -> Iterator[Comparison]:
    """The stated number of projects equals the number that the project tables list."""
    stated = _stated(disclosure, "projects.count")
    if stated and _project_tables(disclosure):
        listed = Decimal(len(disclosure.projects))
        what = "说明所述纳入绩效目标管理的项目数与项目支出表所列项目数"
        yield Comparison(what, listed, stated.value, _place(disclosure, stated), "个")


def sheet_count(disclosure: Disclosure) -> Iterator[Comparison]:
    """The stated number of published sheets equals the number printed; the projects without one are named."""
    stated = _stated(disclosure, "published.count") or _stated(disclosure, "projects.count")
    if stated:
        lacking = [project.name for project in disclosure.projects if project.sheet is None]
        note = f"。以下 {len(lacking)} 个项目没有绩效目标表：{'；'.join(lacking)}" if lacking else ""
        printed = Decimal(len(disclosure.sheets))
        what = "说明所述公开的项目绩效目标数与实际公开的绩效目标表数"
        yield Comparison(what, printed, stated.value, _place(disclosure, stated), "个", note=note)


def stated_amount(disclosure: Disclosure) -> Iterator[Comparison]:
    """The stated amount of all projects equals the sum of the listed ones."""
    stated = _stated(disclosure, "projects.amount")
    amounts = [project.amount_yuan for project in disclosure.projects if project.amount_yuan is not None]
    factor = in_yuan(Decimal(1), stated.unit) if stated else None
    if stated and factor and amounts:
        values = [value / factor for value in amounts]
        what = "说明所述项目金额与项目支出表各项目之和"
        place = _place(disclosure, stated)
        yield Comparison(what, sum(values, ZERO), stated.value, place, stated.unit, rounding(values))


def stated_groups(disclosure: Disclosure) -> Iterator[Comparison]:
    """The stated numbers and amounts by type of project (其他运转类, 特定目标类) add up to the stated whole."""
    for kind in ("projects.count", "projects.amount", "published.count", "published.amount"):
        whole = _stated(disclosure, kind)
        groups = [one for one in disclosure.statements if one.kind.startswith(f"{kind}:")]
        if whole and groups:
            values = [group.value for group in groups]
            tolerance = ZERO if whole.unit == "个" else rounding(values)
            names = "、".join(group.kind.partition(":")[2] for group in groups)
            what = f"说明所述项目合计与其中各类之和（{names}）"
            place = _place(disclosure, whole)
            yield Comparison(what, sum(values, ZERO), whole.value, place, whole.unit, tolerance)


def sheet_amounts(disclosure: Disclosure) -> Iterator[Comparison]:
    """A sheet's amount for the year equals the table's, but for the table's rounding to 0.01 万元."""
    for project in disclosure.projects:
        sheet = project.sheet
        if sheet is None or sheet.amount_yuan is None or project.amount_yuan is None:
            continue
        if abs(sheet.amount_yuan - project.amount_yuan) > AMOUNT_TOLERANCE:
            what = f"“{project.name}”绩效目标表的年度资金总额与项目支出表（第 {project.line} 行）的金额"
            place = Place(disclosure.document, sheet.line, project.id)
            yield Comparison(what, project.amount_yuan, sheet.amount_yuan, place, "元")


def sheet_funds(disclosure: Disclosure) -> Iterator[Comparison]:
    """A sheet's total equals the sum of its levels of government, for the period and for the year."""
    for sheet in disclosure.sheets:
        for scope, funds in (("period", sheet.period_funds), ("year", sheet.year_funds)):
            parts = [value for level, value in funds.items() if level != TOTAL]
            if TOTAL in funds and parts:
                what = f"绩效目标表“{sheet.name}”{SCOPE_NAMES[scope]}资金总额与各级资金之和"
                place = Place(disclosure.document, sheet.line, sheet.name)
                yield Comparison(what, sum(parts, ZERO), funds[TOTAL], place, "元")


def indicated_amounts(disclosure: Disclosure) -> Iterator[Comparison]:
    """An indicator that repeats the project's money (项目金额 …元) repeats the sheet's total."""
    for sheet in disclosure.sheets:
        yield from _indicated(disclosure, sheet)


def _indicated(disclosure: Disclosure, sheet: PerformanceSheet) -> Iterator[Comparison]:
    for indicator in sheet.indicators:
        target = _INDICATED.fullmatch(key(indicator.target))
        printed = amount(target[1]) if target else None
        total = (sheet.year_funds if indicator.scope == "year" else sheet.period_funds).get(TOTAL)
        if not _BUDGET_INDICATOR.fullmatch(indicator.name) or not target or printed is None or total is None:
            continue
        yuan = in_yuan(printed, target[2])
        if yuan is not None:
            name = f"{SCOPE_NAMES[indicator.scope]}绩效指标“{indicator.name}”"
            what = f"绩效目标表“{sheet.name}”{name}与资金总额"
            yield Comparison(what, total, yuan, Place(disclosure.document, indicator.line, sheet.name), "元")


def _stated(disclosure: Disclosure, kind: str) -> Statement | None:
    return next((statement for statement in disclosure.statements if statement.kind == kind), None)


def _place(disclosure: Disclosure, statement: Statement) -> Place:
    return Place(disclosure.document, statement.line, statement.kind)
