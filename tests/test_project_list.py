"""Lists that units hand in: every row is accounted for, every amount is exact, hostile files do no harm."""

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from xlsxwriter import Workbook

from catalog_data.model import Disclosure, DocumentError, Project
from catalog_data.project_list import ProjectList, RowProblem, iter_projects, read_projects, read_projects_stream

HEADER = ["项目编号", "单位名称", "项目名称", "项目内容", "预算金额（万元）"]

texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=30).map(str.strip)
names = texts.filter(bool).map(lambda text: f"项目{text}费")
amounts = st.none() | st.decimals(0, 10**8, places=4, allow_nan=False)
rows = st.lists(st.tuples(names, texts, amounts), min_size=1, max_size=8)


def lines(*records: object) -> ProjectList:
    text = "\n".join(r if isinstance(r, str) else json.dumps(r, ensure_ascii=False) for r in records)
    return read_projects_stream(io.BytesIO(text.encode()), "清单.jsonl")


def table(text: str, folder: Path, encoding: str = "utf-8", name: str = "清单.csv") -> ProjectList:
    path = folder / name
    path.write_bytes(text.encode(encoding))
    return read_projects(path)


def workbook(cells: Sequence[Sequence[object]], path: Path, merged: Sequence[tuple[str, str | int]] = ()) -> Path:
    with Workbook(path, {"strings_to_formulas": False, "strings_to_urls": False}) as book:
        sheet = book.add_worksheet("清单")
        for k, row in enumerate(cells):
            for column, cell in enumerate(row):
                if isinstance(cell, str):
                    sheet.write_string(k, column, cell)
                elif cell is not None:
                    sheet.write_number(k, column, float(str(cell)))
        for area, cell in merged:
            sheet.merge_range(area, cell)
    return path


def replaced(path: Path, sheet: str) -> Path:
    """The workbook with other XML for its first sheet."""
    with zipfile.ZipFile(path) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    entries["xl/worksheets/sheet1.xml"] = sheet.encode()
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return path


def causes(problems: Sequence[RowProblem]) -> list[tuple[int | None, str]]:
    return [(problem.line, problem.cause) for problem in problems]


def survived(read: ProjectList, cells: Sequence[tuple[str, str, Decimal | None]]) -> bool:
    """Whether names and amounts, printed in 万元, were read as they stand, and every row with them."""
    facts = [(name, amount and amount * 10_000) for name, _, amount in cells]
    return [(p.name, p.amount_yuan) for p in read.projects] == facts and not read.problems


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".xlsx", ".jsonl"])
def test_the_shipped_projects_come_back_from_every_format(disclosure: Disclosure, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"清单{suffix}"
    in_wan = ([p.id, p.unit, p.name, "", p.amount_yuan and p.amount_yuan / 10_000] for p in disclosure.projects)
    cells: list[list[Any]] = [HEADER, *in_wan]
    if suffix == ".xlsx":
        workbook(cells, path)
    elif suffix == ".jsonl":
        keys = ("id", "unit", "name", "description", "amount_yuan")
        records = [{**dict(zip(keys, row, strict=True)), "amount_yuan": f"{row[4]}万元"} for row in cells[1:]]
        path.write_text("\n".join(json.dumps(record) for record in records))
    else:
        with path.open("w", newline="") as stream:
            csv.writer(stream, delimiter="\t" if suffix == ".tsv" else ",").writerows(cells)
    read = read_projects(path)
    facts = [(p.id, p.unit, p.name, p.amount_yuan) for p in disclosure.projects]
    assert [(p.id, p.unit, p.name, p.amount_yuan) for p in read.projects] == facts
    assert (read.problems, read.notes) == ((), ())


def test_json_lines_keep_good_rows_and_name_the_cause_of_every_bad_one() -> None:
    read = lines(
        '\ufeff{"id": 7, "unit": "甲局", "name": " 养老服务 ", "amount_yuan": 12.50, "more": []}',
        "",
        {"name": "评估"},
        {"name": "  "},
        {"name": 5},
        {"id": 7, "name": "又一个"},
        {"id": True, "name": "真"},
        {"name": "子", "unit": ["甲"]},
        {"name": "金", "amount_yuan": [1]},
        "[1]",
        "{",
        r'{"name": "\ud800"}',
        {"name": "约", "amount_yuan": "约五万"},
        '{"name": "大", "amount_yuan": 1E+999999}',
    )
    assert [(p.id, p.name, p.amount_yuan) for p in read.projects] == [
        ("7", "养老服务", Decimal("12.5")),
        ("3", "评估", None),
        ("13", "约", None),
        ("14", "大", None),
    ]
    assert causes(read.problems) == [
        (4, "没有项目名称：name 应为非空文字"),
        (5, "没有项目名称：name 应为非空文字"),
        (6, "编号“7”与第 1 行重复，项目“又一个”未读入"),
        (7, "编号 id 应为文字或整数"),
        (8, "单位 unit 应为文字"),
        (9, "金额 amount_yuan 应为数字或写成数字的文字"),
        (10, "不是 JSON 对象，应为 {…}"),
        (11, "不是合法的 JSON"),
        (12, "文字里有不成对的代理字符（\\ud800 至 \\udfff）"),
    ]
    assert [(note.line, note.severity) for note in read.notes] == [(13, "warning"), (14, "warning")]


def test_json_lines_are_read_one_by_one_and_an_endless_line_is_passed_over() -> None:
    endless = b'{"name": "' + b"x" * 1_500_000 + b'"}\n'
    stream = io.BytesIO(
        '{"name": "甲"}\n'.encode() + endless + '{"name": "乙"}\n{"name": "\xff"}\n'.encode("latin-1", "replace")
    )
    results = iter_projects(stream, "x.jsonl")
    assert next(results) == Project("1", "", "甲", document="x.jsonl", line=1)
    assert stream.tell() < 100
    assert [getattr(result, "cause", "") for result in results] == ["这一行超过 1000000 字节", "", "不是 UTF-8 编码"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_in_either_encoding_and_with_any_delimiter(
    tmp_path: Path, encoding: str, delimiter: str
) -> None:
    text = (
        "序号|主管部门|采购项目名称|采购需求概况|预算金额(万元)\r\n"
        '1|民政局|"养老\r\n服务"|评估,培训;督导|"1,200.5"\r\n2|民政局|社工|站点|3\r\n'
    )
    if delimiter != "\t":
        text = text.replace("评估,培训;督导", '"评估,培训;督导"')
    read = table(text.replace("|", delimiter), tmp_path, encoding)
    assert [(p.id, p.unit, p.name, p.description, p.amount_yuan, p.line) for p in read.projects] == [
        ("1", "民政局", "养老\n服务", "评估,培训;督导", Decimal(12_005_000), 2),
        ("2", "民政局", "社工", "站点", Decimal(30_000), 4),
    ]
    assert (read.problems, read.notes) == ((), ())


def test_a_figure_grouped_by_commas_is_no_delimiter(tmp_path: Path) -> None:
    read = table("项目名称\t金额（元）\n养老服务\t1,234,567.00\n社工服务\t2,345,678.00\n", tmp_path)
    assert [p.amount_yuan for p in read.projects] == [Decimal(1_234_567), Decimal(2_345_678)]


@pytest.mark.parametrize(
    ("above", "label", "cell", "yuan"),
    [
        ("", "amount_wan", "1.5", "15000"),
        ("", "amount_yuan", "1.5", "1.5"),
        ("", "预算数", "1.5", "1.5"),
        ("", "采购预算（万）", "1.5", "15000"),
        ("单位：万元,", "预算数", "1.5", "15000"),
        ("单位：万元,", "金额（元）", "1.5", "1.5"),
        ("单位：万元,", "金额", "￥1.5元", "1.5"),
        ("单位： 亿元,", "合计", "0.5", "50000000"),
    ],
)
def test_the_unit_of_an_amount_is_the_one_printed_nearest_to_it(
    tmp_path: Path, above: str, label: str, cell: str, yuan: str
) -> None:
    read = table(f"{above}\n项目名称,{label}\n养老服务,{cell}\n", tmp_path)
    assert read.projects[0].amount_yuan == Decimal(yuan)
    assumed = not above and label == "预算数"
    assert ((2, "没有写明金额单位，按元读取") in causes(read.notes)) == assumed


def test_rows_that_are_no_projects_are_noted_and_rows_that_should_be_are_problems(tmp_path: Path) -> None:
    text = """乙县水利局2027年项目清单,,,
编制单位：乙县水利局（盖章）,,,单位：万元
序号,项目名称,资金,经办人
,,合计,
1,河道巡查,5,张
,,,
,,,
2,水质监测,约六万,李
小计,,11,
,,3,王
序号,项目名称,资金,经办人
2,堤防维护,1,赵,多
2,泵站看护,2,
注：以上含上年结转,,,
"""
    read = table(text, tmp_path)
    assert [(p.id, p.unit, p.name, p.amount_yuan) for p in read.projects] == [
        ("5", "乙县水利局", "河道巡查", Decimal(50_000)),
        ("8", "乙县水利局", "水质监测", None),
        ("13", "乙县水利局", "泵站看护", Decimal(20_000)),
    ]
    assert causes(read.problems) == [
        (10, "没有项目名称，这一行是：3、王"),
        (12, "这一行有 5 格，表头只有 4 格；含分隔符的内容须用双引号括起"),
    ]
    assert causes(read.notes) == [
        (1, "表头以上的文字：乙县水利局2027年项目清单"),
        (2, "表头以上的文字：编制单位：乙县水利局（盖章） 单位：万元"),
        (4, "表头的续行：合计"),
        (3, "没有使用的列：经办人"),
        (6, "第 6 至 7 行是空行"),
        (None, "序号有空缺或重复，改用行号作为项目编号"),
        (8, "金额“约六万”无法识别，项目按没有金额读入"),
        (9, "合计行，不作为项目：小计"),
        (11, "重复的表头"),
        (14, "表注，不作为项目：注:以上含上年结转"),
    ]


def test_a_repeated_code_is_a_problem_and_several_descriptions_are_kept(tmp_path: Path) -> None:
    read = table("项目编码,项目名称,主要内容,备注\nA1,甲,内容,急\nA1,乙,,\n,丙,,\n", tmp_path)
    assert [(p.id, p.name, p.description) for p in read.projects] == [("A1", "甲", "内容\n急"), ("4", "丙", "")]
    assert causes(read.problems) == [(3, "编号“A1”与第 2 行重复，项目“乙”未读入")]


def test_damaged_bytes_are_noted_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("项目名称\n养老".encode() + b"\xff\n" + "社工\n".encode())
    read = read_projects(tmp_path / "a.csv")
    assert [p.name for p in read.projects] == ["养老\ufffd", "社工"]
    assert (2, "第 2 行有无法解码的字节，已用 � 代替") in causes(read.notes)


def test_a_merged_unit_stands_for_all_its_rows_and_a_merged_amount_only_once(tmp_path: Path) -> None:
    above: list[list[Any]] = [["项目清单"], ["金额单位：万元"], ["单位", "项目名称", "金额"]]
    cells = [*above, [None, "养老", None], [None, "社工", None]]
    path = workbook(cells, tmp_path / "a.xlsx", [("A4:A5", "甲局"), ("C4:C5", 5)])
    read = read_projects(path)
    assert [(p.id, p.unit, p.name, p.amount_yuan, p.line) for p in read.projects] == [
        ("4", "甲局", "养老", Decimal(50_000), 4),
        ("5", "甲局", "社工", None, 5),
    ]


def test_only_the_first_visible_sheet_is_read_and_the_others_are_named(tmp_path: Path) -> None:
    with Workbook(tmp_path / "a.xlsx") as book:
        hidden, shown, other = (book.add_worksheet(name) for name in ("字典", "清单", "附表"))
        shown.activate()
        shown.set_first_sheet()
        hidden.hide()
        hidden.write_column(0, 0, ["项目名称", "不读"])
        shown.write_column(0, 0, ["项目名称", "养老服务"])
        other.write(0, 0, "x")
    read = read_projects(tmp_path / "a.xlsx")
    assert [p.name for p in read.projects] == ["养老服务"]
    assert read.notes[0] == RowProblem("a.xlsx", None, "只读取了工作表“清单”，未读取：字典、附表", "info")


SHEET = (
    '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{}</sheetData></worksheet>'
)
TOO_LARGE = {
    "a far cell": SHEET.format(
        '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    ),
    "one long text in many cells": SHEET.format(
        "".join(f'<row r="{k}"><c r="A{k}" t="s"><v>0</v></c></row>' for k in range(1, 90_000))
    ),
    "a zip bomb": " " * 3_000_000,
}


@pytest.mark.parametrize("sheet", TOO_LARGE.values(), ids=TOO_LARGE)
def test_a_small_workbook_that_asks_for_gigabytes_is_refused(tmp_path: Path, sheet: str) -> None:
    path = workbook([["项" * 30_000], *([str(k) * 50] for k in range(3_000))], tmp_path / "a.xlsx")
    with pytest.raises(DocumentError, match="展开后过大"):
        read_projects(replaced(path, sheet))


COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("a.csv", b"", "文件是空的"),
        ("a.csv", b"\xef\xbb\xbf", "文件是空的"),
        ("a.csv", b",,\n,,\n", "文件是空的"),
        ("a.jsonl", b"\n \n", "文件是空的"),
        ("a.csv", "项目名称\n甲".encode("utf-16"), "不是 CSV，或是 UTF-16"),
        ("a.csv", "单位,金额\n甲,1\n".encode(), "没有“项目名称”列。读到的列：单位、金额；能识别的列："),
        ("a.csv", "项目名称,金额\n".encode(), "表头之下没有内容"),
        ("a.csv", "项目名称,金额（百万元）\n甲,1\n".encode(), "金额单位“百万元”无法识别"),
        ("a.csv", '项目名称\n甲\n"乙\n丙\n'.encode(), "第 3 行：从这一行起引号不配对"),
        ("a.xlsx", b"", "已损坏或不是 XLSX"),
        ("a.xlsx", b"PK\x03\x04", "已损坏或不是 XLSX"),
        ("a.xlsx", COMPOUND, "旧版 XLS"),
        ("a.xlsx", COMPOUND + "EncryptedPackage".encode("utf-16-le"), "已加密"),
        ("a.xlsm", b"PK", "宏"),
        ("a.json", b"[]", "jsonl"),
        ("a.et", b"x", "另存为 XLSX 或 CSV"),
    ],
)
def test_what_cannot_be_read_is_refused_with_the_way_out(tmp_path: Path, name: str, data: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(DocumentError, match=message):
        read_projects(tmp_path / name)


def test_a_missing_file_and_a_workbook_with_macros_are_refused(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="文件不存在"):
        read_projects(tmp_path / "无.csv")
    path = workbook([HEADER], tmp_path / "a.xlsx")
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"x")
    with pytest.raises(DocumentError, match="含有宏"):
        read_projects(path)


@settings(deadline=None)
@given(rows, st.sampled_from(["utf-8", "utf-8-sig", "gb18030"]), st.sampled_from([",", "\t", ";"]))
def test_names_and_amounts_survive_separated_values(
    cells: list[tuple[str, str, Decimal | None]], encoding: str, delimiter: str
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=delimiter, quoting=csv.QUOTE_ALL)
        writer.writerows([["项目名称", "备注", "金额（万元）"], *cells])
        read = table(stream.getvalue(), Path(folder), encoding)
    assert survived(read, cells)


@settings(max_examples=12, deadline=None)
@given(rows)
def test_names_and_amounts_survive_a_workbook(cells: list[tuple[str, str, Decimal | None]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = workbook([["项目名称", "备注", "金额（万元）"], *cells], Path(folder) / "a.xlsx")
        read = read_projects(path)
    assert survived(read, cells)


@settings(deadline=None)
@given(st.sampled_from([".csv", ".xlsx", ".jsonl"]), st.binary() | st.text().map(str.encode))
def test_any_bytes_give_a_list_or_a_clear_refusal(suffix: str, data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"a{suffix}"
        path.write_bytes(data)
        try:
            read = read_projects(path)
        except DocumentError as error:
            assert error.message
        else:
            assert read.projects or read.problems or read.notes


@settings(max_examples=15, deadline=None)
@given(st.integers(0), st.binary(min_size=1, max_size=40))
def test_a_damaged_workbook_is_read_or_refused(position: int, damage: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = workbook([HEADER, ["1", "甲", "养老", "", 5]], Path(folder) / "a.xlsx")
        with zipfile.ZipFile(path) as archive:
            sheet = archive.read("xl/worksheets/sheet1.xml").decode()
        start = position % len(sheet)
        replaced(path, sheet[:start] + damage.decode("latin-1") + sheet[start + len(damage) :])
        try:
            assert read_projects(path)
        except DocumentError as error:
            assert error.document == "a.xlsx"


@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from(["", "甲", "合计", "1", "项目名称", "注：", "x,y"]), max_size=4), max_size=8))
def test_every_row_of_a_table_is_accounted_for(cells: list[list[str]]) -> None:
    stream = io.StringIO(newline="")
    csv.writer(stream).writerows([["项目名称", "金额（元）"], *cells, ["末", "1"]])
    with tempfile.TemporaryDirectory() as folder:
        read = table(stream.getvalue(), Path(folder))
    known = {row.line for row in (*read.projects, *read.problems, *read.notes)}
    assert {k for k, row in enumerate(cells, 2) if any(row)} <= known
    assert "末" in {p.name for p in read.projects}


@settings(max_examples=40, deadline=None)
@given(st.lists(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(), st.lists)))
def test_every_object_of_json_lines_is_a_project_or_a_problem(values: list[object]) -> None:
    records = [{"id": f"r{k}", "name": value, "amount_yuan": value} for k, value in enumerate(values)]
    stream = io.BytesIO("\n".join(map(json.dumps, records)).encode())
    rows_read = iter_projects(stream, "x")
    numbers = [row.line for row in rows_read if isinstance(row, Project) or row.severity == "error"]
    assert numbers == list(range(1, len(values) + 1))
