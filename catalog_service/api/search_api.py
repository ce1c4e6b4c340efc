"""Finding items: search, and suggestions while somebody types."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from ..access import require
from ..records import hit_record
from .answers import answer, answer_page, engine
from .catalog_api import known_department
from .contract import ROOT, parameters
from .paging import Page, cursor_at, position

search_api = Blueprint("search_api", __name__, url_prefix=ROOT)

ALL_LEVELS = "all"


@search_api.get("/search")
@require("reader")
def search() -> Response:
    """The items that answer a query, best first; an empty list where nothing does."""
    asked = parameters()
    version = engine().versions.catalog
    start, limit = position(version), asked["limit"]
    level = None if asked["level"] == ALL_LEVELS else int(asked["level"])
    hits = engine().search(asked["q"], department=known_department(), level=level, limit=start + limit + 1)
    further = cursor_at(start + limit, version) if len(hits) > start + limit else None
    return answer_page(Page([hit_record(hit) for hit in hits[start : start + limit]], None, further))


@search_api.get("/suggest")
@require("reader")
def suggest() -> Response:
    """Names to offer for what has been typed so far, each once, with the departments that use it."""
    asked = parameters()
    names: dict[str, list[str]] = {}
    for hit in engine().search(asked["q"], department=known_department(), limit=5 * asked["limit"]):
        names.setdefault(hit.name, []).append(hit.id)
    offered: list[dict[str, Any]] = [{"text": name, "items": ids} for name, ids in names.items()]
    return answer(offered[: asked["limit"]])
