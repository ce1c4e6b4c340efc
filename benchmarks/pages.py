"""Processor time of every type of page over a store of 10,000 projects, from the request to the last byte.

The peer, in the same run, is ``/healthz``: what routes, sessions, headers and logs cost without any page. Besides the
median of many requests stand the first request after a start and the first after a decision, which find caches empty.

    python -m benchmarks.pages [--projects 10000] [--disclosures 10] [--decided 1000] [--data-dir FOLDER]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles

from flask import Flask
from flask.testing import FlaskClient

from catalog_data.store import Store
from catalog_service.accounts.book import open_accounts
from catalog_service.accounts.sessions import start_session
from catalog_service.accounts.users import add_user, user_named
from catalog_service.app import create_app, prepare
from catalog_service.cookies import NAME
from catalog_service.engine import Engine, stored_verdicts
from catalog_service.forgery import SESSION
from catalog_service.review_desk import ReviewDesk
from catalog_service.review_queue import ReviewQueue

from .county import county

REVIEWER, OTHER = "王复核", "李复核"
RUNS = 20
PEER = "/healthz"


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of a page: the first request after a start, the first after a decision, then one after another."""

    first: float
    decided: float
    others: list[float]

    def row(self, title: str, peer: float) -> str:
        """The timing as a row of a Markdown table; the last cell is the median in units of the peer's."""
        p95 = quantiles(self.others, n=20)[-1]
        shown = (self.first, self.decided, median(self.others), p95, max(self.others))
        cells = " | ".join(f"{milliseconds:.1f}" for milliseconds in shown)
        return f"| {title} | {cells} | {median(self.others) / peer:.0f} |"


def fill(folder: Path, projects: int, disclosures: int, decided: int) -> None:
    """A store with budgets that were audited and of which some projects are decided."""
    engine = Engine(folder)
    engine.build()
    engine.prepare()
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    for disclosure in county(projects, disclosures, engine.catalog):
        with Store(engine.store_path) as store:
            store.import_disclosure(disclosure)
            verdicts = stored_verdicts(tuple(map(engine.tag, disclosure.projects)), engine.catalog, made_at)
            store.save_verdicts(disclosure.sha256, list(verdicts))
    state, desk = ReviewQueue(engine).complete(), ReviewDesk(engine)
    sure = [o.case for o in state.cases if o.own_verdict and (o.own_verdict.code or o.own_verdict.nature != "service")]
    for start in range(0, decided, 100):
        desk.accept_alike(sure[start : min(start + 100, decided)], OTHER, desk.last())
    book = open_accounts(engine.store_path)
    for name in (REVIEWER, OTHER):
        add_user(book, name, "correct horse battery", "reviewer", 10, datetime.now(UTC))
    book.close()


def pages(folder: Path) -> Mapping[str, str]:
    """The address of one page of every type, by what it is."""
    engine = Engine(folder)
    state = ReviewQueue(engine).current()
    budget = max(engine.budgets.current(), key=lambda budget: len(budget.disclosure.projects))
    audit, entry = f"/audits/{budget.head.sha256[:12]}", next(iter(state.decisions.in_force.values()))
    open_one = next(one for one in state.cases if one.case.state == "open")
    case = f"{open_one.key[1]}?document={open_one.key[0][:12]}"
    return {
        "search": "/?q=养老服务",
        "department": "/departments/民政",
        "item": "/items/民政:A040303",
        "listing to print": "/listings/catalog?department=民政",
        "tag": "/tag",
        "audits": "/audits",
        "audit": audit,
        "audit, projects": f"{audit}/projects?sort=doubt",
        "audit, one project": f"{audit}/projects/7",
        "review, queue": "/review",
        "review, all, last page": f"/review?state=all&page={len(state.cases) // 25}",
        "review, one project": f"/review/{case}",
        "review, equal rows": f"/review/bulk/{case}",
        "review, sample": "/review/sample",
        "review, second opinions": "/review/second",
        "knowledge": "/knowledge",
        "knowledge, entries": "/knowledge/entries",
        "precedents": "/knowledge/precedents",
        "precedent": f"/knowledge/precedents/{entry.id}",
        "changes": "/knowledge/changes",
        "unanswered": "/knowledge/unanswered",
        "catalog findings": "/knowledge/findings",
        "account": "/account",
        "API, projects": "/api/v1/projects",
        "API, one project": f"/api/v1/projects/{open_one.key[1]}",
    }


def served(folder: Path) -> tuple[Flask, FlaskClient]:
    """The service as it stands after a start, and a reviewer's browser."""
    engine = Engine(folder)
    engine.prepare()
    app = create_app(engine)
    prepare(app)
    book = open_accounts(engine.store_path)
    session = start_session(book, user_named(book, REVIEWER), datetime.now(UTC))
    book.close()
    client = app.test_client()
    client.get("/login")
    signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
    client.set_cookie(NAME, str(signer.dumps({SESSION: session})))
    return app, client


def spent(client: FlaskClient, address: str) -> float:
    """Milliseconds until the whole answer is there."""
    began = time.thread_time()
    answer = client.get(address)
    answer.get_data()
    took = (time.thread_time() - began) * 1000
    assert answer.status_code == 200, (address, answer.status_code)
    return took


def deciding(app: Flask) -> Iterator[None]:
    """Decide one project after the other."""
    desk = ReviewDesk(app.extensions["catalog_engine"])
    for one in app.extensions["review_queue"].current().cases[::-1]:
        if one.case.decision is None and one.own_verdict:
            desk.defer(desk.case(one.key[1], one.key[0]), OTHER, "待查")
            yield


def measured(folder: Path) -> dict[str, Timing]:
    """Every page after a start, after decisions, and again and again."""
    asked = {"peer": PEER, **pages(folder)}
    app, client = served(folder)
    spent(client, PEER)
    first = {title: spent(client, address) for title, address in asked.items()}
    decisions = deciding(app)
    decided, others = {}, {}
    for title, address in asked.items():
        next(decisions)
        decided[title] = spent(client, address)
        others[title] = [spent(client, address) for _ in range(RUNS)]
    return {title: Timing(first[title], decided[title], others[title]) for title in asked}


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description="Server time of every page")
    parser.add_argument("--projects", type=int, default=10_000)
    parser.add_argument("--disclosures", type=int, default=10)
    parser.add_argument("--decided", type=int, default=1_000)
    parser.add_argument("--data-dir", type=Path, help="a folder that a run has filled, or that this one is to fill")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = given.data_dir or Path(temporary)
        if not (folder / "catalog.db").exists():
            fill(folder, given.projects, given.disclosures, given.decided)
        began = time.perf_counter()
        served(folder)
        print(f"ready to serve after {time.perf_counter() - began:.1f} s")
        timings = measured(folder)
    peer = median(timings["peer"].others)
    print("| page, ms | first after start | first after a decision | median | p95 | max | of peer |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for title, timing in timings.items():
        print(timing.row(title, peer))


if __name__ == "__main__":
    main()
