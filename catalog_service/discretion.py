"""What whoever asks may see of the reviews.

Who decided is for reviewers; others read that it was decided, when and why. While a second opinion on a project is
asked for, whoever may give it is shown the first decision nowhere, neither with the project nor as a precedent of
another; nor is anybody without a name, who may be that reviewer with an ended session.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from flask import current_app, g, has_request_context

from catalog_data.decisions import Decision
from catalog_data.model import Verdict
from indexer.precedents import Precedent

from .access import Actor, current_actor
from .accounts.roles import reaches
from .engine import Engine
from .live_decisions import Decisions, Key
from .review_desk import Case

SOMEBODY = "复核人"
"""What stands in the place of a name."""


@dataclass(frozen=True, slots=True)
class Sight:
    """Whether names are told (``named``); the projects whose decisions are ``hidden``; the ``entries`` about them."""

    named: bool = True
    hidden: frozenset[Key] = frozenset()
    entries: frozenset[int] = frozenset()

    def precedents(self, found: Sequence[Precedent]) -> tuple[Precedent, ...]:
        """The precedents as they may be seen."""
        seen = (one for one in found if one.entry not in self.entries)
        return tuple(one if self.named else replace(one, who=SOMEBODY) for one in seen)

    def decisions(self, made: Iterable[Decision]) -> tuple[Decision, ...]:
        """The decisions that may be seen."""
        return tuple(decision for decision in made if decision.id not in self.entries)

    def rests_on_hidden(self, verdict: Verdict | None) -> bool:
        """Whether a verdict quotes what must not be seen."""
        return verdict is not None and any(int(one["entry"]) in self.entries for one in verdict.precedents)

    def case(self, case: Case) -> Case:
        """A case as it was before the decision that must not be seen."""
        return replace(case, decision=None) if case.key in self.hidden else case


EVERYTHING = Sight()
"""What the machine's own operator sees."""


def current_sight() -> Sight:
    """What whoever sends the current request may see; everything where there is no request."""
    if not has_request_context():
        return EVERYTHING
    if "sight" not in g:
        g.sight = _sight(current_actor(), cast(Engine, current_app.extensions["catalog_engine"]))
    return cast(Sight, g.sight)


def _sight(actor: Actor, engine: Engine) -> Sight:
    reviews = actor.role != "nobody" and reaches(actor.role, "reviewer")
    if actor.name and not reviews:
        return Sight(named=False)
    asked = engine.requests.current()
    if not asked:
        return Sight(reviews)
    decisions = engine.decisions.current()
    hidden = frozenset(_hidden(actor.name, asked, decisions))
    entries = frozenset(entry.id for key in hidden for entry in decisions.about.get(key, ()))
    return Sight(reviews, hidden, entries)


def _hidden(name: str, asked: Mapping[Key, str], decisions: Decisions) -> Iterable[Key]:
    """The projects of which somebody of this name may be the one to give the second opinion."""
    for key, asker in asked.items():
        first = decisions.in_force.get(key)
        if first and name not in (asker, first.ruling.who):
            yield key
