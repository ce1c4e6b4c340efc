"""How far two people agree beyond what chance would give (Cohen's kappa)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agreement:
    """Two opinions on each of ``n`` projects, ``same`` of them alike; ``kappa`` is -1..1 or, where undefined, None."""

    n: int
    same: int
    kappa: float | None


def agreement(pairs: Sequence[tuple[Hashable, Hashable]]) -> Agreement:
    """The agreement of two opinions on each of several projects.

    Kappa is (observed - chance) / (1 - chance), chance being the agreement of two who use every answer as often
    as these did but at random (Cohen, Educational and Psychological Measurement 20(1), 1960). It is undefined
    without projects and where both gave one and the same answer throughout.

    >>> agreement([("cash", "cash"), ("cash", "cash"), ("goods", "goods"), ("goods", "cash")])
    Agreement(n=4, same=3, kappa=0.5)
    """
    n, same = len(pairs), sum(one == other for one, other in pairs)
    ones, others = Counter(one for one, _ in pairs), Counter(other for _, other in pairs)
    by_chance = sum(count * others[answer] for answer, count in ones.items())
    kappa = (same * n - by_chance) / (n * n - by_chance) if n * n > by_chance else None
    return Agreement(n, same, kappa)
