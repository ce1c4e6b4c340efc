"""Rows of the indicator block of a performance sheet: levels by their labels, wherever the columns stand.

A row prints, after the first-level indicator, one half for the whole period and one for the year: second
level, third level, target value. Vertically merged cells print once, so the first level carries over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .model import Indicator
from .sheet_labels import SCOPES, Scope, Token, is_group, is_heading, is_kind


@dataclass(frozen=True, slots=True)
class IndicatorRow:
    """A row as read: its indicators, the first level in force after it, and what is unclear about it."""

    indicators: tuple[Indicator, ...]
    group: str
    problem: str = ""


@dataclass(frozen=True, slots=True)
class _Half:
    column: int
    kind: str
    values: tuple[Token, ...]


def year_column(header: Sequence[Token]) -> int:
    """The column in which the year's half begins: the second 二级指标, or 0 where only the year is printed."""
    heads = [token.column for token in header if token.print == "二级指标"]
    return heads[1] if len(heads) > 1 else 0


def read_row(row: Sequence[Token], group: str, year_from: int, line: int) -> IndicatorRow:
    """Read one row; ``group`` is the first level carried over from the rows above."""
    cells = [token for token in row if not is_heading(token.print) and token.field != "indicators"]
    if cells and is_group(cells[0].print) and (len(cells) < 2 or not _is_value(cells[1])):
        group, cells = cells[0].print, cells[1:]
    halves = _halves(cells)
    scopes = SCOPES if len(halves) == 2 else tuple(_scope(half, year_from) for half in halves)
    if len(halves) > 2 or any(len(half.values) > 2 for half in halves):
        return IndicatorRow((), group, "各格的归属无法辨认，未收录为指标")
    indicators = tuple(
        Indicator(group, half.kind, *_name_and_target(half), scope, line)
        for half, scope in zip(halves, scopes, strict=True)
        if half.values
    )
    unnamed = any(not indicator.kind for indicator in indicators)
    return IndicatorRow(indicators, group, "二级指标一格是空的，按原样收录" if unnamed else "")


def _scope(half: _Half, year_from: int) -> Scope:
    """Whose half it is where a row prints only one."""
    return "year" if half.column >= year_from else "period"


def _is_value(token: Token) -> bool:
    return not is_kind(token.print) and not is_group(token.print)


def _halves(cells: Sequence[Token]) -> list[_Half]:
    """The row split at its second-level labels; values before the first of them have none."""
    halves: list[_Half] = []
    for cell in cells:
        if not _is_value(cell):
            halves.append(_Half(cell.column, cell.print, ()))
            continue
        last = halves.pop() if halves else _Half(cell.column - 1, "", ())
        halves.append(_Half(last.column, last.kind, (*last.values, cell)))
    return halves


def _name_and_target(half: _Half) -> tuple[str, str]:
    """The third level and the target; one value alone is the target where it stands two cells from its label."""
    if len(half.values) == 2:
        return half.values[0].print, half.values[1].print
    only = half.values[0]
    return (only.print, "") if only.column == half.column + 1 else ("", only.print)
