"""Figures of a disclosure are held against each other; a planted contradiction is found where it stands."""

from dataclasses import replace
from decimal import Decimal

import pytest

from catalog_data.checks import CHECKS, cross_check
from catalog_data.comparisons import Comparison, findings
from catalog_data.disclosure import read_disclosure
from catalog_data.model import Disclosure, Document, Finding, Place
from catalog_data.readers.txt import decode
from tests.conftest import SOURCE

TEXT = SOURCE.read_text("utf-8").partition("\n十二、其他说明\n\n（一）")[0]


@pytest.fixture(scope="module")
def found(disclosure: Disclosure) -> tuple[Finding, ...]:
    return cross_check(disclosure)


def errors_after(line: int, printed: str, planted: str) -> set[tuple[str, str, str]]:
    """The contradictions that appear when one line of the shipped print is changed."""
    lines = TEXT.split("\n")
    assert printed in lines[line - 1]
    lines[line - 1] = lines[line - 1].replace(printed, planted)
    disclosure = read_disclosure(decode("\n".join(lines).encode(), SOURCE.name))
    return {(f.check, f.expected, f.found) for f in cross_check(disclosure) if f.severity != "info"} - SHIPPED


SHIPPED = {
    ("projects.count", "67", "73"),
    ("sheets.count", "57", "73"),
    ("sheets.indicated_amount", "200000", "300000"),
}


def test_the_shipped_disclosure_contradicts_itself_in_three_places(found: tuple[Finding, ...]) -> None:
    assert {(f.check, f.expected, f.found) for f in found if f.severity != "info"} == SHIPPED
    assert all(f.where.line and f.message for f in found)


def test_the_sum_of_the_projects_misses_its_total_by_rounding_alone(found: tuple[Finding, ...]) -> None:
    (total,) = [f for f in found if f.check == "projects.total"]
    assert (total.severity, total.expected, total.found, total.where.line) == ("info", "9324.25", "9324.26", 433)
    assert "四舍五入" in total.message


def test_the_count_of_sheets_names_the_projects_that_have_none(
    found: tuple[Finding, ...], disclosure: Disclosure
) -> None:
    (count,) = [f for f in found if f.check == "sheets.count"]
    assert all((p.name in count.message) == (p.sheet is None) for p in disclosure.projects if "1" not in p.name)
    assert "以下 10 个项目" in count.message


def test_rounding_is_told_once_a_check(found: tuple[Finding, ...]) -> None:
    told = [f.check for f in found if f.severity == "info"]
    assert len(told) == len(set(told))


@pytest.mark.parametrize(
    ("line", "printed", "planted", "finding"),
    [
        (433, "9324.26", "9424.26", ("projects.total", "9324.25", "9424.26")),
        (433, "\t12.00", "\t22.00", ("projects.fund_totals", "12", "22")),
        (454, "15.00\t15.00", "15.00\t25.00", ("tables.columns", "25", "15")),
        (186, "9324.26", "9334.26", ("projects.expenditure", "9324.26", "9334.26")),
        (140, "70.48\t70.48", "71.48\t71.48", ("tables.hierarchy", "757.5", "756.51")),
        (127, "支出总计\t9754.32", "支出总计\t9755.32", ("tables.balances", "9754.32", "9755.32")),
        (354, "28.51\t28.51", "29.51\t29.51", ("tables.headings", "29.51", "28.51")),
        (326, "430.07", "431.07", ("tables.same_figures", "430.07", "431.07")),
        (410, "1.20", "1.30", ("tables.three_public", "1.3", "1.2")),
        (588, "38.82", "48.82", ("projects.stated_groups", "9334.25", "9324.25")),
        (
            588,
            "二级项目73个，共计金额9,324.25",
            "二级项目73个，共计金额9,424.25",
            ("projects.stated_amount", "9324.25", "9424.25"),
        ),
        (576, "1.08", "2.08", ("statements.parts", "180.93", "179.93")),
        (524, "99.88", "98.88", ("statements.shares", "99.88", "98.88")),
        (520, "5.44", "5.54", ("statements.changes", "-5.44", "-5.54")),
        (572, "21.11", "22.11", ("statements.tables", "21.11", "22.11")),
        (691, "⇥79,800", "⇥79,900", ("sheets.funds", "79900", "79800")),
        (688, "79,800", "89,800", ("sheets.amount", "79800", "89800")),
    ],
)
def test_a_planted_contradiction_is_found(line: int, printed: str, planted: str, finding: tuple[str, str, str]) -> None:
    assert finding in errors_after(line, printed.replace("⇥", "\t"), planted.replace("⇥", "\t"))


def test_a_sheet_amount_within_the_tables_rounding_is_no_finding(disclosure: Disclosure) -> None:
    cents = [p for p in disclosure.projects if p.sheet and p.amount_yuan != p.sheet.amount_yuan]
    assert len([p for p in cents if p.sheet and p.sheet.amount_yuan]) > 5
    assert not [f for f in cross_check(disclosure) if f.check == "sheets.amount"]


def test_carried_over_money_is_not_held_against_tables_that_leave_it_out(document: Document) -> None:
    text = TEXT.replace("上年结转\t\t年终结转", "上年结转\t10.00\t年终结转", 1)
    text = text.replace("本年支出合计\t9754.32\t9742.32", "本年支出合计\t9764.32\t9752.32", 1)
    checks = {f.check for f in cross_check(read_disclosure(decode(text.encode(), "x.txt"))) if f.severity == "error"}
    assert "tables.same_figures" not in checks


def test_every_check_has_a_name_of_its_own_and_stays_silent_without_tables(disclosure: Disclosure) -> None:
    assert len({check.name for check in CHECKS}) == len(CHECKS)
    assert cross_check(replace(disclosure, tables=(), projects=(), sheets=(), statements=())) == ()


def test_a_difference_is_rounding_only_up_to_half_a_unit_for_each_part() -> None:
    place = Place("x.txt", 1, "合计")

    def severity(found: str) -> list[str]:
        one = Comparison("甲与乙", Decimal("1.00"), Decimal(found), place, tolerance=Decimal("0.01"))
        return [f.severity for f in findings("x", "error", [one])]

    assert [severity(found) for found in ("1.00", "1.01", "1.02")] == [[], ["info"], ["error"]]
