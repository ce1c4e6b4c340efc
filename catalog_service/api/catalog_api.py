"""Resources of the catalog: catalogs, departments, items and how they stand to each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, NoReturn

from flask import Blueprint, Response
from rapidfuzz import process

from catalog_data.model import Finding, Item
from catalog_data.store import Store

from ..access import require
from ..records import finding_record, item_record
from ..web import outline
from .answers import answer, answer_page, engine
from .contract import ROOT, parameters
from .kept import kept
from .paging import Page, page_of
from .problems import Problem

catalog_api = Blueprint("catalog_api", __name__, url_prefix=ROOT)


@catalog_api.get("/catalogs")
@require("reader")
def catalogs() -> Response:
    """The stored catalogs, latest issued first; one of them is in force."""
    with Store(engine().store_path) as store:
        entries = store.catalogs()
    current = engine().catalog.sha256
    return answer([asdict(entry) | {"in_force": entry.sha256 == current} for entry in entries])


@catalog_api.get("/catalogs/<sha256>")
@require("reader")
def catalog(sha256: str) -> Response:
    """A stored catalog with its counts and what its print says against itself."""
    with Store(engine().store_path) as store:
        entry = next((entry for entry in store.catalogs() if entry.sha256 == sha256), None)
        if entry is None:
            missing(f"没有 SHA-256 为 {sha256[:64]} 的目录", "There is no catalog with this SHA-256")
        read = store.catalog(sha256)
    levels = [sum(item.level == level for item in read.items) for level in (1, 2, 3, 4)]
    counts = {"departments": len(read.departments), "items_by_level": levels}
    findings = [finding_record(finding) for finding in read.findings]
    in_force = sha256 == engine().catalog.sha256
    return answer(asdict(entry) | {"in_force": in_force, "counts": counts, "findings": findings})


@catalog_api.get("/departments")
@require("reader")
@kept
def departments() -> Response:
    """The departments in printed order, with the numbers of their items and headings."""
    rows = [asdict(section) for section in outline.sections(engine().catalog)]
    return answer_page(page_of(rows, engine().versions.catalog))


@catalog_api.get("/items")
@require("reader")
@kept
def items() -> Response:
    """The printed rows in printed order, of one department, one level, one code and what is under it."""
    asked = parameters()
    department, level, code = known_department(), asked["level"], (asked["code"] or "").upper()
    rows = [
        item
        for item in engine().catalog.items
        if department in (None, item.department) and level in (None, item.level) and item.code.startswith(code)
    ]
    return _listed(rows)


@catalog_api.get("/items/tree")
@require("reader")
@kept
def tree() -> Response:
    """One department's rows as a tree, in printed order."""
    department = known_department() or ""
    return answer([_branch(branch) for branch in outline.branches(engine().catalog, department)])


@catalog_api.get("/items/<item_id>")
@require("reader")
@kept
def item(item_id: str) -> Response:
    """One printed row with its headings and its index entries."""
    found = known_item(item_id)
    around = outline.surroundings(engine().catalog, found)
    record = _record(found, _findings())
    headings = [{"id": above.id, "code": above.code, "name": above.name} for above in around.headings]
    return answer(record | {"headings": headings, "entries": list(engine().terms(found.id))})


@catalog_api.get("/items/<item_id>/children")
@require("reader")
@kept
def children(item_id: str) -> Response:
    """The rows printed right under a heading."""
    return _listed(outline.surroundings(engine().catalog, known_item(item_id)).children)


@catalog_api.get("/items/<item_id>/siblings")
@require("reader")
@kept
def siblings(item_id: str) -> Response:
    """The other rows under the same heading."""
    return _listed(outline.surroundings(engine().catalog, known_item(item_id)).siblings)


@catalog_api.get("/items/<item_id>/same-code")
@require("reader")
@kept
def same_code(item_id: str) -> Response:
    """The rows of the same code elsewhere: codes are unique in a department only."""
    return _listed(outline.surroundings(engine().catalog, known_item(item_id)).same_code)


def known_item(item_id: str) -> Item:
    """The row of an id. Raises ``Problem`` where the catalog in force prints none."""
    found = engine().items.get(item_id)
    if found is None:
        missing(f"现行目录中没有条目“{item_id[:80]}”", "The catalog in force has no such item")
    return found


def known_department() -> str | None:
    """The department that the current request filters by, None for all. Raises ``Problem`` where there is none."""
    wanted: str | None = parameters()["department"]
    names = [department.name for department in engine().catalog.departments]
    if wanted is not None and wanted not in names:
        near = [name for name, _, _ in process.extract(wanted, names, limit=3)]
        missing(
            f"目录中没有部门“{wanted[:40]}”；相近的有：{'、'.join(near)}",
            "The catalog has no such department; see near_departments",
            {"near_departments": near},
        )
    return wanted


def missing(detail: str, detail_en: str, members: Mapping[str, Any] | None = None) -> NoReturn:
    """Answer 404."""
    raise Problem("not-found", detail, detail_en, members or {})


def _findings() -> Mapping[str, list[Finding]]:
    """What the print says against itself, by item id."""
    about: defaultdict[str, list[Finding]] = defaultdict(list)
    for finding in engine().catalog.findings:
        about[finding.where.subject].append(finding)
    return about


def _record(row: Item, about: Mapping[str, list[Finding]]) -> dict[str, Any]:
    return item_record(row, engine().catalog.document, about.get(row.id, []))


def _listed(rows: Sequence[Item]) -> Response:
    about = _findings()
    page = page_of(rows, engine().versions.catalog)
    return answer_page(Page([_record(row, about) for row in page.rows], page.total, page.next))


def _branch(branch: outline.Branch) -> dict[str, Any]:
    row = branch.item
    return {
        "id": row.id,
        "code": row.code,
        "name": row.name,
        "level": row.level,
        "children": [_branch(below) for below in branch.branches],
    }
