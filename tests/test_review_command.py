"""``catalog review``: what a reviewer sees and does, and what the log says afterwards."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from catalog_data.model import Disclosure
from catalog_data.store import Store
from catalog_service.commands.review import review
from catalog_service.engine import Engine

COSTS = "孝义市民政局/2026/029"
LOVE = "孝义市民政局/2026/051"
STAFF = "孝义市民政局/2026/045"

Run = Callable[..., Result]


@pytest.fixture
def own_engine(engine: Engine, tmp_path: Path) -> Engine:
    """An engine over a copy of the data, to be written to."""
    own = Engine(Path(shutil.copytree(engine.data_dir, tmp_path / "data")))
    own.catalog = engine.catalog
    return own


@pytest.fixture
def run(own_engine: Engine) -> Run:
    def invoke(*arguments: str, who: str = "甲") -> Result:
        return CliRunner().invoke(review, arguments, obj=own_engine, env={"CATALOG_REVIEWER": who})

    return invoke


def lines(result: Result) -> list[dict[str, Any]]:
    assert result.exit_code == 0, result.stderr
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_list_begins_with_the_largest_amount_in_doubt(run: Run) -> None:
    cases = lines(run("list", "--json"))
    doubts = [Decimal(case["doubt_yuan"]) for case in cases]
    assert doubts == sorted(doubts, reverse=True)
    assert {case["decision"] for case in cases} == {"review"}
    assert STAFF in {case["id"] for case in cases}
    assert len(lines(run("list", "--state", "all", "--json"))) == 67
    first = run("list").stdout.splitlines()[0]
    assert cases[0]["id"] in first
    assert "待复核" in first


def test_a_decided_project_leaves_the_list_and_its_withdrawal_brings_it_back(run: Run) -> None:
    (entry,) = lines(run("reject", STAFF, "--nature", "operating", "--reason", "按人头派遣用工", "--json"))
    assert (entry["id"], entry["ruling"]["who"], entry["subject"]["name"]) == (
        1,
        "甲",
        "政府购买基层社会救助工作经费(中央)晋财社[2025]177号",
    )
    assert STAFF not in run("list").stdout
    (case,) = lines(run("list", "--state", "decided", "--json"))
    assert (case["id"], case["review"]["ruling"]["reason"], case["last_entry"]) == (STAFF, "按人头派遣用工", 1)
    assert "第 2 条：甲撤销第 1 条" in run("undo").stdout
    assert STAFF in run("list").stdout
    (shown,) = lines(run("show", STAFF, "--json"))
    assert [entry["ruling"]["kind"] for entry in shown["history"]] == ["rejected", "undone"]
    assert shown["verdict"]["precedents"] == []


def test_show_gives_what_a_reviewer_needs_and_accept_takes_a_candidate_by_its_number(run: Run) -> None:
    shown = run("show", LOVE).stdout
    (second,) = [line.split()[2] for line in shown.splitlines() if line.strip().startswith("候选 2")]
    assert "须查清" in shown
    assert "依据" in shown
    (entry,) = lines(run("accept", LOVE, "--candidate", "2", "--json"))
    assert (entry["ruling"]["kind"], entry["ruling"]["item"]) == ("accepted", second)
    assert entry["offered"]["decision"] == "review"
    assert "复核  第 1 条" in run("show", LOVE).stdout


def test_a_deferred_project_stays_open_with_its_reason(run: Run) -> None:
    assert run("defer", COSTS, "--reason", "待单位补充合同").exit_code == 0
    assert COSTS in run("list").stdout
    assert "待单位补充合同" in run("show", COSTS).stdout


def test_changing_needs_a_reason_an_item_of_the_catalog_and_a_difference(run: Run) -> None:
    change = ("change", LOVE, "--nature")
    assert run(*change, "service", "--code", "民政:A040207").exit_code == 2
    refusals = {
        ("service", "--code", "民政:A999999", "--reason", "无"): "没有四级条目",
        ("service", "--code", "民政:A0402", "--reason", "无"): "没有四级条目",
        ("service", "--reason", "无"): "须给出目录条目",
        ("cash", "--code", "民政:A040207", "--reason", "无"): "不能有目录条目",
        ("cash", "--reason", "  "): "须说明理由",
    }
    for given, said in refusals.items():
        result = run(*change, *given)
        assert (result.exit_code, said in result.stderr) == (1, True), result.stderr
    assert "与系统判定相同" in run("change", COSTS, "--nature", "operating", "--reason", "无").stderr
    assert run("reject", COSTS, "--nature", "service", "--reason", "无").exit_code == 2
    assert "0 条记录完好" in run("verify").stderr


def test_the_second_of_two_reviewers_is_told_and_writes_nothing(run: Run) -> None:
    (case, *_) = lines(run("list", "--json"))
    seen = str(case["last_entry"])
    assert run("defer", case["id"], "--reason", "待查", "--expect", seen, who="甲").exit_code == 0
    late = run("defer", case["id"], "--reason", "待查", "--expect", seen, who="乙")
    assert late.exit_code == 1
    assert "甲已于" in late.stderr
    assert "1 条记录完好" in run("verify").stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("show", "某局/2026/001"), "没有项目“某局/2026/001”"),
        (("accept", LOVE, "--candidate", "99"), "没有第 99 个"),
        (("undo", "7"), "没有第 7 条"),
        (("undo",), "没有甲可撤销"),
        (("import", "missing.jsonl"), "文件不存在"),
    ],
)
def test_what_cannot_be_done_is_said_plainly(run: Run, arguments: tuple[str, ...], said: str) -> None:
    result = run(*arguments)
    assert (result.exit_code, result.stdout) == (1, "")
    assert said in result.stderr


def test_a_project_printed_in_two_documents_is_told_apart_by_document(
    run: Run, own_engine: Engine, disclosure: Disclosure
) -> None:
    with Store(own_engine.store_path) as store:
        store.import_disclosure(replace(disclosure, sha256="f" * 64, document="更正.txt"))
    result = run("show", COSTS)
    assert result.exit_code == 1
    assert "更正.txt" in result.stderr
    (shown,) = lines(run("show", COSTS, "--document", "ffff", "--json"))
    assert shown["document"] == "更正.txt"


def test_the_log_is_carried_to_another_office(run: Run, own_engine: Engine, engine: Engine, tmp_path: Path) -> None:
    run("reject", COSTS, "--nature", "operating", "--reason", "日常开支")
    run("defer", LOVE, "--reason", "待查", who="乙")
    file = tmp_path / "out" / "复核.jsonl"
    assert run("export", "-o", str(file)).exit_code == 0
    assert file.read_text("utf-8") == run("export").stdout
    other = Engine(Path(shutil.copytree(engine.data_dir, tmp_path / "other")))
    other.catalog = engine.catalog
    first, again = (CliRunner().invoke(review, ["import", str(file), "--json"], obj=other) for _ in range(2))
    assert [entry["ruling"]["who"] for entry in lines(first)] == ["甲", "乙"]
    assert (again.stdout, "已有 2 条" in again.stderr) == ("", True)
    file.write_text(file.read_text("utf-8").replace("日常开支", "无"), "utf-8")
    changed = run("import", str(file))
    assert changed.exit_code == 1
    assert "第 1 行：内容与其校验值不符" in changed.stderr


def test_verify_gives_the_digest_to_note_and_finds_it_gone(run: Run) -> None:
    run("defer", LOVE, "--reason", "待查")
    (chain,) = lines(run("verify", "--json"))
    assert (chain["sound"], chain["broken"]) == (1, None)
    assert run("verify", "--head", chain["head"]).exit_code == 0
    gone = run("verify", "--head", "0" * 63 + "1")
    assert gone.exit_code == 1
    assert "末尾的记录被删除" in gone.stderr


def test_every_command_that_writes_takes_author_and_expectation() -> None:
    writing = {"accept", "change", "reject", "defer", "undo"}
    for name, command in review.commands.items():
        options = {parameter.name for parameter in command.params if isinstance(parameter, click.Option)}
        assert ({"who", "expect"} <= options) == (name in writing), name
        assert command.help
