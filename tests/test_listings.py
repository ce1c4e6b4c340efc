"""Listings that leave the program: what they hold, how Excel takes them, how they are printed; copying a code."""

import csv
from io import BytesIO, StringIO
from urllib.parse import unquote

import pytest
from flask.testing import FlaskClient
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import load_workbook
from playwright.sync_api import Browser, expect

from catalog_data.model import Catalog
from catalog_service.engine import Engine
from catalog_service.listing import FORMULA_STARTS, Column, Listing, as_csv, as_xlsx
from catalog_service.web.outline import LOWEST_LEVEL, branches

from .elements import Elements

KINDS = ["catalog", "search", "findings", "entries", "thesaurus", "everyday", "aliases", "precedents"]
KINDS += ["unanswered", "changes"]


def rows_of(content: bytes) -> list[list[str]]:
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(StringIO(content.decode("utf-8-sig"), newline="")))


def sheet_of(content: bytes) -> list[list[object]]:
    return [list(row) for row in load_workbook(BytesIO(content)).active.iter_rows(min_row=3, values_only=True)]


def test_the_whole_catalog_is_listed_row_by_row_in_printed_order(client: FlaskClient, catalog: Catalog) -> None:
    header, *rows = rows_of(client.get("/listings/catalog.csv").data)
    assert header == ["部门", "代码", "名称", "层级", "上级标题"]
    assert [(row[0], row[1], row[2]) for row in rows] == [(i.department, i.code, i.name) for i in catalog.items]


def test_a_department_is_listed_alike_in_every_form(client: FlaskClient, catalog: Catalog) -> None:
    section = [[i.department, i.code, i.name] for i in catalog.section("民政")]
    _, *rows = rows_of(client.get("/listings/catalog.csv?department=民政").data)
    _, *cells = sheet_of(client.get("/listings/catalog.xlsx?department=民政").data)
    page = client.get("/listings/catalog?department=民政").text
    assert [row[:3] for row in rows] == [row[:3] for row in cells] == section
    assert len(Elements(page).named("tr")) == 1 + len(section)


def test_a_search_is_listed_whole_and_not_by_the_page(client: FlaskClient, engine: Engine) -> None:
    total = engine.answer("培训").total
    _, *rows = rows_of(client.get("/listings/search.csv?q=培训").data)
    assert len(rows) == total > 20


@pytest.mark.parametrize("kind", KINDS)
def test_every_listing_has_a_page_to_print_and_both_files(client: FlaskClient, kind: str) -> None:
    page = client.get(f"/listings/{kind}?q=养老")
    assert page.status_code == 200
    links = [unquote(link["href"] or "") for link in Elements(page.text).named("a")]
    links = [link for link in links if link.startswith("/listings/")]
    assert links == [f"/listings/{kind}.xlsx?q=养老", f"/listings/{kind}.csv?q=养老"]
    for link in links:
        with client.get(link) as file:
            assert file.status_code == 200 and "attachment" in file.headers["Content-Disposition"]


def test_an_unknown_listing_and_an_unknown_department_are_named(client: FlaskClient) -> None:
    assert "没有清单“秘密”" in client.get("/listings/秘密.csv").text
    assert "没有部门“水产”" in client.get("/listings/catalog.xlsx?department=水产").text


def one_cell(text: str) -> Listing:
    return Listing("表", "源", (Column("词", 20),), ((text,),))


@pytest.mark.parametrize("start", FORMULA_STARTS)
def test_no_cell_of_a_csv_is_a_formula(start: str) -> None:
    assert rows_of(as_csv(one_cell(f"{start}cmd|' /C calc'!A0")))[1] == [f"'{start}cmd|' /C calc'!A0"]


@given(text=st.text(max_size=40))
def test_whatever_a_cell_holds_stays_one_cell_and_no_formula(text: str) -> None:
    header, row = rows_of(as_csv(one_cell(text)))
    assert header == ["词"] and not row[0].startswith(FORMULA_STARTS)
    assert row[0].removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("text", ["=1+1", "http://host/", "00123", "<r>x</r>", "甲\x07乙"])
def test_a_text_stays_a_text_in_a_workbook(text: str) -> None:
    cell = load_workbook(BytesIO(as_xlsx(one_cell(text)))).active["A4"]
    assert cell.data_type == "s" and cell.hyperlink is None
    assert str(cell.value).strip() == text.replace("\x07", "\ufffd")


def test_headings_count_the_items_under_them(catalog: Catalog) -> None:
    for department in catalog.departments:
        lowest = sum(item.level == LOWEST_LEVEL for item in catalog.section(department.name))
        assert sum(branch.items or 1 for branch in branches(catalog, department.name)) == lowest


def test_a_code_is_copied_by_keyboard(browser: Browser, address: str) -> None:
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        page = context.new_page()
        page.goto(f"{address}/items/民政:A040303")
        page.get_by_role("button", name="复制代码", exact=True).focus()
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_have_text("已复制 A040303")
        assert page.evaluate("navigator.clipboard.readText()") == "A040303"


def test_a_printed_listing_leaves_out_what_is_only_for_the_screen(browser: Browser, address: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{address}/listings/catalog?department=民政")
        expect(page.get_by_role("button", name="打印")).to_be_visible()
        page.emulate_media(media="print")
        expect(page.get_by_role("button", name="打印")).to_be_hidden()
        expect(page.get_by_text("下载 CSV")).to_be_hidden()
        expect(page.get_by_label("主要栏目")).to_be_hidden()
        expect(page.get_by_role("cell", name="A040303")).to_be_visible()
