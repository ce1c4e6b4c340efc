"""The contract: ``openapi.json`` read once, and every request held to it before a view sees it.

Parameters and JSON bodies that do not fit are refused with their places; a parameter that the file does not
name is refused too, since a misspelt filter that is ignored gives a wrong answer. Bodies of other kinds
(uploads) are read by their views; here only their content type is checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal, DecimalException
from functools import cache, cached_property
from importlib.resources import files
from typing import Any, NoReturn, cast

from flask import Flask, current_app, g, request
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from .problems import Problem
from .violations import ContractValidator, Violation, violations

ROOT = "/api/v1"
MAX_JSON_BYTES = 8 * 1024 * 1024
"""Size of a JSON body: a full batch of projects with long descriptions is below it."""

JSON = "application/json"
_FILE = "urn:openapi"
_SURROGATE = re.compile(rb"\\u[dD][89a-fA-F]")
_TRUTH = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Parameter:
    """A parameter of the query or a header: the type of its value, and where its schema stands in the file."""

    name: str
    place: str
    required: bool
    kind: str
    default: Any
    pointer: str


@dataclass(frozen=True, slots=True)
class Operation:
    """What the file says of one method of one path; ``media`` maps the content types of its body to schemas."""

    id: str
    parameters: tuple[Parameter, ...]
    media: Mapping[str, str]


class Contract:
    """An OpenAPI 3.1 document, ready to check requests against."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.document = document
        self._absolute = _absolute(document)
        resource = Resource.from_contents(self._absolute, default_specification=DRAFT202012)
        self._registry: Registry[Any] = Registry().with_resource(_FILE, resource)
        self._validators: dict[str, Any] = {}

    @cached_property
    def operations(self) -> Mapping[tuple[str, str], Operation]:
        """The operations by method (GET) and full path (``/api/v1/items/{id}``)."""
        return {
            (method.upper(), ROOT + path): self._operation(path, method, described)
            for path, methods in self.document["paths"].items()
            for method, described in methods.items()
            if method in {"get", "post", "put", "patch", "delete"}
        }

    def violations(self, pointer: str, value: Any) -> tuple[Violation, ...]:
        """What a value does against the schema at a JSON pointer of the file (``/components/schemas/Project``)."""
        if pointer not in self._validators:
            self._validators[pointer] = ContractValidator(self.schema(pointer), registry=self._registry)
        return violations(self._validators[pointer], value)

    def schema(self, pointer: str) -> Any:
        """The schema at a pointer, its own reference followed here, once, rather than with every value."""
        found: Any = self._absolute
        for key in pointer.strip("/").split("/"):
            found = found[int(key)] if isinstance(found, list) else found[key.replace("~1", "/")]
        return self.schema(found["$ref"].partition("#")[2]) if "$ref" in found else found

    def _operation(self, path: str, method: str, described: Mapping[str, Any]) -> Operation:
        base = f"/paths/{path.replace('/', '~1')}/{method}"
        listed = enumerate(described.get("parameters", ()))
        parameters = (self._parameter(p, f"{base}/parameters/{k}") for k, p in listed)
        content = described.get("requestBody", {}).get("content", {})
        media = {kind: f"{base}/requestBody/content/{kind.replace('/', '~1')}/schema" for kind in content}
        asked = tuple(parameter for parameter in parameters if parameter.place in {"query", "header"})
        return Operation(described["operationId"], asked, media)

    def _parameter(self, described: Mapping[str, Any], pointer: str) -> Parameter:
        if "$ref" in described:
            pointer = described["$ref"].removeprefix("#")
            described = self.document["components"]["parameters"][pointer.rpartition("/")[2]]
        schema = described["schema"]
        return Parameter(
            name=described["name"],
            place=described["in"],
            required=described.get("required", False),
            kind=schema.get("type", "string"),
            default=schema.get("default"),
            pointer=f"{pointer}/schema",
        )


def _absolute(node: Any) -> Any:
    """The same JSON with references that can be followed from a part of it."""
    if isinstance(node, list):
        return [_absolute(part) for part in node]
    if not isinstance(node, Mapping):
        return node
    return {key: _FILE + part if key == "$ref" else _absolute(part) for key, part in node.items()}


def load_contract() -> Contract:
    """The contract that is shipped with this release."""
    return Contract(json.loads((files(__package__) / "openapi.json").read_text("utf-8")))


def register(app: Flask) -> None:
    """Hold every request under ``/api/v1`` to the shipped contract."""
    app.extensions["api_contract"] = load_contract()
    app.before_request(check_request)


def served_contract() -> Contract:
    """The contract of the application that handles the current request."""
    return cast(Contract, current_app.extensions["api_contract"])


def parameters() -> Mapping[str, Any]:
    """The parameters of the current request: checked, of their types, defaults filled in, None where absent."""
    return cast(Mapping[str, Any], g.api_parameters)


def body() -> Any:
    """The checked JSON body of the current request; numbers with a fraction are ``Decimal``."""
    return g.api_body


def check_request() -> None:
    """Refuse what the contract does not allow. Raises ``Problem``."""
    rule = request.url_rule
    if rule is None or not rule.rule.startswith(ROOT + "/"):
        return
    contract = served_contract()
    method = "GET" if request.method == "HEAD" else request.method
    operation = contract.operations.get((method, _path(rule.rule)))
    if operation is None:
        return
    g.api_parameters = _read_parameters(contract, operation)
    g.api_body = _read_body(contract, operation) if operation.media else None


@cache
def _path(rule: str) -> str:
    """A route as the file writes it: ``/items/{item_id}``."""
    return re.sub(r"<(?:\w+:)?(\w+)>", r"{\1}", rule)


def _read_parameters(contract: Contract, operation: Operation) -> dict[str, Any]:
    wrong = list(_unknown_parameters(operation))
    read: dict[str, Any] = {}
    for parameter in operation.parameters:
        given = request.args if parameter.place == "query" else request.headers
        values = given.getlist(parameter.name)
        read[parameter.name] = parameter.default
        if len(values) > 1:
            wrong.append(Violation(parameter.name, "repeated", "只能给出一次", "must be given once only"))
        elif values:
            read[parameter.name] = value = _typed(values[0], parameter.kind)
            found = contract.violations(parameter.pointer, value)
            wrong += [replace(v, place=parameter.name) for v in found]
        elif parameter.required and parameter.place == "query":
            wrong.append(Violation(parameter.name, "required", "必须给出", "is required"))
    if wrong:
        raise refusal("invalid-parameter", wrong)
    return read


def _unknown_parameters(operation: Operation) -> Iterator[Violation]:
    known = [parameter.name for parameter in operation.parameters if parameter.place == "query"]
    for name in request.args:
        if name not in known:
            allowed, allowed_en = "、".join(known) or "（无）", ", ".join(known) or "none"
            yield Violation(
                name[:40], "unknown", f"是没有的参数；可用的有：{allowed}", f"is unknown; known: {allowed_en}"
            )


def _typed(text: str, kind: str) -> Any:
    """A value of the query in the type that the file states; left as text where it has none of that type."""
    if kind == "integer" and re.fullmatch(r"-?[0-9]{1,15}", text):
        return int(text)
    return _TRUTH.get(text, text) if kind == "boolean" else text


def _read_body(contract: Contract, operation: Operation) -> Any:
    if request.mimetype not in operation.media or request.headers.get("Content-Encoding", "identity") != "identity":
        accepted = "、".join(operation.media)
        raise Problem(
            "unsupported-type",
            f"内容类型应为 {accepted}，且不压缩",
            f"Send {', '.join(operation.media)}, without a content encoding",
            headers={"Accept-Post": ", ".join(operation.media)},
        )
    if request.mimetype != JSON:
        return None
    request.max_content_length = MAX_JSON_BYTES
    value = _json(request.get_data(cache=False))
    _refuse_too_many(contract.schema(operation.media[JSON]), value)
    if wrong := contract.violations(operation.media[JSON], value):
        raise refusal("invalid-body", wrong)
    return value


def _refuse_too_many(schema: Mapping[str, Any], value: Any) -> None:
    """Raise ``Problem`` where a list has more rows than ``x-max-items`` allows, before any of them is looked at."""
    for name, member in schema.get("properties", {}).items():
        rows, most = value.get(name) if isinstance(value, dict) else None, member.get("x-max-items")
        if most and isinstance(rows, list) and len(rows) > most:
            raise Problem(
                "too-many-rows",
                f"一次最多 {most} 行，提交了 {len(rows)} 行，请分次提交",
                f"At most {most} rows a request, {len(rows)} were sent; split them",
            )


def _json(data: bytes) -> Any:
    """The JSON value of a body. Raises ``Problem`` where it is none, or holds text that is no Unicode."""
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_float=Decimal, parse_constant=_no_constant)
        if _SURROGATE.search(data):
            json.dumps(value, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        cause, cause_en = "文字里有不成对的代理字符", "Text holds a lone surrogate"
    except UnicodeDecodeError:
        cause, cause_en = "不是 UTF-8 编码", "The body is not UTF-8"
    except (ValueError, DecimalException, RecursionError):
        cause, cause_en = "不是合法的 JSON（RFC 8259）", "The body is not JSON (RFC 8259)"
    else:
        return value
    raise Problem("invalid-request", f"提交的内容{cause}" if cause[0] == "不" else cause, cause_en)


def _no_constant(name: str) -> NoReturn:
    """NaN and Infinity are no JSON (RFC 8259, section 6)."""
    raise ValueError(name)


def refusal(kind: str, wrong: Sequence[Violation]) -> Problem:
    """The problem of ``kind`` that tells what is wrong, the first of it in its detail."""
    first = wrong[0]
    more, more_en = (f"；共 {len(wrong)} 处", f"; {len(wrong)} in all") if len(wrong) > 1 else ("", "")
    return Problem(
        kind,
        f"{f'{first.place} ' if first.place else '提交的内容'}{first.detail}{more}",
        f"{first.place or 'The body'} {first.detail_en}{more_en}",
        members={"errors": [violation.record() for violation in wrong]},
    )
