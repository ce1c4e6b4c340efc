"""The command line that others script against."""

import csv
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from catalog_service.cli import catalog as command
from catalog_service.engine import Engine
from tests.conftest import SOURCE


@pytest.fixture(scope="module")
def run(engine: Engine):  # noqa: ANN201
    def invoke(*arguments: str, stdin: str = "") -> Result:
        return CliRunner().invoke(command, ["--data-dir", str(engine.data_dir), *arguments], input=stdin)

    return invoke


def lines(result: Result) -> list[dict]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_build_says_what_it_read_and_a_second_run_changes_nothing(tmp_path: Path) -> None:
    first = CliRunner().invoke(command, ["--data-dir", str(tmp_path), "build"])
    assert "56 个部门，2036 行：一级 54、二级 262、三级 560、四级 1160" in first.stderr
    assert "67 个项目、57 张绩效目标表" in first.stderr
    stored = (tmp_path / "catalog.db").read_bytes()
    second = CliRunner().invoke(command, ["--data-dir", str(tmp_path), "build"])
    assert "没有变化" in second.stderr
    assert (tmp_path / "catalog.db").read_bytes() == stored


def test_items_lists_every_printed_row_as_json_lines(run) -> None:
    records = lines(run("items", "--json"))
    assert Counter(r["level"] for r in records) == {1: 54, 2: 262, 3: 560, 4: 1160}
    misplaced = next(r for r in records if r["id"] == "自然资源:A040102")
    assert misplaced["suggested_code"] == "A140102"
    assert misplaced["parent"] == "自然资源:A1401"
    assert misplaced["findings"][0]["check"] == "catalog.code_contradicts_place"
    malformed = next(r for r in records if r["printed_code"] == "160601")
    assert malformed["id"] == "住房和城乡建设:A160601"
    assert records == sorted(records, key=lambda r: r["source"]["line"])


def test_an_unknown_department_is_wrong_usage_and_the_nearest_are_named(run) -> None:
    result = run("items", "--department", "民政局")
    assert result.exit_code == 2
    assert "民政" in result.stderr


def test_search_answers_a_batch_line_by_line(run) -> None:
    asked = '{"id": "a", "query": "低保家访"}\n\n{"id": "b", "query": "宣传", "department": "民政"}\n'
    first, second = lines(run("search", "--batch", "-", stdin=asked))
    assert (first["id"], first["hits"][0]["id"]) == ("a", "民政:A040303")
    assert {hit["department"] for hit in second["hits"]} == {"民政"}


def test_tag_reads_json_lines_and_names_every_refused_line(run) -> None:
    asked = "\n".join(
        [
            '{"id": "1", "unit": "孝义市民政局", "name": "高龄津贴", "amount_yuan": 1785000}',
            '{"id": "2", "unit": "孝义市民政局", "name": ""}',
            "no json",
        ]
    )
    result = run("tag", "-", "--json", stdin=asked)
    assert result.exit_code == 1
    assert [json.loads(line)["nature"] for line in result.stdout.splitlines()] == ["cash"]
    assert "第 2 行" in result.stderr
    assert "第 3 行" in result.stderr


def test_tag_writes_a_complete_file_or_none(run, tmp_path: Path) -> None:
    listed = tmp_path / "项目.csv"
    with listed.open("w", encoding="gb18030", newline="") as file:
        csv.writer(file).writerows(
            [["单位名称", "项目名称", "金额（万元）"], ["某市司法局", "社区矫正社会组织服务", "20"]]
        )
    target = tmp_path / "out" / "verdicts.jsonl"
    assert run("tag", str(listed), "-o", str(target)).exit_code == 0
    (verdict,) = map(json.loads, target.read_text("utf-8").splitlines())
    assert verdict["code"] == "司法:A100301"
    assert list(target.parent.iterdir()) == [target]
    assert run("tag", str(tmp_path / "missing.csv"), "-o", str(tmp_path / "none.jsonl")).exit_code == 1
    assert not (tmp_path / "none.jsonl").exists()


def test_the_answer_of_tag_has_every_field_of_the_contract(run) -> None:
    (verdict,) = lines(run("tag", "-", "--json", stdin='{"id": "1", "unit": "市司法局", "name": "法律援助"}'))
    assert set(verdict) >= {
        "id", "department", "departments", "nature", "code", "decision", "confidence", "candidates", "flags",
        "evidence", "precedents", "versions",
    }  # fmt: skip
    assert set(verdict["candidates"][0]) >= {"id", "name", "score", "confidence", "evidence"}
    assert set(verdict["versions"]) == {"catalog", "engine", "knowledge"}


def test_audit_writes_the_workbook_and_its_findings(run, tmp_path: Path) -> None:
    book = tmp_path / "out" / "x.xlsx"
    result = run("audit", str(SOURCE), "-o", str(book), "--json")
    findings = lines(result)
    assert book.stat().st_size > 20_000
    assert "67 个项目，9,324.25 万元" in result.stderr
    checks = Counter(f["check"] for f in findings)
    assert checks["disclosure.sheet_name_differs"] == 4
    assert checks["disclosure.project_without_sheet"] == 10
    count = next(f for f in findings if f["check"] == "projects.count")
    assert (count["found"], count["expected"]) == ("73", "67")
    total = next(f for f in findings if f["check"] == "projects.total")
    assert "9,324.26" in total["message"]
    assert "9,324.25" in total["message"]


def test_a_file_that_is_no_disclosure_is_refused_without_a_traceback(run, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("会议纪要", "utf-8")
    result = run("audit", str(other), "-o", str(tmp_path / "x.xlsx"))
    assert result.exit_code == 1
    assert "不是部门（单位）预算公开文件" in result.stderr
    assert not (tmp_path / "x.xlsx").exists()


def test_the_module_runs_as_a_program(engine: Engine) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "catalog_service", "--data-dir", engine.data_dir, "search", "公墓", "--limit", "1"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("民政:A110102\t公墓管理服务")
