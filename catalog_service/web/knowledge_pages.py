"""The pages that keep the knowledge: tables of words, every change with its reason, and taking changes back.

Everybody who may read sees them; a reviewer changes them. Nothing is written that ``catalog knowledge check`` would
complain of, and nothing typed is lost where it complains.
"""

from __future__ import annotations

from itertools import islice

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from indexer.knowledge_changes import Change, ChangeOverlooked, ChangeRefused, Row, taken_back
from indexer.own_knowledge import OwnKnowledge
from indexer.tables import knowledge_version

from ..access import current_actor, require
from ..accounts.roles import reaches
from ..api.answers import engine
from ..app import NotKept
from ..precedent_desk import PrecedentDesk
from ..unanswered import UnansweredQueries
from .kept_tables import (
    SHOWN,
    KeptTable,
    ShownRow,
    chosen,
    kept_tables,
    missing,
    read_asked,
    shown_rows,
    typed_row,
    with_shared_marks,
)
from .paging import pages_of

blueprint = Blueprint("knowledge", __name__, url_prefix="/knowledge")

ADD, SAVE, REMOVE = "add", "save", "remove"


def may_keep() -> bool:
    """Whether whoever asks may change the knowledge."""
    actor = current_actor()
    return actor.kind == "session" and actor.role != "nobody" and reaches(actor.role, "reviewer")


blueprint.add_app_template_global(may_keep)


@blueprint.get("")
def overview() -> str:
    """What is kept, how much of it, and whether the latest changes are in use."""
    own = engine().own_knowledge
    return render_template(
        "knowledge.html",
        tables=[(table, len(own.rows(table.file))) for table in _tables().values()],
        changes=len(own.changes()),
        precedents=len(PrecedentDesk(engine()).in_force()),
        unanswered=len(UnansweredQueries(engine().data_dir).most_frequent()),
        pending=_pending(own),
    )


@blueprint.get("/<any(entries,thesaurus,everyday,aliases):slug>")
def table(slug: str) -> str:
    """The rows of a table, narrowed to what was asked."""
    kept, asked = _tables()[slug], read_asked(request.args)
    rows = chosen(_rows(kept), asked)
    first = SHOWN * (asked.number - 1)
    return render_template(
        "knowledge_table.html",
        table=kept,
        asked=asked,
        rows=rows[first : first + SHOWN],
        total=len(rows),
        first=first + 1,
        pages=pages_of(len(rows), SHOWN),
        departments=[row.name for row in engine().catalog.departments] if slug in {"entries", "aliases"} else [],
        done=_done(),
        pending=_pending(engine().own_knowledge),
    )


@blueprint.get("/<any(entries,thesaurus,everyday,aliases):slug>/new")
@require("reviewer")
def new_row(slug: str) -> str:
    """The form for a new row; the arguments of the address fill it in."""
    kept = _tables()[slug]
    return _form(kept, typed_row(kept, request.args), None)


@blueprint.post("/<any(entries,thesaurus,everyday,aliases):slug>/new")
@require("reviewer")
def add_row(slug: str) -> Response | tuple[str, int]:
    """Add a row."""
    kept = _tables()[slug]
    return _make(kept, typed_row(kept, request.form), None, ADD)


@blueprint.get("/<any(entries,thesaurus,everyday,aliases):slug>/rows/<row_id>")
@require("reviewer")
def row(slug: str, row_id: str) -> str:
    """The form for a row that is there."""
    kept = _tables()[slug]
    found = _find(kept, row_id)
    if found is None:
        raise NotKept("这一行已被改动或删除，请回到列表重新查找。")
    return _form(kept, found.cells, found)


@blueprint.post("/<any(entries,thesaurus,everyday,aliases):slug>/rows/<row_id>")
@require("reviewer")
def change_row(slug: str, row_id: str) -> Response | tuple[str, int]:
    """Change a row or take it out, by the button that was pressed."""
    kept, verb = _tables()[slug], REMOVE if request.form.get("verb") == REMOVE else SAVE
    found = _find(kept, row_id)
    typed = typed_row(kept, request.form)
    if found is None:
        return _form(kept, typed, None, ["这一行已被别人改动或删除。下面是您填写的内容，可作为新的一行增加"]), 409
    return _make(kept, typed, found, verb)


@blueprint.get("/changes")
def changes() -> str:
    """Every change, the latest first."""
    made, asked = engine().own_knowledge.changes(), read_asked(request.args)
    first = SHOWN * (asked.number - 1)
    return render_template(
        "knowledge_changes.html",
        changes=tuple(islice(reversed(made), first, first + SHOWN)),
        total=len(made),
        asked=asked,
        pages=pages_of(len(made), SHOWN),
        gone=taken_back(made),
        by_file={table.file: table for table in _tables().values()},
        done=_done(),
        pending=_pending(engine().own_knowledge),
    )


@blueprint.post("/changes/<int:number>/undo")
@require("reviewer")
def undo(number: int) -> Response | tuple[str, int]:
    """Take a change back."""
    try:
        made = engine().own_knowledge.undo(number, current_actor().name, f"撤销第 {number} 项改动", engine().catalog)
    except ChangeRefused as refusal:
        page = render_template("knowledge_refused.html", number=number, causes=refusal.causes)
        return page, 409
    return redirect(url_for("knowledge.changes", done=made.number), 303)


def _make(kept: KeptTable, typed: Row, before: ShownRow | None, verb: str) -> Response | tuple[str, int]:
    """Make the change that a form asks for, or show the form again with what is wrong."""
    own, why = engine().own_knowledge, request.form.get("why", "").strip()
    removed = (before.cells,) if before else ()
    added = () if verb == REMOVE else (typed,)
    problems = missing(kept, typed) if added else []
    if not why:
        problems.append("请填写理由")
    if problems:
        return _form(kept, typed, before, problems, why), 400
    change = Change(0, "", current_actor().name, why, kept.file, removed, added)
    if kept.slug == "entries":
        change = with_shared_marks(change, own.rows(kept.file))
    try:
        made = own.make(change, engine().catalog)
    except ChangeOverlooked as refusal:
        return _form(kept, typed, before, list(refusal.causes), why), 409
    except ChangeRefused as refusal:
        return _form(kept, typed, before, list(refusal.causes), why), 400
    words = kept.term(typed) if added else ""
    return redirect(url_for("knowledge.table", slug=kept.slug, done=made.number, q=words), 303)


def _form(
    kept: KeptTable, cells: Row, before: ShownRow | None, problems: list[str] | None = None, why: str = ""
) -> str:
    return render_template(
        "knowledge_form.html",
        table=kept,
        cells=cells,
        before=before,
        problems=problems or [],
        why=why,
        item=engine().items.get(cells[0]) if kept.slug == "entries" else None,
    )


def _tables() -> dict[str, KeptTable]:
    return kept_tables(engine().catalog)


def _rows(kept: KeptTable) -> list[ShownRow]:
    own = engine().own_knowledge
    return shown_rows(own.rows(kept.file), kept.file, own.changes())


def _find(kept: KeptTable, row_id: str) -> ShownRow | None:
    return next((row for row in _rows(kept) if row.id == row_id), None)


def _done() -> Change | None:
    """The change that the reader has just made."""
    number, made = request.args.get("done", ""), engine().own_knowledge.changes()
    return made[int(number) - 1] if number.isdecimal() and 0 < int(number[:9]) <= len(made) else None


def _pending(own: OwnKnowledge) -> bool:
    """Whether the latest changes are not in use yet."""
    return knowledge_version(own.files()) != engine().versions.knowledge
