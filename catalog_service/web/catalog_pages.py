"""The pages of the catalog: search, one item, browsing by department. Every address is a lasting link."""

from __future__ import annotations

from flask import Blueprint, render_template, request

from catalog_data.catalog_checks import LEVEL_NAMES
from indexer.query import CODE
from indexer.search import MAX_QUERY, Answer

from ..app import CatalogEngine, NotInCatalog, served_engine, served_settings
from ..unanswered import UnansweredQueries
from ..workbook.labels import SEVERITIES
from . import outline, search_box
from .paging import pages_of

pages = Blueprint("catalog", __name__)

EXAMPLES = 5


@pages.get("/")
def search() -> tuple[str, int]:
    """Search the items of the lowest level; status 400 where the query cannot be answered as asked."""
    engine = served_engine()
    asked = search_box.read_search(request.args, engine.catalog)
    answer = _answer(engine, asked)
    page = render_template(
        "search.html",
        asked=asked,
        answer=answer,
        hits=[search_box.shown_hit(hit) for hit in answer.hits],
        by_department=search_box.by_department(asked, answer),
        by_heading=search_box.by_heading(asked, answer.by_heading),
        pages=min(pages_of(answer.total, search_box.SHOWN), search_box.MOST_PAGES),
        first=search_box.SHOWN * (asked.number - 1) + 1,
        by_its_code=CODE,
        max_query=MAX_QUERY,
        sections=outline.sections(engine.catalog),
        examples=() if asked.query else examples(engine),
    )
    return page, 400 if asked.problem else 200


def _answer(engine: CatalogEngine, asked: search_box.Asked) -> Answer:
    """The answer to a search; what found nothing is counted where the operator has opted for it."""
    if not asked.query or asked.problem:
        return Answer(())
    answer = engine.answer(
        asked.query, department=asked.department or None, page=asked.page, recognise=not asked.anywhere
    )
    if not answer.total and not asked.heading and served_settings().count_unanswered:
        UnansweredQueries(engine.store_path.parent).count(asked.query)
    return answer


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


def examples(engine: CatalogEngine) -> list[str]:
    """Queries that show what may be asked: words people use for items spread over the catalog, and a code."""
    items = [row for row in engine.catalog.items if row.level == outline.LOWEST_LEVEL]
    spread = items[len(items) // EXAMPLES // 2 :: max(1, len(items) // EXAMPLES)][:EXAMPLES]
    if not spread:
        return []
    return [min(engine.terms(row.id) or (row.name,), key=len) for row in spread[:-1]] + [spread[-1].code]
