"""The fund lines of a performance sheet: for period and year a total and its parts by level of government, in 元."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from .sheet_labels import SCOPE_NAMES, SCOPES, Scope, Token
from .text import amount, in_yuan, key

TOTAL = "总额"
_UNIT = re.compile(r"\((元|千元|万元|亿元)\)")

Problem = tuple[str, str, str]
"""Message, what was expected, what was found."""


def _no_amounts() -> dict[Scope, dict[str, Decimal]]:
    return {scope: {} for scope in SCOPES}


@dataclass
class FundLines:
    """Collects the amounts of one sheet, row by row.

    Which amount is whose: the label to its left names it; the first label of a level is the period's, the
    second the year's, as the row of totals has them; a row with one label and an amount for each takes them
    in the same order.
    """

    amounts: dict[Scope, dict[str, Decimal]] = field(default_factory=_no_amounts)
    unit: str = ""
    scopes: tuple[Scope, ...] = SCOPES
    printed: list[tuple[Scope, str]] = field(default_factory=list)

    @staticmethod
    def are_amounts(row: Sequence[Token]) -> bool:
        """Whether cells hold amounts and nothing else."""
        return bool(row) and all(amount(token.value) is not None for token in row)

    def read_unit(self, label: str) -> None:
        """Take the unit that the label prints: 项目资金(元)."""
        found = _UNIT.search(key(label))
        self.unit = found.group(1) if found else self.unit

    def read(self, row: Sequence[Token]) -> list[Problem]:
        """Take the amounts of a row; what cannot be assigned comes back as problems."""
        for token in row:
            if token.field == "funds":
                self.read_unit(token.print)
        lines = _lines(row)
        named = tuple(label.scope for label, _ in lines if label.scope)
        self.scopes = named or self.scopes
        if len(lines) == 1 and len(lines[0][1]) == len(self.scopes):
            label, values = lines[0]
            lines = [(label, [value]) for value in values]
        if len(lines) > len(self.scopes) or any(len(values) > 1 for _, values in lines):
            return [("金额的归属无法辨认，未收录", "实施期和年度各一个金额", "、".join(t.print for t in row))]
        return list(self._keep(lines))

    def _keep(self, lines: list[tuple[Token, list[str]]]) -> Iterator[Problem]:
        for (label, values), scope in zip(lines, self.scopes, strict=False):
            level = label.level or TOTAL
            self.printed.append((scope, level))
            for value in values:
                printed = amount(value)
                yuan = None if printed is None else in_yuan(printed, self.unit)
                if yuan is None:
                    problem = "不是金额" if printed is None else "没有印出金额单位"
                    yield f"“{label.print}”后的“{value}”{problem}，未收录", "金额和单位", value
                else:
                    self.amounts[scope][level] = yuan

    def blanks(self) -> Iterator[Problem]:
        """Totals that are printed without an amount, with the levels that are blank beside them."""
        for scope in SCOPES:
            levels = [level for known, level in self.printed if known == scope]
            blank = [level for level in levels if level not in self.amounts[scope]]
            if TOTAL in blank:
                yield f"{SCOPE_NAMES[scope]}资金没有印出金额（{'、'.join(blank)}）", "金额", ""
        if not any(TOTAL in self.amounts[scope] for scope in SCOPES):
            yield "没有可读的资金总额", "资金总额", ""


def _lines(row: Sequence[Token]) -> list[tuple[Token, list[str]]]:
    """Each fund label of a row with the values behind it; the heading counts where no other label stands."""
    labelled = any(token.field == "fund" for token in row)
    lines: list[tuple[Token, list[str]]] = []
    for token in row:
        if token.field == "fund" or (token.field == "funds" and not labelled):
            lines.append((token, [token.value] if token.value else []))
        elif lines and not token.field:
            lines[-1][1].append(token.value)
    return lines
