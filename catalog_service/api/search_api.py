"""Finding items: search, and suggestions while somebody types."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from indexer.search import Facet
from indexer.search import Page as Cut

from ..access import require
from ..records import hit_record
from .answers import answer, answer_page, engine
from .catalog_api import known_department
from .contract import ROOT, parameters
from .kept import kept
from .paging import Page, cursor_at, position

search_api = Blueprint("search_api", __name__, url_prefix=ROOT)

ALL_LEVELS = "all"

PER_SUGGESTION = 5
"""Hits looked at for each name to offer, since many departments print the same name."""


@search_api.get("/search")
@require("reader")
@kept
def search() -> Response:
    """The items that answer a query, best first; an empty list, with headings to look under, where nothing does."""
    asked, department, versions = parameters(), known_department(), engine().versions
    order = f"{versions.catalog} {versions.knowledge}"
    start, limit = position(order), asked["limit"]
    found = engine().answer(
        asked["q"],
        department=department,
        level=None if asked["level"] == ALL_LEVELS else int(asked["level"]),
        page=Cut(limit, start, by_code=asked["sort"] == "code"),
        recognise=department is None and not asked["anywhere"],
    )
    further = cursor_at(start + limit, order) if start + limit < found.total else None
    return answer_page(
        Page([hit_record(hit) for hit in found.hits], found.total, further),
        departments=list(found.departments),
        meant=found.meant or None,
        by_department=[_facet_record(facet) for facet in found.by_department],
        by_heading=[_facet_record(facet) for facet in found.by_heading],
        nearest=[row.id for row in found.nearest],
    )


@search_api.get("/suggest")
@require("reader")
@kept
def suggest() -> Response:
    """Names to offer for what has been typed so far, each once, with the items that bear it."""
    asked = parameters()
    limit = asked["limit"]
    names: dict[str, list[str]] = {}
    for hit in engine().search(asked["q"], department=known_department(), limit=PER_SUGGESTION * limit):
        names.setdefault(hit.name, []).append(hit.id)
    offered: list[dict[str, Any]] = [{"text": name, "items": ids} for name, ids in names.items()]
    return answer(offered[:limit])


def _facet_record(facet: Facet) -> dict[str, Any]:
    return {"path": list(facet.path), "count": facet.count}
