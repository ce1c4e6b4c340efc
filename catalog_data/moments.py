"""Moments of the data (ISO 8601, UTC) as Chinese readers are told them: in Beijing time."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

BEIJING = timezone(timedelta(hours=8))


def day(stamp: str) -> str:
    """The day of a moment; a date stays the day it is.

    >>> day("2026-01-31T20:05:00+00:00"), day("2025-07-15")
    ('2026年2月1日', '2025年7月15日')
    """
    then = datetime.fromisoformat(stamp)
    then = then.astimezone(BEIJING) if then.tzinfo else then
    return f"{then.year}年{then.month}月{then.day}日"


def moment(stamp: str) -> str:
    """Day and minute of a moment.

    >>> moment("2026-01-31T20:05:00+00:00")
    '2026年2月1日 04:05'
    """
    return f"{day(stamp)} {datetime.fromisoformat(stamp).astimezone(BEIJING):%H:%M}"
