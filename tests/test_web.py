"""The pages as officers use them: search, one item, browsing; in process, over HTTP and in a browser."""

from urllib.parse import quote, unquote
from urllib.request import urlopen

import pytest
from flask.testing import FlaskClient
from hypothesis import given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page, expect

from catalog_data.model import Catalog
from catalog_service.engine import Engine
from catalog_service.web.catalog_pages import examples
from catalog_service.web.outline import LOWEST_LEVEL
from catalog_service.web.search_box import SHOWN, pieces

from .elements import Elements

PAGES = ["/", "/?q=养老", "/?q=飞碟", "/departments", "/departments/自然资源", "/items/自然资源:A040102", "/nowhere"]


def test_a_search_shows_code_name_and_place_and_marks_what_matched(client: FlaskClient) -> None:
    page = client.get("/?q=居家养老服务").text
    first = page[page.index("<h3>") : page.index("</li>", page.index("<h3>"))]
    assert "A040207" in first and "<mark>居家养老服务</mark>" in first
    assert "民政" in first and "社会保障服务 › 基本养老服务" in first
    assert 'href="/items/%E6%B0%91%E6%94%BF:A040207"' in first


def test_a_hit_by_an_everyday_word_shows_the_word(client: FlaskClient, engine: Engine) -> None:
    word = next(term for term in engine.terms("民政:A040207") if "养老" not in term)
    page = client.get("/", query_string={"q": word}).text
    assert "A040207" in page and "也叫：" in page


def test_a_search_within_a_department_answers_from_it_alone(client: FlaskClient) -> None:
    links = [a["href"] for a in Elements(client.get("/?q=宣传服务&department=水利").text).named("a")]
    items = [unquote(link) for link in links if link and link.startswith("/items/")]
    assert items and all(link.startswith("/items/水利:") for link in items)


def test_many_answers_are_counted_and_paged(client: FlaskClient, engine: Engine) -> None:
    first, second = (client.get(f"/?q=A15&page={number}").text for number in (1, 2))
    assert f"找到 {engine.answer('A15').total} 条" in first
    assert first.count("<h3>") == second.count("<h3>") == SHOWN
    assert "下一页" in first and "上一页" not in first and "上一页" in second
    assert f'start="{SHOWN + 1}"' in second and "第 2 页，共 " in second


@pytest.mark.parametrize("number", ["0", "-1", "x", "９", "99999", ""])
def test_a_page_number_that_is_none_is_read_as_the_first(client: FlaskClient, number: str) -> None:
    assert client.get("/", query_string={"q": "养老", "page": number}).text == client.get("/?q=养老").text


def test_a_page_beyond_the_last_leads_back(client: FlaskClient) -> None:
    assert "回到第一页" in client.get("/?q=公墓管理&page=9").text


def test_a_search_can_be_narrowed_by_department_and_heading_and_sorted_by_code(client: FlaskClient) -> None:
    page = client.get("/?q=养老").text
    assert "按部门缩小范围" in page and "按标题缩小范围" in page
    narrowed = client.get("/?q=养老&heading=公共服务&heading=社会保障服务").text
    assert "只看标题“公共服务 › 社会保障服务”之下" in narrowed
    codes = [a["href"] or "" for a in Elements(client.get("/?q=养老&department=民政&sort=code").text).named("a")]
    items = [unquote(href).split(":")[1] for href in codes if href.startswith("/items/")]
    assert items == sorted(items) != []


def test_a_department_named_in_the_query_is_a_filter_that_can_be_removed(client: FlaskClient) -> None:
    page = client.get("/?q=残联 康复").text
    assert "按“残联”只查 残疾人联合会" in page and "不限部门" in page
    assert "只查" not in client.get("/?q=残联 康复&anywhere=1").text


def test_a_mended_slip_and_the_grade_of_each_match_are_told(client: FlaskClient) -> None:
    page = client.get("/?q=残急人康复").text
    assert "您是不是要找" in page and ">残疾人康复</a>" in page and ">相近字</span>" in page


def test_the_other_departments_of_a_code_are_counted_with_a_link_to_them(client: FlaskClient, catalog: Catalog) -> None:
    others = sum(item.code == "A150201" for item in catalog.items) - 1
    assert f"另有 {others} 个部门使用 A150201" in client.get("/?q=A150201&department=民政").text
    assert f"找到 {others + 1} 条" in client.get("/?q=A150201").text
    assert "个部门使用" not in client.get("/?q=A150201").text


def test_where_nothing_fits_the_nearest_headings_are_linked(client: FlaskClient) -> None:
    page = client.get("/?q=养老机构电梯广告位招租").text
    assert "没有找到" in page and "最接近的标题" in page and '<a href="/items/' in page


def test_a_search_that_finds_nothing_says_what_to_do(client: FlaskClient) -> None:
    page = client.get("/?q=飞碟轨道&department=民政").text
    assert "没有找到与“飞碟轨道”相符的条目" in page and "在全部部门中查询" in page and "浏览“民政”的全部条目" in page


@pytest.mark.parametrize("query", ["", "   ", "？！"])
def test_a_query_without_words_is_no_error(client: FlaskClient, query: str) -> None:
    assert client.get("/", query_string={"q": query}).status_code == 200


def test_a_query_over_the_limit_is_refused_not_cut(client: FlaskClient) -> None:
    assert client.get("/", query_string={"q": "养" * 200}).status_code == 200
    answer = client.get("/", query_string={"q": "养" * 201})
    assert answer.status_code == 400 and "最多 200 个字" in answer.text and "养" * 201 in answer.text


def test_an_unknown_department_is_named(client: FlaskClient) -> None:
    answer = client.get("/?q=养老&department=水产")
    assert answer.status_code == 400 and "目录中没有部门“水产”" in answer.text
    assert client.get("/departments/水产").status_code == 404


def test_the_start_page_counts_the_catalog_and_every_example_finds_something(
    client: FlaskClient, engine: Engine
) -> None:
    page = client.get("/").text
    lowest = sum(item.level == LOWEST_LEVEL for item in engine.catalog.items)
    assert f"<dd>{lowest:,}</dd>" in page and f"<dd>{len(engine.catalog.departments)}</dd>" in page
    assert examples(engine)
    for example in examples(engine):
        assert example in page and engine.search(example)


def test_the_departments_can_be_chosen_in_printed_order(client: FlaskClient, catalog: Catalog) -> None:
    printed = [department.name for department in catalog.departments]
    assert [option["value"] for option in Elements(client.get("/").text).named("option")] == ["", *printed]
    links = [unquote(a["href"] or "") for a in Elements(client.get("/departments").text).named("a")]
    assert [link for link in links if link.startswith("/departments/")] == [f"/departments/{name}" for name in printed]


def test_every_row_stands_once_on_its_department_page_in_printed_order(client: FlaskClient, catalog: Catalog) -> None:
    for department in catalog.departments:
        page = client.get(f"/departments/{department.name}").text
        tree = page[page.index('<ul class="tree">') :]
        links = [unquote(a["href"] or "") for a in Elements(tree).named("a") if a.get("class") == "row"]
        assert links == [f"/items/{item.id}" for item in catalog.section(department.name)]


def test_an_item_page_shows_its_place_its_words_and_its_neighbours(client: FlaskClient, engine: Engine) -> None:
    page = client.get("/items/民政:A040207").text
    assert "A0402 基本养老服务" in page and "四级目录" in page and "同一标题下的其他条目" in page
    assert all(term in page for term in engine.terms("民政:A040207"))
    assert f"第 {engine.items['民政:A040207'].line} 行" in page and "晋财综〔2025〕28号" in page


def test_a_code_that_contradicts_its_place_is_shown_with_the_suggested_reading(client: FlaskClient) -> None:
    page = client.get("/items/自然资源:A040102").text
    assert "按所在标题应为 A140102" in page and "矛盾" in page
    assert "其他部门的同一代码" in page and "政府养育儿童康复服务" in page


def test_a_completed_code_is_shown_with_the_print(client: FlaskClient) -> None:
    assert "A160601（原文印作“160601”）" in client.get("/items/住房和城乡建设:A160601").text


def test_each_finding_is_told_on_the_page_of_its_department(client: FlaskClient, catalog: Catalog) -> None:
    told = sum(
        client.get(f"/departments/{department.name}").text.count('class="severity')
        for department in catalog.departments
    )
    assert told == len(catalog.findings)


def test_an_unknown_item_is_named(client: FlaskClient) -> None:
    answer = client.get("/items/民政:A999999")
    assert answer.status_code == 404 and "现行目录中没有条目“民政:A999999”" in answer.text


@pytest.mark.parametrize(
    "start", ["/", "/?q=培训", "/?q=飞碟&department=民政", "/items/民政:A0402", "/departments/统战部"]
)
def test_no_link_leads_nowhere(client: FlaskClient, start: str) -> None:
    elements = Elements(client.get(start).text)
    links = {a["href"] or "" for tag in ("a", "link") for a in elements.named(tag)}
    for link in links - {"#content"}:
        with client.get(link, headers={"Accept": "text/html"}, follow_redirects=True) as answer:
            assert answer.status_code == 200, link


@pytest.mark.parametrize("start", PAGES)
def test_every_control_has_a_label_and_every_page_one_main_heading(client: FlaskClient, start: str) -> None:
    elements = Elements(client.get(start).text)
    labelled = {label["for"] for label in elements.named("label")}
    controls = [a for tag in ("input", "select") for a in elements.named(tag) if a.get("type") != "hidden"]
    assert {control["id"] for control in controls} == labelled
    assert len(elements.named("h1")) == 1 and elements.named("html") == [{"lang": "zh-CN"}]


HOSTILE = st.lists(
    st.sampled_from(["<script>", "</script>", '"', "'", ">", "<img src=x onerror=alert(1)>", "{{7*7}}", "&lt;", "养老"])
).map("".join)


@given(query=st.text(max_size=60) | HOSTILE)
@settings(max_examples=60, deadline=None)
def test_whatever_is_typed_stays_text(client: FlaskClient, query: str) -> None:
    answer = client.get("/", query_string={"q": query})
    elements = Elements(answer.text)
    assert answer.status_code == (200 if len(query.strip()) <= 200 else 400)
    assert [script["src"] for script in elements.named("script")] == ["/static/suggest.js"]
    assert not elements.named("img")
    assert elements.named("input")[0]["value"] == query.strip()


@given(text=st.text(max_size=30), cuts=st.sets(st.integers(0, 30), max_size=8))
def test_marking_loses_no_character(text: str, cuts: set[int]) -> None:
    edges = sorted(cut for cut in cuts if cut <= len(text))
    spans = tuple(zip(edges[::2], edges[1::2], strict=False))
    cut = pieces(text, spans)
    assert "".join(piece for piece, _ in cut) == text
    assert [piece for piece, matched in cut if matched] == [text[start:end] for start, end in spans]


def test_a_real_server_answers_with_a_page(address: str) -> None:
    with urlopen(f"{address}/?q={quote('养老')}", timeout=10) as answer:
        assert answer.status == 200 and "default-src 'self'" in answer.headers["Content-Security-Policy"]
        assert "养老机构" in answer.read().decode("utf-8").replace("<mark>", "").replace("</mark>", "")


def test_an_officer_finds_an_item_in_a_browser(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.type("家访")
    page.get_by_label("部门").select_option("民政")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_role("heading", level=2)).to_contain_text("（民政）")
    page.get_by_role("link", name="低保、特困人员家访服务").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("A040303 低保、特困人员家访服务")
    page.get_by_label("所在位置").get_by_role("link", name="民政", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("民政")


def test_names_are_suggested_while_an_officer_types_and_the_keyboard_reaches_them(page: Page, address: str) -> None:
    page.goto(address)
    page.keyboard.type("gongmugl")
    offered = page.get_by_label("输入建议").get_by_role("link", name="公墓管理服务")
    expect(offered).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=3).first).to_contain_text("公墓管理服务")
    page.get_by_label("服务名称、日常叫法或代码").press_sequentially(" ")
    page.keyboard.press("Escape")
    expect(page.get_by_label("输入建议")).to_be_hidden()


def test_a_script_in_a_query_does_not_run(page: Page, address: str) -> None:
    dialogs: list[str] = []
    page.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    attack = '<img src=x onerror=alert(1)><script>alert(2)</script>" autofocus onfocus=alert(3) x="'
    page.goto(f"{address}/?q={quote(attack)}")
    expect(page.get_by_label("服务名称、日常叫法或代码")).to_have_value(attack)
    assert dialogs == []


@pytest.mark.parametrize("start", PAGES)
def test_a_page_fits_a_narrow_screen_and_breaks_no_policy(page: Page, address: str, start: str) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if "Content Security Policy" in said.text else None)
    page.goto(address + start)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    assert complaints == []


def test_the_keyboard_reaches_the_content_first(page: Page, address: str) -> None:
    page.goto(f"{address}/departments")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
