"""Judging on pages: pasted projects at once, uploads as jobs that the officer watches, nothing lost on the way."""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from hypothesis import given, settings
from playwright.sync_api import Browser, Page, expect

from catalog_service.app import create_app
from catalog_service.config import Settings
from catalog_service.engine import Engine
from catalog_service.jobs import open_jobs
from catalog_service.jobs.crew import Crew
from catalog_service.jobs.job import State
from catalog_service.web.tag_pages import ROWS

from .accessibility import assert_accessible
from .browsing import listening, watched
from .conftest import SOURCE
from .elements import Elements
from .office import PASSWORD, copied, form_token_in, sign_in
from .test_web import HOSTILE

SECRET = PASSWORD
FOUR = (
    "孝义市民政局\t居家养老上门服务\t为困难老年人助餐\t30\n孝义市民政局\t城市最低生活保障金\t\t900\n"
    "孝义市民政局\t……\t\t1\n孝义市民政局\t社工站人员经费\t通过劳务派遣聘用人员\t12"
)


@pytest.fixture(scope="module")
def own(engine: Engine, tmp_path_factory: pytest.TempPathFactory) -> Engine:
    """An engine over a data folder of its own, with a reviewer."""
    return copied(engine, tmp_path_factory.mktemp("tag"))


@pytest.fixture(scope="module")
def app(own: Engine) -> Flask:
    return create_app(own)


@pytest.fixture
def reviewer(app: Flask) -> FlaskClient:
    client = app.test_client()
    sign_in(client, "王复核", SECRET)
    return client


@pytest.fixture
def post(reviewer: FlaskClient) -> Callable[..., object]:
    """Send a form of the reviewer's page."""

    def sent(address: str, **fields: object) -> object:
        token = form_token_in(reviewer.get("/tag").text)
        return reviewer.post(address, data={"form_token": token, **fields})

    return sent


@pytest.fixture(scope="module")
def address(app: Flask, own: Engine) -> Iterator[str]:
    """A real server with a worker."""
    crew = Crew(own.data_dir, own.store_path, own.auto_line, 1)
    crew.start()
    with listening(app) as found:
        yield found
    crew.stop()


def _sign_in(page: Page, address: str) -> None:
    page.goto(f"{address}/login?next=/tag")
    page.get_by_label("用户名").fill("王复核")
    page.get_by_label("密码").fill(SECRET)
    page.get_by_role("button", name="登录").click()
    expect(page.get_by_label("文件", exact=True)).to_be_visible()


def test_pasted_lines_are_judged_at_once_with_their_evidence(client: FlaskClient) -> None:
    page = client.post("/tag", data={"projects": FOUR, "money": "万元"}).text
    assert "共 4 个项目，2 个自动判定，2 个待人工复核" in page
    service = page[page.index("<mark>居家养老上门服务</mark>") : page.index("城市<mark>")]
    assert "A040207" in service and "目录内服务" in service and "30.00 万元" in service and "把握 9" in service
    assert service.index("A040207") < service.index("居家养老服务</a>") and "<mark>助餐</mark>" in service
    assert "补助个人" in page and "没有可辨认的文字" in page and "疑似以购买服务名义用工" in page and "须查清" in page


def test_one_name_alone_is_judged_for_the_unit_of_the_form(client: FlaskClient) -> None:
    page = client.post("/tag", data={"projects": "公墓维护", "unit": "孝义市民政局"}).text
    assert "孝义市民政局" in page and "<details open>" in page and 'value="孝义市民政局"' in page


def test_a_small_amount_is_not_rounded_away(client: FlaskClient) -> None:
    page = client.post("/tag", data={"projects": "某局\t公墓维护\t看护\t12.5", "money": "元"}).text
    assert "12.50 元" in page and "0.00 万元" not in page


def test_what_cannot_be_judged_stays_in_the_form(client: FlaskClient) -> None:
    answer = client.post("/tag", data={"projects": "甲\t乙\t丙\t丁", "unit": "某局", "money": "万元"})
    assert answer.status_code == 400 and "连同表头一起复制" in answer.text
    assert "甲\t乙\t丙\t丁</textarea>" in answer.text and 'value="某局"' in answer.text
    assert '<option value="万元" selected>' in answer.text


def test_a_leading_blank_line_survives_the_way_through_the_form(client: FlaskClient) -> None:
    assert ">\n\n甲\t乙\t丙\t丁</textarea>" in client.post("/tag", data={"projects": "\n甲\t乙\t丙\t丁"}).text


@given(text=HOSTILE)
@settings(max_examples=30, deadline=None)
def test_whatever_is_pasted_stays_text(client: FlaskClient, text: str) -> None:
    elements = Elements(client.post("/tag", data={"projects": text, "unit": text}).text)
    assert [script["src"] for script in elements.named("script")] == ["/static/tag.js"]
    assert not elements.named("img")


def test_nobody_uploads_without_being_a_reviewer(app: Flask, client: FlaskClient) -> None:
    assert "上传须有“复核”或“管理”角色" in client.get("/tag").text and 'type="file"' not in client.get("/tag").text
    assert client.post("/tag/upload").status_code == 401
    reader = app.test_client()
    sign_in(reader, "孙查阅", SECRET)
    form = {"form_token": form_token_in(reader.get("/tag").text), "file": (io.BytesIO(b"x"), "a.csv")}
    assert reader.post("/tag/upload", data=form).status_code == 403


@pytest.mark.parametrize(
    ("name", "content", "saying"),
    [
        ("", b"", "还没有选择文件"),
        ("预算.pdf", b"%PDF", "另存为 TXT"),
        ("项目.csv", b" ", "文件是空的"),
        ("项目.xlsm", b"PK", "不含宏"),
        ("<b>.exe", b"x", "只接受"),
    ],
)
def test_a_refused_upload_says_what_to_do(
    post: Callable[..., object], own: Engine, name: str, content: bytes, saying: str
) -> None:
    with open_jobs(own.store_path) as book:
        before = len(book.jobs())
        answer = post("/tag/upload", file=(io.BytesIO(content), name))
        assert answer.status_code == 400 and saying in answer.text and "<b>" not in answer.text
        assert len(book.jobs()) == before


def test_an_upload_larger_than_other_forms_is_taken(post: Callable[..., object], reviewer: FlaskClient) -> None:
    token = form_token_in(reviewer.get("/tag").text)
    field = 'Content-Disposition: form-data; name="{}"'
    parts = [
        f"{field.format('form_token')}\r\n\r\n{token}",
        f'{field.format("file")}; filename="大清单.csv"\r\n\r\n项目名称\n' + "养老\n" * 3_000_000,
    ]
    body = "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n"
    answer = reviewer.post("/tag/upload", data=body.encode(), content_type="multipart/form-data; boundary=b")
    assert answer.status_code == 303
    assert post(f"{urlsplit(answer.headers['Location']).path}/cancel").status_code == 303


def test_a_forged_upload_is_refused(reviewer: FlaskClient) -> None:
    assert reviewer.post("/tag/upload", data={"file": (io.BytesIO(b"x"), "a.csv")}).status_code == 403


def test_an_upload_waits_can_be_cancelled_and_retried(post: Callable[..., object], reviewer: FlaskClient) -> None:
    waiting = post("/tag/upload", file=(io.BytesIO("项目名称\n养老\n".encode()), "a.csv")).headers["Location"]
    job = urlsplit(waiting).path
    page = reviewer.get(waiting).text
    assert "等待" in page and "取消" in page and '<meta http-equiv="refresh"' in page
    assert _state(reviewer, post(f"{job}/cancel")) == "cancelled"
    again = post(f"{job}/cancel")
    assert again.status_code == 409 and "不能取消" in again.text
    assert _state(reviewer, post(f"{job}/retry")) == "queued"


def _state(reviewer: FlaskClient, answer: object) -> State:
    """The state of the job whose page an answer leads to."""
    id_ = re.search("[0-9a-f]{20}", answer.headers["Location"])[0]
    return reviewer.get(f"/api/v1/jobs/{id_}").json["data"]["state"]


def test_an_upload_that_is_not_there_is_named(reviewer: FlaskClient) -> None:
    answer = reviewer.get(f"/tag/jobs/{'0' * 20}")
    assert answer.status_code == 404 and f"没有任务 {'0' * 20}" in answer.text


def test_an_officer_pastes_and_reads_the_evidence_with_the_keyboard(page: Page, address: str) -> None:
    page.goto(f"{address}/tag")
    page.keyboard.insert_text(FOUR)
    assert_accessible(page)
    page.keyboard.press("Control+Enter")
    expect(page.get_by_role("heading", name="判定结果（4）")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("项目名称中的“居家养老上门服务”通常是目录内服务")).to_be_visible()
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


def test_an_uploaded_disclosure_lands_on_its_audit(page: Page, address: str) -> None:
    _sign_in(page, address)
    page.get_by_label("文件", exact=True).set_input_files(SOURCE)
    page.get_by_role("button", name="上传并判定").click()
    page.wait_for_url("**/audits/*", timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("孝义市民政局 2026年")


def test_an_uploaded_list_shows_its_verdicts_page_by_page_and_can_be_downloaded(page: Page, address: str) -> None:
    _sign_in(page, address)
    rows = "".join(f"{n},=HYPERLINK(1) 居家养老服务{n},1\n" for n in range(1, ROWS + 2))
    listed = f"编号,项目名称,金额（万元）\n{rows}99,,\n".encode()
    page.get_by_label("文件", exact=True).set_input_files(
        {"name": "<i>项目.csv", "mimeType": "text/csv", "buffer": listed}
    )
    page.get_by_role("button", name="上传并判定").click()
    expect(page.get_by_role("heading", name="下载")).to_be_visible(timeout=60_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("<i>项目.csv")
    expect(page.get_by_text("未能判定的行")).to_be_visible()
    assert page.locator("tbody tr").count() == ROWS
    assert_accessible(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    with page.expect_download() as loading:
        page.get_by_role("link", name="判定表").click()
    table = Path(loading.value.path()).read_text("utf-8-sig").splitlines()
    assert len(table) == ROWS + 2 and table[1].startswith("1,,'=HYPERLINK") and "A040207" in table[1]
    page.get_by_role("link", name="下一页").click()
    assert page.locator("tbody tr").count() == 1


def test_what_was_pasted_survives_an_expired_session(own: Engine, browser: Browser) -> None:
    app = create_app(own, settings=Settings(reading="closed"))
    with listening(app) as address, watched(browser, address) as page:
        _sign_in(page, address)
        page.get_by_label("项目（一行一个").fill(FOUR)
        page.context.clear_cookies()
        page.get_by_role("button", name="判定", exact=True).click()
        expect(page.get_by_role("heading", level=1)).to_have_text("需要登录")
        _sign_in(page, address)
        expect(page.get_by_label("项目（一行一个")).to_have_value(FOUR)
