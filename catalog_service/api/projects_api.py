"""Projects of the stored budgets and the reviewers' decisions about them.

A decision is taken on what its author saw: POST /decisions asks for the ETag of the project in If-Match, and
fails where the verdict or the log of the project has changed since (RFC 9110, section 13.1.1).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any, cast

from flask import Blueprint, Response, current_app, request, url_for

from catalog_data.decisions import Decision, DecisionError

from ..access import current_actor, require
from ..discretion import Sight, current_sight
from ..records import verdict_record
from ..review_desk import Case, ReviewDesk
from ..review_queue import ReviewQueue
from ..review_records import case_record, decision_record
from ..review_state import QueuedCase
from .answers import answer, answer_page, engine
from .catalog_api import missing
from .contract import ROOT, body, parameters
from .paging import Page, page_of
from .problems import Problem

projects_api = Blueprint("projects_api", __name__, url_prefix=ROOT)


@projects_api.get("/projects")
@require("reader")
def projects() -> Response:
    """The projects of the stored budgets, the largest amount in doubt first."""
    asked, queue = parameters(), cast(ReviewQueue, current_app.extensions["review_queue"])
    sight = _sight()
    seen = (_seen(one, sight) for one in queue.current().cases)
    wanted = [one for one in seen if _fits(one.case, asked)]
    wanted.sort(key=lambda one: one.case.doubt_yuan, reverse=True)
    page = page_of(wanted, f"{engine().versions} {_last_entry()}")
    return answer_page(Page([_record(_weighed(one, sight)) for one in page.rows], page.total, page.next))


@projects_api.get("/projects/<path:project_id>")
@require("reader")
def project(project_id: str) -> Response:
    """A project with the whole verdict; its ETag is what a decision about it must name."""
    desk = ReviewDesk(engine())
    details = _details(_case(desk, project_id), desk)
    return answer(details, state=_state(details))


@projects_api.get("/decisions")
@require("reviewer")
def decisions() -> Response:
    """The log of decisions in order, of one project or of all."""
    asked = parameters()
    entries = [
        entry
        for entry in current_sight().decisions(engine().decisions.current().entries)
        if asked["project"] in (None, entry.subject.project)
        and entry.subject.disclosure.startswith(asked["disclosure"] or "")
    ]
    page = page_of(entries, "log")
    return answer_page(Page([decision_record(entry) for entry in page.rows], page.total, page.next))


@projects_api.get("/decisions/<int:entry>")
@require("reviewer")
def decision(entry: int) -> Response:
    """One entry of the log."""
    found = next(
        (known for known in current_sight().decisions(engine().decisions.current().entries) if known.id == entry), None
    )
    if found is None:
        missing(f"没有第 {entry} 条复核记录", "There is no such entry")
    return answer(decision_record(found))


@projects_api.post("/decisions")
@require("reviewer")
def decide() -> Response:
    """Take a decision; it is on disk when the answer arrives."""
    desk, ruling = ReviewDesk(engine()), body()
    case = _case(desk, ruling["project"], ruling.get("disclosure", ""))
    if case.key in _sight().hidden:
        raise Problem(
            "conflict", "该项目正请您盲评，请在盲评页评定", "A blind second opinion on the project is asked of you"
        )
    details = _details(case, desk)
    _compare(details)
    try:
        entry = _rule(desk, case, ruling, details["last_entry"])
    except DecisionError as error:
        _compare(_details(_case(desk, ruling["project"], ruling.get("disclosure", "")), desk))
        cause = "The decision contradicts the catalog, the verdict or the log"
        raise Problem("conflict", str(error), cause) from error
    location = url_for("projects_api.decision", entry=entry.id)
    return answer(decision_record(entry), 201, headers={"Location": location})


def _rule(desk: ReviewDesk, case: Case, ruling: dict[str, Any], expect: int) -> Decision:
    who, kind, reason = current_actor().name, ruling["kind"], ruling.get("reason", "")
    if kind == "accepted":
        candidate = ruling.get("candidate")
        return desk.accept(case, who, None if candidate is None else int(candidate), expect)
    if kind == "changed":
        return desk.change(case, who, ruling["nature"], ruling.get("item"), reason, expect)
    if kind == "rejected":
        return desk.reject(case, who, ruling["nature"], reason, expect)
    if kind == "deferred":
        return desk.defer(case, who, reason, expect)
    if case.decision is None:
        raise DecisionError("该项目没有可撤销的复核决定")
    return desk.undo(case.decision.id, who, reason, expect)


def _compare(details: dict[str, Any]) -> None:
    """Raise ``Problem`` unless If-Match names the present state of a project."""
    if "If-Match" not in request.headers:
        raise Problem(
            "condition-required",
            "请在 If-Match 请求头中给出所看到的项目的 ETag（GET /projects/编号）",
            "Send the ETag of the project that you saw (GET /projects/id) in If-Match",
        )
    if not request.if_match.contains(_state(details)):
        raise Problem(
            "changed-meanwhile",
            "该项目的判定或复核记录已有变化，请重新读取后再决定",
            "The verdict or the log of the project has changed; read it again before deciding",
        )


def _case(desk: ReviewDesk, project_id: str, disclosure: str | None = None) -> Case:
    document = parameters()["disclosure"] if disclosure is None else disclosure
    try:
        return _sight().case(desk.case(project_id, document or "", _sight().precedents))
    except DecisionError as error:
        missing(str(error), "There is no such project, or several documents have it: name the disclosure")


def _sight() -> Sight:
    """What whoever asks may see, without names for anybody: who decided is for reviewers, in the log."""
    return replace(current_sight(), named=False)


def _seen(one: QueuedCase, sight: Sight) -> QueuedCase:
    return replace(one, case=sight.case(one.case)) if one.key in sight.hidden else one


def _weighed(one: QueuedCase, sight: Sight) -> Case:
    """A case of the list with its verdict as it may be seen."""
    if one.own_verdict is None or one.case.verdict is None or not one.case.verdict.precedents:
        return one.case
    return replace(one.case, verdict=engine().weigh(one.case.project, one.own_verdict, sight.precedents))


def _fits(case: Case, asked: Any) -> bool:
    return (
        asked["state"] in (None, case.state)
        and asked["unit"] in (None, case.project.unit)
        and asked["year"] in (None, case.disclosure.year)
        and case.disclosure.sha256.startswith(asked["disclosure"] or "")
    )


def _record(case: Case) -> dict[str, Any]:
    """A case without the persons: who decided is for reviewers, in the log."""
    record = case_record(case, 0)
    del record["last_entry"]
    if case.decision:
        ruling = case.decision.ruling
        kept = {"kind": ruling.kind, "nature": ruling.nature or None, "item": ruling.item, "reason": ruling.reason}
        record["review"] = {"entry": case.decision.id, "made_at": case.decision.made_at, **kept}
    return record


def _details(case: Case, desk: ReviewDesk) -> dict[str, Any]:
    history = _sight().decisions(desk.history(case))
    verdict = verdict_record(case.verdict) if case.verdict else None
    return _record(case) | {"verdict": verdict, "last_entry": history[-1].id if history else 0}


def _state(details: dict[str, Any]) -> str:
    """What the ETag of a project says: the same for the same verdict and the same log of the project."""
    return hashlib.sha256(json.dumps(details, sort_keys=True).encode()).hexdigest()[:20]


def _last_entry() -> int:
    return engine().decisions.current().last
