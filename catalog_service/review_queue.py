"""The reviewers' queue: every project of the stored budgets with its verdict, the largest amount in doubt first.

Judging a project takes milliseconds, so no page waits for ten thousand of them: the tagger's own verdicts are kept in
the store, and where knowledge or catalog have changed since, they are made anew meanwhile. What precedents make of
them changes with every decision: it is worked out at once for the projects that a decision may bear on. Who decided
what is always as the log has it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from threading import Lock, Thread

from rapidfuzz import fuzz, process

from catalog_data.decisions import Decision
from catalog_data.kept_verdicts import KeptVerdict, outline
from catalog_data.model import Project, Verdict
from indexer.precedents import NEAR_NAME

from . import opinions
from .budgets import Budget
from .engine import Engine, Seen
from .live_decisions import NONE, Key
from .precedent_desk import name_key
from .review_desk import Case
from .review_state import Order, QueuedCase, QueueState

AT_ONCE = 300
"""Projects that a page waits for: judged for the first time, or weighed against a new precedent."""

PAUSE = 0.001
"""Seconds after each project judged meanwhile, in which requests go first."""

_log = logging.getLogger(__name__)


class ReviewQueue:
    """The queue over one engine's store, for all threads of a service."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._budgets: tuple[Budget, ...] = ()
        self._state = QueueState((), Order(()), NONE)
        self._unweighed: set[Key] = set()
        self._sound_by = self._failed_by = ""
        self._work: Thread | None = None
        self._judged_meanwhile = (0, 0)

    def current(self) -> QueueState:
        """The queue as it is now. Raises ``StoreError`` or ``DecisionError`` where the store cannot be read."""
        self._engine.catalog  # noqa: B018 - a folder without a store is built by asking for the catalog
        with self._lock:
            self._read_log()
            budgets = self._engine.budgets.current()
            if budgets is not self._budgets:
                self._take_in(budgets)
            self._work_meanwhile()
            return self._state

    def complete(self) -> QueueState:
        """The queue once everything is judged by the knowledge of today; may take minutes. Errors as ``current``."""
        state = self.current()
        while self._work is not None and self._work.is_alive():
            self._work.join()
            state = self.current()
        return state

    def progress(self) -> tuple[int, int]:
        """How many projects have been judged anew, of how many; (0, 0) where none are."""
        working = self._work is not None and self._work.is_alive()
        return self._judged_meanwhile if working else (0, 0)

    def judged(self, one: QueuedCase, seen: Seen = tuple) -> QueuedCase:
        """A case as it is judged now, with candidates and evidence; ``seen`` as for ``Engine.tag``."""
        return self.judged_alike([one], seen)[0]

    def judged_alike(self, cases: Sequence[QueuedCase], seen: Seen = tuple) -> tuple[QueuedCase, ...]:
        """Cases that are equal in every field that is judged, as they are judged now, with candidates and evidence."""
        own = opinions.judged(self._engine.tagger, cases[0].case.project)
        return tuple(self._answered(one, own and replace(own, id=one.case.project.id), seen) for one in cases)

    def _answered(self, one: QueuedCase, own: Verdict | None, seen: Seen) -> QueuedCase:
        case = replace(one.case, verdict=own and self._engine.weigh(one.case.project, own, seen))
        return replace(one, case=case, own_verdict=own)

    def _read_log(self) -> None:
        """Take in the entries that were added since; begin anew where another log has taken the place of the known."""
        decisions, before = self._engine.decisions.current(), self._state
        if decisions is before.decisions:
            return
        if decisions.entries[: before.last] != before.decisions.entries:
            self._budgets, self._state = (), QueueState((), Order(()), decisions)
            return
        added = decisions.entries[before.last :]
        self._state = QueueState(before.cases, before.order, decisions)
        decided = {entry.subject.key for entry in added}
        bearing = self._borne_on(added)
        if len(bearing) > AT_ONCE:
            self._unweighed |= bearing
            bearing = set()
        self._renew_cases(decided | bearing, bearing)

    def _borne_on(self, entries: Iterable[Decision]) -> set[Key]:
        """The projects that decisions may bear on as precedents: those whose names are near."""
        order = self._state.order
        asked = {name_key(entry.subject.name, entry.subject.unit) for entry in entries}
        return {order.keys[place] for name in asked for place in _near(name, order.name_keys)}

    def _renew_cases(self, changed: Collection[Key], bearing: Collection[Key]) -> None:
        """The state with the present decisions on the changed cases, and ``bearing`` ones weighed anew."""
        state, cases = self._state, list(self._state.cases)
        for key in changed:
            place = state.order.places.get(key)
            if place is not None:
                one = cases[place]
                verdict = self._weighed(one.case.project, one.own_verdict) if key in bearing else one.case.verdict
                case = replace(one.case, verdict=verdict, decision=self._decision(key))
                cases[place] = replace(one, case=case)
        self._state = QueueState(cases, state.order, state.decisions)

    def _decision(self, key: Key) -> Decision | None:
        return self._state.decisions.in_force.get(key)

    def _weighed(self, project: Project, own: Verdict | None) -> Verdict | None:
        """An outline in the light of precedents."""
        return own and outline(self._engine.weigh(project, own))

    def _take_in(self, budgets: tuple[Budget, ...]) -> None:
        """The cases of the budgets as they are now; those of a budget known before stay as they are."""
        known, cases = set(map(id, self._budgets)), []
        kept = {one.key: one for one in self._state.cases}
        for budget in budgets:
            if id(budget) in known:
                cases += [kept[budget.head.sha256, project.id] for project in budget.disclosure.projects]
            else:
                cases += list(self._new_cases(budget))
        self._budgets, self._sound_by = budgets, ""
        self._arrange(cases)

    def _new_cases(self, budget: Budget) -> Iterator[QueuedCase]:
        head, projects = budget.head, budget.disclosure.projects
        kept = opinions.kept_on(self._engine, head)
        missing = [(head, project) for project in projects if project.id not in kept]
        if len(missing) <= AT_ONCE:
            kept |= {project.id: opinion for (_, project), opinion in opinions.judge(self._engine, missing)}
        else:
            kept = opinions.audited(self._engine, head) | kept
        for project in projects:
            found = kept.get(project.id, KeptVerdict("", None))
            verdict, decision = self._weighed(project, found.verdict), self._decision((head.sha256, project.id))
            yield _queued(Case(head, project, verdict, decision), found)

    def _arrange(self, cases: list[QueuedCase]) -> None:
        cases.sort(key=lambda one: one.doubt_yuan, reverse=True)
        self._state = QueueState(cases, Order(cases), self._state.decisions)

    def _work_meanwhile(self) -> None:
        """Have what is out of date judged and weighed by another thread."""
        basis = self._engine.basis
        outdated = self._sound_by != basis != self._failed_by or self._unweighed
        if outdated and not (self._work and self._work.is_alive()):
            self._work = Thread(target=self._catch_up, args=(basis,), name="review", daemon=True)
            self._work.start()

    def _catch_up(self, basis: str) -> None:
        try:
            self._judge_outdated(basis)
            self._weigh_unweighed()
        except Exception:
            _log.exception("项目未能重新判定，复核队列仍用以前的判定")
            self._failed_by, self._unweighed = basis, set()

    def _judge_outdated(self, basis: str) -> None:
        outdated = [one for one in self._state.cases if one.basis != basis]
        self._judged_meanwhile = (0, len(outdated))
        judged = list(opinions.judge(self._engine, self._in_turn(outdated)))
        seen = self._state.last
        renewed = {id(project): (kept, self._weighed(project, kept.verdict)) for (_, project), kept in judged}
        with self._lock:
            cases = [_rejudged(one, *renewed.get(id(one.case.project), ())) for one in self._state.cases]
            if outdated:
                self._arrange(cases)
            self._unweighed |= self._borne_on(self._state.decisions.entries[seen:])
            self._sound_by = basis if all(one.basis == basis for one in cases) else ""

    def _in_turn(self, outdated: Sequence[QueuedCase]) -> Iterator[opinions.Listed]:
        for number, one in enumerate(outdated):
            self._judged_meanwhile = (number, len(outdated))
            time.sleep(PAUSE)
            yield one.case.disclosure, one.case.project

    def _weigh_unweighed(self) -> None:
        while self._unweighed:
            with self._lock:
                some = {self._unweighed.pop() for _ in range(min(len(self._unweighed), AT_ONCE))}
                self._renew_cases(some, some)
            time.sleep(PAUSE)


def _near(name: str, names: Sequence[str]) -> Iterator[int]:
    """The places of the names that are near one."""
    for _, _, place in process.extract(name, names, scorer=fuzz.ratio, score_cutoff=NEAR_NAME, limit=None):
        yield place


def _queued(case: Case, kept: KeptVerdict) -> QueuedCase:
    return QueuedCase(case, kept.verdict, _doubt(case.project, kept.verdict), kept.basis)


def _rejudged(one: QueuedCase, kept: KeptVerdict | None = None, weighed: Verdict | None = None) -> QueuedCase:
    return _queued(replace(one.case, verdict=weighed), kept) if kept else one


def _doubt(project: Project, verdict: Verdict | None) -> Decimal:
    """The amount in doubt in 元."""
    doubt = 1 - Decimal(str(verdict.confidence)) if verdict else Decimal(1)
    return doubt * (project.amount_yuan or 0)
