"""The queue of stored projects: kept verdicts serve, others are made meanwhile, decisions count at once."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from catalog_data.kept_verdicts import KeptVerdict, KeptVerdicts, outline
from catalog_data.model import Disclosure, Project, Verdict
from catalog_data.store import Store
from catalog_service.engine import Engine
from catalog_service.live_decisions import Key
from catalog_service.review_desk import ReviewDesk
from catalog_service.review_queue import AT_ONCE, ReviewQueue
from catalog_service.review_state import QueueState
from indexer.tagger import Tagger

from .office import COSTS, Office, reopened

SHIPPED = Path("catalog_data/sources/xiaoyi-civil-affairs-2026-budget.txt")


@pytest.fixture
def judged(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the projects that the tagger judges."""
    seen: list[str] = []
    tag = Tagger.tag

    def watched(tagger: Tagger, project: Project) -> Verdict:
        seen.append(project.id)
        return tag(tagger, project)

    monkeypatch.setattr(Tagger, "tag", watched)
    return seen


def next_year(engine: Engine, disclosure: Disclosure, copies: int = 1) -> None:
    """Store the budget of the next year, with every project ``copies`` times."""
    rows = [(k, n, project) for k in range(copies) for n, project in enumerate(disclosure.projects)]
    later = tuple(
        replace(p, id=f"2027/{k}/{n}", name=p.name.replace("2026", "2027"), document="2027.txt", sheet=None)
        for k, n, p in rows
    )
    other = replace(disclosure, sha256="f" * 64, document="2027.txt", year=2027, projects=later)
    with Store(engine.store_path) as store:
        store.import_disclosure(replace(other, sheets=(), tables=(), statements=(), findings=()))


def reference(engine: Engine, state: QueueState) -> list[tuple[Key, Verdict]]:
    """What the queue ought to hold, in this order, judged project by project."""
    own = {one.key: Decimal(str(engine.tagger.tag(one.case.project).confidence)) for one in state.cases}
    doubt = {one.key: (1 - own[one.key]) * (one.case.project.amount_yuan or 0) for one in state.cases}
    printed = {(b.head.sha256, p.id): p for b in engine.budgets.current() for p in b.disclosure.projects}
    return [(key, outline(engine.tag(printed[key]))) for key in sorted(printed, key=lambda key: -doubt[key])]


def held(state: QueueState) -> list[tuple[Key, Verdict | None]]:
    return [(one.key, one.case.verdict) for one in state.cases]


def test_the_queue_holds_what_judging_every_project_one_by_one_gives(office: Office, disclosure: Disclosure) -> None:
    next_year(office.engine, disclosure)
    queue, desk = ReviewQueue(office.engine), ReviewDesk(office.engine)
    queue.current()
    for project, nature in ((COSTS, "goods"), ("孝义市民政局/2026/031", "grant"), ("孝义市民政局/2026/006", "cash")):
        case = desk.case(project)
        if case.verdict and case.verdict.nature == nature:
            desk.accept(case, "王复核")
        else:
            desk.change(case, "王复核", nature, None, "见合同")
        state = queue.current()
        assert held(state) == reference(office.engine, state)
    desk.undo(2, "王复核")
    state = queue.current()
    assert held(state) == reference(office.engine, state)
    assert held(ReviewQueue(reopened(office.engine, office.data_dir)).current()) == held(state)


def test_a_decision_counts_at_once_for_the_same_project_of_the_next_year(
    office: Office, disclosure: Disclosure
) -> None:
    next_year(office.engine, disclosure)
    queue, desk = ReviewQueue(office.engine), ReviewDesk(office.engine)
    number = [project.id for project in disclosure.projects].index(COSTS)
    before = queue.current().find(f"2027/0/{number}")
    entry = desk.reject(desk.case(COSTS), "王复核", "goods", "见合同")
    decided, later = queue.current().find(COSTS), queue.current().find(f"2027/0/{number}")
    assert decided and decided.case.state == "decided" and decided.case.decision == entry
    assert later and later.case.verdict and later.case.verdict.nature == "goods" and later.case.decision is None
    desk.undo(entry.id, "李复核")
    assert queue.current().find(f"2027/0/{number}") == before
    assert office.engine.precedents.decisions == ()


def nothing_kept(engine: Engine) -> None:
    """Forget what was judged over this folder before."""
    with KeptVerdicts(engine.store_path), closing(sqlite3.connect(engine.store_path)) as store, store:
        store.execute("DELETE FROM kept_verdicts")


def test_after_a_restart_no_project_is_judged_again(office: Office, judged: list[str]) -> None:
    nothing_kept(office.engine)
    assert len(ReviewQueue(office.engine).current().cases) == 67
    first = set(judged)
    judged.clear()
    state = ReviewQueue(reopened(office.engine, office.data_dir)).complete()
    assert len(first) == len(state.cases) == 67 and judged == []


def test_an_audit_leaves_nothing_to_judge(office: Office, judged: list[str]) -> None:
    office.engine.audit(SHIPPED)
    judged.clear()
    assert len(ReviewQueue(office.engine).complete().cases) == 67 and judged == []


def test_what_was_judged_by_other_knowledge_stays_shown_and_is_judged_meanwhile(office: Office) -> None:
    queue = ReviewQueue(office.engine)
    true = held(queue.current())
    (budget,) = office.engine.budgets.current()
    old = next(one.own_verdict for one in queue.current().cases if one.key[1] == COSTS)
    assert old is not None
    outdated = KeptVerdict("别的知识", replace(old, nature="goods", code=None, confidence=0.5))
    with KeptVerdicts(office.engine.store_path) as kept:
        kept.keep([(budget.head, COSTS, outdated)])
    again = ReviewQueue(reopened(office.engine, office.data_dir))
    shown = again.current().find(COSTS)
    assert shown and shown.case.verdict and shown.case.verdict.nature in {"goods", old.nature}
    assert held(again.complete()) == true
    assert again.progress() == (0, 0)
    with KeptVerdicts(office.engine.store_path) as kept:
        assert {one.basis for one in kept.of(budget.head.sha256).values()} == {office.engine.basis}


def test_many_new_projects_are_listed_at_once_and_judged_meanwhile(office: Office, disclosure: Disclosure) -> None:
    copies = 1 + AT_ONCE // 67
    next_year(office.engine, disclosure, copies)
    queue = ReviewQueue(office.engine)
    state = queue.current()
    assert len(state.cases) == 67 * (1 + copies)
    assert any(one.basis == "" for one in state.cases)
    done = queue.complete()
    assert {one.basis for one in done.cases} == {office.engine.basis}
    assert held(done) == reference(office.engine, done)


def test_a_new_reading_of_a_document_forgets_what_was_said_of_the_old_one(
    office: Office, disclosure: Disclosure, judged: list[str]
) -> None:
    queue = ReviewQueue(office.engine)
    queue.current()
    changed = tuple(replace(p, description="购置办公设备") if p.id == COSTS else p for p in disclosure.projects)
    with Store(office.engine.store_path) as store:
        assert store.import_disclosure(replace(disclosure, projects=changed))
    judged.clear()
    found = queue.current().find(COSTS)
    assert found and found.case.project.description == "购置办公设备" and COSTS in judged


def test_a_store_put_back_from_a_backup_is_read_anew(office: Office) -> None:
    queue, desk = ReviewQueue(office.engine), ReviewDesk(office.engine)
    saved = office.engine.store_path.with_name("saved.db")
    queue.current()
    with closing(sqlite3.connect(office.engine.store_path)) as store:
        store.execute("VACUUM INTO ?", (str(saved),))
    desk.reject(desk.case(COSTS), "王复核", "goods", "见合同")
    assert (decided := queue.current().find(COSTS)) and decided.case.state == "decided"
    for beside in office.data_dir.glob("catalog.db-*"):
        beside.unlink()
    saved.replace(office.engine.store_path)
    state = queue.current()
    assert state.last == 0 and held(state) == reference(office.engine, state)
