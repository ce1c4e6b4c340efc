"""Who may do what: reading open or closed, roles, scopes, forged requests, rate limits, and the pages of an account."""

import json
import logging
import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect

from catalog_service.access import current_actor, public, require, requirement_of
from catalog_service.accounts.book import AccountBook, open_accounts
from catalog_service.accounts.roles import UserRole
from catalog_service.accounts.tokens import issue_token
from catalog_service.accounts.users import add_user, user_named
from catalog_service.app import create_app
from catalog_service.config import Settings
from catalog_service.engine import Engine

from .browsing import listening, watched
from .elements import Elements
from .live_server import live_server
from .office import PASSWORD, copied, form_token_in, sign_in

GOOD = PASSWORD
OTHER = "Qing_Dan 2027"
NOW = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
ELSEWHERE = {"REMOTE_ADDR": "10.1.2.3"}

Serve = Callable[..., Flask]


@pytest.fixture(scope="module")
def data_dir(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with an administrator 张三, a reviewer wang.wu and a reader li.si."""
    people: dict[str, UserRole] = {"张三": "admin", "wang.wu": "reviewer", "li.si": "reader"}
    return copied(engine, tmp_path_factory.mktemp("access"), people).data_dir


@pytest.fixture
def book(data_dir: Path) -> Iterator[AccountBook]:
    book = open_accounts(data_dir / "catalog.db")
    book.execute("DELETE FROM sign_in_failures")
    yield book
    book.close()


@pytest.fixture
def serve(data_dir: Path, book: AccountBook) -> Serve:
    """The application with one view for each requirement."""

    def made(**settings: object) -> Flask:
        app = create_app(Engine(data_dir), {"TESTING": True}, Settings(**settings))
        marks = {"tag": require("reader", "tag"), "review": require("reviewer"), "admin": require("admin")}
        for name, mark in {"read": lambda view: view, "public": public, **marks}.items():
            app.add_url_rule(
                f"/probe/{name}",
                name,
                mark(lambda: f"{current_actor().name}/{current_actor().role}"),
                methods=["GET", "POST"],
            )
        return app

    return made


@pytest.fixture
def token(book: AccountBook) -> Callable[..., dict[str, str]]:
    def made(name: str, *scopes: str) -> dict[str, str]:
        issued = issue_token(book, user_named(book, name), "测试", scopes, NOW)
        return {"Authorization": f"Bearer {issued}"}

    return made


def statuses(client: FlaskClient, **sent: object) -> dict[str, int]:
    return {
        name: client.get(f"/probe/{name}", **sent).status_code for name in ("public", "read", "tag", "review", "admin")
    }


OPEN = {"public": 200, "read": 200, "tag": 200, "review": 401, "admin": 401}
SHUT = {"public": 200, "read": 401, "tag": 401, "review": 401, "admin": 401}


@pytest.mark.parametrize(
    ("reading", "here", "elsewhere"), [("loopback", OPEN, SHUT), ("open", OPEN, OPEN), ("closed", SHUT, SHUT)]
)
def test_reading_is_open_or_closed_by_configuration_and_writing_always_needs_somebody(
    serve: Serve, reading: str, here: dict[str, int], elsewhere: dict[str, int]
) -> None:
    client = serve(reading=reading).test_client()
    assert statuses(client) == here
    assert statuses(client, environ_base=ELSEWHERE) == elsewhere


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Forwarded-For": "127.0.0.1"},
        {"Forwarded": "for=127.0.0.1"},
        {"X-Real-IP": "127.0.0.1"},
        {"Host": "rebound.example:8000"},
    ],
)
def test_what_came_through_a_proxy_or_asks_for_a_foreign_name_is_not_from_this_machine(serve: Serve, headers) -> None:
    assert statuses(serve().test_client(), headers=headers) == SHUT


def test_the_names_of_this_machine_are_its_own(serve: Serve) -> None:
    for host, address in (("127.0.0.1:8000", "127.0.0.1"), ("[::1]:8000", "::1"), ("localhost", "127.0.0.5")):
        answer = serve().test_client().get("/probe/read", headers={"Host": host}, environ_base={"REMOTE_ADDR": address})
        assert answer.status_code == 200


@pytest.mark.parametrize("host", ["", "[::1", "a:b:c", "[x]", "127.0.0.1@evil", "::1", "%00", "localhost.", "养老"])
def test_a_host_that_is_no_name_of_this_machine_is_a_stranger_or_wrong(serve: Serve, host: str) -> None:
    answer = serve().test_client().get("/probe/read", headers={"Host": host.encode().decode("latin-1")})
    assert answer.status_code in (400, 401)


def test_behind_a_trusted_proxy_the_address_is_the_one_it_saw(serve: Serve) -> None:
    client = serve(trusted_proxies=1).test_client()
    assert statuses(client, headers={"X-Forwarded-For": "127.0.0.1, 10.1.2.3"}) == SHUT
    assert statuses(client, headers={"X-Forwarded-For": "10.1.2.3, 127.0.0.1"}) == OPEN


@pytest.mark.parametrize(
    ("name", "scopes", "allowed"),
    [
        ("li.si", ["read"], {"read"}),
        ("li.si", ["tag"], {"tag"}),
        ("wang.wu", ["read", "review"], {"read", "review"}),
        ("张三", ["admin"], {"admin"}),
        ("张三", ["read", "tag", "review", "admin"], {"read", "tag", "review", "admin"}),
    ],
)
def test_a_token_may_do_what_its_scopes_say_and_no_more(serve: Serve, token, name, scopes, allowed) -> None:
    answers = statuses(serve(reading="closed").test_client(), headers=token(name, *scopes))
    assert {view for view, status in answers.items() if status == 200} == {"public", *allowed}
    assert {status for view, status in answers.items() if view not in {"public", *allowed}} <= {403}


def test_a_token_loses_what_its_owner_loses(serve: Serve, token, book: AccountBook) -> None:
    headers, client = token("wang.wu", "review"), serve().test_client()
    assert client.post("/probe/review", headers=headers).text == "wang.wu/reviewer"
    book.execute("UPDATE users SET role = 'reader' WHERE name = 'wang.wu'")
    assert client.post("/probe/review", headers=headers).status_code == 403
    book.execute("UPDATE users SET role = 'reviewer' WHERE name = 'wang.wu'")


@pytest.mark.parametrize("credentials", ["Bearer", "Bearer catalog_wrong", "bearer \u00e9", "Bearer " + "x" * 5000])
def test_a_token_that_is_not_valid_is_refused_even_where_reading_is_open(serve: Serve, credentials: str) -> None:
    answer = serve(reading="open").test_client().get("/probe/public", headers={"Authorization": credentials})
    assert answer.status_code == 401 and "invalid_token" in answer.headers["WWW-Authenticate"]


READING_POSTS = {"/api/v1/tag", "/api/v1/tag/batch", "/reconcile", "/tag"}
"""What is posted to be read or judged: it changes nothing."""

EVERYBODYS = {"/login", "/logout", "/healthz", "/readyz", "/metrics", "/api/v1/docs", "/api/v1/openapi.json"}


def test_every_view_that_changes_something_asks_for_a_person_and_few_ask_for_nobody(engine: Engine) -> None:
    app = create_app(engine)
    rules = {rule.rule: rule for rule in app.url_map.iter_rules() if rule.endpoint != "static"}
    asked = {path: requirement_of(app.view_functions[rule.endpoint]).role for path, rule in rules.items()}
    assert {path for path, role in asked.items() if role is None} <= EVERYBODYS
    writes = {path for path, rule in rules.items() if (rule.methods or set()) & {"POST", "PUT", "PATCH", "DELETE"}}
    for path in sorted(writes - EVERYBODYS - READING_POSTS):
        assert asked[path] != "reader" or path.startswith("/account/"), path


def test_a_person_signs_in_goes_on_to_the_page_wanted_and_out_again(serve: Serve) -> None:
    client = serve(reading="closed").test_client()
    turned_away = client.get("/departments?x=1", headers={"Accept": "text/html"})
    assert turned_away.status_code == 303 and turned_away.location == "/login?next=/departments?x%3D1"
    let_in = sign_in(client, wanted="/departments?x=1")
    assert let_in.status_code == 303 and let_in.location == "/departments?x=1"
    cookie = let_in.headers["Set-Cookie"]
    assert "HttpOnly" in cookie and "SameSite=Lax" in cookie and "Secure" not in cookie
    page = client.get("/account")
    assert "张三的账号" in page.text and page.headers["Cache-Control"] == "private, no-store"
    kept = client.get_cookie("catalog_session")
    out = client.post("/logout", data={"form_token": form_token_in(page.text)})
    assert out.status_code == 303 and client.get("/account").status_code == 401
    client.set_cookie("catalog_session", kept.value)
    assert client.get("/account").status_code == 401


def test_over_https_the_cookie_is_for_https_alone(serve: Serve) -> None:
    client = serve(trusted_proxies=1).test_client()
    answer = client.get("/login", headers={"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.1.2.3"})
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Secure" in serve(https_only=True).test_client().get("/login").headers["Set-Cookie"]


def test_the_session_is_another_one_after_signing_in(serve: Serve) -> None:
    client = serve().test_client()
    before = form_token_in(client.get("/login").text)
    fixed = client.get_cookie("catalog_session")
    sign_in(client)
    assert form_token_in(client.get("/account").text) != before
    stranger = serve().test_client()
    stranger.set_cookie("catalog_session", fixed.value)
    assert stranger.get("/account").status_code == 401


@pytest.mark.parametrize("value", ["", "x", "eyJpZCI6ImEifQ.aaaaaa.bbbbbb", "." * 4000, "\u00e9"])
def test_a_cookie_that_was_tampered_with_is_nobodys(serve: Serve, value: str) -> None:
    answer = serve().test_client().get("/account", headers={"Cookie": f"catalog_session={value}"})
    assert answer.status_code == 401


def test_a_wrong_password_says_so_and_too_many_lock(serve: Serve) -> None:
    client = serve(lock_after=3).test_client()
    for _ in range(3):
        answer = sign_in(client, password=OTHER)
        assert answer.status_code == 401 and "用户名或密码不对" in answer.text and OTHER not in answer.text
    locked = sign_in(client)
    assert locked.status_code == 429 and 0 < int(locked.headers["Retry-After"]) <= 900 and "15 分钟" in locked.text


def test_roles_open_what_they_reach(serve: Serve) -> None:
    client = serve(reading="closed").test_client()
    sign_in(client, "wang.wu")
    assert statuses(client) == {"public": 200, "read": 200, "tag": 200, "review": 200, "admin": 403}
    assert "需要“管理”角色" in client.get("/probe/admin").text


@pytest.mark.parametrize(
    ("headers", "with_token", "status"),
    [
        ({}, True, 200),
        ({}, False, 403),
        ({"Sec-Fetch-Site": "same-origin"}, True, 200),
        ({"Sec-Fetch-Site": "same-site"}, True, 403),
        ({"Sec-Fetch-Site": "cross-site"}, True, 403),
        ({"Origin": "http://localhost"}, True, 200),
        ({"Origin": "http://evil.example"}, True, 403),
        ({"Origin": "null"}, True, 403),
        ({"Sec-Fetch-Site": "same-origin"}, False, 403),
    ],
)
def test_what_another_site_makes_a_browser_send_is_refused(
    serve: Serve, headers, with_token: bool, status: int
) -> None:
    client = serve().test_client()
    sign_in(client)
    if with_token:
        headers = headers | {"X-Form-Token": form_token_in(client.get("/account").text)}
    assert client.post("/probe/admin", headers=headers).status_code == status


def test_nobody_can_be_signed_in_by_another_site(serve: Serve) -> None:
    client = serve().test_client()
    client.get("/login")
    assert client.post("/login", data={"name": "张三", "password": GOOD}).status_code == 403


def test_a_program_with_a_token_needs_no_form_token(serve: Serve, token) -> None:
    headers = token("张三", "admin") | {"Sec-Fetch-Site": "cross-site"}
    assert serve().test_client().post("/probe/admin", headers=headers).status_code == 200


def test_a_password_is_changed_and_other_sessions_end(serve: Serve, book: AccountBook) -> None:
    add_user(book, "zhao.liu", GOOD, "reader", 10, NOW)
    here, there = serve().test_client(), serve().test_client()
    sign_in(here, "zhao.liu")
    sign_in(there, "zhao.liu")

    def change(old: str, new: str, again: str):  # noqa: ANN202
        form = {"form_token": form_token_in(here.get("/account").text), "password": old, "new": new, "again": again}
        return here.post("/account/password", data=form, follow_redirects=True)

    assert "原密码不对" in change(OTHER, OTHER, OTHER).text
    assert "不一致" in change(GOOD, OTHER, GOOD).text
    assert "三种" in change(GOOD, "simplepassword", "simplepassword").text
    assert "密码已更改" in change(GOOD, OTHER, OTHER).text
    assert here.get("/account").status_code == 200 and there.get("/account").status_code == 401
    assert sign_in(there, "zhao.liu", OTHER).status_code == 303


def test_a_token_is_shown_once_works_and_is_revoked(serve: Serve) -> None:
    app = serve(reading="closed")
    client, program = app.test_client(), app.test_client()
    sign_in(client, "li.si")
    form = {"form_token": form_token_in(client.get("/account").text), "label": "预算<系统>", "scope": ["read"]}
    page = client.post("/account/tokens", data=form).text
    shown = re.search(r"catalog_[\w-]{43}", page)
    assert shown and "预算&lt;系统&gt;" in page
    headers = {"Authorization": f"Bearer {shown[0]}"}
    assert program.get("/departments", headers=headers).status_code == 200
    assert program.get("/account", headers=headers).status_code == 401
    later = client.get("/account").text
    assert shown[0] not in later and "从未" not in later
    refused = client.post("/account/tokens", data=form | {"scope": ["admin"]})
    assert refused.status_code == 400 and "不能给令牌" in refused.text
    number = re.findall(r"/account/tokens/(\d+)/revoke", later)[-1]
    assert client.post(f"/account/tokens/{number}/revoke", data=form, follow_redirects=True).status_code == 200
    assert program.get("/departments", headers=headers).status_code == 401
    assert client.post("/account/tokens/999999/revoke", data=form).status_code == 404


def test_neither_log_nor_answer_holds_a_password_a_token_or_a_name(serve: Serve, token, caplog) -> None:
    caplog.set_level(logging.DEBUG)
    client, headers = serve().test_client(), token("张三", "admin")
    sign_in(client, password=OTHER)
    sign_in(client)
    client.get("/probe/admin", headers=headers)
    client.get("/probe/admin", headers={"Authorization": "Bearer catalog_mistyped"})
    for secret in (GOOD, OTHER, headers["Authorization"].split()[1], "catalog_mistyped", "张三"):
        assert secret not in caplog.text
    assert "sign-in refused" in caplog.text


def test_a_caller_over_its_rate_waits_and_others_do_not(serve: Serve, token) -> None:
    client = serve(reading="open", rate_per_second=1, rate_burst=3).test_client()
    answers = [client.get("/probe/read", environ_base=ELSEWHERE) for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429, 429]
    assert 1 <= int(answers[-1].headers["Retry-After"]) <= 2 and "请求过于频繁" in answers[-1].text
    assert client.get("/probe/read", environ_base={"REMOTE_ADDR": "10.1.2.4"}).status_code == 200
    assert client.get("/probe/read", environ_base=ELSEWHERE, headers=token("li.si", "read")).status_code == 200
    assert {client.get("/probe/read").status_code for _ in range(9)} == {200}


def test_guessing_tokens_is_limited_by_address(serve: Serve) -> None:
    client = serve(reading="open", rate_per_second=1, rate_burst=3).test_client()
    wrong = {"Authorization": "Bearer wrong"}
    assert [client.get("/", headers=wrong, environ_base=ELSEWHERE).status_code for _ in range(4)] == [401] * 3 + [429]


def test_the_account_pages_label_every_control(serve: Serve) -> None:
    client = serve().test_client()
    pages = [client.get("/login").text]
    sign_in(client)
    pages.append(client.get("/account").text)
    for page in pages:
        elements = Elements(page)
        controls = {a["id"] for a in elements.named("input") if a["type"] != "hidden"}
        assert controls == {label["for"] for label in elements.named("label")} and len(elements.named("h1")) == 1
        assert "<script" not in page and " style=" not in page


@pytest.fixture
def address(serve: Serve) -> Iterator[str]:
    """The address of a real server that lets nobody in without a name."""
    with listening(serve(reading="closed")) as found:
        yield found


def test_an_officer_signs_in_makes_a_token_and_signs_out_in_a_browser(browser: Browser, address: str) -> None:
    with watched(browser, address) as page:
        page.goto(f"{address}/departments")
        page.get_by_label("用户名").fill("张三")
        page.get_by_label("密码").fill(OTHER)
        page.get_by_role("button", name="登录").click()
        expect(page.get_by_role("alert")).to_contain_text("用户名或密码不对")
        page.get_by_label("密码").fill(GOOD)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_contain_text("部门")
        assert page.evaluate("document.cookie") == ""
        page.get_by_role("link", name="张三").click()
        page.get_by_label("新令牌的用途").fill("预算一体化系统")
        page.get_by_label("查询", exact=True).check()
        page.get_by_role("button", name="建立令牌").click()
        expect(page.locator(".secret")).to_contain_text("catalog_")
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        page.get_by_role("button", name="退出登录").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("登录")


def test_the_service_as_it_is_started_sees_that_a_proxy_stands_in_front_and_logs_no_token(tmp_path: Path) -> None:
    with live_server(tmp_path) as server:
        asked = f"{server.address}/api/v1/departments"
        with urlopen(asked) as answer:
            assert answer.status == 200
        with pytest.raises(HTTPError) as refused:
            urlopen(Request(asked, headers={"X-Forwarded-For": "10.1.2.3"}))
        with refused.value as answer:
            assert answer.code == 401 and json.load(answer)["title_en"] == "Sign in or send a token"
        known = {"X-Forwarded-For": "10.1.2.3", "Authorization": f"Bearer {server.token}"}
        with urlopen(Request(asked, headers=known)) as answer:
            assert answer.status == 200
    assert server.token not in (tmp_path / "server.log").read_text("utf-8")
