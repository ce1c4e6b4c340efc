"""The form of every answer: ``data`` beside the versions it rests on, an ETag, compressed where that pays.

A weak ETag marks what can only be read again (it answers If-None-Match). A strong one marks what can change
through the API: it names the state that If-Match refers to, and such an answer is never compressed, since a
strong tag must not stand for two byte sequences (RFC 9110, section 8.8.3.3).
"""

from __future__ import annotations

import gzip
import hashlib
from collections.abc import Mapping
from typing import Any, cast

from flask import Flask, Response, current_app, jsonify, request

from ..app import served_engine, served_settings
from ..engine import Engine
from ..records import versions_record
from .contract import ROOT
from .kept import keep
from .paging import Page
from .problems import MEDIA_TYPE as PROBLEM
from .problems import Problem, problem, problem_response

COMPRESSED_FROM = 1_000
"""Bytes below which compressing costs more than it saves."""

LEVEL = 5
EXPOSED = "ETag, Location, Retry-After, X-Request-Id"
ALLOWED = "Authorization, Content-Type, If-Match, If-None-Match"
PREFLIGHT_SECONDS = "600"


def engine() -> Engine:
    """The engine of the application that handles the current request."""
    return cast(Engine, served_engine())


def answer(
    data: Any, status: int = 200, state: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """``{data, versions}``; ``state`` names the state of what can change and becomes its strong ETag."""
    return _answer({"data": data}, status, state, headers or {})


def answer_page(page: Page[Any], **beside: Any) -> Response:
    """``{data, total, next, versions}`` for one page of a list; ``beside`` are further members."""
    return _answer({"data": list(page.rows), "total": page.total, "next": page.next, **beside}, 200, None, {})


def _answer(body: dict[str, Any], status: int, state: str | None, headers: Mapping[str, str]) -> Response:
    response = jsonify(body | {"versions": versions_record(served_engine().versions)})
    response.status_code = status
    response.headers.update(headers)
    if state is not None:
        response.set_etag(state)
    elif request.method in {"GET", "HEAD"}:
        response.set_etag(hashlib.sha256(response.get_data()).hexdigest()[:20], weak=True)
    response.headers.setdefault("Cache-Control", "private, no-cache")
    return response


def register(app: Flask) -> None:
    """Give every answer under ``/api/v1`` its last form: problems as problems, versions, compression, CORS."""
    app.register_error_handler(Problem, problem_response)
    app.after_request(_finish)


def _finish(response: Response) -> Response:
    if not request.path.startswith(ROOT + "/"):
        return response
    if response.mimetype == PROBLEM:
        _add_versions(response)
    response = _on_condition(keep(_compressed(response)))
    _share(response)
    return response


def _on_condition(response: Response) -> Response:
    """The answer to who reads, or that it is the one it has (If-None-Match), or not the one it wants (If-Match)."""
    if request.method not in {"GET", "HEAD"} or response.status_code != 200 or response.is_streamed:
        return response
    chosen = cast(Response, response.make_conditional(request))
    if chosen.status_code != 412:
        return chosen
    refusal = problem(
        "changed-meanwhile", "内容已不是 If-Match 所指的版本", "It is not the version that If-Match names"
    )
    _add_versions(refusal)
    return refusal


def _add_versions(response: Response) -> None:
    """Problems carry the versions too, unless the engine itself is what failed."""
    try:
        versions = versions_record(served_engine().versions)
    except Exception:
        current_app.logger.exception("no versions for a problem document")
        return
    document = response.get_json()
    response.set_data(current_app.json.dumps(document | {"versions": versions}, separators=(",", ":")))


def _share(response: Response) -> None:
    """CORS for the origins that the configuration names. Cookies are never shared: other sites send a token."""
    allowed = served_settings().cors_origins
    if not allowed:
        return
    response.vary.add("Origin")
    origin = request.headers.get("Origin", "")
    if origin not in allowed:
        return
    response.headers["Access-Control-Allow-Origin"] = origin
    response.headers["Access-Control-Expose-Headers"] = EXPOSED
    if request.method == "OPTIONS":
        response.headers["Access-Control-Allow-Methods"] = response.headers.get("Allow", "GET")
        response.headers["Access-Control-Allow-Headers"] = ALLOWED
        response.headers["Access-Control-Max-Age"] = PREFLIGHT_SECONDS


def _compressed(response: Response) -> Response:
    if response.is_streamed or "json" not in (response.mimetype or "") or "Content-Encoding" in response.headers:
        return response
    response.vary.add("Accept-Encoding")
    strong = response.headers.get("ETag", "W/")[:2] != "W/"
    if strong or not request.accept_encodings["gzip"] or (response.content_length or 0) < COMPRESSED_FROM:
        return response
    response.set_data(gzip.compress(response.get_data(), LEVEL, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    return response
