"""The engine over a document whose print is not what it should be."""

from pathlib import Path

from catalog_service.engine import Engine
from catalog_service.workbook import write_workbook

from .conftest import SOURCE
from .office import copied


def test_a_project_whose_name_says_nothing_is_named_and_the_others_are_judged(engine: Engine, tmp_path: Path) -> None:
    name = "养老服务工作经费"
    printed = SOURCE.read_text("utf-8")
    row = printed.index(f"\n{name}\t", printed.index("\n2026年项目支出预算表（本年预算）\n")) + 1
    document = tmp_path / "budget.txt"
    document.write_text(printed[:row] + "——" + printed[row + len(name) :], "utf-8")

    audit = copied(engine, tmp_path / "data").audit(document)

    assert len(audit.verdicts) == 66
    unreadable = [finding for finding in audit.findings if finding.check == "disclosure.project_unreadable"]
    assert [(finding.found, finding.where.line) for finding in unreadable] == [("——", printed[:row].count("\n") + 1)]
    write_workbook(tmp_path / "audit.xlsx", audit)
    assert (tmp_path / "audit.xlsx").stat().st_size > 10_000
