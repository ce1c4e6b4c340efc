"""The reviewer's desk: a project of the stored budgets, what the engine says of it, what was decided."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from catalog_data.decision_log import DecisionLog
from catalog_data.decisions import SETTLING, Decision, DecisionError, Kind, Offer, Ruling, Subject
from catalog_data.model import Item, Project, Verdict
from catalog_data.store import DisclosureEntry
from indexer.tagger import UnreadableProject, project_text

from .engine import Engine, Seen

State = Literal["open", "decided", "auto"]

STATES: dict[State, str] = {"open": "待复核", "decided": "已复核", "auto": "自动判定"}
"""Where a project stands: a person must look, a person has decided, or nobody needs to."""


@dataclass(frozen=True, slots=True)
class Case:
    """A project of a stored budget with the engine's verdict (None where it says nothing that can be judged) and
    the decision in force (None where there is none)."""

    disclosure: DisclosureEntry
    project: Project
    verdict: Verdict | None
    decision: Decision | None

    @property
    def key(self) -> tuple[str, str]:
        """What tells one project from another, as in ``Subject``."""
        return self.disclosure.sha256, self.project.id

    @property
    def state(self) -> State:
        """Where the project stands; a deferred one is open."""
        if self.decision and self.decision.ruling.kind in SETTLING:
            return "decided"
        deferred = self.decision is not None
        return "auto" if self.verdict and self.verdict.decision == "auto" and not deferred else "open"

    @property
    def doubt_yuan(self) -> Decimal:
        """The amount in doubt in 元: what cases are ordered by."""
        doubt = 1 - Decimal(str(self.verdict.confidence)) if self.verdict else Decimal(1)
        return doubt * (self.project.amount_yuan or 0)


class ReviewDesk:
    """Finds cases and takes decisions over one engine's store, which is built first where it is not there yet."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._items = engine.items

    def case(self, project: str, document: str = "", seen: Seen = tuple) -> Case:
        """The case of a project id; ``document`` is the beginning of its document's SHA-256, where several have it;
        ``seen`` as for ``Engine.tag``.

        Raises ``DecisionError`` where there is none, or more than one.
        """
        found = list(self._cases(project, document, seen))
        if not found:
            raise DecisionError(f"已入库的预算公开文件中没有项目“{project}”，可用 review list --state all 查看项目编号")
        if len(found) > 1:
            documents = "、".join(f"{c.disclosure.document}（{c.disclosure.sha256[:12]}）" for c in found)
            raise DecisionError(f"不止一份文件有项目“{project}”：{documents}；请用 --document 指明")
        return found[0]

    def history(self, case: Case) -> tuple[Decision, ...]:
        """All entries about a case, in order."""
        return self._engine.decisions.current().about.get(case.key, ())

    def log(self) -> DecisionLog:
        """The log in the engine's store, to be used as a context manager."""
        return DecisionLog(self._engine.store_path)

    def last(self) -> int:
        """The id of the log's last entry, 0 where there is none."""
        return self._engine.decisions.current().last

    def accept(self, case: Case, who: str, candidate: int | None = None, expect: int | None = None) -> Decision:
        """Take the engine's answer, or its candidate of that number (from 1) as the item.

        Raises ``DecisionError`` where there is no such answer, and what ``DecisionLog.record`` raises.
        """
        verdict = case.verdict
        if verdict is None:
            raise DecisionError("系统未能判定该项目，请用 review change 给出支出性质")
        if candidate is not None and not 1 <= candidate <= len(verdict.candidates):
            raise DecisionError(
                f"没有第 {candidate} 个候选条目；共 {len(verdict.candidates)} 个，可用 review show 查看"
            )
        chosen = verdict.candidates[candidate - 1].id if candidate else verdict.code
        nature = "service" if candidate else verdict.nature
        if nature == "service" and chosen is None:
            raise DecisionError("系统没有指明目录条目，请用 --candidate 选定候选条目，或用 review change 给出条目")
        return self._rule(case, "accepted", who, nature, chosen, "", expect)

    def change(
        self, case: Case, who: str, nature: str, code: str | None, reason: str, expect: int | None = None
    ) -> Decision:
        """Give another nature or item than the engine; ``code`` is an item id for a catalogued service, else None.

        Raises ``DecisionError`` where nothing changes, the item is not in the catalog or no reason is given.
        """
        if case.verdict and (nature, code) == (case.verdict.nature, case.verdict.code):
            raise DecisionError("与系统判定相同，请用 review accept")
        return self._rule(case, "changed", who, nature, code, reason, expect)

    def reject(self, case: Case, who: str, nature: str, reason: str, expect: int | None = None) -> Decision:
        """Find that the project is no purchase of services but of another nature; errors as for ``change``."""
        return self._rule(case, "rejected", who, nature, None, reason, expect)

    def defer(self, case: Case, who: str, reason: str, expect: int | None = None) -> Decision:
        """Leave the project open, with the reason."""
        return self._rule(case, "deferred", who, "", None, reason, expect)

    def undo(self, entry: int | None, who: str, reason: str = "", expect: int | None = None) -> Decision:
        """Withdraw an entry, or where None the last one of ``who``; errors as ``DecisionLog.undo``."""
        with self.log() as log:
            return log.undo(entry, who, reason, expect)

    def accept_alike(self, cases: Sequence[Case], who: str, expect: int) -> tuple[Decision, ...]:
        """Take the engine's answer on several cases as one batch; errors as for ``accept``, and then none is taken."""
        made = [(_subject(case), _offer(case.verdict), self._accepted(case, who)) for case in cases]
        with self.log() as log:
            return log.record_together(made, self._engine.versions, expect)

    def undo_together(self, who: str) -> tuple[Decision, ...]:
        """Withdraw the last entry of ``who``, a batch as one; errors as ``DecisionLog.undo``."""
        with self.log() as log:
            return log.undo_together(who)

    def _accepted(self, case: Case, who: str) -> Ruling:
        verdict = case.verdict
        if verdict is None or (verdict.nature == "service" and verdict.code is None):
            raise DecisionError(f"系统没有给出“{case.project.name}”的完整判定，不能成批同意，请逐项复核")
        item = self._item(verdict.code) if verdict.code else None
        return Ruling("accepted", who, verdict.nature, item.id if item else None, item.name if item else "")

    def _cases(self, project: str, document: str, seen: Seen) -> Iterator[Case]:
        decided = self._engine.decisions.current().in_force
        for budget in self._engine.budgets.current():
            head, found = budget.head, budget.project(project)
            if found and head.sha256.startswith(document):
                yield Case(head, found, self._verdict(found, seen), decided.get((head.sha256, found.id)))

    def _verdict(self, project: Project, seen: Seen) -> Verdict | None:
        try:
            return self._engine.tag(project, seen)
        except UnreadableProject:
            return None

    def _rule(
        self, case: Case, kind: Kind, who: str, nature: str, code: str | None, reason: str, expect: int | None
    ) -> Decision:
        item = self._item(code) if code else None
        ruling = Ruling(kind, who, nature, item.id if item else None, item.name if item else "", reason)
        with self.log() as log:
            return log.record(_subject(case), _offer(case.verdict), ruling, self._engine.versions, expect)

    def _item(self, code: str) -> Item:
        item = self._items.get(code)
        if item is None or item.level != 4:
            raise DecisionError(f"目录中没有四级条目“{code}”，条目编号应如 民政:A040303，可用 catalog search 检索")
        return item


def _subject(case: Case) -> Subject:
    project, head = case.project, case.disclosure
    return Subject(
        *(head.sha256, project.id, project.unit, project.name, project_text(project), project.amount_yuan),
        *(head.document, head.year, project.line),
    )


def _offer(verdict: Verdict | None) -> Offer | None:
    return Offer(verdict.nature, verdict.code, verdict.decision, verdict.confidence) if verdict else None
