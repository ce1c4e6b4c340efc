"""A printed budget disclosure becomes records, row by row; what is damaged is said, never passed over."""

import random
import re
from collections import Counter
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_data.checks import cross_check
from catalog_data.disclosure import read_disclosure
from catalog_data.model import Disclosure, Document, DocumentError
from catalog_data.readers.txt import decode
from tests.conftest import SOURCE

TEXT = SOURCE.read_text("utf-8")
BYTES = TEXT[: TEXT.index("十二、其他说明\n\n（一）")].encode()
PROJECT_TABLE = BYTES.index("2026年项目支出预算表（本年预算）\n".encode())


def naive_projects() -> list[tuple[int, str, Decimal]]:
    """An independent reading of the project table: line, name, and the first amount behind the name."""
    table = TEXT.index("\n2026年项目支出预算表（本年预算）\n")
    first = TEXT[:table].count("\n") + 2
    rows = TEXT[table : TEXT.index("\n2026年项目支出预算表（上年结转）\n")].strip("\n").split("\n")
    matches = ((number, re.match(r"([^\t]+)\t(\d+\.\d\d)\t", row)) for number, row in enumerate(rows, first))
    return [(number, match[1], Decimal(match[2]) * 10000) for number, match in matches if match][1:]


def test_every_project_row_is_a_record_with_its_amount(disclosure: Disclosure) -> None:
    records = [(p.line, p.name, p.amount_yuan) for p in disclosure.projects]
    assert records == naive_projects()
    assert len(records) == 67
    assert sum(p.amount_yuan or 0 for p in disclosure.projects) == Decimal("93242500")


def test_the_funds_of_a_project_add_up_to_its_amount(disclosure: Disclosure) -> None:
    assert all(sum(p.funds.values()) == p.amount_yuan for p in disclosure.projects)
    lottery = [p.name for p in disclosure.projects if "政府性基金预算" in p.funds]
    assert lottery == ["孤儿助学金项目(中央)(晋财社[2025]173号)", "困难群众温暖过冬棉衣裤采购(中央)(晋财社[2025]173号)"]


def test_the_disclosure_names_its_unit_year_and_title(disclosure: Disclosure) -> None:
    assert (disclosure.unit, disclosure.year) == ("孝义市民政局", 2026)
    assert disclosure.title == "孝义市民政局2026年度单位预算公开"


def test_a_project_has_a_readable_id_and_the_overview_of_its_sheet(disclosure: Disclosure) -> None:
    project = disclosure.projects[11]
    assert project.id == "孝义市民政局/2026/012"
    assert disclosure.projects[0].description == "城乡低保救助补助资金"
    assert len({p.id for p in disclosure.projects}) == 67


def test_carried_over_projects_are_told_from_those_of_the_year() -> None:
    empty = "1\t2\t3\t4\t5\n\n注：本表无数据"
    rows = "1\t2\t3\t4\t5\n孝义市民政局\t7.00\t7.00\t\t\n养老院维修\t7.00\t7.00\t\t"
    assert TEXT.count(empty) == 1
    disclosure = read_disclosure(decode(TEXT.replace(empty, rows).encode(), "x.txt"))
    carried = [p for p in disclosure.projects if p.carried_over]
    assert [(p.id, p.amount_yuan) for p in carried] == [("孝义市民政局/2026/结转001", Decimal(70000))]


@pytest.mark.parametrize(
    ("printed", "planted", "check"),
    [
        ("\t20.00\t20.00\t\t\t\t\n未成年人", "\t2O.00\t20.00\t\t\t\t\n未成年人", "disclosure.unreadable_amount"),
        ("\n婚姻登记证书经费\t1.00\t1.00", "\n\t1.00\t1.00", "disclosure.project_name_missing"),
        ("\n婚姻登记证书经费\t1.00\t1.00", "\n婚姻登记证书经费\t\t1.00", "disclosure.project_amount_missing"),
        ("\n婚姻登记证书经费\t1.00", "\n婚姻登记办公费\t1.00", "disclosure.project_repeated"),
        ("\n孝义市民政局\t9324.26", "\n孝义民政\t9324.26", "disclosure.project_total_missing"),
        (
            "\n项目名称\t合计\t2026年财政拨款\t\t\t财政专户",
            "\n某某\t某某\t2026年财政拨款\t\t\t财政专户",
            "disclosure.project_header",
        ),
        ("\n\t\t一般公共预算\t政府性基 金预算\t国有资本经营预 算\t\t", "", "disclosure.project_fund_unknown"),
        ("\n立项依据\t", "\n", "disclosure.sheet_field_missing"),
        ("\n婚姻登记办公费\t1.70", "\n以下为续表内容\n婚姻登记办公费\t1.70", "disclosure.stray_row"),
        ("\n2026年预算收入总表\n", "\n", "disclosure.table_missing"),
    ],
)
def test_a_row_that_cannot_be_read_is_a_finding(printed: str, planted: str, check: str) -> None:
    assert printed in TEXT
    disclosure = read_disclosure(decode(TEXT.replace(printed, planted, 1).encode(), "x.txt"))
    reported = {f.check for f in disclosure.findings} - {key[0] for key in UNDAMAGED}
    assert check in reported


@pytest.mark.parametrize(
    "text", ["今天天气很好。", "代码\t一级目录\nA\t公共服务\n", "预算公开\n项目\t金额\n甲\t1.00\n"]
)
def test_a_text_that_is_no_disclosure_is_refused(text: str) -> None:
    with pytest.raises(DocumentError, match="没有找到.*预算收支总表"):
        read_disclosure(decode(text.encode(), "other.txt"))


def findings_of(data: bytes) -> tuple[Disclosure, Counter[tuple[str, ...]]]:
    disclosure = read_disclosure(decode(data, "damaged.txt"))
    found = (*disclosure.findings, *cross_check(disclosure))
    return disclosure, Counter((f.check, f.where.subject, f.expected, f.found) for f in found)


WHOLE, UNDAMAGED = findings_of(BYTES)


def records_or_findings(data: bytes) -> None:
    """Whoever hears of no new finding may rely on the projects and the sheets."""
    try:
        disclosure, found = findings_of(data)
    except DocumentError:
        return
    if not found - UNDAMAGED:
        assert len(disclosure.projects) == len(WHOLE.projects) == 67
        assert len(disclosure.sheets) == len(WHOLE.sheets) == 57


def test_the_whole_document_has_no_finding_that_its_front_part_has_not(document: Document) -> None:
    disclosure = read_disclosure(document)
    found = (*disclosure.findings, *cross_check(disclosure))
    assert Counter((f.check, f.where.subject, f.expected, f.found) for f in found) == UNDAMAGED


@settings(max_examples=25, deadline=None)
@given(st.integers(min_value=0, max_value=len(BYTES) - 200))
def test_a_truncated_file_never_gives_fewer_records_without_a_finding(cut: int) -> None:
    records_or_findings(BYTES[:cut])


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(min_value=PROJECT_TABLE, max_value=len(BYTES) - 1), st.integers(1, 255)),
        min_size=1,
        max_size=9,
    )
)
def test_damaged_bytes_never_give_fewer_records_without_a_finding(damage: list[tuple[int, int]]) -> None:
    data = bytearray(BYTES)
    for position, byte in damage:
        data[position] = byte
    records_or_findings(bytes(data))


@settings(max_examples=10, deadline=None)
@given(st.integers())
def test_shuffled_lines_never_give_fewer_records_without_a_finding(seed: int) -> None:
    lines = BYTES.split(b"\n")
    random.Random(seed).shuffle(lines)
    records_or_findings(b"\n".join(lines))
