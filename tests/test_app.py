"""The application around the pages: headers, error pages, limits."""

import gc
from pathlib import Path

import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient

from catalog_service import review_state
from catalog_service.app import DEFAULTS, SECURITY_HEADERS, create_app, prepare
from catalog_service.config import Settings
from catalog_service.engine import Engine
from indexer import own_knowledge
from indexer.postings import Postings

from .office import COSTS, Office, copied


@pytest.fixture
def app(engine: Engine) -> Flask:
    """The application with routes that fail, read a body and answer in JSON."""
    app = create_app(engine)
    app.add_url_rule("/failing", view_func=lambda: str(1 // 0), endpoint="failing")
    app.add_url_rule("/reading", view_func=lambda: request.get_data(), endpoint="reading", methods=["POST"])
    app.add_url_rule("/json", view_func=lambda: jsonify(name="养老"), endpoint="json")
    return app


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()


@pytest.mark.parametrize("address", ["/", "/departments", "/static/style.css", "/no-such-page", "/failing", "/json"])
def test_every_answer_carries_the_security_headers(client: FlaskClient, address: str) -> None:
    with client.get(address) as answer:
        assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == SECURITY_HEADERS


def test_pages_load_nothing_from_elsewhere_and_hold_no_script_or_style_of_their_own(client: FlaskClient) -> None:
    for address in ("/", "/?q=养老", "/departments", "/departments/民政", "/items/民政:A0402", "/nowhere"):
        page = client.get(address).text
        assert "http://" not in page and "https://" not in page
        scripts = page.count("<script")
        assert scripts == page.count('<script src="/static/') and "<style" not in page and " style=" not in page
    folder = Path("catalog_service/web/static")
    for file in (*folder.glob("*.css"), *folder.glob("*.js")):
        assert "http" not in file.read_text("utf-8"), file.name


def test_an_unknown_address_is_answered_in_chinese_with_a_way_on(client: FlaskClient) -> None:
    answer = client.get("/no-such-page")
    assert answer.status_code == 404
    assert "没有这个页面" in answer.text and 'href="/departments"' in answer.text


def test_a_failure_tells_what_to_do_and_nothing_of_the_inside(client: FlaskClient) -> None:
    answer = client.get("/failing")
    assert answer.status_code == 500
    assert "请稍后再试" in answer.text
    assert "ZeroDivisionError" not in answer.text and "Traceback" not in answer.text


def test_the_error_page_stands_without_the_engine() -> None:
    class Broken:
        """An engine that cannot answer at all."""

        @property
        def catalog(self) -> None:
            raise OSError("disk gone")

    answer = create_app(Broken()).test_client().get("/departments")
    assert answer.status_code == 500 and "系统出错" in answer.text and "disk gone" not in answer.text


def test_a_wrong_method_is_refused_with_the_methods_allowed(client: FlaskClient) -> None:
    answer = client.post("/departments")
    assert answer.status_code == 405 and "GET" in answer.headers["Allow"] and "不支持这种访问方式" in answer.text


def test_a_body_over_the_limit_is_refused(client: FlaskClient, engine: Engine) -> None:
    assert DEFAULTS["MAX_CONTENT_LENGTH"] == 20 * 1024 * 1024
    strict = create_app(engine, {"MAX_CONTENT_LENGTH": 10})
    strict.add_url_rule("/reading", view_func=lambda: request.get_data(), methods=["POST"])
    answer = strict.test_client().post("/reading", data="x" * 11)
    assert answer.status_code == 413 and "提交的内容过大" in answer.text
    assert client.post("/reading", data="x" * 11).status_code == 200


def test_an_untrusted_host_name_is_refused(engine: Engine) -> None:
    client = create_app(engine, settings=Settings(trusted_hosts=("catalog.example",), reading="open")).test_client()
    refused = client.get("/", headers={"Host": "evil.example"})
    assert refused.status_code == 400 and "主机名" in refused.text and "evil" not in refused.text
    assert client.get("/", headers={"Host": "catalog.example"}).status_code == 200


def test_json_keeps_chinese_readable(client: FlaskClient) -> None:
    assert "养老" in client.get("/json").text


def test_no_page_waits_for_what_can_be_read_at_the_start(
    engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = Office(copied(engine, tmp_path, {"王复核": "reviewer"}))
    own_knowledge._read.cache_clear()
    prepare(office.app)
    gc.unfreeze()
    for owner, name in ((Postings, "lines"), (own_knowledge, "read_table"), (review_state, "_grouped")):
        monkeypatch.delattr(owner, name)
    client = office.client("王复核")
    for address in ("/?q=yanglao", "/?q=养老福务", "/knowledge", "/knowledge/entries", f"/review/{COSTS}"):
        assert client.get(address).status_code == 200, address
