"""What the tests share: the shipped document and the records read from it."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page, expect, sync_playwright

from catalog_data.catalog import read_catalog
from catalog_data.disclosure import read_disclosure
from catalog_data.model import Catalog, Disclosure, Document
from catalog_data.readers import read_document
from catalog_service.app import create_app
from catalog_service.cookies import NAME
from catalog_service.engine import Engine
from indexer.tagger import Tagger

from .browsing import WIDE, listening, watched
from .office import Enter, Office, copied

SOURCE = Path("catalog_data/sources/xiaoyi-civil-affairs-2026-budget.txt")
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
QUIET = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]


expect.set_options(timeout=20_000)
settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("busy")
"""A busy machine may take a while; what is shown or answered in the end is what is tested."""


@pytest.fixture(scope="session")
def document() -> Document:
    return read_document(SOURCE)


@pytest.fixture(scope="session")
def catalog(document: Document) -> Catalog:
    return read_catalog(document)


@pytest.fixture(scope="session")
def disclosure(document: Document) -> Disclosure:
    return read_disclosure(document)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a data folder of its own, built once."""
    engine = Engine(tmp_path_factory.mktemp("data"))
    engine.prepare()
    return engine


@pytest.fixture(scope="session")
def tagger(engine: Engine) -> Tagger:
    return engine.tagger


@pytest.fixture(scope="module")
def app(engine: Engine) -> Flask:
    """The service over the folder that all tests read; modules that write have one of their own."""
    return create_app(engine)


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.fixture(scope="module")
def address(app: Flask) -> Iterator[str]:
    """The address of a real server over ``app``."""
    with listening(app) as found:
        yield found


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole run; every page has a context of its own in it."""
    if CHROMIUM is None:
        pytest.skip("没有找到 Chromium（chromium、chromium-browser 或 google-chrome），浏览器测试未运行")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, "--disable-sync", "--no-first-run"]
        )
        yield browser
        browser.close()


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """A narrow page at nobody's browser."""
    with watched(browser, address) as page:
        yield page


@pytest.fixture
def office(engine: Engine, tmp_path: Path) -> Office:
    """An office with reviewers, an administrator and a reader."""
    return Office(copied(engine, tmp_path / "data"))


@pytest.fixture
def enter(browser: Browser, office: Office) -> Iterator[Enter]:
    """Open wide pages as somebody of the office who has signed in."""
    with ExitStack() as entered:

        def enter(name: str, address: str) -> Page:
            page = entered.enter_context(watched(browser, address, viewport=WIDE))
            page.context.add_cookies([{"name": NAME, "value": office.cookie(name), "url": address}])
            page.context.set_default_timeout(20_000)
            return page

        yield enter
