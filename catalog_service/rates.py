"""Rate limits: a token bucket per user, token or address, in the memory of the one serving process."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

REMEMBERED = 10_000
"""Callers at most; the one longest unheard of is forgotten first, and starts again with a full bucket."""


@dataclass(slots=True)
class RateLimiter:
    """Lets each caller make ``per_second`` requests for as long as it likes, and ``burst`` at once."""

    per_second: float
    burst: int
    _buckets: OrderedDict[str, tuple[float, float]] = field(default_factory=OrderedDict)
    _lock: Lock = field(default_factory=Lock)

    def take(self, caller: str, now: float) -> float:
        """Count a request at ``now`` (seconds of a clock that never goes back).

        The answer is 0 where it may be served, else the seconds until the next one may be.
        """
        with self._lock:
            left, then = self._buckets.pop(caller, (float(self.burst), now))
            left = min(self.burst, left + (now - then) * self.per_second)
            granted = left >= 1
            self._buckets[caller] = (left - granted, now)
            if len(self._buckets) > REMEMBERED:
                self._buckets.popitem(last=False)
        return 0.0 if granted else (1 - left) / self.per_second
