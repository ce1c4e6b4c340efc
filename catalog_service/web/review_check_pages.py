"""The pages on which reviewers judge blind: second opinions, and the random sample beside the queue."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from catalog_data.decisions import DecisionError
from indexer.search import MAX_QUERY

from ..access import current_actor, require
from ..app import NotInCatalog
from ..review_checks import ReviewChecks, sample, sample_accuracy
from ..review_state import QueuedCase
from .review_request import engine, found_items, judged, names, place_of, queue_state, queued, read_choice
from .shown_verdict import unjudged

blueprint = Blueprint("review_checks", __name__, url_prefix="/review")

Page = str | BaseResponse | tuple[str, int]


@blueprint.get("/sample")
@require("reviewer")
def sample_list() -> str:
    """The sample, what of it is judged, and how often the engine was right about that."""
    state, checks = queue_state(), ReviewChecks(engine())
    done, drawn = checks.judged_sample(state), sample(state)
    nature, answer = sample_accuracy(list(done.values()))
    return render_template(
        "review_sample.html",
        drawn=drawn,
        judged=done,
        following=next((one for one in drawn if one.case.key not in done), None),
        projects=len(state.cases),
        nature=nature,
        answer=answer,
        **names(),
    )


@blueprint.get("/second")
@require("reviewer")
def second_list() -> str:
    """The projects of which a second opinion is asked, and how far those given agree with the first."""
    state, checks = queue_state(), ReviewChecks(engine())
    return render_template(
        "review_second.html",
        waiting=checks.to_judge(state, current_actor().name),
        others=len(checks.asked()),
        opinions=checks.second_opinions(),
        **names(),
    )


@blueprint.get("/sample/<path:project>")
@require("reviewer")
def sampled(project: str) -> str:
    """A project of the sample, without any verdict."""
    one = queued(queue_state(), project)
    if all(one.key != drawn.key for drawn in sample(queue_state())):
        raise NotInCatalog(f"项目“{project}”不在质量抽样之内。")
    return _blind(one, "sampled")


@blueprint.post("/sample/<path:project>")
@require("reviewer")
def judge_sample(project: str) -> Page:
    """Keep the judgement and go on to the next of the sample."""
    state, checks = queue_state(), ReviewChecks(engine())
    one = queued(state, project)
    try:
        checks.judge_sample(state, judged(one), current_actor().name, read_choice(request.form.get("choice", "")))
    except DecisionError as refusal:
        return _blind(one, "sampled", str(refusal)), 400
    done = checks.judged_sample(state)
    following = next((other for other in sample(state) if other.case.key not in done), None)
    if following is None:
        return redirect(url_for("review_checks.sample_list"), 303)
    return redirect(url_for("review_checks.sampled", **place_of(following)), 303)


@blueprint.get("/second/<path:project>")
@require("reviewer")
def second_opinion(project: str) -> Page:
    """A project on which a second opinion is asked, without the first one."""
    state = queue_state()
    one = queued(state, project)
    if not ReviewChecks(engine()).waits_for(state, one, current_actor().name):
        return redirect(url_for("review_checks.second_list"), 303)
    return _blind(one, "second_opinion")


@blueprint.post("/second/<path:project>")
@require("reviewer")
def give_second(project: str) -> Page:
    """Keep the second opinion."""
    state = queue_state()
    one = queued(state, project)
    answer = read_choice(request.form.get("choice", ""))
    try:
        ReviewChecks(engine()).give_second(state, one, current_actor().name, answer)
    except DecisionError as refusal:
        return _blind(one, "second_opinion", str(refusal)), 400
    return redirect(url_for("review_checks.second_list"), 303)


def _blind(one: QueuedCase, purpose: str, problem: str = "") -> str:
    """A project with the items to choose from in the order of their codes, and nothing that says which is right."""
    own = judged(one).own_verdict
    offered = own.candidates if own else ()
    return render_template(
        "review_blind.html",
        case=one.case,
        shown=unjudged(one.case.project, ""),
        offered=sorted(offered, key=lambda choice: choice.id),
        purpose=purpose,
        place=place_of(one),
        problem=problem,
        found=found_items(),
        searched=request.args.get("find", ""),
        max_query=MAX_QUERY,
        **names(),
    )
