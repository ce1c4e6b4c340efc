"""The reviewers' queue: every project of the stored budgets with its verdict, the largest amount in doubt first.

Judging a project takes milliseconds, so what the tagger says is kept until catalog, knowledge or budgets change.
What precedents make of it changes with every decision: for a few projects it is worked out at once, for many
meanwhile; who decided what is always as the log has it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from threading import Lock, Thread

from catalog_data.decisions import Decision, standing
from catalog_data.model import Project, Verdict
from catalog_data.store import DisclosureEntry, Store
from indexer.tagger import UnreadableProject, project_text

from .engine import Engine
from .review_desk import Case, ReviewDesk

AT_ONCE = 1000
"""Projects that are weighed against a new precedent before the page is answered."""

NEXT_MOST, NEXT_SHARE = 20, Decimal("0.8")
"""The next projects of which is told how much doubt they resolve: as few as resolve this share, but no more."""

Key = tuple[str, str]


@dataclass(frozen=True, slots=True)
class QueuedCase:
    """A case with the tagger's own verdict, made without precedents, and the amount in doubt by it, in 元.

    Place in the queue and amount in doubt do not change with decisions, so that the way back is the way forth.
    """

    case: Case
    own_verdict: Verdict | None
    doubt_yuan: Decimal

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


@dataclass(frozen=True, slots=True)
class QueueState:
    """The queue at one moment: its cases in order, the entries of the log by project, the last entry's id (0: none)."""

    cases: tuple[QueuedCase, ...]
    entries: dict[Key, tuple[Decision, ...]]
    last: int

    def find(self, project: str, document: str = "") -> QueuedCase | None:
        """The case of a project id; ``document`` is the beginning of its document's SHA-256."""
        wanted = (one for one in self.cases if one.case.project.id == project)
        return next((one for one in wanted if one.case.disclosure.sha256.startswith(document)), None)

    def workload(self) -> Workload:
        """How much work there is."""
        states = [one.case.state for one in self.cases]
        waiting = [one for one in self.cases if one.case.state == "open"]
        doubts = [one.doubt_yuan for one in waiting]
        count, resolved = _resolving(doubts)
        total = sum(doubts, Decimal(0))
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
        same_name = (other for other in self.cases if other.case.project.name == one.case.project.name)
        return tuple(o for o in same_name if o.case.state != "decided" and o.judged_fields == fields)


def _resolving(doubts: Sequence[Decimal]) -> tuple[int, Decimal]:
    """How many of the first doubts make up ``NEXT_SHARE`` of all, at most ``NEXT_MOST``, and their sum."""
    enough, resolved = sum(doubts, Decimal(0)) * NEXT_SHARE, Decimal(0)
    for count, doubt in enumerate(doubts[:NEXT_MOST], 1):
        resolved += doubt
        if resolved >= enough:
            return count, resolved
    return min(len(doubts), NEXT_MOST), resolved


_Judged = tuple[tuple[DisclosureEntry, Project, Verdict | None], ...]


class ReviewQueue:
    """The queue over one engine's store, for all threads of a service."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = Lock()
        self._basis: tuple[object, ...] = ()
        self._judged: _Judged = ()
        self._log: tuple[Decision, ...] = ()
        self._weighed: tuple[_Judged, int, tuple[Verdict | None, ...]] = ((), -1, ())
        self._weighing: Thread | None = None
        self._state: tuple[object, QueueState] | None = None

    def current(self) -> QueueState:
        """The queue as it is now. Raises ``StoreError`` or ``DecisionError`` where the store cannot be read."""
        with self._lock:
            self._judge()
            self._read_log()
            verdicts = self._verdicts()
            if self._state is None or self._state[0] != (id(verdicts), id(self._judged), len(self._log)):
                self._state = ((id(verdicts), id(self._judged), len(self._log)), self._queued(verdicts))
            return self._state[1]

    def _judge(self) -> None:
        """Judge all projects, where budgets or knowledge have changed since."""
        tagger = self._engine.tagger
        with Store(self._engine.store_path) as store:
            heads = store.disclosures()
            if self._basis == (tagger, heads):
                return
            budgets = [(head, store.disclosure(head.sha256).projects) for head in heads]
        judged = [(head, one, self._own_verdict(one)) for head, projects in budgets for one in projects]
        self._basis = (tagger, heads)
        self._judged = tuple(sorted(judged, key=lambda row: _doubt(row[1], row[2]), reverse=True))

    def _own_verdict(self, project: Project) -> Verdict | None:
        try:
            return self._engine.tagger.tag(project)
        except UnreadableProject:
            return None

    def _read_log(self) -> None:
        """Read the entries that were added since; ids count without gaps."""
        with ReviewDesk(self._engine).log() as log:
            self._log += log.entries(after=len(self._log))

    def _verdicts(self) -> tuple[Verdict | None, ...]:
        """The verdicts in the light of precedents; of many projects those before the last decisions, while the
        new ones are being worked out."""
        judged, seen, verdicts = self._weighed
        if judged is not self._judged or (seen != len(self._log) and len(judged) <= AT_ONCE):
            self._weigh(self._judged, len(self._log))
        elif seen != len(self._log) and not (self._weighing and self._weighing.is_alive()):
            self._weighing = Thread(target=self._weigh, args=(judged, len(self._log)), name="review", daemon=True)
            self._weighing.start()
        return self._weighed[2]

    def _weigh(self, judged: _Judged, seen: int) -> None:
        weighed = (v and self._engine.weigh(project, v) for _, project, v in judged)
        self._weighed = (judged, seen, tuple(weighed))

    def _queued(self, verdicts: Iterable[Verdict | None]) -> QueueState:
        entries: defaultdict[Key, list[Decision]] = defaultdict(list)
        for entry in self._log:
            entries[entry.subject.key].append(entry)
        in_force = standing(self._log)
        cases = (
            QueuedCase(Case(head, project, weighed, in_force.get((head.sha256, project.id))), own, _doubt(project, own))
            for (head, project, own), weighed in zip(self._judged, verdicts, strict=True)
        )
        return QueueState(tuple(cases), {key: tuple(made) for key, made in entries.items()}, len(self._log))


def _doubt(project: Project, verdict: Verdict | None) -> Decimal:
    """The amount in doubt in 元."""
    doubt = 1 - Decimal(str(verdict.confidence)) if verdict else Decimal(1)
    return doubt * (project.amount_yuan or 0)
