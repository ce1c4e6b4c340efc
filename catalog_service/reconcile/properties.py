"""The properties: what a query may say of a project, and what can be fetched of a reconciled item."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeGuard

from catalog_data.model import NATURES, Item

from ..api.problems import Problem
from .entities import Entities
from .queries import read_json_object

MAX_IDS = 1_000
"""Items in one request for their properties."""


@dataclass(frozen=True, slots=True)
class Property:
    """A property by its id, the name that is shown, and what it means."""

    id: str
    name: str
    description: str

    def record(self) -> dict[str, Any]:
        """The property as suggestions give it."""
        return {"id": self.id, "name": self.name, "description": self.description}


@dataclass(frozen=True, slots=True)
class Fetched(Property):
    """A property of items; ``value`` gives '' where an item has none."""

    value: Callable[[Item], str]


ASKED = (
    Property("unit", "单位", "查询用：项目单位的全称，用来确定部门"),
    Property("description", "项目概况", "查询用：项目概况、绩效目标等说明买什么的文字"),
    Property("amount", "金额", "查询用：金额，以元计"),
)
"""What a query may say beside the name of the project."""


def _heading(level: int) -> Callable[[Item], str]:
    return lambda item: item.path[level - 1] if level <= len(item.path) else ""


FETCHED = (
    Fetched("code", "代码", "条目代码，只在部门之内唯一", lambda item: item.code),
    Fetched("name", "名称", "条目名称", lambda item: item.name),
    Fetched("path", "上级标题", "由外到内的各级标题", lambda item: " › ".join(item.path)),
    Fetched("level1", "一级目录", "一级标题的名称", _heading(1)),
    Fetched("level2", "二级目录", "二级标题的名称", _heading(2)),
    Fetched("level3", "三级目录", "三级标题的名称", _heading(3)),
    Fetched("department", "部门", "条目所属部门", lambda item: item.department),
    Fetched("nature", "支出性质", "目录所列条目都是目录内服务", lambda _: NATURES["service"]),
)
"""What can be fetched of an item."""

_BY_ID = {fetched.id: fetched for fetched in FETCHED}


@dataclass(frozen=True, slots=True)
class Extension:
    """A request for properties of items."""

    ids: tuple[str, ...]
    properties: tuple[Fetched, ...]

    def record(self, entities: Entities) -> dict[str, Any]:
        """The answer; an id that the catalog has not gets no values."""
        return {
            "meta": [{"id": fetched.id, "name": fetched.name} for fetched in self.properties],
            "rows": {id_: self._row(entities.item(id_)) for id_ in self.ids},
        }

    def _row(self, item: Item | None) -> Mapping[str, list[dict[str, str]]]:
        values = {fetched.id: fetched.value(item) if item else "" for fetched in self.properties}
        return {id_: [{"str": value}] if value else [] for id_, value in values.items()}


def read_extension(raw: str) -> Extension:
    """The form field ``extend``. Raises ``Problem`` where it asks for nothing that there is."""
    asked = read_json_object(raw)
    ids, listed = asked.get("ids"), asked.get("properties")
    if not _strings(ids) or not isinstance(listed, list):
        raise Problem(
            "invalid-request", "extend 须有 ids（文字的数组）和 properties（数组）", "extend needs ids and properties"
        )
    if len(ids) > MAX_IDS:
        raise Problem(
            "too-many-rows",
            f"一次最多 {MAX_IDS} 个条目，收到 {len(ids)} 个",
            f"At most {MAX_IDS} ids in one request, {len(ids)} received",
            {"maximum": MAX_IDS},
        )
    return Extension(tuple(ids), tuple(dict.fromkeys(_known(entry) for entry in listed)))


def proposed(type_: str, limit: int) -> dict[str, Any]:
    """The properties to offer for items of a type: the same for every department."""
    offered = [{"id": fetched.id, "name": fetched.name} for fetched in FETCHED[:limit]]
    return {"properties": offered, "limit": limit} | ({"type": type_} if type_ else {})


def _strings(value: Any) -> TypeGuard[list[str]]:
    return isinstance(value, list) and all(isinstance(entry, str) for entry in value)


def _known(entry: Any) -> Fetched:
    id_ = entry.get("id") if isinstance(entry, dict) else None
    if isinstance(id_, str) and id_ in _BY_ID:
        return _BY_ID[id_]
    known = "、".join(_BY_ID)
    raise Problem(
        "invalid-request",
        f"没有属性“{str(id_)[:40]}”；可取的有：{known}",
        f"There is no such property; there are {', '.join(_BY_ID)}",
    )


def suggested_properties(prefix: str) -> Sequence[Property]:
    """The properties that a prefix may mean, those of queries first; all of them for an empty one."""
    typed = prefix.strip().lower()
    return [entry for entry in (*ASKED, *FETCHED) if typed in entry.id.lower() or typed in entry.name]
