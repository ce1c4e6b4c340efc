"""The pages that keep the knowledge: tables of words, changes and their undoing, precedents, what falls short."""

import html
import json
import time
from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, Page, expect

from catalog_data.decision_log import DecisionLog
from catalog_service.app import create_app
from catalog_service.config import Settings
from catalog_service.engine import Engine
from catalog_service.review_desk import ReviewDesk
from catalog_service.unanswered import UnansweredQueries
from catalog_service.web.kept_tables import SHOWN, ShownRow, kept_tables
from indexer.knowledge_changes import Change, Row

from .browsing import watched
from .elements import Elements
from .office import PASSWORD, copied, form_token_in, review_cases, sign_in

SECRET = PASSWORD
HOSTILE = '"><script>alert(1)</script><img src=x onerror=alert(2)>'
ALIAS = {"alias": "福彩事务所", "department": "民政", "ground": "本市机构编制文件", "why": "单位更名"}
PATIENCE = 60
"""Seconds until a change is in use."""


@pytest.fixture(scope="module")
def own(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a data folder of its own, with a reviewer and a reader."""
    return copied(engine, tmp_path_factory.mktemp("knowledge"))


@pytest.fixture(scope="module")
def app(own: Engine) -> Flask:
    return create_app(own, {"TESTING": True}, Settings(count_unanswered=True))


@pytest.fixture(scope="module")
def client(app: Flask) -> FlaskClient:
    """The browser of the reviewer."""
    client = app.test_client()
    sign_in(client, "王复核", SECRET)
    return client


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    """The reviewer's browser."""
    with watched(browser, address) as page:
        page.goto(f"{address}/login?next=/knowledge")
        page.get_by_label("用户名").fill("王复核")
        page.get_by_label("密码").fill(SECRET)
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", level=1)).to_have_text("知识")
        yield page


def post(client: FlaskClient, path: str, **fields: str):  # noqa: ANN201
    token = form_token_in(client.get("/account").text)
    return client.post(f"/knowledge{path}", data={"form_token": token, **fields})


def last(own: Engine) -> int:
    """The number of the last change."""
    return own.own_knowledge.changes()[-1].number


def made_by(name: str, own: Engine) -> list[Change]:
    return [change for change in own.own_knowledge.changes() if change.who == name]


def row_address(own: Engine, slug: str, row: Row) -> str:
    return f"/{slug}/rows/{ShownRow(row, None).id}"


def test_everybody_who_may_read_sees_the_tables_and_only_reviewers_change_them(app: Flask, own: Engine) -> None:
    reader, nobody = app.test_client(), app.test_client()
    sign_in(reader, "孙查阅", SECRET)
    for slug in kept_tables(own.catalog):
        assert "增加一行" not in nobody.get(f"/knowledge/{slug}").text
        assert nobody.get(f"/knowledge/{slug}/new").status_code == 401
        assert post(reader, f"/{slug}/new", **ALIAS).status_code == 403
    assert nobody.post("/knowledge/changes/1/undo").status_code == 401
    assert made_by("孙查阅", own) == []


def test_a_table_is_narrowed_by_words_department_item_and_origin(client: FlaskClient, own: Engine) -> None:
    rows = own.own_knowledge.rows("entries.tsv")
    of_item = [row for row in rows if row[0] == "民政:A040303"]
    page = client.get("/knowledge/entries?item=民政:A040303").text
    assert f"<h2>{len(of_item)} 行</h2>" in page and all(html.escape(row[1]) in page for row in of_item)
    of_department = sum(row[0].startswith("民政:") for row in rows)
    assert f"<h2>{of_department} 行</h2>" in client.get("/knowledge/entries?department=民政").text
    assert "没有符合条件的行" in client.get("/knowledge/thesaurus?own=1").text
    assert "<h2>0 行</h2>" in client.get("/knowledge/entries?q=飞碟轨道").text


def test_pages_of_a_table_hold_every_row_once(client: FlaskClient, own: Engine) -> None:
    seen: list[str] = []
    for number in range(1, len(own.own_knowledge.rows("departments.tsv")) // SHOWN + 2):
        links = [a["href"] or "" for a in Elements(client.get(f"/knowledge/aliases?page={number}").text).named("a")]
        seen += [link for link in links if "/rows/" in link]
    rows = own.own_knowledge.rows("departments.tsv")
    assert seen == [f"/knowledge{row_address(own, 'aliases', row)}" for row in rows]


def test_a_row_is_added_changed_and_taken_out_and_each_is_on_record(client: FlaskClient, own: Engine) -> None:
    assert post(client, "/aliases/new", **ALIAS).status_code == 303
    row = (ALIAS["alias"], "民政", ALIAS["ground"])
    changed = {**ALIAS, "ground": "县编办〔2026〕3号", "verb": "save"}
    assert post(client, row_address(own, "aliases", row), **changed).status_code == 303
    row = (*row[:2], changed["ground"])
    assert post(client, row_address(own, "aliases", row), **changed | {"verb": "remove"}).status_code == 303
    made = own.own_knowledge.changes()[-3:]
    assert [(len(c.removed), len(c.added), c.who, c.why) for c in made] == [
        (0, 1, "王复核", "单位更名"),
        (1, 1, "王复核", "单位更名"),
        (1, 0, "王复核", "单位更名"),
    ]
    page = client.get("/knowledge/changes").text
    assert page.index(f"第 {made[2].number} 项") < page.index(f"第 {made[0].number} 项") and changed["ground"] in page


def test_what_is_wrong_is_told_and_what_was_typed_stays(client: FlaskClient, own: Engine) -> None:
    before = own.own_knowledge.changes()
    typed = {"item": "民政:A999999", "term": "爱心送餐上门", "kind": "", "source": "来电", "why": "常有人问"}
    answer = post(client, "/entries/new", **typed)
    assert answer.status_code == 400 and "请填写“种类”" in answer.text
    answer = post(client, "/entries/new", **{**typed, "kind": "everyday"})
    assert answer.status_code == 400 and "目录中没有条目“民政:A999999”" in answer.text
    values = [field.get("value") for field in Elements(answer.text).named("input")]
    assert {"民政:A999999", "爱心送餐上门", "来电", "常有人问"} <= set(values)
    assert own.own_knowledge.changes() == before


def test_a_word_of_two_items_is_marked_in_both_and_undone_as_one(client: FlaskClient, own: Engine) -> None:
    before = own.own_knowledge.rows("entries.tsv")
    taken = next(row for row in before if row[0] == "民政:A040207" and not row[4])
    typed = {"item": "民政:A040303", "term": taken[1], "kind": "everyday", "source": "来电", "why": "两项都这样叫"}
    assert "备注须以“共用”开头" in post(client, "/entries/new", **typed).text
    assert post(client, "/entries/new", **typed, note="共用").status_code == 303
    rows = own.own_knowledge.rows("entries.tsv")
    assert (*taken[:4], "共用") in rows and taken not in rows
    assert post(client, f"/changes/{last(own)}/undo").status_code == 303
    assert set(own.own_knowledge.rows("entries.tsv")) == set(before)


def test_the_second_of_two_officers_is_told_and_overwrites_nothing(client: FlaskClient, own: Engine) -> None:
    row = own.own_knowledge.rows("departments.tsv")[0]
    fields = dict(zip(("alias", "department"), row, strict=False)) | {"why": "核对"}
    place = row_address(own, "aliases", row)
    assert post(client, place, **fields, ground="甲文件").status_code == 303
    late = post(client, place, **fields, ground="乙文件")
    assert late.status_code == 409 and "已被别人改动" in late.text and "乙文件" in late.text
    assert "乙文件" not in {row[2] for row in own.own_knowledge.rows("departments.tsv")}


def test_taking_back_what_was_changed_again_is_refused_with_advice(client: FlaskClient, own: Engine) -> None:
    alias = {**ALIAS, "alias": "慈善事务所"}
    row = (alias["alias"], "民政", alias["ground"])
    post(client, "/aliases/new", **alias)
    first = last(own)
    post(client, row_address(own, "aliases", row), **{**alias, "ground": "另一文件"})
    answer = post(client, f"/changes/{first}/undo")
    assert answer.status_code == 409 and "请先撤销后来的那一项" in answer.text
    assert (*row[:2], "另一文件") in own.own_knowledge.rows("departments.tsv")


def test_a_change_without_the_token_of_the_form_is_refused(client: FlaskClient, own: Engine) -> None:
    before = own.own_knowledge.changes()
    assert client.post("/knowledge/aliases/new", data=ALIAS).status_code == 403
    assert own.own_knowledge.changes() == before


def test_a_precedent_tells_what_rests_on_it_and_is_withdrawn_with_a_reason(client: FlaskClient, own: Engine) -> None:
    desk = ReviewDesk(own)
    cases = [case for case in review_cases(own) if "农村最低生活保障金(晋财社[2025]177号)" in case.project.name]
    assert len(cases) == 2
    entry = desk.accept(cases[0], "王复核").id
    page = client.get(f"/knowledge/precedents/{entry}").text
    assert "受它影响的项目（1）" in page and html.escape(cases[1].project.name) in page and "照此判定" in page
    assert post(client, f"/precedents/{entry}/withdraw", reason=" ").status_code == 400
    assert post(client, f"/precedents/{entry}/withdraw", reason="依据有误").status_code == 303
    with DecisionLog(own.store_path) as log:
        assert (log.entries()[-1].undoes, log.entries()[-1].ruling.reason) == (entry, "依据有误")
    gone = client.get(f"/knowledge/precedents/{entry}")
    assert gone.status_code == 404 and "不是现行的先例" in gone.text
    assert f"/precedents/{entry}" not in client.get("/knowledge/precedents").text


def test_an_unanswered_query_leads_to_a_new_row_and_is_struck(client: FlaskClient, own: Engine) -> None:
    client.get("/", query_string={"q": "飞碟轨道维护"})
    page = client.get("/knowledge/unanswered").text
    assert "飞碟轨道维护" in page and "/knowledge/everyday/new?term=" in page
    assert 'value="飞碟轨道维护"' in client.get("/knowledge/everyday/new?term=飞碟轨道维护").text
    post(client, "/unanswered/forget", query="飞碟轨道维护")
    assert UnansweredQueries(own.data_dir).most_frequent() == ()


def test_the_findings_are_narrowed_by_severity_and_department(client: FlaskClient, own: Engine) -> None:
    errors = [finding for finding in own.catalog.findings if finding.severity == "error"]
    assert f"<h2>{len(errors)} 处</h2>" in client.get("/knowledge/findings?severity=error").text
    page = client.get("/knowledge/findings?severity=error&department=自然资源").text
    assert "A040102" in page and "<h2>1 处</h2>" in page


def test_an_officer_adds_a_word_by_keyboard_finds_the_item_by_it_and_takes_it_back(
    page: Page, address: str, own: Engine
) -> None:
    page.goto(f"{address}/items/民政:A040207")
    page.get_by_role("link", name="增改索引词").click()
    page.get_by_role("link", name="增加一行").click()
    expect(page.get_by_label("条目编号")).to_have_value("民政:A040207")
    page.get_by_label("索引词").focus()
    page.keyboard.type("爱心送餐上门")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Tab")
    page.keyboard.type("来电记录")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.type("常有人这样问")
    page.keyboard.press("Enter")
    expect(page.get_by_text("项改动已保存")).to_be_visible()
    added = last(own)
    deadline = time.monotonic() + PATIENCE
    while "爱心送餐上门" not in own.terms("民政:A040207") and time.monotonic() < deadline:
        time.sleep(0.1)
    page.goto(f"{address}/?q=爱心送餐上门")
    expect(page.locator(".answers h3").first).to_contain_text("A040207")
    page.goto(f"{address}/knowledge/changes")
    page.get_by_role("button", name=f"第 {added} 项改动").click()
    expect(page.get_by_text(f"第 {added + 1} 项改动已保存")).to_be_visible()


def test_what_is_typed_never_runs(page: Page, address: str, own: Engine) -> None:
    page.goto(f"{address}/knowledge/everyday/new")
    for label in ("说法", "目录说法", "依据", "增加的理由"):
        page.get_by_label(label, exact=True).fill(HOSTILE)
    page.get_by_role("button", name="增加").click()
    expect(page.get_by_text("项改动已保存")).to_be_visible()
    UnansweredQueries(own.data_dir).count("<script>alert(3)</script>")
    for path in ("everyday?q=", "changes", "unanswered", "precedents?q=", "findings?department="):
        page.goto(f"{address}/knowledge/{path}{HOSTILE}")
        page.goto(f"{address}/knowledge/{path}")
    page.goto(f"{address}/listings/changes")
    page.goto(f"{address}/listings/unanswered")
    expect(page.get_by_role("cell", name="<script>alert(3)</script>")).to_be_visible()


def test_what_was_typed_survives_an_expired_session_without_a_script(page: Page, address: str, own: Engine) -> None:
    page.goto(f"{address}/knowledge/thesaurus/new")
    for label, text in {"说法": "阳光院", "目录说法": "养老机构", "依据": "来电", "增加的理由": "本地叫法"}.items():
        page.get_by_label(label, exact=True).fill(text)
    page.context.clear_cookies()
    page.get_by_role("button", name="增加").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("需要登录")
    for password in ("写错了的密码", SECRET):
        page.get_by_label("用户名").fill("王复核")
        page.get_by_label("密码").fill(password)
        page.keyboard.press("Enter")
    expect(page.get_by_role("navigation").get_by_role("link", name="王复核")).to_be_visible()
    page.get_by_role("button", name="继续提交").click()
    expect(page.get_by_text("项改动已保存")).to_be_visible()
    assert own.own_knowledge.changes()[-1].added == (("阳光院", "养老机构", "来电"),)


@pytest.mark.parametrize("address_to", ["https://evil.example/", "//evil.example/", "/\\evil.example/"])
def test_nothing_is_sent_to_another_site_after_signing_in(app: Flask, address_to: str) -> None:
    client = app.test_client()
    token = form_token_in(client.get("/login").text)
    carried = json.dumps({"address": address_to, "fields": [["q", "1"]]})
    answer = client.post("/login", data={"form_token": token, "name": "王复核", "password": SECRET, "resume": carried})
    assert answer.status_code == 303 and answer.location == "/"
