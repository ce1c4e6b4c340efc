"""From a query to the catalog items offered for it: by exact name, by judging a project, or by search.

A query that brings a unit, a description or an amount is a project, and the tagger answers it. So is one without
that the tagger is sure about, or sure that it is no service of the catalog. Everything else is looked up among the
names. Abstaining is an empty answer.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from catalog_data.model import Item, Project, Verdict
from indexer.tagger import UnreadableProject

from ..discretion import current_sight
from ..engine import Engine
from .entities import Entities, Scope, full_name
from .queries import Query

EXACT = 100.0
NEAREST = 99.0
"""What the best hit of a search scores at most: only an exact name is certain."""

OFFERED_FROM = 5.0
"""The probability, in percent, from which an item is offered for a project."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item offered for a query.

    ``score`` is 100 for an exact name or id. For a project it is the probability, in percent, that the item is the
    right one; for a search it tells near from far and nothing more. ``match``: the verdict stands without a person.
    """

    item: Item
    score: float
    match: bool
    description: str

    def record(self) -> dict[str, Any]:
        """The candidate as the protocol wants it."""
        return {
            "id": self.item.id,
            "name": full_name(self.item),
            "type": [{"id": self.item.department, "name": self.item.department}],
            "score": self.score,
            "match": self.match,
            "description": self.description,
        }


class Reconciler:
    """Answers queries from an engine's catalog, index and tagger."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    @cached_property
    def entities(self) -> Entities:
        """The catalog in force."""
        return Entities(self.engine.catalog)

    def candidates(self, query: Query) -> tuple[Candidate, ...]:
        """The items offered for a query, best first."""
        scope = self.entities.scope(query.types, query.type_strict)
        if scope is None:
            return ()
        verdict = self._verdict(query, scope)
        if verdict and (query.in_context or _settled(verdict)):
            offered = tuple(self._judged(verdict, scope))
        else:
            offered = tuple(self._found(query, scope))
        named = self._named(query, scope, verdict)
        sure = {candidate.item.id for candidate in offered if candidate.match}
        exact = [Candidate(item, EXACT, item.id in sure, _told(item, "名称或编号与查询内容相同")) for item in named]
        others = [candidate for candidate in offered if candidate.item not in named]
        return (*exact, *others)[: query.limit]

    def _verdict(self, query: Query, scope: Scope) -> Verdict | None:
        """The verdict on the query read as a project, None where it holds no words; a type stands in for a unit."""
        unit = query.unit or "、".join(scope.departments)
        name = query.text or query.description
        try:
            project = Project("", unit, name, query.amount_yuan, query.description)
            return self.engine.tag(project, current_sight().precedents)
        except UnreadableProject:
            return None

    def _named(self, query: Query, scope: Scope, verdict: Verdict | None) -> tuple[Item, ...]:
        """The items whose name or id the query is; where several departments print it, the unit's own."""
        own = Scope(verdict.departments if verdict and query.unit else ())
        return own.preferred(scope.preferred(self.entities.exact(query.text)))

    def _judged(self, verdict: Verdict, scope: Scope) -> Iterator[Candidate]:
        """The items that a verdict names or holds possible; none where it is sure that there is none."""
        if verdict.decision == "auto" and verdict.code is None:
            return
        ceiling = 100.0 if verdict.code is None else round(100 * verdict.confidence, 1)
        scores = {choice.id: min(ceiling, _percent(verdict, choice.confidence)) for choice in verdict.candidates}
        if verdict.code is not None:
            scores = {verdict.code: ceiling} | {id_: score for id_, score in scores.items() if id_ != verdict.code}
        for id_, score in scores.items():
            item = self.entities.item(id_)
            if item is None or score < OFFERED_FROM or (scope.strict and not scope.holds(item)):
                continue
            named = verdict.decision == "review" or id_ == verdict.code
            sure = verdict.decision == "auto" and id_ == verdict.code and scope.holds(item)
            yield Candidate(item, score, sure, _told(item, verdict.reason if named else "另一可能"))

    def _found(self, query: Query, scope: Scope) -> Iterator[Candidate]:
        """The items that search finds in the departments, or everywhere where they have none."""
        hits = [
            hit
            for department in scope.departments or (None,)
            for hit in self.engine.search(query.text, department=department, limit=query.limit)
        ]
        if not hits and scope.departments and not scope.strict:
            hits = list(self.engine.search(query.text, limit=query.limit))
        best = max((hit.score for hit in hits), default=0.0)
        for hit in sorted(hits, key=lambda hit: -hit.score):
            item = self.entities.item(hit.id)
            if item and hit.score > 0:
                score = round(NEAREST * min(best, 1.0) * hit.score / best, 1)
                yield Candidate(item, score, False, _told(item, hit.grade))


def _settled(verdict: Verdict) -> bool:
    """Whether a verdict answers even what may be no project: it stands, or no item would be offered for it."""
    return verdict.decision == "auto" or 100 * verdict.natures["service"] < OFFERED_FROM


def _percent(verdict: Verdict, share: float) -> float:
    """The probability that the project is a catalogued service and this its item, in percent."""
    return round(100 * verdict.natures["service"] * share, 1)


def _told(item: Item, ground: str) -> str:
    return f"{' › '.join(item.path)}。{ground}"
