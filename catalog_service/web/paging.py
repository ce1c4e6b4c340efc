"""How many pages a listing has."""

from __future__ import annotations


def pages_of(total: int, shown: int) -> int:
    """The pages of ``total`` rows, ``shown`` on each; an empty listing has one.

    >>> pages_of(0, 50), pages_of(50, 50), pages_of(51, 50)
    (1, 1, 2)
    """
    return max(1, -(-total // shown))
