"""Amounts and moments as Chinese readers write them."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from decimal import Decimal

WAN = Decimal(10_000)
BEIJING = timezone(timedelta(hours=8))


def wan(yuan: Decimal | None) -> str:
    """An amount in 元 as 万元 with separators and two decimals, without the unit; 未印出 where there is none.

    >>> wan(Decimal("12345678")), wan(None)
    ('1,234.57', '未印出')
    """
    return "未印出" if yuan is None else f"{yuan / WAN:,.2f}"


def moment(stamp: str) -> str:
    """A moment (ISO 8601 with its zone) in Beijing time.

    >>> moment("2026-01-31T20:05:00+00:00")
    '2026年2月1日 04:05'
    """
    then = datetime.fromisoformat(stamp).astimezone(BEIJING)
    return f"{then.year}年{then.month}月{then.day}日 {then:%H:%M}"
