"""The pages of the catalog: search, one item, browsing by department. Every address is a lasting link."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Blueprint, render_template, request

from catalog_data.catalog_checks import LEVEL_NAMES
from catalog_data.model import Catalog
from indexer.search import MAX_QUERY, Hit

from ..app import CatalogEngine, NotInCatalog, served_engine
from . import outline

pages = Blueprint("catalog", __name__)

SHOWN, SHOWN_AT_MOST = 20, 100
"""Hits on a page of results, and when the reader asks for more."""

ALSO_CALLED = 5
"""Matched index entries shown with a hit."""

EXAMPLES = 5

SEVERITIES = {"error": "错误", "warning": "疑点", "info": "提示"}

Piece = tuple[str, bool]
"""A stretch of text, and whether it matched the query."""


@dataclass(frozen=True, slots=True)
class Search:
    """What the reader asked: query and department ('' for all), how many hits to show, and what is wrong with it."""

    query: str
    department: str
    limit: int
    problem: str


@dataclass(frozen=True, slots=True)
class Answer:
    """A hit as shown: its name and the index entries that matched, cut where the query matched."""

    hit: Hit
    name: tuple[Piece, ...]
    also_called: tuple[tuple[Piece, ...], ...]


@pages.get("/")
def search() -> tuple[str, int]:
    """Search the items of the lowest level; status 400 where the query cannot be answered as asked."""
    engine = served_engine()
    asked = _read_search(engine.catalog)
    hits: tuple[Hit, ...] = ()
    if asked.query and not asked.problem:
        hits = engine.search(asked.query, department=asked.department or None, limit=asked.limit + 1)
    page = render_template(
        "search.html",
        asked=asked,
        answers=[answer(hit) for hit in hits[: asked.limit]],
        more=len(hits) > asked.limit,
        max_query=MAX_QUERY,
        max_shown=SHOWN_AT_MOST,
        sections=outline.sections(engine.catalog),
        examples=() if asked.query else examples(engine),
    )
    return page, 400 if asked.problem else 200


@pages.get("/items/<path:item_id>")
def item(item_id: str) -> str:
    """The page of one row, heading or item, by its id (``民政:A040303``)."""
    engine = served_engine()
    found = outline.find_item(engine.catalog, item_id)
    if found is None:
        raise NotInCatalog(f"现行目录中没有条目“{item_id}”。")
    around = outline.surroundings(engine.catalog, found)
    return render_template(
        "item.html",
        item=found,
        level_name=LEVEL_NAMES[found.level],
        around=around,
        terms=engine.terms(found.id),
        severities=SEVERITIES,
    )


@pages.get("/departments")
def departments() -> str:
    """All departments in printed order, with their counts."""
    return render_template("departments.html", sections=outline.sections(served_engine().catalog))


@pages.get("/departments/<path:name>")
def department(name: str) -> str:
    """One department's headings and items as a tree in printed order."""
    catalog = served_engine().catalog
    section = next((section for section in outline.sections(catalog) if section.department == name), None)
    if section is None:
        raise NotInCatalog(f"现行目录中没有部门“{name}”。")
    return render_template(
        "department.html",
        section=section,
        branches=outline.branches(catalog, name),
        findings=outline.section_findings(catalog, name),
        max_query=MAX_QUERY,
        ids={row.id for row in catalog.section(name)},
        severities=SEVERITIES,
    )


def _read_search(catalog: Catalog) -> Search:
    query = request.args.get("q", "").strip()
    department = request.args.get("department", "")
    limit = SHOWN_AT_MOST if "more" in request.args else SHOWN
    problem = ""
    if len(query) > MAX_QUERY:
        problem = f"查询内容有 {len(query)} 个字，最多 {MAX_QUERY} 个字。请只留下最能说明服务内容的几个词。"
    elif department and department not in {row.name for row in catalog.departments}:
        problem = f"目录中没有部门“{department}”。请在“部门”一栏重新选择。"
    return Search(query, department, limit, problem)


def answer(hit: Hit) -> Answer:
    """A hit cut into pieces for showing; a name that did not match is one plain piece."""
    matched = {shown.field: pieces(shown.text, shown.spans) for shown in hit.highlights}
    entries = [pieces(shown.text, shown.spans) for shown in hit.highlights if shown.field == "entries"]
    return Answer(hit, matched.get("name", ((hit.name, False),)), tuple(entries[:ALSO_CALLED]))


def pieces(text: str, spans: tuple[tuple[int, int], ...]) -> tuple[Piece, ...]:
    """The text cut at its matched spans, nothing lost.

    >>> pieces("农村养老服务", ((2, 4),))
    (('农村', False), ('养老', True), ('服务', False))
    """
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    cut = [(text[start:end], k % 2 == 1) for k, (start, end) in enumerate(zip(edges, edges[1:], strict=False))]
    return tuple(piece for piece in cut if piece[0])


def examples(engine: CatalogEngine) -> list[str]:
    """Queries that show what may be asked: words people use for items spread over the catalog, and a code."""
    items = [row for row in engine.catalog.items if row.level == outline.LOWEST_LEVEL]
    spread = items[len(items) // EXAMPLES // 2 :: max(1, len(items) // EXAMPLES)][:EXAMPLES]
    if not spread:
        return []
    return [min(engine.terms(row.id) or (row.name,), key=len) for row in spread[:-1]] + [spread[-1].code]
