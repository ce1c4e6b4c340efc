"""Nothing that stands in a document, a file's name, a query or a form ever runs as a script on any page."""

from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page, expect

from catalog_data.model import Disclosure
from catalog_data.store import Store
from catalog_service.review_desk import ReviewDesk

from .browsing import watched
from .office import Enter, Office

ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{7*7}}"
FILE = f"{ATTACK}.txt"
SHA256 = "d" * 64
ID = f"{ATTACK}/2026/001"


def poisoned(office: Office, disclosure: Disclosure) -> None:
    """Store a budget that says the same evil thing in every field, and decide one of its projects as evilly."""
    project = next(one for one in disclosure.projects if one.sheet and one.sheet.indicators)
    assert project.sheet
    sheet = replace(project.sheet, name=ATTACK, overview=ATTACK, plan=ATTACK, year_goal=ATTACK, unit=ATTACK)
    first = replace(project, id=ID, name=f"养老{ATTACK}", unit=ATTACK, description=ATTACK, document=FILE, sheet=sheet)
    rows = (first, *(replace(first, id=f"{ATTACK}/2026/00{n}") for n in (2, 3)))
    evil = replace(disclosure, sha256=SHA256, document=FILE, unit=ATTACK, title=ATTACK, projects=rows, sheets=(sheet,))
    with Store(office.engine.store_path) as store:
        store.import_disclosure(replace(evil, tables=(), statements=(), findings=()))
    desk = ReviewDesk(office.engine)
    desk.reject(desk.case(rows[2].id), "王复核", "goods", ATTACK)


def visited(page: Page, address: str) -> None:
    """Open every page that shows the poisoned budget."""
    audit = f"{address}/audits/{SHA256[:12]}"
    page.goto(f"{address}/audits")
    expect(page.locator("main")).to_contain_text(ATTACK)
    for path in ("", "/projects", "/projects/1", "/projects/3", f"/projects?q={ATTACK}"):
        page.goto(audit + path)
        expect(page.locator("main")).to_contain_text("<script>alert(1)")
    for path in (
        "/review?state=all",
        "/review/sample",
        "/review/second",
        "/knowledge/precedents",
        "/listings/precedents",
    ):
        page.goto(address + path)
    page.goto(f"{address}/review?state=all&unit={ATTACK}")
    for link in ("h3 a", "[data-key=s]"):
        page.locator(link).first.click()
        expect(page.locator("h1")).to_contain_text("养老")
    page.goto(f"{address}/knowledge/precedents/1")
    expect(page.locator("main")).to_contain_text(ATTACK)
    for query in ("q", "department", "heading", "sort"):
        page.goto(f"{address}/?q=养老&{query}={ATTACK}")
    page.goto(f"{address}/knowledge/entries?q={ATTACK}&department={ATTACK}&item={ATTACK}")
    page.goto(f"{address}/departments/{ATTACK.replace('/', '%2F')}")
    page.goto(f"{address}/tag?unit={ATTACK}")
    page.get_by_label("项目（一行一个").fill(f"{ATTACK}\t养老{ATTACK}\t{ATTACK}\t1")
    page.get_by_role("button", name="判定", exact=True).click()
    expect(page.locator(".judged")).to_contain_text("<script>alert(1)")


def test_what_a_document_or_an_address_says_never_runs(office: Office, enter: Enter, disclosure: Disclosure) -> None:
    poisoned(office, disclosure)
    with office.served() as address:
        visited(enter("王复核", address), address)


@pytest.mark.parametrize(
    "evil",
    [
        "document.body.appendChild(document.createElement('script')).textContent = 'alert(1)'",
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')",
        "document.body.insertAdjacentHTML('beforeend', '<img src=http://127.0.0.1:9/elsewhere.png>')",
        "alert(1)",
    ],
)
def test_the_watch_notices_what_runs_or_leaves_the_host(browser: Browser, address: str, evil: str) -> None:
    with pytest.raises(AssertionError), watched(browser, address) as page:
        page.goto(address)
        page.evaluate(evil)
        page.wait_for_timeout(300)
