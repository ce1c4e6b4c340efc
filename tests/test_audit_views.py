"""The views answer an auditor's questions with the right rows, read with a tool that knows only SQL."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from catalog_data.audit_views import VIEWS
from catalog_data.disclosure import read_disclosure
from catalog_data.model import Catalog, Disclosure, Document, Project
from catalog_data.store import Store
from tests.test_store import DISCLOSURE, PROJECTS, asked, verdict

View = Callable[[str], list[dict[str, Any]]]


@pytest.fixture(scope="module")
def disclosure(document: Document) -> Disclosure:
    return read_disclosure(document)


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory, catalog: Catalog, disclosure: Disclosure) -> View:
    """What a view answers on the shipped document."""
    path = tmp_path_factory.mktemp("store") / "store.db"
    with Store(path) as store:
        store.import_catalog(catalog)
        store.import_disclosure(disclosure)
    return lambda view: asked(path, f"SELECT * FROM {view}")


def yuan(project: Project) -> str:
    return f"{project.amount_yuan:.2f}"


def test_every_project_stands_in_one_of_two_views_in_printed_order(shipped: View, disclosure: Disclosure) -> None:
    with_sheet = [p for p in disclosure.projects if p.sheet]
    without = [p for p in disclosure.projects if not p.sheet]
    found = [(row["project"], row["name"], row["amount_yuan"]) for row in shipped("projects_with_sheets")]
    assert found == [(p.id, p.name, yuan(p)) for p in with_sheet]
    assert [row["project"] for row in shipped("projects_without_sheet")] == [p.id for p in without]
    assert (len(with_sheet), len(without)) == (57, 10)
    assert shipped("sheets_without_project") == []


def test_a_project_with_its_sheet_shows_both_prints(shipped: View) -> None:
    row = next(row for row in shipped("projects_with_sheets") if row["sheet_name"] == "2025年“孝亲颐养”系列活动项目")
    assert row["name"] == "2025年“孝亲颐养周”系列活动项目"
    assert (row["sheet_amount_yuan"], row["sheet_amount_fen"]) == ("38900.00", 3890000)


def test_sheet_amounts_that_differ_from_the_table_are_listed_largest_first(
    shipped: View, disclosure: Disclosure
) -> None:
    pairs = [(p.amount_yuan, p.sheet.amount_yuan) for p in disclosure.projects if p.sheet]
    differences = [b - a for a, b in pairs if a is not None and b is not None and a != b]
    rows = shipped("sheet_amount_differences")
    assert [abs(row["difference_fen"]) for row in rows] == sorted((abs(d) * 100 for d in differences), reverse=True)
    assert [row for row in rows if abs(row["difference_fen"]) > 5000] == [r for r in rows if r["beyond_rounding"]]


def test_amounts_are_printed_to_the_fen_whatever_their_sign(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.import_disclosure(DISCLOSURE)
    (difference,) = asked(path, "SELECT * FROM sheet_amount_differences")
    assert (difference["amount_yuan"], difference["sheet_amount_yuan"]) == ("97900.00", "97915.05")
    assert (difference["difference_yuan"], difference["beyond_rounding"]) == ("15.05", 0)
    assert [row["amount_yuan"] for row in asked(path, "SELECT * FROM projects_without_sheet")] == ["-0.05"]


def test_findings_are_counted_by_severity_gravest_first(
    shipped: View, catalog: Catalog, disclosure: Disclosure
) -> None:
    findings = {*catalog.findings, *disclosure.findings}
    rows = shipped("findings_by_severity")
    counted = {(row["severity"], row["check_name"]): row["findings"] for row in rows}
    assert counted == Counter((f.severity, f.check) for f in findings)
    severities = [row["severity"] for row in rows]
    assert severities == sorted(severities, key=["error", "warning", "info"].index)


def test_what_the_catalog_prints_against_itself_is_listed_in_its_order(shipped: View, catalog: Catalog) -> None:
    rows = shipped("catalog_findings")
    assert [(row["check_name"], row["line"]) for row in rows] == [(f.check, f.where.line) for f in catalog.findings]
    malformed = next(row for row in rows if row["found"] == "160601")
    assert (malformed["catalog"], malformed["suggestion"]) == ("晋财综〔2025〕28号", "A160601")


def test_the_items_of_a_department_are_listed_with_their_headings(shipped: View, catalog: Catalog) -> None:
    rows = [row for row in shipped("items_by_department") if row["department"] == "民政"]
    assert [row["item"] for row in rows] == [item.id for item in catalog.section("民政", 4)]
    visit = next(row for row in rows if row["code"] == "A040303")
    assert (visit["name"], visit["headings"]) == (
        "低保、特困人员家访服务",
        "公共服务 / 社会保障服务 / 社会救助服务",
    )


def test_one_code_is_compared_across_every_pair_of_departments_that_print_it(shipped: View, catalog: Catalog) -> None:
    rows = shipped("same_code_other_departments")
    printed = Counter(item.code for item in catalog.items if item.level == 4)
    assert Counter(row["code"] for row in rows) == {c: n * (n - 1) for c, n in printed.items() if n > 1}
    assert all(row["same_name"] == (row["name"] == row["other_name"]) for row in rows)


def test_verdicts_for_review_are_the_latest_ones_that_a_person_must_see(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "store.db"
    first, second = (verdict(catalog, project) for project in PROJECTS)
    settled = replace(second, decision="auto", engine="2.0", made_at="2026-02-01T08:00:00+00:00")
    with Store(path) as store:
        store.import_catalog(catalog)
        store.import_disclosure(DISCLOSURE)
        store.save_verdicts(DISCLOSURE.sha256, [first, second, settled])
    (row,) = asked(path, "SELECT * FROM verdicts_for_review")
    assert (row["project"], row["amount_yuan"]) == (PROJECTS[0].id, "97900.00")
    assert (row["code"], row["item_name"]) == ("A040303", "低保、特困人员家访服务")
    assert [r["engine"] for r in asked(path, "SELECT engine FROM latest_verdicts ORDER BY project")] == ["1.0", "2.0"]


def test_every_table_is_strict_and_every_amount_is_a_whole_number_of_fen(tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    Store(path).close()
    tables = asked(path, "SELECT name, strict FROM pragma_table_list WHERE type = 'table' AND name NOT LIKE '%sqlite%'")
    assert len(tables) == 15 and all(table["strict"] for table in tables)
    columns = [c for t in tables for c in asked(path, f"PRAGMA table_info({t['name']})")]
    assert {c["type"] for c in columns if c["name"].endswith("_fen")} == {"INTEGER"}
    views = asked(path, "SELECT name FROM sqlite_schema WHERE type = 'view'")
    assert [view["name"] for view in views] == list(VIEWS)
