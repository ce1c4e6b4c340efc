"""The audit workbook holds what the documents print and what was judged, safely, and adds up."""

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal
from itertools import cycle
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook
from openpyxl.worksheet.worksheet import Worksheet

from catalog_data import catalog_checks
from catalog_data.checks import CHECKS, cross_check
from catalog_data.disclosure import read_disclosure
from catalog_data.model import (
    DECISIONS,
    NATURES,
    Catalog,
    Choice,
    Disclosure,
    Document,
    Evidence,
    Item,
    Project,
    Verdict,
    Versions,
)
from catalog_service.workbook import Audit, write_workbook
from catalog_service.workbook.labels import CHECKS as CHECK_NAMES
from catalog_service.workbook.labels import articles
from catalog_service.workbook.sheet import CELL_LIMIT, FIRST_ROW, HEADER_ROW, shown

SHEETS = ["项目判定", "待复核", "汇总", "目录问题", "公开数据核对", "说明"]
HOSTILE = (
    "=1+1",
    '=HYPERLINK("http://example.org","点击")',
    "+cmd|' /C calc'!A0",
    "@SUM(A1)",
    "{=1+1}",
    "http://example.org/低保",
    "<r><t>低保</t></r>",
    "</t></si></sst>&amp;",
    "_x0041_低保",
    "'=1+1",
)
OURS = re.compile(r"(SUM|ROUND|IF|SUMPRODUCT|COUNTA)\(.*\)")


@pytest.fixture(scope="module")
def disclosure(document: Document) -> Disclosure:
    return read_disclosure(document)


@pytest.fixture(scope="module")
def audit(disclosure: Disclosure, catalog: Catalog) -> Audit:
    items = cycle(catalog.section("民政", 4))
    verdicts = tuple(verdict(k, project, next(items)) for k, project in enumerate(disclosure.projects))
    findings = (*cross_check(disclosure), *disclosure.findings)
    return Audit(disclosure, catalog, verdicts, findings, "2026-11-03T08:00:00Z")


def verdict(k: int, project: Project, item: Item) -> Verdict:
    """A verdict of every nature in turn, sure to a degree that follows no order of the print."""
    nature, confidence = list(NATURES)[k * k % len(NATURES)], 0.5 + 37 * k % 49 / 100
    return Verdict(
        id=project.id,
        department="民政",
        departments=("民政",),
        nature=nature,
        code=item.id if nature == "service" else None,
        decision="auto" if confidence > 0.8 else "review",
        confidence=confidence,
        natures={nature: confidence},
        candidates=(Choice(item.id, item.name, item.path, 1.0, 0.6, foreign=k % 2 == 1),),
        flags=("prohibited:labour_dispatch",) if k % 15 == 0 else (),
        evidence=(Evidence("cue", f"“{project.name}”", "name", (0, 2), "政府收支分类科目"),),
        reason="把握不足",
        question="资金付给谁？",
        versions=Versions("晋财综〔2025〕28号 a445870c5114", "0.1.0", "0123456789ab"),
        heading=item.parent if nature == "service_uncatalogued" else "",
    )


def changed(audit: Audit, change: Callable[[int, Project], Project]) -> Audit:
    projects = tuple(change(k, project) for k, project in enumerate(audit.disclosure.projects))
    return replace(audit, disclosure=replace(audit.disclosure, projects=projects))


@pytest.fixture
def opened(tmp_path: Path) -> Callable[..., Workbook]:
    def write_and_open(audit: Audit, *, values: bool = False) -> Workbook:
        write_workbook(tmp_path / "审核.xlsx", audit)
        return openpyxl.load_workbook(tmp_path / "审核.xlsx", data_only=values)

    return write_and_open


def column(sheet: Worksheet, name: str) -> list[object]:
    """The cells under a column's name, down to the first empty one of the first column."""
    names = [cell.value for cell in sheet[HEADER_ROW + 1]]
    rows = sheet.iter_rows(min_row=FIRST_ROW + 1, values_only=True)
    return [row[names.index(name)] for row in rows if row[0] is not None]


def rows_below(sheet: Worksheet, label: str) -> Iterator[tuple[object, ...]]:
    """The rows from the one whose first or second cell is a label."""
    seen = False
    for row in sheet.iter_rows(values_only=True):
        seen = seen or label in row[:2]
        if seen:
            yield row


def formulas(path: Path) -> list[str]:
    """Every formula of every sheet, from the XML itself."""
    with zipfile.ZipFile(path) as archive:
        sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
        return [text for name in sheets for text in re.findall(r"<f[^>]*>(.*?)</f>", archive.read(name).decode())]


def test_every_project_is_a_row_in_printed_order_with_its_amount_as_a_number(
    audit: Audit, opened: Callable[..., Workbook]
) -> None:
    book = opened(audit)
    assert book.sheetnames == SHEETS
    sheet, projects = book["项目判定"], audit.disclosure.projects
    assert column(sheet, "项目名称") == [project.name for project in projects]
    assert column(sheet, "来源行") == [project.line for project in projects]
    amounts = [Decimal(str(value)) * 10_000 for value in column(sheet, "金额（万元）")]
    assert amounts == [project.amount_yuan for project in projects]
    assert column(sheet, "支出性质") == [NATURES[verdict.nature] for verdict in audit.verdicts]


def test_a_code_is_a_text_cell_beside_its_department(audit: Audit, opened: Callable[..., Workbook]) -> None:
    sheet = opened(audit)["项目判定"]
    codes, departments = column(sheet, "目录代码"), column(sheet, "目录部门")
    named = [f"{department}:{code}" for code, department in zip(codes, departments, strict=True) if code]
    assert named == [verdict.code for verdict in audit.verdicts if verdict.code]


def test_a_misprinted_code_is_kept_and_its_reading_suggested(audit: Audit, opened: Callable[..., Workbook]) -> None:
    misprint = next(item for item in audit.catalog.items if item.suggested_code)
    first = replace(audit.verdicts[0], nature="service", code=misprint.id)
    sheet = opened(replace(audit, verdicts=(first, *audit.verdicts[1:])))["项目判定"]
    assert column(sheet, "目录代码")[0] == misprint.code
    assert f"建议读作 {misprint.suggested_code}" in str(column(sheet, "判定依据")[0])


def test_the_total_is_a_live_sum_checked_against_the_printed_one(audit: Audit, opened: Callable[..., Workbook]) -> None:
    last = FIRST_ROW + len(audit.verdicts)
    assert next(rows_below(opened(audit)["项目判定"], "合计"))[2] == f"=SUM(C{FIRST_ROW + 1}:C{last})"
    total, printed, difference, *_ = rows_below(opened(audit, values=True)["项目判定"], "合计")
    assert total[2] == 9324.25
    assert printed[1:3] == ("公开文件所印合计（第 433 行）", 9324.26)
    assert difference[2:4] == (-0.01, "四舍五入误差之内")


def test_a_difference_that_rounding_cannot_explain_is_pointed_out(
    audit: Audit, opened: Callable[..., Workbook]
) -> None:
    dearer = changed(audit, lambda k, project: replace(project, amount_yuan=Decimal(10**8)) if k == 3 else project)
    *_, difference = list(rows_below(opened(dearer, values=True)["项目判定"], "合计"))[:3]
    assert difference[3] == "不一致，请核实"


def test_an_amount_that_is_not_printed_is_not_a_zero(audit: Audit, opened: Callable[..., Workbook]) -> None:
    unprinted = changed(audit, lambda k, project: replace(project, amount_yuan=None) if k == 0 else project)
    book = opened(unprinted, values=True)
    assert column(book["项目判定"], "金额（万元）")[0] == "未印出"
    assert next(rows_below(book["项目判定"], "合计"))[2] == pytest.approx(9324.25 - 186.37)


def test_printed_text_is_never_a_formula_a_link_or_markup(
    audit: Audit, opened: Callable[..., Workbook], tmp_path: Path
) -> None:
    hostile = changed(audit, lambda k, project: replace(project, name=HOSTILE[k % len(HOSTILE)]))
    answers = tuple(
        replace(one, reason=text, question=text, flags=(text,), evidence=(Evidence(text, text, source=text),))
        for one, text in zip(audit.verdicts, cycle(HOSTILE))
    )
    book = opened(replace(hostile, verdicts=answers))
    found = formulas(tmp_path / "审核.xlsx")
    assert all(OURS.fullmatch(text) for text in found)
    assert not any(word in text for text in found for word in ("1+1", "HYPERLINK", "calc", "A1)"))
    names = [str(name).removesuffix(" ") for name in column(book["项目判定"], "项目名称")]
    assert names == [project.name for project in hostile.disclosure.projects]
    with zipfile.ZipFile(tmp_path / "审核.xlsx") as archive:
        assert not any(b"hyperlink" in archive.read(name).lower() for name in archive.namelist() if "sheets/" in name)


def test_what_a_cell_cannot_hold_is_shown(audit: Audit, opened: Callable[..., Workbook]) -> None:
    long = "低保" * CELL_LIMIT
    odd = changed(audit, lambda k, project: replace(project, name=("低\x07保\ud800", long)[k % 2]))
    first, second, *_ = column(opened(odd)["项目判定"], "项目名称")
    assert first == "低�保�"
    assert len(str(second)) == CELL_LIMIT
    assert str(second).endswith(f"……（原文共 {len(long)} 字，超出单元格上限，以下略）")


@given(st.text())
def test_a_shown_text_is_fit_for_xml_and_shown_again_stays_the_same(text: str) -> None:
    once = shown(text)
    assert once == shown(once)
    assert not re.search(r"[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]", once)


def test_the_same_audit_gives_the_same_bytes(audit: Audit, tmp_path: Path) -> None:
    paths = [tmp_path / "甲.xlsx", tmp_path / "乙.xlsx"]
    for path in paths:
        write_workbook(path, audit)
    assert paths[0].read_bytes() == paths[1].read_bytes()
    assert openpyxl.load_workbook(paths[0]).properties.created.isoformat() == "2026-11-03T08:00:00"


def test_a_failed_write_leaves_the_old_workbook_and_nothing_else(
    audit: Audit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "审核.xlsx"
    path.write_bytes(b"signed")

    def full(self: Path, target: Path) -> Path:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OSError, match="disk full"):
        write_workbook(path, audit)
    assert [one.name for one in tmp_path.iterdir()] == [path.name]
    assert path.read_bytes() == b"signed"


def test_review_begins_with_the_most_money_in_doubt(audit: Audit, opened: Callable[..., Workbook]) -> None:
    sheet = opened(audit)["待复核"]
    doubtful = [float(str(value)) for value in column(sheet, "存疑金额（万元）")]
    covered = [float(str(value)) for value in column(sheet, "累计占比")]
    amounts = {one.id: one.amount_yuan or 0 for one in audit.disclosure.projects}
    waiting = [one for one in audit.verdicts if one.decision == "review"]
    expected = sorted((float(amounts[one.id]) / 10_000 * (1 - one.confidence) for one in waiting), reverse=True)
    assert doubtful == pytest.approx(expected)
    assert covered == pytest.approx([sum(expected[: k + 1]) / sum(expected) for k in range(len(expected))], abs=1e-6)
    enough = next(k for k, share in enumerate(covered, 1) if share >= 0.8)
    assert f"复核前 {enough} 项即可覆盖 {covered[enough - 1]:.1%} 的存疑金额" in str(sheet["A2"].value)


def test_a_candidate_of_another_department_names_it(audit: Audit, opened: Callable[..., Workbook]) -> None:
    sheet = opened(audit)["待复核"]
    numbers, names = column(sheet, "项目序号"), column(sheet, "候选一条目")
    foreign = {k for k, one in enumerate(audit.verdicts, 1) if one.candidates[0].foreign}
    named = {number for number, name in zip(numbers, names, strict=True) if "（民政部门目录）" in str(name)}
    assert named == foreign & set(numbers)


def test_the_summary_adds_up_to_all_projects(audit: Audit, opened: Callable[..., Workbook]) -> None:
    sheet = opened(audit, values=True)["汇总"]
    by_nature = list(rows_below(sheet, "一、按支出性质"))[1 : len(NATURES) + 2]
    for label, row in zip(NATURES, by_nature, strict=False):
        chosen = [one for one in audit.judgements() if one.verdict.nature == label]
        assert row[:2] == (NATURES[label], len(chosen))
        assert row[2] == pytest.approx(float(sum(one.amount or 0 for one in chosen)))
    total = by_nature[-1]
    auto = sum(one.decision == "auto" for one in audit.verdicts)
    assert (total[0], total[1], total[4], total[6]) == ("合计", 67, auto, 67 - auto)
    assert (total[2], total[3]) == (9324.25, 1)
    assert len(opened(audit)["汇总"]._charts) == 2


def test_the_reviewer_finds_empty_cells_and_the_allowed_answers(audit: Audit, opened: Callable[..., Workbook]) -> None:
    sheet = opened(audit)["项目判定"]
    for name in ("复核结论", "修改后性质", "修改后代码", "复核人", "复核日期", "备注"):
        assert set(column(sheet, name)) == {None}
    lists = {rule.formula1 for rule in sheet.data_validations.dataValidation if rule.type == "list"}
    assert lists == {'"同意,修改,退回"', f'"{",".join(NATURES.values())}"'}
    assert {rule.type for rule in sheet.data_validations.dataValidation} == {"list", "date"}


def test_every_finding_is_a_row_the_gravest_first(audit: Audit, opened: Callable[..., Workbook]) -> None:
    book = opened(audit)
    for name, label, findings in (
        ("目录问题", "问题", audit.catalog.findings),
        ("公开数据核对", "说明", audit.findings),
    ):
        rows = list(book[name].iter_rows(min_row=FIRST_ROW + 1, values_only=True))
        names = [cell.value for cell in book[name][HEADER_ROW + 1]]
        assert sorted(str(row[names.index(label)]) for row in rows) == sorted(one.message for one in findings)
        severities = [row[names.index("严重程度")] for row in rows]
        assert severities == sorted(severities, key=["错误", "疑点", "提示"].index)


def test_every_check_has_a_chinese_name(audit: Audit) -> None:
    checks = {check.name for check in CHECKS} | set(catalog_checks.SEVERITY)
    checks |= {finding.check for finding in (*audit.findings, *audit.catalog.findings)}
    assert checks - set(CHECK_NAMES) == set()


def test_the_notes_name_sources_versions_law_and_every_column(audit: Audit, opened: Callable[..., Workbook]) -> None:
    book = opened(audit)
    notes = "\n".join(str(value) for row in book["说明"].iter_rows(values_only=True) for value in row if value)
    for text in (audit.disclosure.sha256, audit.catalog.number, "0123456789ab", "自动判定不是复核"):
        assert text in notes
    for law in ("财政部令第102号", "第十条", "财预〔2017〕87号第二条", "晋财综〔2025〕28号"):
        assert law in notes
    for name in SHEETS[:-1]:
        assert all(str(cell.value) in notes for cell in book[name][HEADER_ROW + 1] if cell.value)


def test_a_table_keeps_its_header_in_sight_and_on_every_printed_page(
    audit: Audit, opened: Callable[..., Workbook]
) -> None:
    book = opened(audit)
    for name in ("项目判定", "待复核", "目录问题", "公开数据核对"):
        sheet = book[name]
        assert sheet.freeze_panes[1:] == str(FIRST_ROW + 1)
        assert sheet.auto_filter.ref.startswith(f"A{FIRST_ROW}:")
        assert sheet.print_title_rows == f"${FIRST_ROW}:${FIRST_ROW}"
        assert (sheet.page_setup.orientation, sheet.page_setup.fitToHeight) == ("landscape", 0)
        assert "万元" in sheet.oddHeader.right.text


def test_a_disclosure_without_projects_still_gives_a_workbook(audit: Audit, opened: Callable[..., Workbook]) -> None:
    empty = replace(audit, disclosure=replace(audit.disclosure, projects=()), verdicts=(), findings=())
    book = opened(empty, values=True)
    assert book["项目判定"].cell(FIRST_ROW + 1, 2).value == "公开文件中没有读到项目"
    assert next(rows_below(book["项目判定"], "合计"))[2] == 0
    assert book["公开数据核对"].cell(FIRST_ROW + 1, 2).value == "没有发现问题"


def test_verdicts_that_do_not_belong_to_the_documents_are_refused(audit: Audit) -> None:
    with pytest.raises(ValueError, match="不是一一对应"):
        replace(audit, verdicts=audit.verdicts[::-1])
    stranger = replace(audit.verdicts[0], code="民政:A999999")
    with pytest.raises(ValueError, match="目录中没有判定所用的条目：民政:A999999"):
        replace(audit, verdicts=(stranger, *audit.verdicts[1:]))
    with pytest.raises(ValueError, match="没有时区"):
        replace(audit, made_at="2026-11-03T08:00:00")


def test_an_article_is_quoted_once_and_cited_in_every_row(audit: Audit, opened: Callable[..., Workbook]) -> None:
    citation, words = articles()[0]
    evidence = (Evidence("rule", words, source=citation),)
    book = opened(replace(audit, verdicts=tuple(replace(one, evidence=evidence) for one in audit.verdicts)))
    assert all(f"{citation}（条文见“说明”）" in str(value) for value in column(book["项目判定"], "判定依据"))
    assert [row[1] for row in book["说明"].iter_rows(values_only=True) if row[0] == citation] == [words]


def test_decisions_are_said_in_words(audit: Audit, opened: Callable[..., Workbook]) -> None:
    sheet = opened(audit)["项目判定"]
    assert column(sheet, "结论") == [DECISIONS[one.decision] for one in audit.verdicts]
    assert column(sheet, "标记")[0] == "疑似以购买服务名义用工"
