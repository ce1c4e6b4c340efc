"""The desk of precedents: which decisions are in force, what rests on each, and how one is withdrawn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from catalog_data.decision_log import DecisionLog
from catalog_data.decisions import Decision
from catalog_data.model import Project
from catalog_data.store import DisclosureEntry
from indexer.departments import resolver
from indexer.name_keys import name_keys
from indexer.precedents import NEAR_NAME, Precedent, PrecedentLedger

from .engine import Engine

MOST_WEIGHED = 100
"""Projects with a like name that are looked at for whether they rest on a precedent, those of the latest years."""


@dataclass(frozen=True, slots=True)
class Dependent:
    """A stored project that a precedent bears on, and how."""

    disclosure: DisclosureEntry
    project: Project
    precedent: Precedent


@dataclass(frozen=True, slots=True)
class Resting:
    """What rests on a precedent; ``unweighed`` further projects, of earlier years, have a like name but were not looked
    at."""

    dependents: tuple[Dependent, ...]
    unweighed: int


class PrecedentDesk:
    """The precedents of one engine's store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def in_force(self) -> tuple[Decision, ...]:
        """The decisions that are precedents, latest first."""
        return self._engine.precedents.decisions

    def resting_on(self, decision: Decision) -> Resting:
        """The stored projects that a precedent bears on, beside its own, latest year first."""
        alike = [
            (budget.head, project)
            for budget in self._engine.budgets.current()
            for project in budget.disclosure.projects
            if _alike(decision, project) and (budget.head.sha256, project.id) != decision.subject.key
        ]
        dependents = tuple(self._dependents(decision, alike[:MOST_WEIGHED], self._engine.precedents))
        return Resting(dependents, max(0, len(alike) - MOST_WEIGHED))

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


def _alike(decision: Decision, one: Project) -> bool:
    """Whether the names are near enough for the one to bear on the other; cheap enough for every stored project."""
    subject = decision.subject
    own = name_key(subject.name, subject.unit)
    return bool(fuzz.ratio(own, name_key(one.name, one.unit), score_cutoff=NEAR_NAME))


@lru_cache(maxsize=50_000)
def name_key(name: str, unit: str) -> str:
    """What is left of a project's name for comparing it with others."""
    return name_keys().key(name, unit)
