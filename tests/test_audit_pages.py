"""The audits of disclosures on pages: sums that add up, filters, one project with its evidence, the workbook."""

import io
import re
from decimal import Decimal

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from playwright.sync_api import Page, expect

from catalog_data.model import NATURES, Disclosure
from catalog_data.store import Store
from catalog_service.app import create_app
from catalog_service.audit_shelf import AuditShelf, Entry
from catalog_service.engine import Engine
from catalog_service.review_desk import ReviewDesk
from catalog_service.web.audit_tables import SHOWN, Bar, by_nature, by_state, effort
from catalog_service.web.shown_verdict import disjoint, shown_verdict
from indexer.tagger import project_text

from .accessibility import assert_accessible
from .elements import Elements
from .office import PASSWORD, acceptable_cases, copied, form_token_in, sign_in

SECRET = PASSWORD


@pytest.fixture(scope="module")
def own(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a data folder with a reviewer, a judged disclosure, and two decisions: accepted and changed."""
    own = copied(engine, tmp_path_factory.mktemp("audits"))
    shelf, desk = AuditShelf(own), ReviewDesk(own)
    shelf.judge_again(shelf.heads()[0].sha256)
    first, second = acceptable_cases(own)[:2]
    desk.accept(first, "王复核")
    desk.change(second, "王复核", "grant", None, "付给<b>敬老院</b>")
    return own


@pytest.fixture(scope="module")
def app(own: Engine) -> Flask:
    return create_app(own)


@pytest.fixture(scope="module")
def root(disclosure: Disclosure) -> str:
    return f"/audits/{disclosure.sha256[:12]}"


@pytest.fixture(scope="module")
def entries(own: Engine, disclosure: Disclosure) -> tuple[Entry, ...]:
    return AuditShelf(own).audit(disclosure.sha256).entries


def _listed(page: str) -> list[int]:
    """The numbers of the projects that a table links to, in its order."""
    links = [a["href"] or "" for a in Elements(page).named("a")]
    return [int(found[1]) for link in links if (found := re.search(r"/projects/(\d+)$", link))]


def test_the_sums_by_nature_and_by_state_are_those_of_the_disclosure(
    entries: tuple[Entry, ...], disclosure: Disclosure
) -> None:
    total = sum(project.amount_yuan or 0 for project in disclosure.projects)
    for bars in (by_nature(entries), by_state(entries)):
        assert sum(bar.total for bar in bars) == total
        assert sum(bar.count for bar in bars) == len(disclosure.projects)


def test_a_reviewers_decision_counts_before_the_engines_verdict(own: Engine, entries: tuple[Entry, ...]) -> None:
    decided = [entry for entry in entries if entry.state == "decided"]
    assert len(decided) == 2 and all(entry.doubt == 0 for entry in decided)
    changed = next(entry for entry in decided if entry.decision.ruling.kind == "changed")
    assert changed.nature == "grant" != changed.verdict.nature and changed.item is None


def test_a_disclosure_that_was_never_judged_is_judged_at_sight(engine: Engine, disclosure: Disclosure) -> None:
    audit = AuditShelf(engine).audit(disclosure.sha256)
    assert audit.current and [e.verdict.nature for e in audit.entries] == [
        engine.tag(project).nature for project in disclosure.projects
    ]


def test_the_effort_told_is_the_least_that_settles_four_fifths(entries: tuple[Entry, ...]) -> None:
    count, total = effort(entries)
    doubts = sorted((entry.doubt for entry in entries if entry.state == "open"), reverse=True)
    assert sum(doubts) == total and sum(doubts[:count]) >= Decimal("0.8") * total > sum(doubts[: count - 1])


@given(st.fixed_dictionaries({state: st.decimals(-10, 10**6, places=2) for state in ("decided", "auto", "open")}))
def test_a_bar_never_leaves_its_frame(money: dict) -> None:
    bar = Bar("", {}, 1, money)
    longest = sum(max(yuan, 0) for yuan in money.values())
    drawn = bar.segments(longest)
    assert all(float(start[:-1]) + float(width[:-1]) <= 100.02 for _, start, width in drawn)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=8))
def test_spans_made_disjoint_cover_the_same_characters(spans: list[tuple[int, int]]) -> None:
    joined = disjoint(spans, 20)
    assert {k for a, b in joined for k in range(a, b)} == {k for a, b in spans for k in range(a, min(b, 20))}
    assert all(end < start for (_, end), (start, _) in zip(joined, joined[1:], strict=False))


def test_no_word_of_a_project_is_lost_between_its_passages(own: Engine, disclosure: Disclosure) -> None:
    for project in disclosure.projects:
        shown = shown_verdict(project, own.tag(project), own.items)
        parts = ["".join(text for text, _ in passage.pieces) for passage in shown.passages]
        assert "".join("".join(parts).split()) == "".join(project_text(project).split())
        assert "".join(text for text, _ in shown.name) == project.name


def test_the_shelf_lists_every_stored_disclosure(client: FlaskClient, root: str) -> None:
    page = client.get("/audits").text
    assert f'href="{root}"' in page and "孝义市民政局 2026年" in page


def test_the_overview_tells_figures_charts_and_findings(client: FlaskClient, root: str, own: Engine) -> None:
    page = client.get(root).text
    audit = AuditShelf(own).audit(root.rsplit("/", 1)[1])
    assert "<dd>67</dd>" in page and "<dd>9,324.25</dd>" in page and "可解决 80%" in page
    assert page.count('<svg class="bar"') >= 10 and f"公开数据核对（{len(audit.findings)}）" in page
    assert page.count('<strong class="severity') == len(audit.findings)


@pytest.mark.parametrize("nature", NATURES)
def test_a_filter_by_nature_shows_what_the_chart_counts(
    client: FlaskClient, root: str, entries: tuple[Entry, ...], nature: str
) -> None:
    wanted = [entry.number for entry in entries if entry.nature == nature]
    assert _listed(client.get(f"{root}/projects?nature={nature}").text) == wanted[:SHOWN]


def test_filters_join_and_sorting_puts_the_most_doubt_first(
    client: FlaskClient, root: str, entries: tuple[Entry, ...]
) -> None:
    page = client.get(f"{root}/projects?state=open&sort=doubt").text
    wanted = sorted((e for e in entries if e.state == "open"), key=lambda e: (-e.doubt, e.number))
    assert _listed(page) == [entry.number for entry in wanted]
    named = _listed(client.get(f"{root}/projects?q=低保&sort=amount").text)
    assert named == [e.number for e in sorted(entries, key=lambda e: (-e.amount, e.number)) if "低保" in e.project.name]
    flagged = _listed(client.get(f"{root}/projects?flag=prohibited:labour_dispatch").text)
    assert flagged == [entry.number for entry in entries if "prohibited:labour_dispatch" in entry.flags] != []


def test_the_table_is_paged_and_a_page_beyond_the_last_leads_back(client: FlaskClient, root: str) -> None:
    first, second = (client.get(f"{root}/projects?page={number}").text for number in (1, 2))
    assert _listed(first) + _listed(second) == list(range(1, 68))
    assert "回到第一页" in client.get(f"{root}/projects?page=9").text


def test_nothing_found_says_what_to_do(client: FlaskClient, root: str) -> None:
    page = client.get(f"{root}/projects?q=飞碟&nature=x&sort=y").text
    assert "没有符合条件的项目" in page and "查看全部项目" in page and 'value="飞碟"' in page


def test_a_project_page_marks_the_words_and_tells_grounds_and_candidates(
    client: FlaskClient, root: str, entries: tuple[Entry, ...]
) -> None:
    entry = next(entry for entry in entries if entry.project.sheet and entry.project.sheet.plan)
    page = client.get(f"{root}/projects/{entry.number}").text
    assert "<mark>" in page and "实施计划" in page and "产出指标" in page and "候选条目" in page
    assert f"第 {entry.project.line} 行" in page and "一般公共预算" in page


def test_a_decided_project_shows_the_decision_and_its_reason_as_text(
    client: FlaskClient, root: str, entries: tuple[Entry, ...]
) -> None:
    changed = next(e for e in entries if e.decision and e.decision.ruling.kind == "changed")
    page = client.get(f"{root}/projects/{changed.number}").text
    assert "复核结论：改判" in page and "付给&lt;b&gt;敬老院" in page and "补助单位" in page


@pytest.mark.parametrize("place", ["/audits/0", "/audits/000000000000", "{root}/projects/0", "{root}/projects/68"])
def test_what_is_not_there_is_named(client: FlaskClient, root: str, place: str) -> None:
    answer = client.get(place.format(root=root))
    assert answer.status_code == 404 and ("没有编号为" in answer.text or "没有第" in answer.text)
    assert "没有这项内容" in answer.text and '<li><a href="/audits">审计</a></li>' in answer.text


def test_the_workbook_holds_every_project_and_is_the_same_twice(client: FlaskClient, root: str) -> None:
    first, second = (client.get(f"{root}/workbook.xlsx").data for _ in range(2))
    assert first == second
    sheet = load_workbook(io.BytesIO(first))["项目判定"]
    assert sum(isinstance(row[0].value, int) for row in sheet.iter_rows()) == 67


def test_judging_again_keeps_verdicts_and_decisions_and_needs_a_reviewer(
    app: Flask, own: Engine, root: str, disclosure: Disclosure
) -> None:
    stranger = app.test_client()
    assert stranger.post(f"{root}/judge").status_code == 401
    assert "重新判定</button>" not in stranger.get(root).text
    reviewer = app.test_client()
    sign_in(reviewer, "王复核", SECRET)
    answer = reviewer.post(f"{root}/judge", data={"form_token": form_token_in(reviewer.get(root).text)})
    assert answer.status_code == 303 and "已按现行" in reviewer.get(answer.headers["Location"]).text
    with Store(own.store_path) as store:
        assert len(store.verdicts(disclosure.sha256)) == 67
    shelved = AuditShelf(own).audit(disclosure.sha256)
    assert shelved.current and sum(entry.state == "decided" for entry in shelved.entries) == 2


def test_what_is_kept_at_hand_follows_decisions_and_verdicts(own: Engine, disclosure: Disclosure) -> None:
    shelf, desk = AuditShelf(own), ReviewDesk(own)
    before = shelf.audit(disclosure.sha256)
    assert shelf.audit(disclosure.sha256).entries is before.entries
    open_one = acceptable_cases(own)[0]
    desk.accept(open_one, "王复核")
    decided = sum(entry.state == "decided" for entry in shelf.audit(disclosure.sha256).entries)
    desk.undo(None, "王复核")
    undone = sum(entry.state == "decided" for entry in shelf.audit(disclosure.sha256).entries)
    assert (decided, undone) == (3, 2)


@pytest.mark.parametrize("place", ["/audits", "{root}", "{root}/projects", "{root}/projects/45", "{root}/projects/99"])
def test_a_page_is_accessible_and_fits_a_narrow_screen(page: Page, address: str, root: str, place: str) -> None:
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(address + place.format(root=root))
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert all(url.startswith(address) for url in asked) and complaints == []
    assert_accessible(page)


def test_an_auditor_follows_the_money_to_one_project(page: Page, address: str, root: str) -> None:
    page.set_viewport_size({"width": 1280, "height": 800})
    page.goto(address + root)
    page.get_by_role("region", name="按支出性质").get_by_role("link", name="货物").click()
    expect(page.get_by_label("支出性质")).to_have_value("goods")
    page.get_by_label("排序").select_option("amount")
    page.get_by_role("button", name="查看").click()
    page.locator("tbody a").first.click()
    expect(page.get_by_role("heading", name="系统判定")).to_be_visible()
    page.get_by_role("link", name="下一个").click()
    page.get_by_label("所在位置").get_by_role("link", name="孝义市民政局").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("孝义市民政局 2026年")
