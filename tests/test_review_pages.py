"""The reviewers' pages: the queue, one project a screen, the keyboard, undoing, equal rows."""

import re
from dataclasses import replace
from decimal import Decimal

from playwright.sync_api import Page, expect

from catalog_data.decision_log import DecisionLog
from catalog_data.model import Disclosure
from catalog_data.store import Store
from catalog_service.cookies import NAME
from catalog_service.review_queue import ReviewQueue

from .accessibility import assert_accessible
from .browsing import press
from .office import COSTS, Enter, Office, decide, form_of, other_than

ATTACK = '"><script>alert(1)</script><img src=x onerror=alert(2)>'


def project_on(page: Page) -> str:
    return str(page.locator("form#decide").get_attribute("data-draft"))


def test_only_reviewers_see_the_queue(office: Office) -> None:
    assert office.client("孙查阅").get("/review").status_code == 403
    assert office.app.test_client().get("/review").status_code == 401
    assert office.client("王复核").get("/review").status_code == 200


def test_the_queue_tells_how_much_doubt_the_next_projects_resolve(office: Office) -> None:
    page = office.client("王复核").get("/review").text
    state = ReviewQueue(office.engine).current()
    doubts = [one.doubt_yuan for one in state.cases if one.case.state == "open"]
    work = state.workload
    assert doubts == sorted(doubts, reverse=True)
    assert sum(doubts[: work.next_count]) >= sum(doubts) * Decimal("0.8") > sum(doubts[: work.next_count - 1])
    assert f"复核接下来的 <strong>{work.next_count}</strong> 项可解决" in page
    assert (work.projects, work.decided, work.auto + work.open) == (67, 0, 67)
    assert f"待复核 {len(doubts)} 项" in page and "<dd>0 / 67</dd>" in page


def test_a_reviewer_settles_every_project_by_keyboard_alone(office: Office, enter: Enter) -> None:
    with office.served() as address:
        page = enter("王复核", address)
        page.goto(f"{address}/review?state=unreviewed")
        press(page, "s")
        accepted: dict[str, int] = {}
        for _ in range(67):
            page.wait_for_selector("form#decide")
            project = project_on(page)
            if page.locator("[data-key=a]").count():
                press(page, "a")
                accepted[project] = 1
            else:
                press(page, "o")
                page.wait_for_selector("#problem")
                page.keyboard.type("目录中没有相应条目")
                press(page, "Enter")
            page.wait_for_function(
                "project => !document.querySelector('form#decide') ||"
                " document.querySelector('form#decide').dataset.draft !== project",
                arg=project,
            )
        expect(page.locator("dd").first).to_have_text("67 / 67")
        expect(page.get_by_text("没有符合条件的项目")).to_be_visible()
    assert len({project for _, _, project in office.entries()}) == 67
    assert len(accepted) > 60 and max(accepted.values()) <= 2


def test_undo_brings_each_step_back_even_after_a_restart(office: Office, enter: Enter) -> None:
    with office.served() as address:
        page = enter("王复核", address)
        page.goto(f"{address}/review?state=auto")
        press(page, "s")
        done = []
        for _ in range(3):
            page.wait_for_selector("form#decide")
            done.append(project_on(page))
            press(page, "a")
            page.wait_for_selector(f"form#decide:not([data-draft='{done[-1]}'])")
    office.started()
    with office.served() as address:
        page = enter("王复核", address)
        page.goto(f"{address}/review/{done[0]}")
        for project in reversed(done):
            press(page, "u")
            page.wait_for_selector(f"form#decide[data-draft='{project}']")
            expect(page.get_by_role("status")).to_contain_text("已撤销")
        press(page, "u")
        expect(page.get_by_role("heading", level=1)).to_have_text("不能撤销")
    kinds = [kind for _, kind, _ in office.entries()]
    assert kinds == ["accepted"] * 3 + ["undone"] * 3


def test_the_second_of_two_reviewers_is_told_and_overwrites_nothing(office: Office, enter: Enter) -> None:
    with office.served() as address:
        first, second = enter("王复核", address), enter("李复核", address)
        for page in (first, second):
            page.goto(f"{address}/review/{COSTS}")
        press(first, "a")
        first.wait_for_selector(f"form#decide:not([data-draft='{COSTS}'])")
        press(second, "r")
        second.keyboard.type("应为货物采购")
        press(second, "Escape")
        press(second, "n")
        press(second, "3")
        expect(second.get_by_role("alert")).to_contain_text(re.compile(r"王复核已于 20\d\d年\d+月\d+日 \d\d:\d\d "))
        expect(second.locator("#reason")).to_have_value("应为货物采购")
    assert office.entries() == [("王复核", "accepted", COSTS)]


def test_overruling_needs_a_reason_and_nothing_that_was_entered_is_lost(office: Office) -> None:
    client = office.client("王复核")
    refused = decide(client, COSTS, "goods|")
    assert refused.status_code == 400 and "须说明理由" in refused.text and "您选的是：货物" in refused.text
    assert 'name="choice" value="goods|">按所写理由确定' in refused.text
    assert decide(client, COSTS, "service|民政:A040207").status_code == 400
    assert decide(client, COSTS, "service|民政:A999999", "见合同").status_code == 400
    assert decide(client, COSTS, "nonsense", "见合同").status_code == 400
    assert office.entries() == []
    assert decide(client, COSTS, "goods|", "见采购合同").status_code == 303
    assert office.entries() == [("王复核", "rejected", COSTS)]


def test_the_catalog_is_searched_and_an_item_taken_by_keyboard(office: Office, enter: Enter) -> None:
    with office.served() as address:
        page = enter("王复核", address)
        page.goto(f"{address}/review/{COSTS}")
        press(page, "/")
        page.keyboard.type("公墓管理服务")
        press(page, "Enter")
        expect(page.locator("[data-moves]").first).to_be_focused()
        press(page, "Enter")
        expect(page.locator("#reason")).to_be_focused()
        page.keyboard.type("资金付给公墓管理单位")
        press(page, "Enter")
        page.wait_for_selector(f"form#decide:not([data-draft='{COSTS}'])")
    with DecisionLog(office.data_dir / "catalog.db") as log:
        (entry,) = log.entries()
    assert (entry.ruling.kind, entry.ruling.item_name) == ("changed", "公墓管理服务")


def test_skipping_and_going_back_write_nothing(office: Office, enter: Enter) -> None:
    with office.served() as address:
        page = enter("王复核", address)
        page.goto(f"{address}/review")
        press(page, "s")
        page.wait_for_selector("form#decide")
        first = project_on(page)
        press(page, "s")
        page.wait_for_selector(f"form#decide:not([data-draft='{first}'])")
        press(page, "p")
        page.wait_for_selector(f"form#decide[data-draft='{first}']")
        press(page, "?")
        expect(page.get_by_text("可一直撤销下去")).to_be_visible()
        press(page, "Escape")
        expect(page.get_by_text("可一直撤销下去")).to_be_hidden()
    assert office.entries() == []


def test_a_suggestion_never_counts_as_reviewed(office: Office) -> None:
    client = office.client("王复核")
    assert "<dd>0 / 67</dd>" in client.get("/review").text
    state = ReviewQueue(office.engine).current()
    auto = next(one.case for one in state.cases if one.case.state == "auto")
    assert auto.verdict is not None
    assert decide(client, auto.project.id, f"{auto.verdict.nature}|{auto.verdict.code or ''}").status_code == 303
    assert "<dd>1 / 67</dd>" in client.get("/review").text


def doubled(office: Office, disclosure: Disclosure, copies: int) -> list[str]:
    """Store a second budget that prints one project several times; the ids of these."""
    project = next(one for one in disclosure.projects if one.id == COSTS)
    ids = [f"孝义市民政局/2027/{number:03}" for number in range(copies)]
    rows = tuple(replace(project, id=id_, document="次年.txt", sheet=None) for id_ in ids)
    changed = replace(rows[0], id="孝义市民政局/2027/900", description="为养老机构购置办公设备")
    other = replace(disclosure, sha256="e" * 64, document="次年.txt", year=2027, projects=(*rows, changed))
    with Store(office.data_dir / "catalog.db") as store:
        store.import_disclosure(replace(other, sheets=(), tables=(), statements=(), findings=()))
    return ids


def test_equal_rows_are_previewed_accepted_and_undone_as_one(office: Office, disclosure: Disclosure) -> None:
    ids = doubled(office, disclosure, 3)
    client = office.client("王复核")
    preview = client.get(f"/review/bulk/{ids[0]}").text
    amount = next(one.amount_yuan for one in disclosure.projects if one.id == COSTS)
    assert amount is not None
    assert "<strong>3</strong> 项" in preview and f"{3 * amount / 10000:,.2f} 万元" in preview
    assert "2027/900" not in preview and f"<td>{COSTS}</td>" not in preview
    fields = {
        name: preview.split(f'name="{name}" value="')[1].split('"')[0] for name in ("form_token", "expect", "previewed")
    }
    assert client.post(f"/review/bulk/{ids[0]}", data={**fields, "previewed": "other"}).status_code == 409
    assert client.post(f"/review/bulk/{ids[0]}", data=fields).status_code == 303
    assert sorted(office.entries()) == [("王复核", "accepted", id_) for id_ in ids]
    assert client.post("/review/undo", data=fields).status_code == 303
    assert sorted(project for _, kind, project in office.entries() if kind == "undone") == ids
    with DecisionLog(office.data_dir / "catalog.db") as log:
        assert [entry.batch for entry in log.entries()] == [1, 1, 1, 4, 4, 4]
        assert log.verify().broken is None
        again = DecisionLog(office.data_dir / "other.db")
        with again:
            appended, problems = again.add(enumerate(log.entries(), 1))
            assert (len(appended), problems) == (6, ())
    refused = client.post("/review/undo", data=fields)
    assert refused.status_code == 409 and "没有王复核可撤销" in refused.text


def test_a_batch_is_not_taken_where_one_row_was_decided_meanwhile(office: Office, disclosure: Disclosure) -> None:
    ids = doubled(office, disclosure, 3)
    client = office.client("王复核")
    preview = client.get(f"/review/bulk/{ids[0]}").text
    fields = {
        name: preview.split(f'name="{name}" value="')[1].split('"')[0] for name in ("form_token", "expect", "previewed")
    }
    decide(office.client("李复核"), ids[1], "defer", "待查")
    assert client.post(f"/review/bulk/{ids[0]}", data=fields).status_code == 409
    assert office.entries() == [("李复核", "deferred", ids[1])]


def test_what_is_typed_never_runs_and_is_kept(office: Office, enter: Enter) -> None:
    with office.served() as address:
        page = enter("王复核", address)
        page.goto(f"{address}/review/{COSTS}")
        page.locator("#text").fill(ATTACK)
        page.get_by_role("button", name="发表评论").click()
        expect(page.locator(".review-history")).to_contain_text(ATTACK)
        page.goto(f"{address}/review/{COSTS}?find={ATTACK}&state={ATTACK}&unit={ATTACK}&done={ATTACK}")
        expect(page.locator("#find")).to_have_value(ATTACK)
        press(page, "Escape")
        page.locator("#reason").fill(ATTACK)
        page.get_by_role("button", name="暂缓，留待查清").click()
        page.goto(f"{address}/review/{COSTS}")
        expect(page.locator(".review-history")).to_contain_text(ATTACK)


def test_what_was_being_written_survives_an_expired_session(office: Office, enter: Enter) -> None:
    with office.served() as address:
        page = enter("王复核", address)
        page.goto(f"{address}/review/{COSTS}")
        page.locator("#reason").fill("见第三号合同")
        page.context.clear_cookies()
        page.get_by_role("button", name="暂缓，留待查清").click()
        expect(page.get_by_role("heading", level=1)).to_have_text("需要登录")
        page.context.add_cookies([{"name": NAME, "value": office.cookie("王复核"), "url": address}])
        page.goto(f"{address}/review/{COSTS}")
        expect(page.locator("#reason")).to_have_value("见第三号合同")
    assert office.entries() == []


def test_every_page_can_be_used_by_everybody_and_on_a_narrow_screen(office: Office, enter: Enter) -> None:
    decide(office.client("王复核"), COSTS, "goods|", "见采购合同")
    admin = office.client("赵管理")
    admin.post(f"/review/ask/{COSTS}", data=form_of(admin.get(f"/review/{COSTS}").text))
    pages = [
        "",
        "?state=all",
        f"/{other_than(COSTS, office)}",
        f"/{other_than(COSTS, office)}?find=养老",
        "/sample",
        "/second",
    ]
    with office.served() as address:
        page = enter("李复核", address)
        for path in [*pages, f"/second/{COSTS}", f"/bulk/{other_than(COSTS, office)}"]:
            page.set_viewport_size({"width": 1280, "height": 900})
            page.goto(f"{address}/review{path}")
            assert_accessible(page)
            page.set_viewport_size({"width": 360, "height": 740})
            assert page.evaluate("document.documentElement.scrollWidth") <= 360, path
