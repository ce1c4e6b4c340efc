"""The pages on which reviewers work: the queue, one project, undoing, accepting equal rows together."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from catalog_data.decisions import PURCHASES, Decision, DecisionError
from catalog_data.model import NATURES
from indexer.search import MAX_QUERY

from ..access import current_actor, require
from ..discretion import current_sight
from ..review_checks import ReviewChecks
from ..review_desk import ReviewDesk
from ..review_state import QueuedCase, QueueState
from .paging import pages_of
from .review_list import PAGE, SHOWN_STATES, read_filter
from .review_request import (
    engine,
    found_items,
    judged,
    names,
    place_of,
    queue_state,
    queued,
    read_choice,
    read_number,
    review_queue,
)
from .shown_verdict import ShownVerdict, shown_verdict, unjudged

blueprint = Blueprint("review", __name__, url_prefix="/review")

Page = str | BaseResponse | tuple[str, int]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reviewer had entered when it could not be taken: the choice, the reason, and why not."""

    choice: str = ""
    reason: str = ""
    problem: str = ""


NOTHING = Draft()


@blueprint.get("")
@require("reviewer")
def queue() -> str:
    """The queue, page by page, with how much work there is."""
    state, wanted = queue_state(), read_filter(request.args)
    selected = wanted.selected(state)
    number = max(1, request.args.get("page", 1, int))
    return render_template(
        "review_queue.html",
        wanted=wanted,
        workload=state.workload,
        rows=selected[PAGE * (number - 1) : PAGE * number],
        total=len(selected),
        number=number,
        pages=pages_of(len(selected), PAGE),
        shown_states=SHOWN_STATES,
        units=state.order.units,
        hidden=current_sight().hidden,
        done=_done(state),
        renewing=review_queue().progress(),
        **names(),
    )


@blueprint.get("/<path:project>")
@require("reviewer")
def one_project(project: str) -> Page:
    """One project on one screen; who is to give a blind opinion on it goes there."""
    state = queue_state()
    one = queued(state, project)
    return _to_blind(one) or _screen(state, judged(one))


@blueprint.post("/<path:project>")
@require("reviewer")
def decide(project: str) -> Page:
    """Take a decision and go on to the next project; 409 where another reviewer was faster, nothing is written then."""
    state, form = queue_state(), request.form
    one, expect = judged(queued(state, project)), read_number("expect")
    if blind := _to_blind(one):
        return blind
    draft = Draft(form.get("choice", ""), form.get("reason", ""))
    following = read_filter(request.args).after(state, one)
    try:
        entry = _take(one, draft, expect)
    except DecisionError as refusal:
        return _refused(one, draft, expect, str(refusal))
    return _go_on(following, entry)


@blueprint.post("/undo")
@require("reviewer")
def undo() -> Page:
    """Withdraw one's own last decision, a batch as one, and go back to its project."""
    try:
        undone = ReviewDesk(engine()).undo_together(current_actor().name)
    except DecisionError as refusal:
        return render_template("review_refused.html", problem=str(refusal)), 409
    subject, wanted = undone[-1].subject, read_filter(request.args)
    one = queue_state().find(subject.project, subject.disclosure)
    place = ("review.one_project", place_of(one)) if one else ("review.queue", {})
    return redirect(url_for(place[0], **place[1], **wanted.link, done=undone[-1].id), 303)


@blueprint.post("/comment/<path:project>")
@require("reviewer")
def comment(project: str) -> Page:
    """Keep a comment."""
    return _noted(project, lambda checks, one: checks.comment(one, current_actor().name, request.form.get("text", "")))


@blueprint.post("/ask/<path:project>")
@require("admin")
def ask(project: str) -> Page:
    """Ask for a second reviewer's opinion."""
    return _noted(project, lambda checks, one: checks.ask(one, current_actor().name))


@blueprint.route("/bulk/<path:project>", methods=["GET", "POST"])
@require("reviewer")
def bulk(project: str) -> Page:
    """Preview the rows equal to a project in every field that was judged, and accept them as one."""
    state = queue_state()
    one = queued(state, project)
    if blind := _to_blind(one):
        return blind
    alike = review_queue().judged_alike(state.alike(one) or [one], current_sight().precedents)
    if request.method == "GET":
        return _preview(state, one, alike)
    if request.form.get("previewed") != _previewed(alike):
        return _preview(state, one, alike, "预览之后有变化，没有写入任何决定。请核对下面的项目后再同意。"), 409
    try:
        made = ReviewDesk(engine()).accept_alike([o.case for o in alike], current_actor().name, read_number("expect"))
    except DecisionError as refusal:
        return _preview(queue_state(), one, alike, str(refusal)), 409
    return _go_on(read_filter(request.args).after(queue_state(), one), made[-1])


def _to_blind(one: QueuedCase) -> BaseResponse | None:
    """The way to the blind opinion for whoever must not see the project otherwise; None for everybody else."""
    if one.key not in current_sight().hidden:
        return None
    return redirect(url_for("review_checks.second_opinion", **place_of(one)), 303)


def _take(one: QueuedCase, draft: Draft, expect: int) -> Decision:
    """The decision on a choice: what the engine offers is accepted, anything else overrules it and needs a reason."""
    desk, case, who = ReviewDesk(engine()), one.case, current_actor().name
    if draft.choice == "defer":
        return desk.defer(case, who, draft.reason, expect)
    nature, item = read_choice(draft.choice)
    if nature not in NATURES:
        raise DecisionError("请先选定一项：同意、候选条目、支出性质或暂缓")
    verdict = case.verdict
    if verdict and (nature, item) == (verdict.nature, verdict.code) and (item or nature != "service"):
        return desk.accept(case, who, None, expect)
    offered = [choice.id for choice in verdict.candidates] if verdict else []
    if verdict and verdict.nature == "service" and verdict.code is None and item in offered:
        return desk.accept(case, who, offered.index(item) + 1, expect)
    if nature in PURCHASES:
        return desk.change(case, who, nature, item, draft.reason, expect)
    return desk.reject(case, who, nature, draft.reason, expect)


def _refused(one: QueuedCase, draft: Draft, expect: int, cause: str) -> Page:
    """The screen again with what was entered; where somebody decided meanwhile the choice must be made anew."""
    state = queue_state()
    entries = state.decisions.about.get(one.case.key, ())
    late = bool(entries) and entries[-1].id > expect
    kept = Draft("" if late else draft.choice, draft.reason, cause)
    return _screen(state, judged(queued(state, one.case.project.id)), kept), 409 if late else 400


def _go_on(following: QueuedCase | None, entry: Decision) -> BaseResponse:
    wanted = read_filter(request.args).link
    if following is None:
        return redirect(url_for("review.queue", done=entry.id, **wanted), 303)
    return redirect(url_for("review.one_project", **place_of(following), **wanted, done=entry.id), 303)


def _noted(project: str, note: Callable[[ReviewChecks, QueuedCase], None]) -> Page:
    state = queue_state()
    one = queued(state, project)
    if blind := _to_blind(one):
        return blind
    try:
        note(ReviewChecks(engine()), one)
    except DecisionError as refusal:
        return _screen(state, judged(one), Draft(problem=str(refusal))), 400
    wanted = read_filter(request.args).link
    return redirect(url_for("review.one_project", **place_of(one), **wanted) + "#comments", 303)


def _screen(state: QueueState, one: QueuedCase, draft: Draft = NOTHING) -> str:
    wanted, case, checks = read_filter(request.args), one.case, ReviewChecks(engine())
    notes = checks.about(one)
    return render_template(
        "review_project.html",
        one=one,
        case=case,
        shown=_shown(one),
        draft=draft,
        reading=read_choice(draft.choice),
        state=state,
        wanted=wanted,
        place=place_of(one),
        following=wanted.after(state, one),
        previous=wanted.before(state, one),
        history=state.decisions.about.get(case.key, ()),
        comments=[note for note in notes if note.kind == "comment"],
        opinions=[note for note in notes if note.kind == "second"],
        asked=checks.asked().get(case.key),
        alike=state.alike(one),
        found=found_items(),
        searched=request.args.get("find", ""),
        max_query=MAX_QUERY,
        done=_done(state),
        **names(),
    )


def _shown(one: QueuedCase) -> ShownVerdict:
    project, verdict = one.case.project, one.case.verdict
    if verdict is None:
        return unjudged(project, "项目名称没有可辨认的文字，系统未能判定")
    return shown_verdict(project, verdict, engine().items)


def _preview(state: QueueState, one: QueuedCase, alike: Sequence[QueuedCase], problem: str = "") -> str:
    return render_template(
        "review_bulk.html",
        one=one,
        case=one.case,
        alike=alike,
        amount=sum((other.case.project.amount_yuan or Decimal(0) for other in alike), Decimal(0)),
        previewed=_previewed(alike),
        state=state,
        place=place_of(one),
        wanted=read_filter(request.args),
        problem=problem,
        **names(),
    )


def _previewed(alike: Sequence[QueuedCase]) -> str:
    """What was previewed, in a word: which rows, with which verdict."""
    return hashlib.sha256(repr([(one.case.key, one.judged_fields) for one in alike]).encode()).hexdigest()


def _done(state: QueueState) -> Decision | None:
    """The entry that the reviewer has just made, where the address names one of theirs."""
    number = request.args.get("done", 0, int)
    entries = state.decisions.entries[number - 1 : number] if number > 0 else ()
    return next((entry for entry in entries if entry.ruling.who == current_actor().name), None)
