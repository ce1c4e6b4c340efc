"""Suggestions while somebody types: entities, types, and the flyout that explains an entity."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from catalog_data.model import Item
from catalog_data.text import key

from .candidates import Reconciler
from .entities import Scope, entity_type, full_name

SUGGESTED = 20
"""Entities on one page of suggestions."""

FURTHEST = 200
"""The cursor from which there are no more entities to suggest."""


def suggested_entities(reconciler: Reconciler, prefix: str, types: list[str], cursor: int) -> list[dict[str, Any]]:
    """The items that what has been typed may mean, from the ``cursor``-th on; those of the types first.

    Types of a suggestion are given by id alone: OpenRefine joins them into one text.
    """
    entities = reconciler.entities
    scope = entities.scope(types, "should") or Scope()
    if not prefix.strip() or cursor >= FURTHEST:
        return []
    found = dict.fromkeys(entities.exact(prefix))
    for department in (*scope.departments, None):
        hits = reconciler.engine.search(prefix, department=department, limit=cursor + SUGGESTED)
        found |= dict.fromkeys(item for hit in hits if (item := entities.item(hit.id)))
    return [_suggestion(item) for item in list(found)[cursor : cursor + SUGGESTED]]


def suggested_types(reconciler: Reconciler, prefix: str) -> list[dict[str, Any]]:
    """The departments whose names hold what has been typed, those that begin with it first; all for an empty one."""
    typed = key(prefix)
    names = [name for name in reconciler.entities.departments if typed in key(name)]
    return [entity_type(name) for name in sorted(names, key=lambda name: not key(name).startswith(typed))]


def flyout(item: Item, terms: tuple[str, ...]) -> dict[str, str]:
    """What is shown beside a suggestion, as HTML."""
    also = Markup("<p>也叫：{}</p>").format("、".join(terms)) if terms else ""
    html = Markup("<p><strong>{}</strong></p><p>{}</p>{}").format(full_name(item), " › ".join(item.path), also)
    return {"id": item.id, "html": str(html)}


def _suggestion(item: Item) -> dict[str, Any]:
    return {
        "id": item.id,
        "name": full_name(item),
        "description": " › ".join(item.path),
        "notable": [item.department],
    }
