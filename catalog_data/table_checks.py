"""Do the budget tables add up: down their functional codes, across their columns, and one with another?

A blank cell counts as nothing. Functional codes (政府收支分类科目) have 3, 5 and 7 digits, 类, 款 and 项; a
code's children are the codes of the same table that it begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .budget_tables import column, column_labels, figure, is_total, label, table_of, total_row
from .comparisons import Comparison, rounding
from .model import BudgetTable, Disclosure, Place, TableRow
from .text import amount, key

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Cell:
    """Where a figure is looked up: kind of table, pattern of its row's label, pattern of its column's labels."""

    kind: str
    row: str
    column: str = ""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure found in a table, in the table's unit."""

    value: Decimal
    unit: str
    name: str
    line: int


SAME_FIGURES = (
    (Cell("balance", r"本年收入合计"), Cell("income", r"合计", r"合计$")),
    (Cell("balance", r"支出总计"), Cell("expenditure", r"合计", r"合计$")),
    (Cell("balance", r".{0,3}一般公共预算(拨款)?(收入)?"), Cell("income", r"合计", r"一般公共预算[^/]*$")),
    (Cell("balance", r".{0,3}政府性基金预算(拨款)?(收入)?"), Cell("income", r"合计", r"政府性基金[^/]*$")),
)
"""Figures that two tables print, whatever is carried over."""

SAME_FIGURES_OF_THE_YEAR = (
    (Cell("general_budget", r"合计", r"基本支出$"), Cell("economic", r"合计", r"合计$")),
    (
        Cell("appropriation_balance", r"本年支出合计", r"一般公共预算$"),
        Cell("general_budget", r"合计", r"合计$"),
    ),
    (
        Cell("appropriation_balance", r"本年支出合计", r"政府性基金[^/]*$"),
        Cell("fund_expenditure", r"合计", r"合计$"),
    ),
    (
        Cell("balance", r".{0,3}政府性基金预算(拨款)?(收入)?"),
        Cell("fund_income", r"合计", r"收入预算$|合计$"),
    ),
    (Cell("general_budget", r"合计", r"项目支出$"), Cell("projects", r"", r"一般公共预算[^/]*$")),
    (Cell("fund_expenditure", r"合计", r"项目支出$"), Cell("projects", r"", r"政府性基金[^/]*$")),
)
"""Figures that agree where nothing is carried over, since only one of the two tables leaves it out (不含上年结转)."""


def look_up(disclosure: Disclosure, cell: Cell) -> Figure | None:
    """The figure a cell points at, or None where table, row, column or print are wanting.

    An empty row pattern means the row of the whole; an empty column pattern the first amount behind the label.
    """
    table = table_of(disclosure.tables, cell.kind)
    if table is None:
        return None
    columns = [k for k, path in enumerate(column_labels(table)) if re.search(cell.column, path)]
    for row, start in _labelled(table, cell.row, disclosure.unit):
        for k in columns:
            value = figure(row, k) if k > start else None
            if value is not None:
                return Figure(value, table.unit_of_amount, f"“{table.title}”的{row.cells[start]}", row.line)
    return None


def _labelled(table: BudgetTable, pattern: str, unit: str) -> Iterator[tuple[TableRow, int]]:
    """The rows and columns in which a label stands."""
    for row in table.rows:
        if not pattern:
            if is_total(row, unit):
                yield row, 0
            continue
        for k, cell in enumerate(row.cells):
            if cell and re.fullmatch(pattern, key(cell)):
                yield row, k


def hierarchy(disclosure: Disclosure) -> Iterator[Comparison]:
    """Each functional code equals the sum of its children, and 合计 the sum of the codes at the top."""
    for table in disclosure.tables:
        codes = _codes(table)
        top = [code for code in codes if not _parent(code, codes)]
        total = total_row(table)
        if total and top:
            yield from _sums(disclosure, table, total, [codes[code] for code in top], "各类级科目之和")
        for code, row in codes.items():
            children = [codes[child] for child in codes if _parent(child, codes) == code]
            if children:
                yield from _sums(disclosure, table, row, children, "下级科目之和")


def _codes(table: BudgetTable) -> dict[str, TableRow]:
    position = column(table, r"(编码|代码)$")
    if position is None:
        return {}
    printed = ((row.cells[position], row) for row in table.rows if position < len(row.cells))
    return {code: row for code, row in printed if re.fullmatch(r"\d{3}|\d{5}|\d{7}", code)}


def _parent(code: str, codes: Iterable[str]) -> str:
    return max((known for known in codes if known != code and code.startswith(known)), key=len, default="")


def _sums(
    disclosure: Disclosure, table: BudgetTable, whole: TableRow, parts: Sequence[TableRow], of_what: str
) -> Iterator[Comparison]:
    """The whole and the sum of its parts, in every column that holds amounts."""
    labels = column_labels(table)
    for k in range(len(labels)):
        values = [value for row in parts if (value := _amount(table, row, k)) is not None]
        found = _amount(table, whole, k)
        if values or found is not None:
            name = "".join(dict.fromkeys((*whole.cells[:1], label(whole))))
            what = f"“{table.title}”“{name}”行“{labels[k].rpartition('/')[2]}”栏与{of_what}"
            place = Place(disclosure.document, whole.line, label(whole))
            yield Comparison(what, sum(values, ZERO), found or ZERO, place, table.unit_of_amount, rounding(values))


def _amount(table: BudgetTable, row: TableRow, position: int) -> Decimal | None:
    named = re.search(r"(编码|代码|名称|^项目)$", column_labels(table)[position])
    return None if named else figure(row, position)


def columns(disclosure: Disclosure) -> Iterator[Comparison]:
    """A row's 合计 equals the columns beside it under the same heading."""
    for table in disclosure.tables:
        labels = column_labels(table)
        for k, path in enumerate(labels):
            group, slash, name = path.rpartition("/")
            beside = group + slash
            parts = [i for i in range(k + 1, len(labels)) if labels[i].startswith(beside) and labels[i] != path]
            if re.search(r"(合计|小计)$", name) and parts:
                yield from _across(disclosure, table, k, parts)


def _across(disclosure: Disclosure, table: BudgetTable, whole: int, parts: Sequence[int]) -> Iterator[Comparison]:
    for row in table.rows:
        values = [value for k in parts if (value := figure(row, k)) is not None]
        found = figure(row, whole)
        if values or found is not None:
            what = f"“{table.title}”“{label(row)}”行合计与各栏之和"
            place = Place(disclosure.document, row.line, label(row))
            yield Comparison(what, sum(values, ZERO), found or ZERO, place, table.unit_of_amount, rounding(values))


def headings(disclosure: Disclosure) -> Iterator[Comparison]:
    """Without codes, a row that fills one of two label columns heads the rows below it (工资福利支出)."""
    table = table_of(disclosure.tables, "economic")
    if table is None or _codes(table):
        return
    blocks: list[tuple[TableRow, list[TableRow]]] = []
    for row in table.rows:
        labels = [cell for cell in row.cells if cell and amount(cell) is None]
        if len(labels) == 1 and not is_total(row):
            blocks.append((row, []))
        elif blocks and len(labels) > 1:
            blocks[-1][1].append(row)
    blocks = [(heading, rows) for heading, rows in blocks if rows]
    total = total_row(table)
    if total and blocks:
        yield from _sums(disclosure, table, total, [heading for heading, _ in blocks], "各类支出之和")
    for heading, rows in blocks:
        yield from _sums(disclosure, table, heading, rows, "其下各项之和")


def balances(disclosure: Disclosure) -> Iterator[Comparison]:
    """In the balance tables income equals expenditure, and each side the sum of what it lists."""
    for table in disclosure.tables:
        if table.kind in {"balance", "appropriation_balance"}:
            income = look_up(disclosure, Cell(table.kind, r"收入总计"))
            expenditure = look_up(disclosure, Cell(table.kind, r"支出总计"))
            if income and expenditure:
                place = Place(disclosure.document, expenditure.line, table.title)
                what = f"“{table.title}”支出总计与收入总计"
                yield Comparison(what, income.value, expenditure.value, place, table.unit_of_amount)
            for side in ("收入", "支出"):
                yield from _side(disclosure, table, side)


def _side(disclosure: Disclosure, table: BudgetTable, side: str) -> Iterator[Comparison]:
    labels = column_labels(table)
    own = [k for k, path in enumerate(labels) if path.startswith(side)]
    listed = next(((row, k) for row, k in _labelled(table, f"本年{side}合计", "") if k in own), None)
    if listed is None:
        return
    whole, start = listed
    items = [row for row in table.rows if row.line < whole.line and start < len(row.cells) and row.cells[start]]
    for k in [k for k in own if k > start]:
        values = [value for row in items if (value := figure(row, k)) is not None]
        what = f"“{table.title}”本年{side}合计“{labels[k].rpartition('/')[2]}”栏与各项之和"
        place = Place(disclosure.document, whole.line, table.title)
        found = figure(whole, k) or ZERO
        yield Comparison(what, sum(values, ZERO), found, place, table.unit_of_amount, rounding(values))


def same_figures(disclosure: Disclosure) -> Iterator[Comparison]:
    """Figures that several tables print are the same in each."""
    carried = look_up(disclosure, Cell("balance", r"上年结转.*"))
    pairs = SAME_FIGURES if carried and carried.value else (*SAME_FIGURES, *SAME_FIGURES_OF_THE_YEAR)
    for first, second in pairs:
        yield from _pair(disclosure, look_up(disclosure, first), look_up(disclosure, second))
    income, expenditure = (table_of(disclosure.tables, kind) for kind in ("income", "expenditure"))
    if income and expenditure and not (carried and carried.value):
        for code in [code for code in _codes(income) if code in _codes(expenditure)]:
            yield from _pair(
                disclosure,
                *(look_up(disclosure, Cell(kind, code, r"合计$")) for kind in ("income", "expenditure")),
            )


def _pair(disclosure: Disclosure, first: Figure | None, second: Figure | None) -> Iterator[Comparison]:
    if first and second and first.unit == second.unit:
        place = Place(disclosure.document, second.line, second.name)
        yield Comparison(f"{second.name}与{first.name}", first.value, second.value, place, second.unit)


def three_public(disclosure: Disclosure) -> Iterator[Comparison]:
    """“三公”经费: the total equals its items, and an item the ones marked ① ② … below it."""
    table = table_of(disclosure.tables, "three_public")
    if table is None:
        return
    items: list[tuple[TableRow, list[TableRow]]] = []
    for row in table.rows:
        if re.match(r"[①-⑳]|[(（]\d[)）]|其中", row.cells[0]) and items:
            items[-1][1].append(row)
        elif not is_total(row, disclosure.unit):
            items.append((row, []))
    total = total_row(table, disclosure.unit)
    if total and items:
        yield from _sums(disclosure, table, total, [item for item, _ in items], "各项之和")
    for item, parts in items:
        if parts:
            yield from _sums(disclosure, table, item, parts, "其下各项之和")
