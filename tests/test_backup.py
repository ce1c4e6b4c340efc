"""Backups: whole, checked, and put back only where nothing is lost by it."""

import io
import json
import shutil
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from catalog_data.file_lock import FileLock
from catalog_data.store import Store
from catalog_service.backup import MANIFEST, BackupError, check_backup, make_backup, restore_backup
from catalog_service.engine import STORE_FILE, Engine
from catalog_service.jobs import open_jobs
from catalog_service.jobs.crew import LOCK_FILE
from catalog_service.jobs.uploads import take_in
from indexer.knowledge_changes import Change


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A backup of a folder with a store and one job; the folder ``data`` lies beside it."""
    folder = tmp_path_factory.mktemp("saved")
    engine = Engine(folder / "data")
    engine.build()
    word = Change(0, "", "复核员", "补充常用叫法", "thesaurus.tsv", (), (("坟地看守", "公墓 管理", "口语"),))
    engine.own_knowledge.make(word, engine.catalog)
    with open_jobs(engine.store_path) as book:
        book.add(take_in(engine.data_dir, io.BytesIO("项目名称\n养老\n".encode()), "项目.csv"), "zhang")
        backup = make_backup(engine.data_dir, folder / "backup.zip")
    assert (backup.disclosures, backup.decisions, backup.jobs, backup.files) == (1, 0, 1, 3)
    return folder / "backup.zip"


def test_a_backup_is_read_by_nobody_else_and_leaves_nothing_beside_it(saved: Path) -> None:
    assert saved.stat().st_mode & 0o077 == 0
    assert {path.name for path in saved.parent.iterdir()} == {"data", "backup.zip"}


def test_a_restored_folder_holds_what_was_saved(saved: Path, tmp_path: Path) -> None:
    restored, aside = restore_backup(saved, tmp_path / "new", replace=False)
    assert aside is None and restored.jobs == 1
    with Store(tmp_path / "new" / STORE_FILE) as store, open_jobs(tmp_path / "new" / STORE_FILE) as book:
        assert len(store.disclosure(store.disclosures()[0].sha256).projects) == 67
        job = book.jobs()[0]
    assert (tmp_path / "new/jobs" / job.id / job.upload).read_text("utf-8") == "项目名称\n养老\n"
    engine = Engine(tmp_path / "new")
    assert engine.search("养老")
    assert [change.why for change in engine.own_knowledge.changes()] == ["补充常用叫法"]


def test_a_restore_over_data_is_asked_for_and_keeps_what_was_there(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved.parent / "data", tmp_path / "data", symlinks=True)
    with pytest.raises(BackupError, match="--replace"):
        restore_backup(saved, tmp_path / "data", replace=False)
    _, aside = restore_backup(saved, tmp_path / "data", replace=True)
    assert aside and {"catalog.db", "jobs", "knowledge"} <= {path.name for path in aside.iterdir()}


def test_nothing_is_restored_under_a_running_service(saved: Path, tmp_path: Path) -> None:
    lock = FileLock(tmp_path / LOCK_FILE)
    assert lock.take()
    with pytest.raises(BackupError, match="先停止服务"):
        restore_backup(saved, tmp_path, replace=True)
    lock.release()
    restore_backup(saved, tmp_path, replace=True)


def _changed(saved: Path, target: Path, name: str, content: bytes, listed: bool = False) -> Path:
    """A copy of the backup with another content of one file; ``listed`` makes its manifest agree."""
    import hashlib

    with zipfile.ZipFile(saved) as old, zipfile.ZipFile(target, "w") as new:
        manifest = json.loads(old.read(MANIFEST))
        if listed:
            manifest["files"][name] = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        for entry in {*old.namelist(), name} - {MANIFEST}:
            new.writestr(entry, content if entry == name else old.read(entry))
        new.writestr(MANIFEST, json.dumps(manifest))
    return target


def test_a_changed_file_is_found(saved: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        upload = next(name for name in archive.namelist() if name.startswith("jobs/"))
    with pytest.raises(BackupError, match="与清单不符"):
        check_backup(_changed(saved, tmp_path / "b.zip", upload, b"x"))


@pytest.mark.parametrize("name", ["../evil", "jobs/../../evil", "/etc/evil", "jobs\\evil", "secret.key"])
def test_a_backup_that_would_write_elsewhere_is_refused(saved: Path, tmp_path: Path, name: str) -> None:
    with pytest.raises(BackupError, match="不是本程序的备份"):
        restore_backup(_changed(saved, tmp_path / "b.zip", name, b"x", listed=True), tmp_path / "new", replace=False)
    assert not list(tmp_path.rglob("evil*"))


def test_a_damaged_store_is_found_and_the_data_stays(saved: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(saved) as archive:
        store = bytearray(archive.read(STORE_FILE))
    middle = len(store) // 2
    store[middle : middle + 20_000] = b"\xff" * 20_000
    damaged = _changed(saved, tmp_path / "b.zip", STORE_FILE, bytes(store), listed=True)
    with pytest.raises(ValueError, match="不完整|已损坏"):
        restore_backup(damaged, tmp_path / "new", replace=False)
    assert not (tmp_path / "new" / STORE_FILE).exists()


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"not a zip"])
def test_what_is_no_backup_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "b.zip").write_bytes(content)
    with pytest.raises(BackupError, match="不是本程序的备份"):
        check_backup(tmp_path / "b.zip")


def test_a_folder_without_a_store_is_not_backed_up(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="没有可备份的数据"):
        make_backup(tmp_path, tmp_path / "b.zip")


def test_a_backup_during_a_write_holds_the_state_before_it(saved: Path, tmp_path: Path) -> None:
    shutil.copytree(saved.parent / "data", tmp_path / "data", symlinks=True)
    with closing(sqlite3.connect(tmp_path / "data" / STORE_FILE, isolation_level=None)) as writer:
        writer.execute("BEGIN IMMEDIATE")
        writer.execute("DELETE FROM disclosures")
        assert make_backup(tmp_path / "data", tmp_path / "b.zip").disclosures == 1
        writer.execute("ROLLBACK")
