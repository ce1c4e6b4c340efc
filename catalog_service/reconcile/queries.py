"""Queries as they come over the wire: the form field ``queries``, a JSON object of query objects by key."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, NoReturn

from catalog_data.text import amount, plain

from ..api.problems import Problem

BATCH_SIZE = 50
"""Queries in one request; the manifest names it as ``batchSize``."""

DEFAULT_LIMIT, MAX_LIMIT = 5, 50

MAX_TEXT = 20_000
"""Characters of one text: the description of a long performance sheet is well below it."""

_TOO_MUCH = Decimal(10) ** 15
_STRICTNESS = ("any", "should", "all")
_NAMES = {"unit", "description"}


@dataclass(frozen=True, slots=True)
class Query:
    """What is sought: ``text`` is the cell, ``types`` the departments, the rest what other columns say of it."""

    text: str
    types: tuple[str, ...] = ()
    type_strict: str = "any"
    limit: int = DEFAULT_LIMIT
    unit: str = ""
    description: str = ""
    amount_yuan: Decimal | None = None

    @property
    def in_context(self) -> bool:
        """Whether it is told as a project: with its unit, what it is about, or an amount."""
        return bool(self.unit or self.description or self.amount_yuan is not None)


def read_json_object(raw: str) -> dict[str, Any]:
    """A JSON object, its fractions as ``Decimal``. Raises ``Problem`` where it is none."""
    try:
        value = json.loads(raw, parse_float=Decimal, parse_constant=_no_number)
        json.dumps(value, ensure_ascii=False, default=str).encode()  # half a surrogate pair could not be answered
    except (ValueError, RecursionError) as error:
        raise Problem(
            "invalid-request", "表单字段的内容不是可读的 JSON", "The form field does not hold readable JSON"
        ) from error
    if not isinstance(value, dict):
        raise Problem("invalid-request", "表单字段的内容应为 JSON 对象", "The form field must hold a JSON object")
    return value


def read_queries(raw: str) -> dict[str, Query]:
    """The queries of a request by their keys. Raises ``Problem`` naming the key that is at fault."""
    batch = read_json_object(raw)
    if len(batch) > BATCH_SIZE:
        raise Problem(
            "too-many-rows",
            f"一次最多 {BATCH_SIZE} 条查询，收到 {len(batch)} 条",
            f"At most {BATCH_SIZE} queries in one request, {len(batch)} received",
            {"maximum": BATCH_SIZE},
        )
    return {name: _query(name, described) for name, described in batch.items()}


def _query(name: str, described: Any) -> Query:
    if not isinstance(described, dict):
        _refuse(name, "应为对象", "must be an object")
    properties = dict(_properties(name, described.get("properties", [])))
    text = described.get("query", "")
    if not isinstance(text, str):
        _refuse(name, "query 应为文字", "query must be a string")
    if not text and not properties:
        _refuse(name, "query 与 properties 至少要有一项", "needs query or properties")
    matching = described.get("type_strict", "any")
    if matching not in _STRICTNESS:
        _refuse(name, "type_strict 只能是 any、should 或 all", "type_strict must be any, should or all")
    texts = {pid: "\n".join(_said(name, v) for v in properties[pid]) for pid in _NAMES & properties.keys()}
    if max(map(len, (text, *texts.values()))) > MAX_TEXT:
        _refuse(name, f"文字超过 {MAX_TEXT} 个字", f"a text has more than {MAX_TEXT} characters")
    money = next((_money(value) for value in properties.get("amount", [])), None)
    return Query(text.strip(), _types(name, described), matching, _limit(name, described), **texts, amount_yuan=money)


def _properties(name: str, listed: Any) -> Iterator[tuple[str, list[Any]]]:
    """The properties as lists of values; unknown ones are told apart later, by not being looked at."""
    if not isinstance(listed, list):
        _refuse(name, "properties 应为数组", "properties must be an array")
    for entry in listed:
        if not isinstance(entry, dict) or not isinstance(entry.get("pid"), str) or "v" not in entry:
            _refuse(name, "properties 的每一项应有 pid 和 v", "every property needs pid and v")
        yield entry["pid"], entry["v"] if isinstance(entry["v"], list) else [entry["v"]]


def _types(name: str, described: Mapping[str, Any]) -> tuple[str, ...]:
    asked = described.get("type") or []
    types = [asked] if isinstance(asked, str) else asked
    if not isinstance(types, list) or not all(isinstance(entry, str) for entry in types):
        _refuse(name, "type 应为文字或文字的数组", "type must be a string or an array of strings")
    return tuple(types)


def _limit(name: str, described: Mapping[str, Any]) -> int:
    limit = described.get("limit", DEFAULT_LIMIT)
    if isinstance(limit, bool) or not isinstance(limit, (int, Decimal)) or limit < 1:
        _refuse(name, "limit 应为不小于 1 的数", "limit must be a number of at least 1")
    return int(min(limit, MAX_LIMIT))


def _said(name: str, value: Any) -> str:
    """A property's value as text; an entity speaks by its name."""
    if isinstance(value, dict):
        value = value.get("name") or value.get("id")
    if isinstance(value, (list, dict)) or value is None:
        _refuse(name, "属性值应为文字、数字或实体", "a property value must be text, a number or an entity")
    return str(value).strip()


def _money(value: Any) -> Decimal | None:
    """An amount in 元, None where the value is none: what a cell says beside the project's name need not be one."""
    found = amount(value) if isinstance(value, str) else value
    if isinstance(found, bool) or not isinstance(found, (int, Decimal)) or not -_TOO_MUCH < found < _TOO_MUCH:
        return None
    return plain(Decimal(found))


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)


def _refuse(name: str, cause: str, cause_en: str) -> NoReturn:
    raise Problem("invalid-request", f"查询“{name[:40]}”：{cause}", f"Query {name[:40]!r}: {cause_en}", {"query": name})
