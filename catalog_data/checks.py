"""Cross-checks between the figures of a disclosure: what it prints against itself.

Each check compares figures that must agree and is one row of ``CHECKS``. A difference that rounding explains
is ``info``; any other has the severity of its check.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from . import project_checks, statement_checks, table_checks
from .comparisons import Comparison, findings
from .model import Disclosure, Finding, Severity


@dataclass(frozen=True, slots=True)
class Check:
    """A rule: its name, the severity of a contradiction, and the comparisons it makes."""

    name: str
    severity: Severity
    compare: Callable[[Disclosure], Iterable[Comparison]]


CHECKS = (
    Check("tables.hierarchy", "error", table_checks.hierarchy),
    Check("tables.columns", "error", table_checks.columns),
    Check("tables.headings", "error", table_checks.headings),
    Check("tables.balances", "error", table_checks.balances),
    Check("tables.same_figures", "error", table_checks.same_figures),
    Check("tables.three_public", "error", table_checks.three_public),
    Check("projects.total", "error", project_checks.project_totals),
    Check("projects.fund_totals", "error", project_checks.fund_totals),
    Check("projects.expenditure", "error", project_checks.project_expenditure),
    Check("projects.count", "error", project_checks.project_count),
    Check("projects.stated_amount", "error", project_checks.stated_amount),
    Check("projects.stated_groups", "error", project_checks.stated_groups),
    Check("sheets.count", "error", project_checks.sheet_count),
    Check("sheets.amount", "error", project_checks.sheet_amounts),
    Check("sheets.funds", "error", project_checks.sheet_funds),
    Check("sheets.indicated_amount", "warning", project_checks.indicated_amounts),
    Check("statements.parts", "error", statement_checks.parts),
    Check("statements.shares", "error", statement_checks.shares),
    Check("statements.changes", "error", statement_checks.changes),
    Check("statements.tables", "error", statement_checks.against_tables),
)


def cross_check(disclosure: Disclosure) -> tuple[Finding, ...]:
    """The findings of all checks, in the order of ``CHECKS``.

    ``Finding.expected`` is the figure that follows from the other print, ``found`` the one that is compared
    with it, both in the unit that the message names. Findings of reading are in ``disclosure.findings``.
    """
    return tuple(
        finding for check in CHECKS for finding in findings(check.name, check.severity, check.compare(disclosure))
    )
