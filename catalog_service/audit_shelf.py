"""The shelf of audits: stored disclosures with the verdicts on their projects and the reviewers' decisions.

What is read from the store is kept until it changes there, so that a page need not read ten thousand projects anew.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from catalog_data.checks import cross_check
from catalog_data.decisions import SETTLING, Decision
from catalog_data.model import Disclosure, Finding, Item, Project, Versions
from catalog_data.store import DisclosureEntry, Store, StoredVerdict

from .budgets import Budget
from .engine import Engine, readable_verdicts, stored_verdicts, unjudged_findings
from .review_desk import State

KEPT = 30
"""Audits that are kept at hand."""

Standing = Mapping[tuple[str, str], Decision]


class UnknownAudit(LookupError):
    """No stored disclosure has this id; the message says so in Chinese."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A project of an audit: its ordinal from 1, the engine's verdict (None where its name says nothing), the
    decision in force (None where there is none) and the catalog row of the answer that counts. ``blind``: there is a
    decision that whoever asks must not see."""

    number: int
    project: Project
    verdict: StoredVerdict | None
    decision: Decision | None
    item: Item | None
    blind: bool = False

    @property
    def state(self) -> State:
        """Whether a person has decided, nobody needs to, or somebody must; a deferred project is open."""
        if self.decision and self.decision.ruling.kind in SETTLING:
            return "decided"
        return "auto" if self.verdict and self.verdict.decision == "auto" and not self.decision else "open"

    @property
    def nature(self) -> str:
        """The nature that counts: the reviewer's, else the engine's, '' where neither is known."""
        if self.decision and self.state == "decided":
            return self.decision.ruling.nature
        return self.verdict.nature if self.verdict else ""

    @property
    def amount(self) -> Decimal:
        """The amount in 元, 0 where none is printed."""
        return self.project.amount_yuan or Decimal(0)

    @property
    def confidence(self) -> float:
        """The engine's, 0 where it could not judge."""
        return self.verdict.confidence if self.verdict else 0.0

    @property
    def flags(self) -> tuple[str, ...]:
        """What a reviewer must not overlook."""
        return self.verdict.flags if self.verdict else ()

    @property
    def doubt(self) -> Decimal:
        """The amount in doubt in 元; nothing once a reviewer has decided."""
        return Decimal(0) if self.state == "decided" else (1 - Decimal(str(self.confidence))) * self.amount


@dataclass(frozen=True, slots=True)
class ShelvedAudit:
    """A disclosure with its entries in printed order and the findings of reading and cross-check.

    ``made_at`` is when the verdicts were made (ISO, UTC), ``current`` whether by the present catalog, engine and
    knowledge.
    """

    head: DisclosureEntry
    disclosure: Disclosure
    findings: tuple[Finding, ...]
    entries: tuple[Entry, ...]
    made_at: str
    current: bool


@dataclass(frozen=True, slots=True)
class _Judged:
    """What changes only with the store's disclosure or verdicts; ``mark`` tells whether it did."""

    mark: tuple[object, ...]
    verdicts: Mapping[str, StoredVerdict]
    findings: tuple[Finding, ...]


class AuditShelf:
    """The audits of one engine's store; for all threads of a server."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._lock = threading.Lock()
        self._judged: OrderedDict[str, _Judged] = OrderedDict()
        self._entries: dict[str, tuple[tuple[object, ...], tuple[Entry, ...]]] = {}

    def heads(self) -> tuple[DisclosureEntry, ...]:
        """The stored disclosures, latest year first; the shipped ones are stored on first use."""
        return tuple(budget.head for budget in self._budgets())

    def audit(self, id_: str) -> ShelvedAudit:
        """The audit of a disclosure; ``id_`` is the beginning of its SHA-256. Raises ``UnknownAudit``."""
        budget = next((budget for budget in self._budgets() if budget.head.sha256.startswith(id_)), None)
        if budget is None:
            raise UnknownAudit(f"没有编号为“{id_}”的预算公开文件。")
        with self._lock:
            judged = self._judgement(budget)
            entries = self._joined(budget, judged)
        verdicts = judged.verdicts.values()
        made_at = max((verdict.made_at for verdict in verdicts), default="")
        present = self._engine.versions
        current = all(_by(verdict, present, self._engine.catalog.sha256) for verdict in verdicts)
        return ShelvedAudit(budget.head, budget.disclosure, judged.findings, entries, made_at, current)

    def _budgets(self) -> tuple[Budget, ...]:
        self._engine.catalog  # noqa: B018 - a folder without a store is built by asking for the catalog
        return self._engine.budgets.current()

    def judge_again(self, id_: str) -> None:
        """Judge the projects of a disclosure anew and keep the verdicts. Raises ``UnknownAudit``."""
        audit = self.audit(id_)
        verdicts = list(self._verdicts(audit.disclosure))
        with Store(self._engine.store_path) as store:
            store.save_verdicts(audit.head.sha256, verdicts)

    def _judgement(self, budget: Budget) -> _Judged:
        sha256, disclosure = budget.head.sha256, budget.disclosure
        with Store(self._engine.store_path) as store:
            saved = store.verdicts_mark(sha256)
            mark = (budget.head.imported_at, saved or self._engine.versions)
            kept = self._judged.get(sha256)
            if kept and kept.mark == mark:
                self._judged.move_to_end(sha256)
                return kept
            verdicts = store.verdicts(sha256)
        told = {verdict.project: verdict for verdict in verdicts or self._verdicts(disclosure)}
        findings = (*unjudged_findings(disclosure, told), *cross_check(disclosure), *disclosure.findings)
        self._judged[sha256] = judged = _Judged(mark, told, findings)
        while len(self._judged) > KEPT:
            dropped, _ = self._judged.popitem(last=False)
            self._entries.pop(dropped, None)
        return judged

    def _verdicts(self, disclosure: Disclosure) -> Iterator[StoredVerdict]:
        made_at = datetime.now(UTC).isoformat(timespec="seconds")
        verdicts = readable_verdicts(disclosure, self._engine.tag)
        return stored_verdicts(tuple(verdicts.values()), self._engine.catalog, made_at)

    def _joined(self, budget: Budget, judged: _Judged) -> tuple[Entry, ...]:
        decisions = self._engine.decisions.current()
        sha256, mark = budget.head.sha256, (decisions.last, *judged.mark)
        if self._entries.get(sha256, ((), ()))[0] != mark:
            self._entries[sha256] = (mark, tuple(self._paired(budget, judged, decisions.in_force)))
        return self._entries[sha256][1]

    def _paired(self, budget: Budget, judged: _Judged, decided: Standing) -> Iterator[Entry]:
        for number, project in enumerate(budget.disclosure.projects, 1):
            verdict, decision = judged.verdicts.get(project.id), decided.get((budget.head.sha256, project.id))
            settled = decision is not None and decision.ruling.kind in SETTLING
            code = decision.ruling.item if decision and settled else verdict.item if verdict else None
            yield Entry(number, project, verdict, decision, self._engine.items.get(code or ""))


def _by(verdict: StoredVerdict, versions: Versions, catalog: str) -> bool:
    made_by = (verdict.catalog, verdict.engine, verdict.knowledge)
    return made_by == (catalog, versions.engine, versions.knowledge)
