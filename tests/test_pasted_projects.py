"""What officers paste from a spreadsheet is read as projects, column by column."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog_data.model import DocumentError
from catalog_service.web.pasted_projects import LONGEST, MOST, pasted_rows, read_pasted


def _read(text: str, unit: str = "", money: str = "元") -> list[tuple[str, str, str, Decimal | None]]:
    projects = read_pasted(text, unit, money).projects
    return [(project.unit, project.name, project.description, project.amount_yuan) for project in projects]


@pytest.mark.parametrize(
    ("text", "project"),
    [
        ("居家养老服务", ("市民政局", "居家养老服务", "", None)),
        ("居家养老服务\t上门助洁", ("市民政局", "居家养老服务", "上门助洁", None)),
        ("市水利局\t河道保洁", ("市水利局", "河道保洁", "", None)),
        ("河道保洁\t1,200", ("市民政局", "河道保洁", "", Decimal(12_000_000))),
        ("市水利局\t河道保洁\t清理垃圾\t30元", ("市水利局", "河道保洁", "清理垃圾", Decimal(30))),
        ("7\t市水利局\t河道保洁\t清理垃圾\t30", ("市水利局", "河道保洁", "清理垃圾", Decimal(300_000))),
        ("金额（元）\t项目名称\t备注\n30\t河道保洁\t清理", ("市民政局", "河道保洁", "清理", Decimal(30))),
        ("项目名称\t金额\n河道保洁\t30", ("市民政局", "河道保洁", "", Decimal(300_000))),
        ('河道保洁\t"清理""河面""\n和岸边"\t30', ("市民政局", "河道保洁", '清理"河面"\n和岸边', Decimal(300_000))),
        ('"一老一小"服务\t30', ("市民政局", '"一老一小"服务', "", Decimal(300_000))),
    ],
)
def test_columns_are_recognised_with_and_without_a_header(
    text: str, project: tuple[str, str, str, Decimal | None]
) -> None:
    assert _read(text, "市民政局", "万元") == [project]


def test_blank_lines_and_an_unreadable_amount_lose_no_project() -> None:
    pasted = read_pasted("河道保洁\t30\n\n公墓维护\t约五万\r\n养老服务\t8\n")
    assert [(project.line, project.name) for project in pasted.projects] == [
        (1, "河道保洁"),
        (3, "公墓维护"),
        (4, "养老服务"),
    ]
    assert [(said.line, "约五万" in said.cause) for said in pasted.notes] == [(3, True)]


def test_a_line_without_a_name_is_told_with_its_number() -> None:
    pasted = read_pasted("项目名称\t金额\n河道保洁\t30\n\t40")
    assert [(said.line, said.cause[:6]) for said in pasted.problems] == [(3, "没有项目名称")]


@pytest.mark.parametrize(
    ("text", "saying"),
    [
        (" \n\t\n", "还没有内容"),
        ("养老\n" * (MOST + 1), f"一次最多判定 {MOST} 个项目，这里有 {MOST + 1} 个"),
        ("甲\t乙\t丙\t丁", "连同表头一起复制"),
        ("河道保洁\t30\t40", "连同表头一起复制"),
        ("养" * (LONGEST + 1), "上传文件"),
    ],
)
def test_what_cannot_be_read_is_refused_with_what_to_do(text: str, saying: str) -> None:
    with pytest.raises(DocumentError, match=saying):
        read_pasted(text)


CELLS = st.text("养老，a1 ", max_size=6) | st.text('养"1', max_size=4).map(lambda text: f"甲\n{text}乙")


def _copied(cell: str) -> str:
    """A cell as a spreadsheet copies it: in quotes where it holds a line break."""
    return '"' + cell.replace('"', '""') + '"' if "\n" in cell else cell


@given(st.lists(st.lists(CELLS, min_size=1, max_size=4), min_size=1, max_size=6))
def test_cells_come_back_as_a_spreadsheet_copied_them(table: list[list[str]]) -> None:
    rows = pasted_rows("\n".join("\t".join(map(_copied, cells)) for cells in table))
    assert [list(row.cells) for row in rows] == [[cell.strip() for cell in cells] for cells in table]
    taller = [sum(cell.count("\n") for cell in cells) + 1 for cells in table]
    assert [row.line for row in rows] == [1 + sum(taller[:k]) for k in range(len(table))]


@given(st.text(max_size=80))
def test_whatever_is_pasted_is_read_or_refused(text: str) -> None:
    try:
        assert read_pasted(text).projects is not None
    except DocumentError as error:
        assert error.message
