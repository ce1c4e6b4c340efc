"""Amounts as Chinese readers write them."""

from __future__ import annotations

from decimal import Decimal

WAN = Decimal(10_000)


def wan(yuan: Decimal | None) -> str:
    """An amount in 元 as 万元 with separators and two decimals, without the unit; 未印出 where there is none.

    >>> wan(Decimal("12345678")), wan(None)
    ('1,234.57', '未印出')
    """
    return "未印出" if yuan is None else f"{yuan / WAN:,.2f}"


def money(yuan: Decimal | None) -> str:
    """An amount in 元 with its unit: 万元, or 元 where it is less than a hundredth of that; 未印出 where there is none.

    >>> money(Decimal("12345678")), money(Decimal("12.5")), money(Decimal(0))
    ('1,234.57 万元', '12.50 元', '0.00 万元')
    """
    if yuan and abs(yuan) < WAN / 100:
        return f"{yuan:,.2f} 元"
    return wan(yuan) + ("" if yuan is None else " 万元")
