"""The store keeps what was read: whole, once, and whatever happens in between."""

import random
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlite_utils import Database

from catalog_data import database
from catalog_data.disclosure import read_disclosure
from catalog_data.model import (
    BudgetTable,
    Catalog,
    Disclosure,
    Document,
    Finding,
    Indicator,
    PerformanceSheet,
    Place,
    Project,
    Statement,
    TableRow,
)
from catalog_data.store import Store, StoredVerdict, StoreError
from tests.conftest import SOURCE

texts = st.text(max_size=8)
lines = st.integers(1, 10**6)
amounts = st.decimals(-(10**12), 10**12, places=2)
funds = st.dictionaries(texts, amounts, max_size=3)
rows = st.lists(st.builds(TableRow, st.lists(texts, max_size=3).map(tuple), lines), max_size=3).map(tuple)
findings = st.builds(Finding, where=st.builds(Place, texts, st.none() | lines, texts), message=texts)
sheets = st.builds(
    PerformanceSheet,
    plan=texts,
    period_funds=funds,
    year_funds=funds,
    indicators=st.lists(st.builds(Indicator, line=lines), max_size=2).map(tuple),
    line=lines,
)


@st.composite
def disclosures(draw: st.DrawFn) -> Disclosure:
    """A disclosure of any content whose projects are joined to its own sheets."""
    printed = draw(st.lists(sheets, max_size=3).map(tuple))
    joined = st.none() | st.sampled_from(printed) if printed else st.none()
    project = st.builds(Project, funds=funds, sheet=joined, amount_yuan=st.none() | amounts, line=lines)
    tables = st.builds(BudgetTable, header=rows, rows=rows, line=lines)
    statements = st.builds(Statement, value=st.decimals(allow_nan=False), line=lines)
    return Disclosure(
        *(draw(texts), draw(texts), draw(texts), draw(st.integers(1949, 2100)), draw(texts)),
        tables=draw(st.lists(tables, max_size=2).map(tuple)),
        projects=draw(st.lists(project, max_size=4, unique_by=lambda p: p.id).map(tuple)),
        sheets=printed,
        statements=draw(st.lists(statements, max_size=2).map(tuple)),
        findings=draw(st.lists(findings, max_size=2).map(tuple)),
    )


SHEET = PerformanceSheet("养老服务工作经历", 40, plan="按月补助", year_funds={"总额": Decimal("97915.05")})
PROJECTS = (
    Project("某局/2026/001", "某局", "养老服务工作经费", Decimal("97900"), sheet=SHEET, line=8),
    Project("某局/2026/002", "某局", "公墓维护", Decimal("-0.05"), carried_over=True, line=9),
)
DISCLOSURE = Disclosure("预算.txt", "d" * 64, "某局", 2026, "某局预算", (), PROJECTS, (SHEET,), ())


def verdict(catalog: Catalog, project: Project, **changed: Any) -> StoredVerdict:
    made = StoredVerdict(
        project.id, "service", "民政", "民政:A040303", "review", 0.4, ("prohibited:financing",),
        '[{"kind": "cue"}]', catalog.sha256, "1.0", "k1", "2026-01-31T08:00:00+00:00",
    )  # fmt: skip
    return replace(made, **changed)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store(tmp_path / "store.db") as opened:
        yield opened


def asked(path: Path, question: str) -> list[dict[str, Any]]:
    """What an auditor's own tool reads from the file."""
    connection = sqlite3.connect(path)
    connection.row_factory = sqlite3.Row
    answer = [dict(row) for row in connection.execute(question)]
    connection.close()
    return answer


def test_a_catalog_comes_back_as_it_was_read_and_a_second_import_changes_nothing(
    store: Store, catalog: Catalog
) -> None:
    assert store.import_catalog(catalog) is True
    assert store.import_catalog(catalog) is False
    assert store.catalog() == store.catalog(catalog.sha256) == catalog
    assert store.findings(catalog.sha256) == catalog.findings
    (entry,) = store.catalogs()
    assert (entry.number, entry.issued) == ("晋财综〔2025〕28号", "2025-07-15")


def test_the_shipped_disclosure_comes_back_as_it_was_read(store: Store, document: Document) -> None:
    disclosure = read_disclosure(document)
    assert store.import_disclosure(disclosure) is True
    assert store.import_disclosure(read_disclosure(document)) is False
    assert store.disclosure(disclosure.sha256) == disclosure


@settings(max_examples=60, deadline=None)
@given(disclosures())
def test_any_disclosure_comes_back_as_it_was_read(disclosure: Disclosure) -> None:
    with TemporaryDirectory() as folder, Store(Path(folder) / "store.db") as store:
        assert store.import_disclosure(disclosure) is True
        assert store.import_disclosure(disclosure) is False
        assert store.disclosure(disclosure.sha256) == disclosure


def test_documents_stand_side_by_side_and_the_latest_issued_catalog_is_the_usual_one(
    store: Store, catalog: Catalog
) -> None:
    older = replace(catalog, sha256="0" * 64, issued="2024-06-01", findings=())
    store.import_catalog(catalog)
    store.import_catalog(older)
    store.import_disclosure(replace(DISCLOSURE, sha256=catalog.sha256))
    assert [entry.issued for entry in store.catalogs()] == ["2025-07-15", "2024-06-01"]
    assert store.catalog() == catalog
    assert store.catalog(older.sha256) == older
    assert [entry.unit for entry in store.disclosures()] == ["某局"]


def test_findings_of_a_document_read_as_catalog_and_disclosure_are_told_once(store: Store, catalog: Catalog) -> None:
    damage = Finding("document.damaged_bytes", "error", "坏字节", "", "", Place("x.txt", 3))
    total = Finding("disclosure.total", "warning", "合计不符", "1", "2", Place("x.txt", 9))
    store.import_catalog(replace(catalog, findings=(damage,)))
    store.import_disclosure(replace(DISCLOSURE, sha256=catalog.sha256, findings=(damage, total)))
    assert store.findings(catalog.sha256) == (damage, total)


def test_the_same_bytes_under_another_name_change_nothing(store: Store, catalog: Catalog) -> None:
    store.import_catalog(catalog)
    places = [replace(finding.where, document="copy.txt") for finding in catalog.findings]
    moved = tuple(replace(f, where=place) for f, place in zip(catalog.findings, places, strict=True))
    assert store.import_catalog(replace(catalog, document="copy.txt", findings=moved)) is False
    assert store.catalog() == catalog


def test_a_better_reading_of_the_same_document_replaces_the_old_one_and_its_verdicts(
    store: Store, catalog: Catalog
) -> None:
    store.import_catalog(catalog)
    store.import_disclosure(DISCLOSURE)
    store.save_verdicts(DISCLOSURE.sha256, [verdict(catalog, PROJECTS[0])])
    better = replace(DISCLOSURE, projects=PROJECTS[:1])
    assert store.import_disclosure(better) is True
    assert store.disclosure(DISCLOSURE.sha256) == better
    assert store.verdicts(DISCLOSURE.sha256) == ()


def test_the_latest_verdict_on_a_project_stands_and_repeating_it_adds_none(store: Store, catalog: Catalog) -> None:
    store.import_catalog(catalog)
    store.import_disclosure(DISCLOSURE)
    first = [verdict(catalog, project) for project in PROJECTS]
    cash = verdict(
        catalog, PROJECTS[1], nature="cash", item=None, decision="auto", made_at="2026-02-01T08:00:00+00:00", engine="2"
    )
    for made in (first, first, [cash]):
        store.save_verdicts(DISCLOSURE.sha256, made)
    assert store.verdicts(DISCLOSURE.sha256) == (first[0], cash)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"project": "别局/2026/001"}, "没有这些项目.*别局/2026/001"),
        ({"item": "民政:A999999"}, "自相矛盾"),
        ({"confidence": 1.2}, "自相矛盾"),
        ({"made_at": "2026-01-31 16:00"}, "自相矛盾"),
        ({"catalog": "f" * 64}, "没有 SHA-256 为 f+ 的目录"),
    ],
)
def test_verdicts_on_what_the_store_does_not_hold_are_refused_all_together(
    store: Store, catalog: Catalog, changed: dict[str, Any], told: str
) -> None:
    store.import_catalog(catalog)
    store.import_disclosure(DISCLOSURE)
    wrong = replace(verdict(catalog, PROJECTS[1]), **changed)
    with pytest.raises(StoreError, match=told):
        store.save_verdicts(DISCLOSURE.sha256, [verdict(catalog, PROJECTS[0]), wrong])
    assert store.verdicts(DISCLOSURE.sha256) == ()


@pytest.mark.parametrize("amount", ["0.005", "NaN", "1" + "0" * 18 + ".00"])
def test_an_amount_that_cannot_be_kept_exactly_is_refused_and_nothing_is_written(store: Store, amount: str) -> None:
    odd = replace(DISCLOSURE, projects=(replace(PROJECTS[1], amount_yuan=Decimal(amount)),))
    with pytest.raises(StoreError, match="请核对原文的金额"):
        store.import_disclosure(odd)
    assert store.disclosures() == ()


def test_what_the_store_does_not_hold_is_said_in_words(store: Store) -> None:
    with pytest.raises(StoreError, match="还没有目录，请先导入"):
        store.catalog()
    for ask in (store.catalog, store.disclosure, store.findings, store.verdicts):
        with pytest.raises(StoreError, match="没有 SHA-256 为 abc 的.*请先导入"):
            ask("abc")


def test_a_path_that_is_no_store_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("这不是数据库" * 999, "utf-8")
    other = sqlite3.connect(tmp_path / "other.db")
    other.execute("CREATE TABLE diary (day TEXT)")
    other.close()
    refusals = {".": "是文件夹", "none/store.db": "不存在", "notes.txt": "不是数据库文件", "other.db": "属于别的程序"}
    for name, told in refusals.items():
        with pytest.raises(StoreError, match=told):
            Store(tmp_path / name)
    assert [row["name"] for row in asked(tmp_path / "other.db", "SELECT name FROM sqlite_schema")] == ["diary"]


def test_a_damaged_store_says_so(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.import_catalog(catalog)
    data = path.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    with pytest.raises(StoreError, match="已损坏，请从备份恢复"), Store(path) as store:
        store.catalog()


def test_an_older_sqlite_without_strict_tables_keeps_the_same(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Database, "supports_strict", False)
    with Store(tmp_path / "store.db") as store:
        store.import_catalog(catalog)
        assert store.catalog() == catalog
    assert asked(tmp_path / "store.db", "SELECT name FROM sqlite_schema WHERE sql LIKE '%STRICT'") == []


def test_a_store_made_by_a_newer_release_is_refused(tmp_path: Path) -> None:
    Store(tmp_path / "store.db").close()
    newer = sqlite3.connect(tmp_path / "store.db")
    with newer:
        newer.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at) VALUES ('catalog_data', '900_later', '')"
        )
    newer.close()
    with pytest.raises(StoreError, match="更新版本的程序建立（900_later），请升级本程序"):
        Store(tmp_path / "store.db")


def test_a_read_only_store_can_be_read_and_says_that_it_cannot_be_written(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "store.db"
    with Store(path) as store:
        store.import_catalog(catalog)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda p, **how: connect(f"file:{p}?mode=ro", uri=True, **how))
    with Store(path) as store:
        assert store.catalog() == catalog
        with pytest.raises(StoreError, match="不可写，请检查.*权限"):
            store.import_disclosure(DISCLOSURE)
    with pytest.raises(StoreError, match="无法打开"):
        Store(tmp_path / "new.db")


def test_a_store_that_another_program_writes_to_says_so(
    tmp_path: Path, catalog: Catalog, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.05)
    with Store(tmp_path / "store.db") as store:
        other = sqlite3.connect(tmp_path / "store.db", isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StoreError, match="正被另一个程序写入，请稍后重试"):
            store.import_catalog(catalog)
        other.close()
        assert store.import_catalog(catalog) is True


def test_importers_that_start_together_keep_the_document_once(tmp_path: Path, catalog: Catalog) -> None:
    def import_it(_: int) -> bool:
        with Store(tmp_path / "store.db") as store:
            return store.import_catalog(catalog)

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(import_it, range(6))) == [False] * 5 + [True]
    assert asked(tmp_path / "store.db", "SELECT count(*) AS n FROM items") == [{"n": len(catalog.items)}]


IMPORT_FOREVER = """
import sys
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory
from catalog_data.catalog import read_catalog
from catalog_data.readers import read_document
from catalog_data.store import Store
whole = read_catalog(read_document(Path(sys.argv[1])))
first = replace(whole, items=whole.items[:500])
with Store(Path(sys.argv[2])) as store:
    print("ready", flush=True)
    for reading in cycle((first, whole)):
        store.import_catalog(reading)
"""


def test_an_importer_killed_at_any_moment_leaves_the_old_data_or_the_new(tmp_path: Path, catalog: Catalog) -> None:
    path = tmp_path / "store.db"
    first = replace(catalog, items=catalog.items[:500])
    for _ in range(6):
        command = [sys.executable, "-c", IMPORT_FOREVER, str(SOURCE), str(path)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as importer:
            assert importer.stdout and importer.stdout.readline() == b"ready\n"
            time.sleep(random.uniform(0, 0.2))
            importer.send_signal(signal.SIGKILL)
        assert asked(path, "PRAGMA integrity_check") == [{"integrity_check": "ok"}]
        assert asked(path, "PRAGMA foreign_key_check") == []
        with Store(path) as store:
            assert not store.catalogs() or store.catalog() in (first, catalog)
    with Store(path) as store:
        store.import_catalog(catalog)
        assert store.catalog() == catalog
