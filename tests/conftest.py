"""What the tests share: the shipped document and the records read from it."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, expect, sync_playwright

from catalog_data.catalog import read_catalog
from catalog_data.disclosure import read_disclosure
from catalog_data.model import Catalog, Disclosure, Document
from catalog_data.readers import read_document
from catalog_service.engine import Engine
from indexer.tagger import Tagger

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
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("没有找到 Chromium（chromium、chromium-browser 或 google-chrome），浏览器测试未运行")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*QUIET, "--disable-sync", "--no-first-run"]
        )
        yield browser
        browser.close()
