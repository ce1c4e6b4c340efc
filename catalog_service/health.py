"""Whether the service lives (``/healthz``) and whether it can be sent requests (``/readyz``)."""

from __future__ import annotations

import logging
import shutil
import sqlite3
from collections.abc import Callable, Mapping
from typing import cast

from flask import Blueprint, Response, current_app, jsonify

from catalog_data.store import Store

from .access import public
from .app import CatalogEngine, served_engine
from .jobs.crew import Crew

blueprint = Blueprint("health", __name__)

SPARE_BYTES = 200_000_000
"""Free space below which uploads and backups would soon fail."""

log = logging.getLogger("catalog.health")


@blueprint.get("/healthz")
@public
def healthz() -> Response:
    """The process answers."""
    return _uncached(jsonify(status="ok"))


@blueprint.get("/readyz")
@public
def readyz() -> Response:
    """Every check by name, and the SQLite in use; status 503 where one fails."""
    engine = served_engine()
    passed = {name: _passes(name, check, engine) for name, check in CHECKS.items()}
    ready = all(passed.values())
    response = jsonify(status="ok" if ready else "unavailable", checks=passed, sqlite=sqlite3.sqlite_version)
    response.status_code = 200 if ready else 503
    return _uncached(response)


def store_answers(engine: CatalogEngine) -> bool:
    """The store opens, is migrated, and holds the catalog that is served."""
    with Store(engine.store_path) as store:
        return engine.catalog.sha256 in {entry.sha256 for entry in store.catalogs()}


def index_answers(engine: CatalogEngine) -> bool:
    """A search for the last item of the catalog finds it."""
    item = engine.catalog.items[-1]
    hits = engine.search(item.name, department=item.department, level=None, limit=50)
    return item.id in {hit.id for hit in hits}


def workers_take_jobs(_: CatalogEngine) -> bool:
    """Jobs are taken; true where this process is not the one to do it."""
    crew = cast("Crew | None", current_app.extensions.get("crew"))
    return crew is None or crew.working


def disk_has_room(engine: CatalogEngine) -> bool:
    """The data folder has room for uploads."""
    return shutil.disk_usage(engine.store_path.parent).free >= SPARE_BYTES


CHECKS: Mapping[str, Callable[[CatalogEngine], bool]] = {
    "store": store_answers,
    "index": index_answers,
    "workers": workers_take_jobs,
    "disk": disk_has_room,
}


def _passes(name: str, check: Callable[[CatalogEngine], bool], engine: CatalogEngine) -> bool:
    try:
        return check(engine)
    except Exception:  # whatever fails is the answer here
        log.exception("not ready: %s", name)
        return False


def _uncached(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response
