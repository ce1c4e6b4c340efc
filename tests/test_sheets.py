"""Performance sheets are read by their labels, however the columns of a sheet stand."""

import re
from collections import Counter
from decimal import Decimal

import pytest

from catalog_data.model import Document, Line, PerformanceSheet
from catalog_data.sheets import SheetReading, read_sheets

LABELS = re.compile(
    r"绩效指标|[一二三]级指标|指标值|(产出|效益|满意度)指标|(数量|质量|时效|成本)指标|(经济|社会|生态)效益"
    r"|可持续性?影响|服务对象满意度"
)


@pytest.fixture(scope="module")
def readings(document: Document) -> list[SheetReading]:
    return read_sheets(document)


@pytest.fixture(scope="module")
def sheets(readings: list[SheetReading]) -> list[PerformanceSheet]:
    return [reading.sheet for reading in readings]


def naive_blocks(document: Document) -> list[list[str]]:
    """An independent cut: from title line to title line, up to the section behind the sheets."""
    texts = [line.text for line in document.lines]
    starts = [k for k, text in enumerate(texts) if re.fullmatch(r"孝义市.*级预算部门\(单位\)项目支出绩效目标表", text)]
    end = texts.index("十一、国有资产占有使用情况", starts[0])
    return [texts[start:stop] for start, stop in zip(starts, [*starts[1:], end], strict=True)]


def naive_text(block: list[str], label: str) -> str:
    """The text cells behind a label at the beginning of a line."""
    row = next(text for text in block if text.startswith(label + "\t"))
    return "|".join(cell for cell in row.split("\t")[1:] if cell)


def naive_year_total(block: list[str]) -> str:
    """The amount behind 年度资金总额, or the second of two amounts behind 项目资金."""
    text = "\n".join(block)
    found = re.search(r"年度资金总额:\t+([\d,.]*)", text) or re.search(r"项目资金\(元\)\t+[\d,.]+\t+([\d,.]+)", text)
    return found.group(1).replace(",", "") if found else ""


def test_every_sheet_has_the_name_amount_and_texts_it_prints(
    document: Document, sheets: list[PerformanceSheet]
) -> None:
    blocks = naive_blocks(document)
    assert len(sheets) == len(blocks) == 57
    for sheet, block in zip(sheets, blocks, strict=True):
        assert sheet.name == naive_text(block, "项目名称")
        assert str(sheet.amount_yuan or "") == naive_year_total(block)
        assert sheet.overview == naive_text(block, "项目概况")
        assert sheet.legal_basis == naive_text(block, "立项依据")
        assert sheet.necessity == naive_text(block, "项目设立必要性")
        assert sheet.safeguards == naive_text(block, "保证项目实施的制度、措施")
        assert sheet.plan == naive_text(block, "项目实施计划")
        goals = naive_text(block, "总体目标").replace("年度目标", "")
        assert [text for text in (sheet.period_goal, sheet.year_goal) if text] == goals.strip("|").split("|")
        assert re.findall(r"填报日期:\s*(\d+)", "\n".join(block)) == [sheet.filled_on]


def test_every_indicator_cell_is_in_a_record_of_its_line(document: Document, sheets: list[PerformanceSheet]) -> None:
    recorded = Counter(
        (indicator.line, text)
        for sheet in sheets
        for indicator in sheet.indicators
        for text in (indicator.name, indicator.target)
        if text
    )
    printed: Counter[tuple[int, str]] = Counter()
    inside = False
    for line in document.lines[616:2523]:
        inside = (inside or line.text.startswith("绩效指标")) and "负责人" not in line.text
        if inside:
            printed.update((line.number, cell) for cell in line.filled if not LABELS.fullmatch(cell))
    printed = Counter({(n, cell): count for (n, cell), count in printed.items() if "\t" in document.lines[n - 1].text})
    assert recorded == printed


def sheet_named(sheets: list[PerformanceSheet], name: str) -> PerformanceSheet:
    return next(sheet for sheet in sheets if sheet.name == name)


def test_amounts_of_all_levels_are_taken_for_period_and_year(sheets: list[PerformanceSheet]) -> None:
    for name in ("临时救助补助资金(晋财社[177]号)(中央)", "农村最低生活保障金(晋财社[2025]177号)(中央)"):
        sheet = sheet_named(sheets, name)
        assert sheet.period_funds == sheet.year_funds
        assert sheet.year_funds["中央"] == sheet.amount_yuan
    split = sheet_named(sheets, "城市最低生活保障金支出项目县级配套2")
    assert split.year_funds["市县"] == Decimal(1629204)
    assert "其他" not in split.year_funds


def test_an_amount_that_is_not_printed_stays_absent_and_is_reported(readings: list[SheetReading]) -> None:
    reported = [r for r in readings if any(f.check == "disclosure.sheet_amount_missing" for f in r.findings)]
    assert [r.sheet.name for r in reported] == ["困难群众温暖过冬棉衣裤采购(中央)(晋财社[2025]173号)"]
    assert reported[0].sheet.year_funds == {}
    assert reported[0].sheet.period_funds["总额"] == 60000


def test_text_that_slipped_from_its_label_stays_and_both_places_are_reported(readings: list[SheetReading]) -> None:
    reported = {(f.where.subject, f.check, f.found or f.expected) for r in readings for f in r.findings}
    assert ("城市最低生活保障金支出项目县级配套2", "disclosure.sheet_field_empty", "项目实施计划") in reported
    slipped = "农村特困人员救助供养(晋财社[2025]177号)(中央)"
    assert (slipped, "disclosure.sheet_value_misplaced", "孝义市民政局") in reported
    assert (slipped, "disclosure.sheet_field_empty", "实施单位") in reported
    assert ("社会组织党建工作经费", "disclosure.sheet_field_empty", "实施期目标") in reported


def test_indicators_of_shifted_rows_keep_their_levels(sheets: list[PerformanceSheet]) -> None:
    by_line = {(i.line, i.scope): (i.group, i.kind, i.name, i.target) for s in sheets for i in s.indicators}
    assert by_line[638, "year"] == ("产出指标", "数量指标", "补助津贴标准", "按照文件要求")
    assert by_line[646, "period"] == ("满意度指标", "服务对象满意度", "80岁以上老人满意度", "≥95%")
    assert by_line[677, "year"] == ("效益指标", "可持续影响", "农村养老体系", "持续保障")
    assert by_line[742, "year"] == ("满意度指标", "服务对象满意度", "老年人满意度", "≥90%")
    assert by_line[734, "period"] == ("产出指标", "数量指标", "申请经费", "38900元")
    assert by_line[1270, "period"] == ("产出指标", "", "困难群众家庭认定准确率", "≥95%")
    assert by_line[1876, "year"] == ("产出指标", "质量指标", "困难群众家庭认定", "")


def reading_of(*lines: str) -> list[SheetReading]:
    return read_sheets(Document("x.txt", "", tuple(Line(k, text) for k, text in enumerate(lines, 1))))


def test_another_provinces_sheet_with_one_column_of_funds_in_wan_yuan_is_read() -> None:
    (reading,) = reading_of(
        "项目支出绩效目标申报表",
        "（2025年度）",
        "项目名称\t河道清淤",
        "主管部门\t甲县水利局\t实施单位\t甲县水利局",
        "项目资金（万元）\t年度资金总额：\t12.5",
        "\t其中：财政拨款\t12.5",
        "\t单位自筹资金\t0",
        "绩效指标\t一级指标\t二级指标\t三级指标\t指标值",
        "\t成本指标\t经济成本指标\t每公里成本\t≤2万元",
        "\t产出指标\t数量指标\t清淤长度\t≥6公里",
    )
    assert reading.sheet.year_funds == {"总额": 125000, "财政拨款": 125000, "单位自筹": 0}
    assert [(i.group, i.kind, i.scope) for i in reading.sheet.indicators] == [
        ("成本指标", "经济成本指标", "year"),
        ("产出指标", "数量指标", "year"),
    ]
    assert reading.findings == ()


def test_a_sheet_without_its_last_row_is_reported_as_cut_off(document: Document) -> None:
    cut = Document(document.name, "", document.lines[:700])
    last = read_sheets(cut)[-1]
    assert last.sheet.name == "2025年“爱心联动帮困惠民”公益服务项目"
    assert [f.check for f in last.findings if f.severity == "error"] == ["disclosure.sheet_cut_off"]


def test_a_sheet_whose_title_is_lost_still_begins_at_its_name(document: Document) -> None:
    title = re.compile(r"孝义市.*绩效目标表$")
    kept = [line for k, line in enumerate(document.lines) if k < 640 or not title.match(line.text)]
    assert len(read_sheets(Document(document.name, "", tuple(kept)))) == 57


def test_a_label_that_comes_twice_keeps_its_first_text_and_reports_the_second() -> None:
    (reading,) = reading_of("项目支出绩效目标表", "项目名称\t河道清淤", "项目概况\t清淤六公里", "项目概况\t清淤八公里")
    assert reading.sheet.overview == "清淤六公里"
    reported = {f.check: f.found for f in reading.findings}
    assert "disclosure.sheet_field_repeated" in reported
    assert reported["disclosure.sheet_value_misplaced"] == "清淤八公里"
