"""The pages of precedents: which decisions are in force, what rests on one, and its withdrawal."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from catalog_data.decisions import KINDS, Decision, DecisionError
from catalog_data.model import NATURES
from catalog_data.text import key

from ..access import current_actor, require
from ..api.answers import engine
from ..app import NotKept
from ..discretion import current_sight
from ..precedent_desk import PrecedentDesk
from .kept_tables import SHOWN, read_asked
from .paging import pages_of

blueprint = Blueprint("precedents", __name__, url_prefix="/knowledge/precedents")


@blueprint.get("")
def listing() -> str:
    """The precedents, latest first, narrowed to words in their projects, items and reasons."""
    asked = read_asked(request.args)
    found = matching(visible(), asked.words)
    first = SHOWN * (asked.number - 1)
    return render_template(
        "precedents.html",
        precedents=found[first : first + SHOWN],
        total=len(found),
        asked=asked,
        pages=pages_of(len(found), SHOWN),
        kinds=KINDS,
        natures=NATURES,
        withdrawn=request.args.get("withdrawn", "")[:9],
    )


@blueprint.get("/<int:entry>")
def precedent(entry: int) -> str:
    """One precedent with the projects that rest on it."""
    return _page(_known(entry))


@blueprint.post("/<int:entry>/withdraw")
@require("reviewer")
def withdraw(entry: int) -> Response | tuple[str, int]:
    """Withdraw a precedent; its project is to be reviewed again."""
    decision, reason = _known(entry), request.form.get("reason", "").strip()
    if not reason:
        return _page(decision, "请填写撤销的理由"), 400
    try:
        PrecedentDesk(engine()).withdraw(entry, current_actor().name, reason)
    except DecisionError as refusal:
        return _page(decision, str(refusal), reason), 409
    return redirect(url_for("precedents.listing", withdrawn=entry), 303)


def visible() -> tuple[Decision, ...]:
    """The precedents that whoever asks may see, latest first."""
    return current_sight().decisions(PrecedentDesk(engine()).in_force())


def matching(decisions: tuple[Decision, ...], words: str) -> list[Decision]:
    """The decisions that hold the words."""
    wanted = key(words)
    return [decision for decision in decisions if not wanted or any(wanted in key(text) for text in _texts(decision))]


def _texts(decision: Decision) -> tuple[str, ...]:
    subject, ruling = decision.subject, decision.ruling
    who = ruling.who if current_sight().named else ""
    return subject.name, subject.unit, ruling.item or "", ruling.item_name, ruling.reason, who


def _known(entry: int) -> Decision:
    decision = next((decision for decision in visible() if decision.id == entry), None)
    if decision is None:
        raise NotKept(f"复核记录第 {entry} 条不是现行的先例，可能已撤销，或已被后来的复核取代。")
    return decision


def _page(decision: Decision, problem: str = "", reason: str = "") -> str:
    resting = PrecedentDesk(engine()).resting_on(decision)
    return render_template(
        "precedent.html",
        decision=decision,
        resting=resting,
        amount=sum(one.project.amount_yuan or 0 for one in resting.dependents),
        kinds=KINDS,
        natures=NATURES,
        problem=problem,
        reason=reason,
    )
