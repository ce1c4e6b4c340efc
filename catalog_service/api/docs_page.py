"""The contract for people: the OpenAPI file itself, and a page made from it that loads nothing from elsewhere."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, current_app, render_template, request

from ..access import public
from .contract import JSON, ROOT, served_contract
from .problems import KINDS

docs_page = Blueprint("api_docs", __name__, url_prefix=ROOT)

_TYPES = {
    "string": "文字",
    "number": "数字",
    "integer": "整数",
    "boolean": "是否",
    "array": "数组",
    "object": "对象",
    "null": "空",
}
_LIMITS = {
    "enum": "可取 {}",
    "default": "默认 {}",
    "minLength": "至少 {} 个字",
    "maxLength": "至多 {} 个字",
    "minimum": "不小于 {}",
    "maximum": "不大于 {}",
    "x-max-items": "至多 {} 条",
}


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a table of parameters or members: how it is named, of what kind it is, what it means."""

    name: str
    required: bool
    kind: str
    meaning: str
    limits: str
    anchor: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """What the page says of one method of one path; ``examples`` are summary and request body."""

    method: str
    path: str
    described: Mapping[str, Any]
    parameters: tuple[Line, ...]
    body: Line | None
    examples: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str], ...]


@docs_page.get("/openapi.json")
@public
def contract_file() -> Response:
    """The OpenAPI file."""
    body = current_app.json.dumps(served_contract().document)
    response = Response(body, content_type=JSON)
    response.set_etag(hashlib.sha256(body.encode()).hexdigest()[:20], weak=True)
    response.make_conditional(request)
    return response


@docs_page.get("/docs")
@public
def docs() -> str:
    """The page: every operation, schema and kind of problem."""
    document = served_contract().document
    return render_template(
        "api_docs.html",
        document=document,
        root=ROOT,
        sections=list(sections(document)),
        schemas={name: (schema, list(members(document, schema))) for name, schema in _schemas(document)},
        kinds=KINDS,
    )


def sections(document: Mapping[str, Any]) -> Iterator[Section]:
    """The operations of the file in its order."""
    for path, methods in document["paths"].items():
        for method, described in methods.items():
            content = described.get("requestBody", {}).get("content", {})
            media: Mapping[str, Any] = next(iter(content.values()), {})
            shown = ((e["summary"], _pretty(e["value"])) for e in media.get("examples", {}).values())
            yield Section(
                method.upper(),
                path,
                described,
                tuple(_parameter(document, parameter) for parameter in described.get("parameters", ())),
                _line("", media["schema"], True) if media else None,
                tuple(shown),
                tuple((status, resolved(document, r)["description"]) for status, r in described["responses"].items()),
            )


def members(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[Line]:
    """The members of an object's schema, those of the schemas that it extends first."""
    for part in schema.get("allOf", ()):
        yield from members(document, resolved(document, part))
    required = schema.get("required", ())
    for name, described in schema.get("properties", {}).items():
        yield _line(name, described, name in required)


def resolved(document: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a ``$ref`` of the file points to, or the node itself."""
    found: Any = node
    if "$ref" in node:
        found = document
        for key in node["$ref"].removeprefix("#/").split("/"):
            found = found[key]
    return found  # type: ignore[no-any-return]


def _schemas(document: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    yield from document["components"]["schemas"].items()


def _parameter(document: Mapping[str, Any], parameter: Mapping[str, Any]) -> Line:
    described = resolved(document, parameter)
    schema = described["schema"] | {"description": described["description"]}
    return _line(described["name"], schema, described.get("required", False))


def _line(name: str, schema: Mapping[str, Any], required: bool) -> Line:
    limits = (say.format(_listed(schema[keyword])) for keyword, say in _LIMITS.items() if keyword in schema)
    return Line(name, required, _kind(schema), schema.get("description", ""), "；".join(limits), _anchor(schema))


def _listed(value: Any) -> str:
    return "、".join(map(str, value)) if isinstance(value, list) else str(value)


def _anchor(schema: Any) -> str:
    """The schema that a node refers to, itself or by what it holds, '' where it is plain."""
    if not isinstance(schema, Mapping):
        return ""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    inside = (schema.get("items"), *schema.get("anyOf", ()), *schema.get("properties", {}).values())
    return next((anchor for part in inside if (anchor := _anchor(part))), "")


def _kind(schema: Mapping[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2]
    if "anyOf" in schema:
        return "或".join(dict.fromkeys(_kind(part) for part in schema["anyOf"] if isinstance(part, Mapping)))
    kinds = schema.get("type", "object")
    said = "或".join(_TYPES[kind] for kind in ([kinds] if isinstance(kinds, str) else kinds))
    return f"{said}（每项：{_kind(schema['items'])}）" if "items" in schema else said


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=2)
