"""The engine over a document whose print is not what it should be."""

import io
from pathlib import Path

import pytest
from openpyxl import load_workbook

from catalog_service.app import create_app
from catalog_service.engine import Engine
from catalog_service.workbook import write_workbook

from .conftest import SOURCE
from .office import copied

NAME = "养老服务工作经费"


@pytest.fixture
def own(engine: Engine, tmp_path: Path) -> Engine:
    return copied(engine, tmp_path / "data")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    """The shipped budget with a dash in the place of a project's name."""
    printed = SOURCE.read_text("utf-8")
    row = printed.index(f"\n{NAME}\t", printed.index("\n2026年项目支出预算表（本年预算）\n")) + 1
    path = tmp_path / "budget.txt"
    path.write_text(printed[:row] + "——" + printed[row + len(NAME) :], "utf-8")
    return path


def words(book: Path | io.BytesIO) -> list[str]:
    """What stands on the sheet of verdicts."""
    cells = (cell.value for row in load_workbook(book)["项目判定"].iter_rows() for cell in row)
    return [str(value) for value in cells if value is not None]


def test_a_project_whose_name_says_nothing_is_named_and_the_others_are_judged(
    own: Engine, document: Path, tmp_path: Path
) -> None:
    audit = own.audit(document)
    assert (len(audit.verdicts), len(audit.disclosure.projects), len(audit.unjudged)) == (66, 67, 1)
    unreadable = [finding for finding in audit.findings if finding.check == "disclosure.project_unreadable"]
    line = next(n for n, row in enumerate(document.read_text("utf-8").split("\n"), 1) if row.startswith("——\t"))
    assert [(finding.found, finding.where.line) for finding in unreadable] == [("——", line)]
    write_workbook(tmp_path / "audit.xlsx", audit)
    printed = words(tmp_path / "audit.xlsx")
    assert any("另有 1 个项目的名称无法辨认" in cell for cell in printed)
    assert NAME not in printed


def test_the_pages_say_the_same_and_give_the_workbook(own: Engine, document: Path) -> None:
    audit = own.audit(document)
    client = create_app(own).test_client()
    root = f"/audits/{audit.disclosure.sha256[:12]}"
    assert "项目名称没有可辨认的文字，未判定" in client.get(root).text
    answer = client.get(f"{root}/workbook.xlsx")
    assert answer.status_code == 200
    assert any("另有 1 个项目的名称无法辨认" in cell for cell in words(io.BytesIO(answer.data)))
