"""Paging by cursor: an opaque mark that says where to go on, and in which list."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from flask import request

from .contract import parameters
from .problems import Problem

Row = TypeVar("Row")
_PAGING = {"cursor", "limit"}
_MARK = re.compile(r"([0-9]{1,9})\.([0-9a-f]{12})")


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """A page of a list: ``total`` counts all of it (None where that is unknown), ``next`` is None on the last."""

    rows: Sequence[Row]
    total: int | None
    next: str | None


def position(version: str) -> int:
    """How many rows of the list the current request has already seen.

    ``version`` is what the order of the list rests on (the catalog, say). Raises ``Problem`` where the cursor
    is of another list or of another version of it: going on would skip rows or repeat them.
    """
    cursor = parameters()["cursor"]
    if cursor is None:
        return 0
    mark = _MARK.fullmatch(_decoded(cursor))
    if mark is None or mark[2] != _scope(version):
        raise Problem(
            "stale-cursor",
            "游标不是本次查询给出的，或目录已更新；请去掉 cursor 从第一页重新查询",
            "The cursor was not given by this query, or the catalog has changed since; start again without it",
        )
    return int(mark[1])


def page_of(rows: Sequence[Row], version: str) -> Page[Row]:
    """The page of a whole list that the current request asks for."""
    start, limit = position(version), parameters()["limit"]
    more = start + limit < len(rows)
    return Page(rows[start : start + limit], len(rows), cursor_at(start + limit, version) if more else None)


def cursor_at(seen: int, version: str) -> str:
    """The cursor that goes on after ``seen`` rows of the list that the current request asks for."""
    return base64.urlsafe_b64encode(f"{seen}.{_scope(version)}".encode()).decode("ascii").rstrip("=")


def _decoded(cursor: str) -> str:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        return base64.b64decode(padded, altchars=b"-_", validate=True).decode("ascii")
    except ValueError:
        return ""


def _scope(version: str) -> str:
    asked = sorted((name, value) for name, value in request.args.items() if name not in _PAGING)
    return hashlib.sha256(repr((request.path, asked, version)).encode()).hexdigest()[:12]
