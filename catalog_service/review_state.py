"""The reviewers' queue at one moment: its cases in order, what was decided about each, how much work there is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

from catalog_data.model import Verdict
from indexer.tagger import project_text

from .live_decisions import Decisions, Key
from .precedent_desk import name_key
from .review_desk import Case

NEXT_MOST, NEXT_SHARE = 20, Decimal("0.8")
"""The next projects of which is told how much doubt they resolve: as few as resolve this share, but no more."""


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """A case with the tagger's own verdict, made without precedents, and the amount in doubt by it, in 元.

    Place in the queue and amount in doubt do not change with decisions, so that the way back is the way forth.
    ``basis`` is what the own verdict rests on, '' where the project has not been judged yet. Both verdicts are
    outlines, without candidates and evidence, unless ``ReviewQueue.judged`` made them.
    """

    case: Case
    own_verdict: Verdict | None
    doubt_yuan: Decimal
    basis: str = ""

    @property
    def key(self) -> Key:
        """What tells one project from another."""
        return self.case.key

    @property
    def judged_fields(self) -> tuple[object, ...]:
        """Everything that a verdict on the project rests on, and the verdict."""
        project, verdict = self.case.project, self.case.verdict
        answer = (verdict.nature, verdict.code) if verdict else None
        return project.unit, project.name, project_text(project), answer


@dataclass(frozen=True, slots=True)
class Workload:
    """How much work there is: projects in all, decided, left to the engine, open and of these deferred; doubt of
    the open ones in 元; and that the ``next_count`` next ones resolve ``next_share`` (0..1) of it."""

    projects: int
    decided: int
    auto: int
    open: int
    deferred: int
    doubt_yuan: Decimal
    next_count: int
    next_share: Decimal


class Order:
    """The order of the cases, the same for every state between two arrangements of the queue."""

    def __init__(self, cases: Sequence[QueuedCase]) -> None:
        self.keys = tuple(one.key for one in cases)
        self.units = tuple(sorted({one.case.project.unit for one in cases}))
        self.name_keys = [name_key(one.case.project.name, one.case.project.unit) for one in cases]
        self._projects = [one.case.project for one in cases]

    def prepare(self) -> None:
        """Work out now what the first page of a project would otherwise wait for."""
        _ = self.places, self.of_project, self.of_name

    @cached_property
    def places(self) -> Mapping[Key, int]:
        """Where each case stands."""
        return {key: place for place, key in enumerate(self.keys)}

    @cached_property
    def of_project(self) -> Mapping[str, list[int]]:
        """Where the cases with a project id stand."""
        return _grouped(project for _, project in self.keys)

    @cached_property
    def of_name(self) -> Mapping[str, list[int]]:
        """Where the cases with a project name stand."""
        return _grouped(project.name for project in self._projects)


class QueueState:
    """The queue at one moment: ``cases`` in ``order``, and the ``decisions`` that they rest on."""

    def __init__(self, cases: Sequence[QueuedCase], order: Order, decisions: Decisions) -> None:
        self.cases, self.order, self.decisions = tuple(cases), order, decisions

    @property
    def last(self) -> int:
        """The id of the log's last entry, 0 where there is none."""
        return self.decisions.last

    def find(self, project: str, document: str = "") -> QueuedCase | None:
        """The case of a project id; ``document`` is the beginning of its document's SHA-256."""
        wanted = (self.cases[place] for place in self.order.of_project.get(project, ()))
        return next((one for one in wanted if one.case.disclosure.sha256.startswith(document)), None)

    def known(self, key: Key) -> QueuedCase | None:
        """The case of a key."""
        place = self.order.places.get(key)
        return None if place is None else self.cases[place]

    @cached_property
    def workload(self) -> Workload:
        """How much work there is."""
        states = [one.case.state for one in self.cases]
        waiting = [one for one, state in zip(self.cases, states, strict=True) if state == "open"]
        doubts = [one.doubt_yuan for one in waiting]
        total = sum(doubts, Decimal(0))
        count, resolved = _resolving(doubts, total * NEXT_SHARE)
        return Workload(
            *(len(states), states.count("decided"), states.count("auto"), len(waiting)),
            deferred=sum(one.case.decision is not None for one in waiting),
            doubt_yuan=total,
            next_count=count,
            next_share=resolved / total if total else Decimal(0),
        )

    def alike(self, one: QueuedCase) -> tuple[QueuedCase, ...]:
        """The undecided cases that equal one in every field that was judged, itself among them."""
        fields = one.judged_fields
        same_name = (self.cases[place] for place in self.order.of_name.get(one.case.project.name, ()))
        return tuple(o for o in same_name if o.case.state != "decided" and o.judged_fields == fields)


def _resolving(doubts: Sequence[Decimal], enough: Decimal) -> tuple[int, Decimal]:
    """How many of the first doubts make up ``enough``, at most ``NEXT_MOST``, and their sum."""
    resolved = Decimal(0)
    for count, doubt in enumerate(doubts[:NEXT_MOST], 1):
        resolved += doubt
        if resolved >= enough:
            return count, resolved
    return min(len(doubts), NEXT_MOST), resolved


def _grouped(names: Iterable[str]) -> Mapping[str, list[int]]:
    groups: defaultdict[str, list[int]] = defaultdict(list)
    for place, name in enumerate(names):
        groups[name].append(place)
    return groups
