"""The printed catalog 晋财综〔2025〕28号 becomes records and findings, row by row."""

import random
import re
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from catalog_data.catalog import read_catalog
from catalog_data.model import Catalog, Document, DocumentError, Line
from catalog_data.readers.txt import decode
from tests.conftest import SOURCE

BYTES = SOURCE.read_bytes()
TABLE = BYTES.index("代码\t一级目录".encode())
LEVELS = {1: 54, 2: 262, 3: 560, 4: 1160}


def naive_rows() -> list[tuple[int, str, str, str]]:
    """An independent reading of the table: line, department, printed code, printed name."""
    rows, department = [], ""
    for number, text in enumerate(BYTES.decode().split("\n"), 1):
        match = re.fullmatch(r"(A\d*|\d{6})\t{1,4}([^\t]+?)\t*", text)
        if text.count("\t") == 4 and text.endswith("\t\t\t\t") and text.strip():
            department = text.strip()
        elif match and department and text.count("\t") == 4:
            rows.append((number, department, *match.groups()))
    return rows


def test_every_printed_row_is_a_record_in_printed_order(catalog: Catalog) -> None:
    records = [(i.line, i.department, i.printed_code, i.printed_name) for i in catalog.items]
    assert records == naive_rows()
    assert Counter(i.level for i in catalog.items) == LEVELS
    assert len(catalog.departments) == 56
    assert Counter(row[1] for row in naive_rows()) == Counter(i.department for i in catalog.items)


def test_department_and_code_identify_a_row_and_the_code_alone_does_not(catalog: Catalog) -> None:
    leaves = [i for i in catalog.items if i.level == 4]
    assert len({i.id for i in catalog.items}) == len(catalog.items)
    assert len({i.printed_code for i in leaves}) == 438
    assert sum(i.code == "A150201" for i in leaves) == 46


def test_the_catalog_names_its_document(catalog: Catalog) -> None:
    assert catalog.title == "山西省部门政府购买服务指导性目录"
    assert catalog.number == "晋财综〔2025〕28号"
    assert catalog.issued == "2025-07-15"


def test_a_row_knows_its_headings(catalog: Catalog) -> None:
    by_id = {i.id: i for i in catalog.items}
    item = by_id["民政:A040303"]
    assert item.name == "低保、特困人员家访服务"
    assert item.parent == "民政:A0403"
    assert item.path == ("公共服务", "社会保障服务", "社会救助服务")
    assert all(i.parent in by_id for i in catalog.items if i.level > 2)


def test_a_name_broken_by_a_line_wrap_is_kept_as_printed_and_read_whole(catalog: Catalog) -> None:
    item = next(i for i in catalog.items if i.id == "气象:A14")
    wrapped = [i for i in catalog.items if i.name != i.printed_name]
    assert item.name == "灾害防治及应急管理服务"
    assert all(i.name.replace(" ", "") == i.printed_name.replace(" ", "") for i in wrapped)
    assert next(i.name for i in catalog.items if "12368" in i.name) == "12368 诉讼热线服务"


def test_print_that_contradicts_itself_is_kept_and_reported(catalog: Catalog) -> None:
    reported = {(f.check, f.where.line): f for f in catalog.findings}
    malformed = reported["catalog.malformed_code", 3538]
    assert (malformed.found, malformed.suggestion) == ("160601", "A160601")
    misplaced = {f.found: f.suggestion for f in catalog.findings if f.check == "catalog.code_contradicts_place"}
    assert misplaced == {"A040102": "A140102", "A050301": "A150301", "A160401": "A160901"}
    item = next(i for i in catalog.items if i.id == "自然资源:A040102")
    assert (item.suggested_code, item.parent) == ("A140102", "自然资源:A1401")
    missing = {f.where.subject for f in catalog.findings if f.check == "catalog.missing_heading"}
    assert missing == {"统战部:A", "气象:A", "人力资源和社会保障:A16"}
    numbering = {f.found for f in catalog.findings if f.check == "catalog.numbering"}
    assert numbering == {"A030203", "A070102"}


def test_headings_that_departments_name_differently_are_reported_with_the_usual_name(catalog: Catalog) -> None:
    differing = {f.where.subject: f for f in catalog.findings if f.check == "catalog.heading_names_differ"}
    assert differing["政法委员会:A10"].suggestion == "社会治理服务"
    assert differing["外事:A16"].found == "行业管理"
    tied = {subject for subject, f in differing.items() if not f.suggestion}
    assert tied == {"教育:A1803", "人力资源和社会保障:A1803", "戒毒管理:A1803", "贸易促进委员会:A1803"}


def test_a_document_without_a_catalog_is_refused() -> None:
    with pytest.raises(DocumentError, match="没有找到政府购买服务目录"):
        read_catalog(decode("预算公开\n项目\t金额\n".encode(), "other.txt"))


def test_rows_with_two_codes_or_none_are_named_with_their_line(document: Document) -> None:
    table = [
        "代码\t一级目录\t二级目录\t三级目录\t四级目录",
        "民政\t\t\t\t",
        "A\t公共服务\t\t\t",
        "A04\t\t社会保障服务\t\t",
        "A0401\tA0402\t\t儿童福利服务\t",
        "\t\t\t\t收养登记服务",
        "2025年7月15日印发",
        "A0403\t\t\t社会救助服务\t",
    ]
    catalog = read_catalog(Document("x.txt", "", tuple(Line(k, t) for k, t in enumerate(table, 1))))
    rows = {f.where.line: f.message for f in catalog.findings if f.check == "catalog.row"}
    assert "2 个代码" in rows[5]
    assert "没有代码" in rows[6]
    assert 7 in rows


def reported(catalog: Catalog) -> Counter[tuple[str, str]]:
    return Counter((f.check, f.where.subject) for f in catalog.findings)


UNDAMAGED = reported(read_catalog(decode(BYTES, SOURCE.name)))


def counts_or_findings(data: bytes) -> None:
    """Whoever hears of no new finding may rely on the counts."""
    try:
        catalog = read_catalog(decode(data, "damaged.txt"))
    except DocumentError:
        return
    if reported(catalog) == UNDAMAGED:
        assert Counter(i.level for i in catalog.items) == LEVELS
        assert len(catalog.departments) == 56


@settings(max_examples=40, deadline=None)
@given(st.integers(min_value=0, max_value=len(BYTES)))
def test_a_truncated_file_never_gives_a_wrong_count_without_a_finding(cut: int) -> None:
    counts_or_findings(BYTES[:cut])


@settings(max_examples=40, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(min_value=TABLE, max_value=len(BYTES) - 1), st.integers(0, 255)), min_size=1, max_size=9
    )
)
def test_damaged_bytes_never_give_a_wrong_count_without_a_finding(damage: list[tuple[int, int]]) -> None:
    data = bytearray(BYTES)
    for position, byte in damage:
        data[position] = byte
    counts_or_findings(bytes(data))


@settings(max_examples=10, deadline=None)
@given(st.integers())
def test_shuffled_lines_never_give_a_wrong_count_without_a_finding(seed: int) -> None:
    lines = BYTES.split(b"\n")
    random.Random(seed).shuffle(lines)
    counts_or_findings(b"\n".join(lines))
