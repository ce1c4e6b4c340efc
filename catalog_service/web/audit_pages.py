"""The audits of disclosures: the shelf, one audit's overview, its table of projects, one project, the workbook."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import cast

from flask import Blueprint, Response, current_app, redirect, render_template, request, url_for
from flask.sansio.blueprints import BlueprintSetupState
from werkzeug.wrappers import Response as BaseResponse

from catalog_data.decisions import KINDS
from catalog_data.model import DECISIONS, NATURES
from catalog_data.moments import day, moment
from indexer.tagger import UnreadableProject

from ..access import require
from ..api.answers import engine
from ..app import NotKept
from ..audit_shelf import AuditShelf, Entry, ShelvedAudit, UnknownAudit
from ..discretion import Sight, current_sight
from ..engine import readable_verdicts, without_verdict
from ..jobs.work import MEDIA_TYPES, WORKBOOK
from ..review_desk import STATES
from ..workbook import Audit, write_workbook
from ..workbook.labels import SEVERITIES, check_name, flag_names
from . import audit_tables
from .chinese_forms import money, wan
from .paging import pages_of
from .shown_verdict import ShownVerdict, shown_verdict, unjudged

blueprint = Blueprint("audits", __name__)

ID = 12
"""Characters of a disclosure's SHA-256 that its address shows."""


blueprint.add_app_template_filter(wan)
blueprint.add_app_template_filter(money)
blueprint.add_app_template_filter(moment)
blueprint.add_app_template_filter(day)


@blueprint.record
def _furnish(setup: BlueprintSetupState) -> None:
    setup.app.extensions["audit_shelf"] = AuditShelf(setup.app.extensions["catalog_engine"])


@blueprint.get("/audits")
@require("reader")
def listing() -> str:
    """The stored disclosures, latest year first."""
    return render_template("audits.html", heads=_shelf().heads(), id_length=ID)


@blueprint.get("/audits/<audit_id>")
@require("reader")
def overview(audit_id: str) -> str:
    """What an audit found, in figures and charts."""
    audit = _audit(audit_id)
    entries = audit.entries
    return render_template(
        "audit.html",
        audit=audit,
        audit_id=audit.head.sha256[:ID],
        natures=audit_tables.by_nature(entries),
        items=audit_tables.by_item(entries),
        most_items=audit_tables.ITEMS,
        most_findings=audit_tables.FINDINGS,
        states=audit_tables.by_state(entries),
        flags=audit_tables.by_flag(entries),
        effort=audit_tables.effort(entries),
        findings=audit.findings,
        numbers={entry.project.id: entry for entry in entries},
        **_labels(),
    )


@blueprint.get("/audits/<audit_id>/projects")
@require("reader")
def projects(audit_id: str) -> str:
    """The projects that a filter takes, page by page."""
    audit, asked = _audit(audit_id), audit_tables.read_filter(request.args)
    found = audit_tables.filtered(audit.entries, asked)
    first = audit_tables.SHOWN * (asked.number - 1)
    return render_template(
        "audit_projects.html",
        audit=audit,
        audit_id=audit.head.sha256[:ID],
        asked=asked,
        found=len(found),
        money=sum((entry.amount for entry in found), Decimal(0)),
        entries=found[first : first + audit_tables.SHOWN],
        pages=pages_of(len(found), audit_tables.SHOWN),
        orders={name: label for name, (label, _) in audit_tables.ORDERS.items()},
        item=engine().items.get(asked.item),
        **_labels(),
    )


@blueprint.get("/audits/<audit_id>/projects/<int:number>")
@require("reader")
def project(audit_id: str, number: int) -> str:
    """One project: what is printed of it, what it was judged by, what else could be meant."""
    audit = _audit(audit_id)
    if not 1 <= number <= len(audit.entries):
        raise NotKept(f"这份预算公开文件共有 {len(audit.entries)} 个项目，没有第 {number} 个。")
    entry = audit.entries[number - 1]
    shown = _shown(entry)
    return render_template(
        "audit_project.html",
        audit=audit,
        audit_id=audit.head.sha256[:ID],
        entry=entry,
        shown=shown,
        differs=_differs(entry, shown),
        findings=audit_tables.findings_of(audit, entry),
        kinds=KINDS,
        items=engine().items,
        **_labels(),
    )


@blueprint.post("/audits/<audit_id>/judge")
@require("reviewer")
def judge(audit_id: str) -> BaseResponse:
    """Judge all projects anew, by the knowledge and the decisions of today."""
    audit = _audit(audit_id)
    _shelf().judge_again(audit.head.sha256)
    return redirect(url_for("audits.overview", audit_id=audit_id, done="judged"), 303)


@blueprint.get("/audits/<audit_id>/workbook.xlsx")
@require("reader")
def workbook(audit_id: str) -> Response:
    """The audit workbook, made from the verdicts of today."""
    shelved = _audit(audit_id)
    disclosure, seen = shelved.disclosure, current_sight().precedents
    told = readable_verdicts(disclosure, lambda project: engine().tag(project, seen))
    verdicts, left_out = tuple(told.values()), without_verdict(disclosure, told)
    audit = Audit(disclosure, engine().catalog, verdicts, shelved.findings, _as_of(shelved), left_out)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / WORKBOOK
        write_workbook(path, audit)
        response = Response(path.read_bytes(), mimetype=MEDIA_TYPES[WORKBOOK])
    response.headers.set("Content-Disposition", "attachment", filename=f"{audit.heading}审计.xlsx")
    return response


def _as_of(shelved: ShelvedAudit) -> str:
    """The moment from which on nothing has changed what the verdicts rest on."""
    decided = (entry.decision.made_at for entry in shelved.entries if entry.decision)
    return max(shelved.head.imported_at, shelved.made_at, *decided)


def _labels() -> dict[str, object]:
    """The Chinese names that the pages of an audit need."""
    return {
        "nature_names": NATURES,
        "state_names": STATES,
        "decision_names": DECISIONS,
        "flag_names": flag_names(),
        "severities": SEVERITIES,
        "check_name": check_name,
    }


def _shown(entry: Entry) -> ShownVerdict:
    try:
        return shown_verdict(entry.project, engine().tag(entry.project, current_sight().precedents), engine().items)
    except UnreadableProject as error:
        return unjudged(entry.project, str(error))


def _differs(entry: Entry, shown: ShownVerdict) -> bool:
    """Whether the audit keeps another answer than the engine gives today."""
    kept, now = entry.verdict, shown.verdict
    if kept is None or now is None:
        return (kept is None) != (now is None)
    return (kept.nature, kept.item, kept.decision) != (now.nature, now.code, now.decision)


def _audit(audit_id: str) -> ShelvedAudit:
    if len(audit_id) < ID:
        raise NotKept(f"没有编号为“{audit_id}”的预算公开文件。")
    try:
        audit = _shelf().audit(audit_id)
    except UnknownAudit as error:
        raise NotKept(str(error)) from error
    sight = current_sight()
    if not sight.hidden:
        return audit
    return replace(audit, entries=tuple(_seen(entry, audit.head.sha256, sight) for entry in audit.entries))


def _seen(entry: Entry, sha256: str, sight: Sight) -> Entry:
    """An entry as it was before the decisions that must not be seen."""
    quoted = entry.verdict is not None and any(f"复核记录第 {n} 条" in entry.verdict.evidence for n in sight.entries)
    verdict = None if quoted else entry.verdict
    if (sha256, entry.project.id) not in sight.hidden:
        return replace(entry, verdict=verdict, item=entry.item if verdict else None) if quoted else entry
    item = engine().items.get(verdict.item or "") if verdict else None
    return replace(entry, verdict=verdict, decision=None, item=item, blind=True)


def _shelf() -> AuditShelf:
    return cast(AuditShelf, current_app.extensions["audit_shelf"])
