"""The catalog as entities to reconcile with: found by exact name or id, shown with code and department."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from catalog_data.model import Catalog, Item
from catalog_data.text import key

from ..web.outline import LOWEST_LEVEL

ANY_DEPARTMENT = "政府购买服务目录"
"""The type above all departments; asking for it asks for any of them."""


@dataclass(frozen=True, slots=True)
class Scope:
    """The departments a query asks for, none for all; others are let in only where ``strict`` is false."""

    departments: tuple[str, ...] = ()
    strict: bool = False

    def holds(self, item: Item) -> bool:
        """Whether the item is of a department that is asked for."""
        return not self.departments or item.department in self.departments

    def preferred(self, items: Sequence[Item]) -> tuple[Item, ...]:
        """The items of these departments; where there are none and others are let in, all of them."""
        inside = tuple(item for item in items if self.holds(item))
        return inside if inside or self.strict else tuple(items)


class Entities:
    """The items of a catalog, of the level that is purchased."""

    def __init__(self, catalog: Catalog) -> None:
        self.departments = tuple(department.name for department in catalog.departments)
        self._items = {item.id: item for item in catalog.items}
        self._exact: defaultdict[str, list[Item]] = defaultdict(list)
        for item in catalog.items:
            if item.level == LOWEST_LEVEL:
                for said in {key(item.id), key(item.name), key(full_name(item))}:
                    self._exact[said].append(item)

    def item(self, item_id: str) -> Item | None:
        """The row of an id, headings included; None where the catalog has none."""
        return self._items.get(item_id)

    def exact(self, text: str) -> tuple[Item, ...]:
        """The items whose id, name or full name the text is, in printed order; width and white space aside."""
        return tuple(self._exact.get(key(text), ()))

    def scope(self, types: Sequence[str], matching: str) -> Scope | None:
        """The departments that ``types`` mean under a ``type_strict`` of any, should or all; None for no entity."""
        known = tuple(name for name in dict.fromkeys(types) if name in self.departments)
        if not types or ANY_DEPARTMENT in types:
            return Scope()
        if matching == "should":
            return Scope(known)
        if not known or (matching == "all" and len(set(types)) > 1):
            return None
        return Scope(known, strict=True)


def full_name(item: Item) -> str:
    """What a reader must see of an item, in one line: ``A040303 社会救助工作服务（民政）``.

    OpenRefine shows and exports no more of an entity than name and type.
    """
    return f"{item.code} {item.name}（{item.department}）"


def entity_type(department: str) -> dict[str, Any]:
    """A department as a type."""
    return {"id": department, "name": department, "broader": [root_type()]}


def root_type() -> dict[str, Any]:
    """The type above all departments."""
    return {"id": ANY_DEPARTMENT, "name": ANY_DEPARTMENT}
