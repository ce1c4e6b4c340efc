"""Two figures of a disclosure that should agree, and the finding where they do not."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from .model import Finding, Place, Severity
from .text import plain


@dataclass(frozen=True, slots=True)
class Comparison:
    """``what`` names two figures as “甲与乙”: 甲 is ``found``, as printed at ``place``, 乙 is ``expected``.

    ``tolerance`` is what rounding alone can account for, in ``unit``; ``note`` says more to the reader.
    """

    what: str
    expected: Decimal
    found: Decimal
    place: Place
    unit: str = "万元"
    tolerance: Decimal = Decimal(0)
    note: str = ""

    @property
    def difference(self) -> Decimal:
        """By how much the print misses the expected figure, without sign."""
        return abs(self.expected - self.found)


def rounding(parts: Sequence[Decimal]) -> Decimal:
    """What rounding can account for in a sum: half a unit of the last printed digit for each part.

    >>> rounding([Decimal("1.25"), Decimal("3.50")])
    Decimal('0.010')
    """
    return len(parts) * half_unit(*parts) if parts else Decimal(0)


def half_unit(*printed: Decimal) -> Decimal:
    """Half a unit of the last digit that any of the figures prints.

    >>> half_unit(Decimal("6")), half_unit(Decimal("99.88"))
    (Decimal('0.5'), Decimal('0.005'))
    """
    exponents = [int(value.as_tuple().exponent) for value in printed]
    return Decimal(5).scaleb(min(exponents, default=0) - 1)


def findings(check: str, severity: Severity, comparisons: Iterable[Comparison]) -> Iterator[Finding]:
    """A finding for each contradiction, and one for all differences of a check that rounding explains.

    What one row prints in several columns, or one subject in several tables, is told once.
    """
    differing = [comparison for comparison in comparisons if comparison.difference]
    contradictions = {
        (one.place.line, one.expected, one.found): one for one in differing if one.difference > one.tolerance
    }
    for one in contradictions.values():
        yield _finding(check, severity, one, _difference(one) + one.note)
    rounded = {
        (one.place.subject, one.expected - one.found): one
        for one in reversed(differing)
        if one.difference <= one.tolerance
    }
    if rounded:
        merged = list(reversed(rounded.values()))
        reason = "。都在四舍五入可能造成的误差之内，无须更正"
        yield _finding(check, "info", merged[0], "；".join(_difference(one) for one in merged) + reason)


def _difference(comparison: Comparison) -> str:
    found, expected, difference = (
        _shown(value, comparison.unit) for value in (comparison.found, comparison.expected, comparison.difference)
    )
    return f"{comparison.what}不一致：前者为 {found}，后者为 {expected}，相差 {difference}"


def _shown(value: Decimal, unit: str) -> str:
    return f"{plain(value):,f}{'' if unit == '%' else ' '}{unit}"


def _finding(check: str, severity: Severity, comparison: Comparison, message: str) -> Finding:
    expected, found = f"{plain(comparison.expected):f}", f"{plain(comparison.found):f}"
    return Finding(check, severity, message, expected, found, comparison.place)
