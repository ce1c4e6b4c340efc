"""The desk of precedents: which decisions are in force, what rests on each, and how one is withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from catalog_data.decision_log import DecisionLog
from catalog_data.decisions import Decision
from catalog_data.model import Project
from catalog_data.store import DisclosureEntry, ProjectName, Store
from indexer.departments import resolver
from indexer.name_keys import name_keys
from indexer.precedents import NEAR_NAME, Precedent, PrecedentLedger

from .engine import Engine

MOST_READ = 5
"""Disclosures that are read for what rests on a precedent: a bureau's budgets of so many years."""


@dataclass(frozen=True, slots=True)
class Dependent:
    """A stored project that a precedent bears on, and how."""

    disclosure: DisclosureEntry
    project: Project
    precedent: Precedent


@dataclass(frozen=True, slots=True)
class Resting:
    """What rests on a precedent in the latest disclosures; ``unread`` projects of earlier ones have a like name but
    were not looked at."""

    dependents: tuple[Dependent, ...]
    unread: int


class PrecedentDesk:
    """The precedents of one engine's store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def in_force(self) -> tuple[Decision, ...]:
        """The decisions that are precedents, latest first."""
        return self._engine.precedents.decisions

    def precedent(self, entry: int) -> Decision | None:
        """The precedent of an entry of the log; None where it is none, or none any more."""
        return next((decision for decision in self.in_force() if decision.id == entry), None)

    def resting_on(self, decision: Decision) -> Resting:
        """The stored projects that a precedent bears on, beside its own, latest year first."""
        with Store(self._engine.store_path) as store:
            alike = {(one.disclosure, one.project) for one in store.project_names() if _alike(decision, one)}
            alike.discard(decision.subject.key)
            holding = {sha256 for sha256, _ in alike}
            heads = [head for head in store.disclosures() if head.sha256 in holding][:MOST_READ]
            projects = [
                (head, project)
                for head in heads
                for project in store.disclosure(head.sha256).projects
                if (head.sha256, project.id) in alike
            ]
        dependents = tuple(self._dependents(decision, projects, self._engine.precedents))
        return Resting(dependents, len(alike) - len(projects))

    def withdraw(self, entry: int, who: str, reason: str) -> Decision:
        """Withdraw a precedent; its project is open again. Raises ``DecisionError`` as ``DecisionLog.undo``."""
        with DecisionLog(self._engine.store_path) as log:
            return log.undo(entry, who, reason)

    def _dependents(
        self, decision: Decision, projects: list[tuple[DisclosureEntry, Project]], ledger: PrecedentLedger
    ) -> Iterator[Dependent]:
        departments = resolver(self._engine.own_knowledge.files())
        for head, project in projects:
            for found in ledger.find(project, departments.resolve(project.unit).departments):
                if found.entry == decision.id:
                    yield Dependent(head, project, found)


def _alike(decision: Decision, one: ProjectName) -> bool:
    """Whether the names are near enough for the one to bear on the other; cheap enough for every stored project."""
    subject = decision.subject
    own = _key(subject.name, subject.unit)
    return bool(fuzz.ratio(own, _key(one.name, one.unit), score_cutoff=NEAR_NAME))


@lru_cache(maxsize=50_000)
def _key(name: str, unit: str) -> str:
    return name_keys().key(name, unit)
