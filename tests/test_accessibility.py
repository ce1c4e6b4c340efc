"""Every type of page: WCAG 2.1 AA as far as axe can tell, a narrow screen, one heading, nothing asked of other hosts.

The page types are found by following links from the start page as an administrator, one page for each route, so that
a page that is added later is looked at as well.
"""

from collections.abc import Iterator
from urllib.parse import unquote, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page
from werkzeug.exceptions import HTTPException

from catalog_service.app import create_app
from catalog_service.engine import Engine
from catalog_service.review_desk import ReviewDesk
from catalog_service.unanswered import UnansweredQueries
from indexer.knowledge_changes import Change

from .accessibility import assert_accessible
from .browsing import watched
from .elements import Elements
from .office import PASSWORD, acceptable_cases, copied, sign_in

SECRET = PASSWORD
BESIDE = ["/?q=养老", "/?q=飞碟", "/nowhere", "/?q=" + "养" * 201]
"""Pages that no link leads to, or that look otherwise by what was asked."""


@pytest.fixture(scope="module")
def app(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Flask:
    """The service over a folder where every list holds something."""
    own = copied(engine, tmp_path_factory.mktemp("accessible"))
    data_dir = own.data_dir
    alias = ("福彩事务所", "民政", "本市机构编制文件")
    own.own_knowledge.make(Change(0, "", "赵管理", "单位更名", "departments.tsv", (), (alias,)), engine.catalog)
    desk = ReviewDesk(own)
    desk.accept(acceptable_cases(own)[0], "赵管理")
    UnansweredQueries(data_dir).count("飞碟轨道维护")
    return create_app(own, {"TESTING": True})


@pytest.fixture(scope="module")
def pages(app: Flask) -> list[str]:
    """One address for each type of page."""
    client = app.test_client()
    sign_in(client, "赵管理", SECRET)
    return [*_by_route(app, client), *BESIDE]


def _by_route(app: Flask, client: FlaskClient) -> Iterator[str]:
    routes = app.url_map.bind("localhost")
    seen: set[str] = set()
    waiting = ["/", "/api/v1/docs"]
    while waiting:
        address = waiting.pop(0)
        parts = urlsplit(address)
        try:
            endpoint, _ = routes.match(unquote(parts.path))
        except HTTPException:
            continue
        if parts.netloc or endpoint in seen or endpoint.endswith("static"):
            continue
        seen.add(endpoint)
        with client.get(address) as answer:
            if answer.mimetype == "text/html":
                waiting += [link["href"] or "" for link in Elements(answer.text).named("a")]
                yield address


@pytest.fixture(scope="module")
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The administrator's browser."""
    with watched(browser, address, base_url=address) as page:
        page.goto("/login")
        assert_accessible(page)
        page.get_by_label("用户名").fill("赵管理")
        page.get_by_label("密码").fill(SECRET)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{address}/")
        yield page


def test_every_kind_of_page_is_found(pages: list[str]) -> None:
    roots = {urlsplit(page).path.split("/")[1] for page in pages}
    assert {"departments", "items", "tag", "audits", "review", "knowledge", "listings", "account", "api"} <= roots


def test_every_kind_of_page_can_be_used_by_everybody_on_any_screen(page: Page, pages: list[str]) -> None:
    for address in pages:
        page.goto(address)
        assert_accessible(page)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, address
        assert page.locator("h1").count() == 1, address


def test_a_page_that_cannot_be_used_by_everybody_is_noticed(page: Page) -> None:
    page.goto("/")
    page.evaluate("document.querySelector('label[for=q]').remove()")
    with pytest.raises(AssertionError, match="label"):
        assert_accessible(page)
