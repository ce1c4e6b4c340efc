"""An office: a data folder of its own with its people, and the service over it, which can be started again."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Page

from catalog_service.accounts.book import open_accounts
from catalog_service.accounts.roles import UserRole
from catalog_service.accounts.sessions import start_session
from catalog_service.accounts.users import add_user, user_named
from catalog_service.app import create_app
from catalog_service.cookies import NAME
from catalog_service.engine import Engine
from catalog_service.forgery import SESSION
from catalog_service.review_desk import Case
from catalog_service.review_queue import ReviewQueue

from .browsing import listening

PASSWORD = "Sheng-Ji 2026"
PEOPLE: Mapping[str, UserRole] = {"王复核": "reviewer", "李复核": "reviewer", "赵管理": "admin", "孙查阅": "reader"}

COSTS = "孝义市民政局/2026/029"
"""养老机构相关工作经费: running costs, not sure enough to stand without a person."""

Enter = Callable[[str, str], Page]
"""Opens a page as somebody, at an address."""


def review_cases(engine: Engine) -> list[Case]:
    """Every stored project as it is judged, the largest amount in doubt first."""
    return [one.case for one in ReviewQueue(engine).complete().cases]


def acceptable_cases(engine: Engine) -> list[Case]:
    """The open projects whose verdict can be accepted as it stands: none is a service without an item."""
    open_cases = (case for case in review_cases(engine) if case.state == "open")
    return [case for case in open_cases if case.verdict and (case.verdict.nature != "service" or case.verdict.code)]


def copied(engine: Engine, folder: Path, people: Mapping[str, UserRole] = PEOPLE) -> Engine:
    """An engine over a copy of another one's data folder, with people whose password is ``PASSWORD``."""
    shutil.copytree(engine.data_dir, folder, dirs_exist_ok=True, symlinks=True)
    book = open_accounts(folder / "catalog.db")
    for name, role in people.items():
        add_user(book, name, PASSWORD, role, 10, datetime.now(UTC))
    book.close()
    return reopened(engine, folder)


def reopened(engine: Engine, folder: Path) -> Engine:
    """An engine over a folder with the shipped catalog and knowledge, which are not read again."""
    own = Engine(folder)
    own.catalog = engine.catalog
    own._knowledge.current().__dict__["tagger"] = engine.tagger
    return own


class Office:
    """The data folder of ``engine``, with the service over it."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.data_dir = engine, engine.data_dir
        self.app = self.started()

    def started(self) -> Flask:
        """The service as it stands after a start."""
        self.engine = reopened(self.engine, self.data_dir)
        self.app = create_app(self.engine, {"TESTING": True})
        return self.app

    def cookie(self, name: str) -> str:
        """The cookie of somebody who has signed in."""
        book = open_accounts(self.data_dir / "catalog.db")
        session = start_session(book, user_named(book, name), datetime.now(UTC))
        book.close()
        self.app.test_client().get("/login")
        signer = self.app.session_interface.get_signing_serializer(self.app)  # type: ignore[attr-defined]
        return str(signer.dumps({SESSION: session}))

    def client(self, name: str) -> FlaskClient:
        """The browser of somebody who has signed in; of anybody for ''."""
        client = self.app.test_client()
        if name:
            client.set_cookie(NAME, self.cookie(name))
        return client

    def entries(self) -> list[tuple[str, str, str]]:
        """Who decided what, in order."""
        entries = self.engine.decisions.current().entries
        return [(entry.ruling.who, entry.ruling.kind, entry.subject.project) for entry in entries]

    @contextmanager
    def served(self) -> Iterator[str]:
        """The address of a real server."""
        with listening(self.app) as address:
            yield address


def other_than(project: str, office: Office) -> str:
    """The id of another project."""
    return next(case.project.id for case in review_cases(office.engine) if case.project.id != project)


def form_of(page: str) -> dict[str, str]:
    """The hidden fields of the form that takes a decision."""
    form = page[page.index('id="decide"') :]
    return {name: form.split(f'name="{name}" value="')[1].split('"')[0] for name in ("form_token", "expect")}


def decide(client: FlaskClient, project: str, choice: str, reason: str = "", seen: str = ""):  # noqa: ANN201
    """Send a decision as the page does; ``seen`` is the page that was looked at, the present one by default."""
    fields = form_of(seen or client.get(f"/review/{project}").text)
    return client.post(f"/review/{project}", data={**fields, "choice": choice, "reason": reason})


def form_token_in(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="form_token" value="([0-9a-f]{64})"', page)
    assert found, page
    return found[1]


def sign_in(client: FlaskClient, name: str = "张三", password: str = PASSWORD, wanted: str = ""):  # noqa: ANN201
    """Send the form of the sign-in page; ``wanted`` is where to go on."""
    form = {"form_token": form_token_in(client.get("/login").text), "name": name, "password": password, "next": wanted}
    return client.post("/login", data=form)
