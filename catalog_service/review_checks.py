"""How far reviews and verdicts can be relied on: second opinions, and a random sample judged blind.

Both are kept apart from the decisions: they measure, they settle nothing. Whoever gives one does not see the
answer that it will be compared with.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nsmallest

from catalog_data.decisions import SETTLING, DecisionError
from catalog_data.model import Verdict
from catalog_data.review_notes import ReviewNote, ReviewNotes
from indexer.agreement import Agreement, agreement
from indexer.metrics import Proportion, proportion

from .engine import Engine
from .live_decisions import Key
from .review_state import Order, QueuedCase, QueueState

SAMPLE_SIZE = 30
SAMPLE_SEED = 20260101
"""What the sample is drawn by; the same projects give the same sample."""

Answer = tuple[str, str | None]


@dataclass(frozen=True, slots=True)
class SecondOpinions:
    """The second opinions given: agreement with the first reviewer by nature alone, and by nature and item."""

    nature: Agreement
    answer: Agreement


def sample(state: QueueState) -> tuple[QueuedCase, ...]:
    """A random sample of all projects, those with the smallest keyed digests: drawn without regard to amount,
    doubt or decisions, and changed no more than it must be where budgets are added."""
    return tuple(state.cases[place] for place in _drawn(state.order))


@lru_cache(maxsize=2)
def _drawn(order: Order) -> Sequence[int]:
    def lot(place: int) -> bytes:
        return hashlib.sha256(f"{SAMPLE_SEED}:{':'.join(order.keys[place])}".encode()).digest()

    return nsmallest(SAMPLE_SIZE, range(len(order.keys)), key=lot)


def own_answer(verdict: Verdict | None) -> Answer:
    """What the engine says by itself; of a service without a code for want of certainty, its first candidate."""
    if verdict is None:
        return "", None
    if verdict.nature == "service" and verdict.code is None and verdict.candidates:
        return "service", verdict.candidates[0].id
    return verdict.nature, verdict.code


class ReviewChecks:
    """Takes second opinions and judgements of the sample over one engine's store."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def notes(self) -> ReviewNotes:
        """The notes in the engine's store, to be used as a context manager."""
        return ReviewNotes(self._engine.store_path)

    def about(self, one: QueuedCase) -> tuple[ReviewNote, ...]:
        """The notes on a project."""
        with self.notes() as notes:
            return notes.about(one.case.key)

    def comment(self, one: QueuedCase, who: str, text: str) -> None:
        """Keep a comment on a project. Raises ``DecisionError`` where it is empty or too long."""
        self._add(ReviewNote("comment", *one.case.key, who, text.strip()))

    def ask(self, one: QueuedCase, who: str) -> None:
        """Ask for another reviewer's opinion. Raises ``DecisionError`` where nobody has decided or one is asked for."""
        if one.case.state != "decided":
            raise DecisionError("该项目尚未复核，复核后才能请另一位复核人盲评")
        if one.case.key in self.asked():
            raise DecisionError("该项目已在等待盲评")
        self._add(ReviewNote("asked", *one.case.key, who))

    def asked(self) -> Mapping[Key, str]:
        """The projects that wait for a second opinion, with who asked for it."""
        return self._engine.requests.current()

    def to_judge(self, state: QueueState, who: str) -> tuple[QueuedCase, ...]:
        """The projects of which ``who``, who neither decided nor asked, is to give the second opinion."""
        asked = (state.known(key) for key, by in self.asked().items() if by != who)
        waiting = (one for one in asked if one and one.case.decision and one.case.decision.ruling.who != who)
        return tuple(sorted(waiting, key=lambda one: state.order.places[one.key]))

    def waits_for(self, state: QueueState, one: QueuedCase, who: str) -> bool:
        """Whether ``who`` is to give the second opinion of a project."""
        return any(one.key == other.key for other in self.to_judge(state, who))

    def give_second(self, state: QueueState, one: QueuedCase, who: str, answer: Answer) -> None:
        """Keep a second opinion beside the decision in force. ``DecisionError`` where none is asked of them."""
        decision = one.case.decision
        if decision is None or not self.waits_for(state, one, who):
            raise DecisionError("该项目没有请您盲评，或已有人评过")
        if decision.ruling.kind not in SETTLING:
            raise DecisionError("该项目的复核决定已暂缓，无从比较")
        first = decision.ruling.nature, decision.ruling.item
        self._add(ReviewNote("second", *one.case.key, who, "", *answer, *first))

    def judge_sample(self, state: QueueState, one: QueuedCase, who: str, answer: Answer) -> None:
        """Keep a judgement of a project of the sample, judged by the engine now. ``DecisionError`` for any other."""
        if all(one.key != drawn.key for drawn in sample(state)):
            raise DecisionError("该项目不在质量抽样之内")
        self._add(ReviewNote("sample", *one.case.key, who, "", *answer, *own_answer(one.own_verdict)))

    def judged_sample(self, state: QueueState) -> dict[Key, ReviewNote]:
        """The last judgement of each project of the sample that has one."""
        drawn = {one.case.key for one in sample(state)}
        with self.notes() as notes:
            return {note.key: note for note in notes.notes("sample") if note.key in drawn}

    def second_opinions(self) -> SecondOpinions:
        """How far the second opinions agree with the first."""
        with self.notes() as notes:
            given = notes.notes("second")
        natures = agreement([(note.nature, note.other_nature) for note in given])
        return SecondOpinions(natures, agreement([(note.answer, note.other) for note in given]))

    def _add(self, note: ReviewNote) -> None:
        with self.notes() as notes:
            notes.add(note)


def sample_accuracy(judged: Sequence[ReviewNote]) -> tuple[Proportion, Proportion]:
    """How often the engine was right about the sample: by nature alone, and by nature and item."""
    return (
        proportion(note.nature == note.other_nature for note in judged),
        proportion(note.answer == note.other for note in judged),
    )
