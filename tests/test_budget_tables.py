"""Budget tables are found by their titles and read by their headers, in any bureau's print."""

from decimal import Decimal

from catalog_data.budget_tables import column_labels, figure, read_tables, table_of, total_row
from catalog_data.disclosure import read_disclosure
from catalog_data.model import BudgetTable, Document, Finding, Line


def tables_of(*lines: str) -> tuple[list[BudgetTable], list[Finding]]:
    return read_tables(Document("x.txt", "", tuple(Line(k, text) for k, text in enumerate(lines, 1))))


def test_every_printed_table_is_read_with_its_rows(document: Document) -> None:
    tables, findings = read_tables(document)
    assert [(table.kind, len(table.rows)) for table in tables] == [
        ("balance", 33),
        ("income", 39),
        ("expenditure", 39),
        ("appropriation_balance", 36),
        ("general_budget", 36),
        ("economic", 29),
        ("fund_income", 4),
        ("fund_expenditure", 4),
        ("state_capital", 1),
        ("three_public", 6),
        ("running_cost", 2),
        ("projects", 68),
        ("carried_over_projects", 0),
        ("overall_performance", 14),
    ]
    assert {table.unit_of_amount for table in tables[:-1]} == {"万元"}
    assert [table.kind for table in tables if table.empty] == ["state_capital", "carried_over_projects"]
    assert findings == []


def test_no_row_with_an_amount_is_lost_between_the_tables(document: Document) -> None:
    tables, _ = read_tables(document)
    read = {row.line for table in tables for row in (*table.header, *table.rows)}
    printed = {
        line.number
        for line in document.lines[85:503]
        if any(cell.replace(".", "").isdigit() for cell in line.cells[1:])
    }
    assert printed <= read


def test_columns_are_named_by_wrapped_and_grouped_headers(document: Document) -> None:
    table = table_of(read_tables(document)[0], "projects")
    assert table is not None
    assert column_labels(table) == [
        "项目名称",
        "合计",
        "2026年财政拨款/一般公共预算",
        "2026年财政拨款/政府性基金预算",
        "2026年财政拨款/国有资本经营预算",
        "财政专户管理资金",
        "单位资金",
    ]


def test_a_row_without_amounts_is_no_header_row(document: Document) -> None:
    table = table_of(read_tables(document)[0], "three_public")
    assert table is not None
    assert table.rows[0].cells[0] == "因公出国（境）费"
    total = total_row(table)
    assert total is not None
    assert str(figure(total, 1)) == "1.20"


PROJECTS = (
    "甲县水利局2025年部门预算公开",
    "部门预算项目支出表",
    "部门：甲县水利局\t单位：元",
    "单位编码\t类别\t项目名称\t资金来源\t\t总计",
    "\t\t\t政府性基金预算拨款\t一般公共预算拨款\t",
    "合计\t\t\t\t300000\t300000",
    "101\t特定目标类\t河道清淤\t\t100000\t100000",
    "",
    "单位编码\t类别\t项目名称\t资金来源\t\t总计",
    "101\t其他运转类\t水库巡查\t\t200000\t200000",
)


def test_another_bureaus_columns_and_unit_are_read_from_its_header() -> None:
    lines = tuple(Line(k, text) for k, text in enumerate(PROJECTS, 1))
    disclosure = read_disclosure(Document("x.txt", "", lines))
    assert (disclosure.unit, disclosure.year) == ("甲县水利局", 2025)
    assert [(project.name, project.funds) for project in disclosure.projects] == [
        ("河道清淤", {"一般公共预算": Decimal(100000)}),
        ("水库巡查", {"一般公共预算": Decimal(200000)}),
    ]


def test_a_table_without_a_unit_or_without_rows_is_reported() -> None:
    tables, findings = tables_of("收入总表", "科目编码\t科目名称\t合计", "第二部分 说明")
    assert [table.kind for table in tables] == ["income"]
    assert {finding.check for finding in findings} == {"disclosure.unit_of_amount", "disclosure.table_without_rows"}


def test_a_line_of_the_table_of_contents_opens_no_table() -> None:
    tables, _ = tables_of("目 录", "部门收支总表", "部门收入总表", "第一部分 概况", "本单位共有 3 个股室。")
    assert tables == []
