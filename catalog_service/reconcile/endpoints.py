"""The addresses of the reconciliation API.

Its answers may be read by the pages of any site, as version 0.2 demands: OpenRefine's own pages fetch the manifest
and the suggestions from the browser. Nothing is lent to such a page, since cookies are not sent along, and where
reading asks for a token it gets nothing. JSONP, which 0.2 leaves open, is not offered: it would have other sites run
what this service says.
"""

from __future__ import annotations

from typing import Any, cast

from flask import Blueprint, Response, current_app, jsonify, render_template, request

from ..access import require
from ..api.problems import Problem
from ..app import served_engine
from ..engine import Engine
from .candidates import Reconciler
from .manifest import manifest
from .properties import FETCHED, proposed, read_extension, suggested_properties
from .queries import read_queries
from .suggestions import flyout, suggested_entities, suggested_types

blueprint = Blueprint("reconcile", __name__, url_prefix="/reconcile")

MAX_FORM_BYTES = 8 * 1024 * 1024
"""A full batch with long descriptions, percent-encoded, is below it."""

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
}

FRAMED = (
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; object-src 'none'; "
    "frame-ancestors http: https:"
)
"""A preview may be framed by any page: it shows public text and holds nothing that can be clicked into a change."""


@blueprint.route("", methods=["GET", "POST"], strict_slashes=False)
@require("reader", "tag")
def service() -> Response:
    """The manifest, the answers to ``queries``, or the properties that ``extend`` asks for."""
    fields = _fields()
    if "queries" in fields:
        found = {name: reconciler().candidates(query) for name, query in read_queries(fields["queries"]).items()}
        return jsonify({name: {"result": [c.record() for c in result]} for name, result in found.items()})
    if "extend" in fields:
        return jsonify(read_extension(fields["extend"]).record(reconciler().entities))
    if request.method == "POST":
        raise Problem(
            "invalid-request", "表单须有 queries 或 extend 字段", "The form needs the field queries or extend"
        )
    engine = reconciler().engine
    return jsonify(manifest(engine.catalog, engine.versions.engine, request.url_root.rstrip("/")))


@blueprint.get("/suggest/entity")
@require("reader")
def suggest_entity() -> Response:
    """Items for what has been typed."""
    types, cursor = request.args.getlist("type"), _number("cursor", 0)
    return jsonify(result=suggested_entities(reconciler(), request.args.get("prefix", ""), types, cursor))


@blueprint.get("/suggest/type")
@require("reader")
def suggest_type() -> Response:
    """Departments for what has been typed."""
    return jsonify(result=suggested_types(reconciler(), request.args.get("prefix", "")))


@blueprint.get("/suggest/property")
@require("reader")
def suggest_property() -> Response:
    """Properties for what has been typed."""
    return jsonify(result=[found.record() for found in suggested_properties(request.args.get("prefix", ""))])


@blueprint.get("/properties")
@require("reader")
def properties() -> Response:
    """What can be fetched of items."""
    return jsonify(proposed(request.args.get("type", ""), _number("limit", len(FETCHED))))


@blueprint.get("/flyout/entity")
@require("reader")
def entity_flyout() -> Response:
    """What is shown beside a suggested item."""
    item = reconciler().entities.item(request.args.get("id", ""))
    if item is None:
        raise Problem("not-found", "现行目录中没有这个条目", "The catalog in force has no such item")
    return jsonify(flyout(item, reconciler().engine.terms(item.id)))


@blueprint.get("/preview")
@require("reader")
def preview() -> tuple[str, int, dict[str, str]]:
    """A small page about an item, to be shown in a frame."""
    item = reconciler().entities.item(request.args.get("id", ""))
    terms = reconciler().engine.terms(item.id) if item else ()
    page = render_template("preview.html", item=item, terms=terms)
    return page, 200 if item else 404, {"Content-Security-Policy": FRAMED}


@blueprint.after_request
def _share(response: Response) -> Response:
    response.headers.update(CORS)
    return response


def reconciler() -> Reconciler:
    """The reconciler of the application that handles the current request, made on first use."""
    kept = current_app.extensions.get("reconciler")
    if kept is None:
        kept = current_app.extensions["reconciler"] = Reconciler(cast(Engine, served_engine()))
    return cast(Reconciler, kept)


def _fields() -> dict[str, Any]:
    """The parameters of a GET, the form of a POST. Raises ``Problem`` for a body of another kind."""
    if request.method != "POST":
        return request.args.to_dict()
    if request.mimetype not in FORMS:
        raise Problem(
            "unsupported-type",
            "请以表单（application/x-www-form-urlencoded）提交",
            "Send a form (application/x-www-form-urlencoded)",
        )
    request.max_content_length = request.max_form_memory_size = MAX_FORM_BYTES
    return request.form.to_dict()


def _number(name: str, default: int) -> int:
    """A whole number among the parameters. Raises ``Problem`` where it is none."""
    given = request.args.get(name, "")
    if not given:
        return default
    if not given.isascii() or not given.isdecimal() or len(given) > 9:
        raise Problem("invalid-parameter", f"{name} 应为不小于 0 的整数", f"{name} must be a whole number, 0 or more")
    return int(given)
