"""What a request to a reviewer's page names, and what its templates call things by."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

from flask import current_app, request
from werkzeug.exceptions import BadRequest

from catalog_data.decisions import KINDS, PURCHASES
from catalog_data.model import DECISIONS, NATURES
from indexer.search import MAX_QUERY, Hit

from ..app import NotInCatalog, served_engine
from ..discretion import current_sight
from ..engine import Engine
from ..review_checks import Answer
from ..review_desk import STATES
from ..review_queue import ReviewQueue
from ..review_state import QueuedCase, QueueState

FOUND = 9
"""Items shown for a search of the catalog."""

NOT_PURCHASES = {nature: label for nature, label in NATURES.items() if nature not in PURCHASES}


def engine() -> Engine:
    """The engine of the application that handles the current request."""
    return cast(Engine, served_engine())


def review_queue() -> ReviewQueue:
    """The queue of the application that handles the current request."""
    return cast(ReviewQueue, current_app.extensions["review_queue"])


def queue_state() -> QueueState:
    """The queue as it is now; what must not be seen of decisions is in none of its verdicts."""
    state, sight = review_queue().current(), current_sight()
    if not sight.hidden:
        return state
    cases = [_unseen(one) if sight.rests_on_hidden(one.case.verdict) else one for one in state.cases]
    return QueueState(cases, state.order, state.decisions)


def _unseen(one: QueuedCase) -> QueuedCase:
    return replace(one, case=replace(one.case, verdict=one.own_verdict))


def judged(one: QueuedCase) -> QueuedCase:
    """A case with the whole verdict, as whoever asks may see it."""
    return review_queue().judged(one, current_sight().precedents)


def queued(state: QueueState, project: str) -> QueuedCase:
    """The case that the address of the request names. Raises ``NotInCatalog`` where there is none."""
    one = state.find(project, request.args.get("document", ""))
    if one is None:
        raise NotInCatalog(f"已入库的预算公开文件中没有项目“{project}”。")
    return one


def place_of(one: QueuedCase) -> dict[str, Any]:
    """The parameters of an address that name a case."""
    return {"project": one.case.project.id, "document": one.case.disclosure.sha256[:12]}


def read_choice(choice: str) -> Answer:
    """Nature and item of a choice as buttons send it (``service|民政:A040303``, ``cash|``)."""
    nature, _, item = choice.partition("|")
    return nature, item or None


def found_items() -> tuple[Hit, ...]:
    """The items of the whole catalog for what the reviewer searches beside a project."""
    wanted = request.args.get("find", "").strip()[:MAX_QUERY]
    return engine().search(wanted, limit=FOUND) if wanted else ()


def read_number(field: str) -> int:
    """A whole number of the form. Raises ``BadRequest`` where there is none."""
    number = request.form.get(field, type=int)
    if number is None:
        raise BadRequest
    return number


def names() -> dict[str, object]:
    """What the templates call things by."""
    return {
        "kinds": KINDS,
        "natures": NATURES,
        "not_purchases": NOT_PURCHASES,
        "decisions": DECISIONS,
        "states": STATES,
        "items": engine().items,
        "place_of": place_of,
    }
