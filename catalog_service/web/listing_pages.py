"""Every listing as a page to print and as a file to take along, narrowed as the page that offered it was."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from io import BytesIO

from flask import Blueprint, Response, render_template, request, send_file

from catalog_data.catalog_checks import LEVEL_NAMES
from catalog_data.decisions import KINDS
from catalog_data.model import NATURES, Catalog, Item
from catalog_data.moments import moment
from indexer.knowledge_changes import taken_back
from indexer.search import Page

from ..api.answers import engine
from ..app import NotInCatalog, NotKept
from ..discretion import current_sight
from ..listing import Cell, Column, Listing, as_csv, as_xlsx
from ..unanswered import UnansweredQueries
from ..workbook.labels import SEVERITIES, check_name
from .kept_tables import chosen, kept_tables, read_asked, shown_rows
from .precedent_pages import matching, visible
from .quality_pages import narrowed, section_of
from .search_box import MOST_PAGES, read_search
from .search_box import SHOWN as HITS

blueprint = Blueprint("listings", __name__, url_prefix="/listings")

MEDIA_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
ITEM_COLUMNS = (Column("部门", 24), Column("代码", 12), Column("名称", 40), Column("层级", 10), Column("上级标题", 44))


@blueprint.get("/<kind>")
def printed(kind: str) -> str:
    """A listing to print."""
    return render_template("listing.html", listing=_listing(kind), kind=kind, link=request.args.to_dict(flat=False))


@blueprint.get("/<kind>.<any(csv,xlsx):form>")
def download(kind: str, form: str) -> Response:
    """A listing as a file."""
    listing = _listing(kind)
    content = as_csv(listing) if form == "csv" else as_xlsx(listing)
    return send_file(
        BytesIO(content), MEDIA_TYPES[form], as_attachment=True, download_name=f"{listing.title}.{form}", max_age=0
    )


def _listing(kind: str) -> Listing:
    makers: dict[str, Callable[[], Listing]] = {
        "catalog": _catalog,
        "search": _search,
        "findings": _findings,
        "precedents": _precedents,
        "unanswered": _unanswered,
        "changes": _changes,
    }
    if kind in makers:
        return makers[kind]()
    if kind in kept_tables(engine().catalog):
        return _kept(kind)
    raise NotKept(f"没有清单“{kind}”。")


def _catalog() -> Listing:
    """The rows of the catalog, or of one department."""
    catalog, department = engine().catalog, request.args.get("department", "")
    if department and department not in {row.name for row in catalog.departments}:
        raise NotInCatalog(f"现行目录中没有部门“{department}”。")
    items = catalog.section(department) if department else catalog.items
    return Listing(f"政府购买服务目录（{department or '全部部门'}）", _source(catalog), ITEM_COLUMNS, _item_rows(items))


def _search() -> Listing:
    """The items that answer a query, as many as the search page would lead to."""
    asked = read_search(request.args, engine().catalog)
    page = Page(HITS * MOST_PAGES, 0, asked.heading, asked.by_code)
    answered = bool(asked.query) and not asked.problem
    answer = engine().answer(
        asked.query if answered else "", department=asked.department or None, page=page, recognise=not asked.anywhere
    )
    items = (engine().items[hit.id] for hit in answer.hits)
    return Listing(f"“{asked.query[:30]}”的查询结果", _source(engine().catalog), ITEM_COLUMNS, _item_rows(items))


def _item_rows(items: Iterable[Item]) -> list[list[Cell]]:
    return [[i.department, i.code, i.name, LEVEL_NAMES[i.level], " › ".join(i.path)] for i in items]


def _findings() -> Listing:
    catalog = engine().catalog
    found = narrowed(catalog, request.args.get("severity", ""), request.args.get("department", ""))
    columns = ("程度", 8), ("部门", 20), ("检查", 20), ("问题", 50), ("原文", 30), ("建议读作", 24), ("行", 8)
    rows: list[list[Cell]] = [
        [
            *(SEVERITIES[f.severity], section_of(catalog, f), check_name(f.check), f.message, f.found, f.suggestion),
            f.where.line,
        ]
        for f in found
    ]
    return Listing("目录原文疑误", _source(catalog), _columns(columns), rows)


def _kept(slug: str) -> Listing:
    table, own = kept_tables(engine().catalog)[slug], engine().own_knowledge
    rows = chosen(shown_rows(own.rows(table.file), table.file, own.changes()), read_asked(request.args))
    columns = [Column(field.label, field.width) for field in table.fields]
    shown: list[list[Cell]] = [
        [
            *(field.shown(cell) for field, cell in zip(table.fields, row.cells, strict=True)),
            "本单位" if row.own else "随附",
        ]
        for row in rows
    ]
    return Listing(table.title, _of_today(), (*columns, Column("来历", 10)), shown)


def _precedents() -> Listing:
    named = current_sight().named
    columns = (
        *(("项目", 40), ("单位", 24), ("年度", 8), ("决定", 12), ("性质", 14), ("条目", 22), ("条目名称", 30)),
        *(("理由", 40), *([("复核人", 12)] if named else []), ("时间", 20)),
    )
    rows: list[list[Cell]] = []
    for decision in matching(visible(), request.args.get("q", "")):
        subject, ruling = decision.subject, decision.ruling
        about: list[Cell] = [subject.name, subject.unit, subject.year, KINDS[ruling.kind], NATURES[ruling.nature]]
        who = [ruling.who] if named else []
        rows.append([*about, ruling.item, ruling.item_name, ruling.reason, *who, moment(decision.made_at)])
    return Listing("先例", _of_today(), _columns(columns), rows)


def _unanswered() -> Listing:
    queries = UnansweredQueries(engine().data_dir).most_frequent()
    rows: list[list[Cell]] = [[found.times, found.query] for found in queries]
    return Listing("查不到的检索词", _of_today(), _columns((("次数", 8), ("检索词", 40))), rows)


def _changes() -> Listing:
    made, named = engine().own_knowledge.changes(), current_sight().named
    gone, titles = taken_back(made), {table.file: table.title for table in kept_tables(engine().catalog).values()}
    columns = (
        ("序号", 8),
        ("时间", 20),
        *([("姓名", 12)] if named else []),
        ("表", 12),
        ("改动", 8),
        ("内容", 60),
        ("理由", 40),
        ("已撤销", 8),
    )
    rows: list[list[Cell]] = []
    for change in made:
        who = [change.who] if named else []
        head: list[Cell] = [change.number, moment(change.made_at), *who, titles[change.table]]
        tail: list[Cell] = [change.why, "是" if change.number in gone else ""]
        for verb, changed in (("删除", change.removed), ("增加", change.added)):
            rows += [[*head, verb, "；".join(filter(None, row)), *tail] for row in changed]
    return Listing("知识改动记录", _of_today(), _columns(columns), rows)


def _columns(columns: Iterable[tuple[str, int]]) -> tuple[Column, ...]:
    return tuple(Column(name, width) for name, width in columns)


def _source(catalog: Catalog) -> str:
    number = f"（{catalog.number}）" if catalog.number else ""
    return f"《{catalog.title}》{number}，照原文收录。{_of_today()}"


def _of_today() -> str:
    return f"{moment(datetime.now(UTC).isoformat())} 制表"
