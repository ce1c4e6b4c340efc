"""Backups: one ZIP file with the store, the files of its jobs and the officers' changes of knowledge.

Made while the service runs, checked by reading. The store is copied by SQLite itself (VACUUM INTO), so the copy is
the state of one moment. ``manifest.json`` names every file with size and SHA-256. Not in it: the search index, which
is rebuilt, and the secret that signs sessions.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sqlite3
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from catalog_data.database import spoken_errors
from catalog_data.decision_log import DecisionLog
from catalog_data.file_lock import FileLock
from catalog_data.store import Store
from indexer.knowledge_changes import LOG

from .engine import KNOWLEDGE_FOLDER, STORE_FILE
from .jobs import open_jobs
from .jobs.crew import LOCK_FILE
from .jobs.uploads import FOLDER, RESULTS

MANIFEST = "manifest.json"
FORMAT = "catalog-backup 1"
KNOWLEDGE_LOG = f"{KNOWLEDGE_FOLDER}/{LOG}"
"""What officers changed; the folders beside it are made from it."""

_CHUNK = 1 << 20


class BackupError(ValueError):
    """A backup that cannot be made, read or put back; the message says why, in Chinese."""


@dataclass(frozen=True, slots=True)
class Backup:
    """What a backup holds: when it was made (UTC), and how much of what."""

    made_at: str
    files: int
    bytes: int
    disclosures: int
    decisions: int
    jobs: int


def make_backup(data_dir: Path, target: Path) -> Backup:
    """Write a backup and check it; ``target`` appears only when both are done.

    Raises ``BackupError`` where there is no store or the copy is not sound, ``OSError`` where it cannot be written.
    """
    store = data_dir / STORE_FILE
    if not store.is_file():
        raise BackupError(f"{store} 不存在，没有可备份的数据")
    draft = target.with_name(f".{target.name}.{os.getpid()}")
    try:
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".backup-") as folder:
            copy = Path(folder) / STORE_FILE
            _copy_store(store, copy)
            with _private(draft) as file:
                with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                    _fill(archive, data_dir, copy)
                os.fsync(file.fileno())
        backup = check_backup(draft)
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)
    return backup


def check_backup(file: Path) -> Backup:
    """Read a backup whole: every file against its hash, the store against itself, the log of decisions by its chain.

    Raises ``BackupError`` for what does not hold.
    """
    with tempfile.TemporaryDirectory(dir=file.parent, prefix=".check-") as folder:
        return _unpack(file, Path(folder))


def restore_backup(file: Path, data_dir: Path, replace: bool) -> tuple[Backup, Path | None]:
    """Put a backup in the place of a data folder's store and jobs, after checking it.

    What lay there moves into a folder beside it, the second value. Raises ``BackupError`` where the service runs,
    where something lies there and ``replace`` is False, and as ``check_backup``.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    if (data_dir / STORE_FILE).exists() and not replace:
        raise BackupError(f"{data_dir} 已有数据；确要用备份替换，请加 --replace，原有数据会移到旁边的文件夹")
    with _service_stopped(data_dir), tempfile.TemporaryDirectory(dir=data_dir, prefix=".restore-") as folder:
        backup = _unpack(file, Path(folder))
        aside = _move_aside(data_dir)
        (Path(folder) / STORE_FILE).replace(data_dir / STORE_FILE)
        if (Path(folder) / FOLDER).exists():
            (Path(folder) / FOLDER).replace(data_dir / FOLDER)
        if (Path(folder) / KNOWLEDGE_FOLDER).exists():
            (Path(folder) / KNOWLEDGE_FOLDER).replace(data_dir / KNOWLEDGE_FOLDER)
    return backup, aside


def _copy_store(store: Path, copy: Path) -> None:
    with spoken_errors(store), closing(sqlite3.connect(store, timeout=5.0, isolation_level=None)) as connection:
        connection.execute("VACUUM INTO ?", (str(copy),))


def _private(path: Path) -> IO[bytes]:
    """A new file that only its owner can read: it holds unpublished budgets and hashes of passwords."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600), "w+b")


def _fill(archive: zipfile.ZipFile, data_dir: Path, copy: Path) -> None:
    manifest = {STORE_FILE: _described(copy)}
    archive.write(copy, STORE_FILE)
    for name in _job_files(data_dir, copy):
        manifest[name] = _described(data_dir / name)
        archive.write(data_dir / name, name)
    if (data_dir / KNOWLEDGE_LOG).is_file():
        written = (data_dir / KNOWLEDGE_LOG).read_bytes()
        manifest[KNOWLEDGE_LOG] = {"bytes": len(written), "sha256": hashlib.sha256(written).hexdigest()}
        archive.writestr(KNOWLEDGE_LOG, written)
    made_at = datetime.now(UTC).isoformat(timespec="seconds")
    head = {"format": FORMAT, "made_at": made_at, "files": manifest}
    archive.writestr(MANIFEST, json.dumps(head, ensure_ascii=False, indent=1))


def _job_files(data_dir: Path, copy: Path) -> Iterator[str]:
    """The uploads and results of the jobs in the copy; later ones belong to a later backup."""
    with open_jobs(copy) as book:
        jobs = book.jobs()
    for job in jobs:
        names = [job.upload, *(f"{RESULTS}/{file.name}" for file in job.outcome.files)]
        for name in (f"{FOLDER}/{job.id}/{name}" for name in names):
            if not (data_dir / name).is_file():
                raise BackupError(f"任务 {job.id} 的文件 {name} 不见了；可先用 catalog jobs remove 清理该任务")
            yield name


def _described(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        return {"bytes": path.stat().st_size, "sha256": hashlib.file_digest(file, "sha256").hexdigest()}


def _unpack(file: Path, folder: Path) -> Backup:
    """Unpack a backup into a folder and check all of it."""
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = json.loads(archive.read(MANIFEST))
            _check_names(archive, manifest)
            for name, described in manifest["files"].items():
                _extract(archive, name, folder, described)
    except (zipfile.BadZipFile, KeyError, TypeError, EOFError, json.JSONDecodeError) as error:
        raise BackupError(f"{file} 不是本程序的备份，或已损坏") from error
    disclosures, decisions, jobs = _check_store(folder / STORE_FILE)
    sizes = [described["bytes"] for described in manifest["files"].values()]
    return Backup(manifest["made_at"], len(sizes), sum(sizes), disclosures, decisions, jobs)


def _check_names(archive: zipfile.ZipFile, manifest: Mapping[str, Any]) -> None:
    """Nothing beside what the manifest names, and nothing that would be written elsewhere."""
    names = set(manifest["files"])
    if manifest["format"] != FORMAT or STORE_FILE not in names or set(archive.namelist()) != {*names, MANIFEST}:
        raise KeyError(MANIFEST)
    for name in names - {STORE_FILE, KNOWLEDGE_LOG}:
        parts = name.split("/")
        if parts[0] != FOLDER or any(part in ("", ".", "..") or "\\" in part or ":" in part for part in parts):
            raise KeyError(name)


def _extract(archive: zipfile.ZipFile, name: str, folder: Path, described: Mapping[str, Any]) -> None:
    target = folder / name
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as packed, target.open("wb") as file:
        shutil.copyfileobj(packed, file, _CHUNK)
        file.flush()
        os.fsync(file.fileno())
    if _described(target) != dict(described):
        raise BackupError(f"备份中的 {name} 与清单不符，备份已损坏")


def _check_store(path: Path) -> tuple[int, int, int]:
    """How many disclosures, decisions and jobs a store holds. Raises ``BackupError`` where it is not sound."""
    with spoken_errors(path), closing(sqlite3.connect(path)) as connection:
        said = [row[0] for row in connection.execute("PRAGMA integrity_check")]
        orphans = list(connection.execute("PRAGMA foreign_key_check"))
    if said != ["ok"] or orphans:
        raise BackupError(f"备份中的数据库不完整：{said[0] if said != ['ok'] else '有行缺少所属的行'}")
    with DecisionLog(path) as log:
        chain = log.verify()
    if chain.cause:
        raise BackupError(f"备份中的复核记录被改动过：{chain.cause}")
    with Store(path) as store, open_jobs(path) as book:
        return len(store.disclosures()), chain.sound, len(book.jobs())


@contextmanager
def _service_stopped(data_dir: Path) -> Iterator[None]:
    """Nobody serves the folder or writes to its store meanwhile. Raises ``BackupError``."""
    locks = [FileLock(data_dir / LOCK_FILE), FileLock(data_dir / f"{STORE_FILE}.lock")]
    try:
        if not all(lock.take() for lock in locks):
            raise BackupError(f"服务正在使用 {data_dir}，请先停止服务再恢复")
        yield
    finally:
        for lock in locks:
            lock.release()


def _move_aside(data_dir: Path) -> Path | None:
    """Move store, jobs and changes of knowledge into a folder of their own; None where there were none."""
    names = [STORE_FILE, f"{STORE_FILE}-wal", f"{STORE_FILE}-shm", FOLDER, KNOWLEDGE_FOLDER]
    present = [data_dir / name for name in names if (data_dir / name).exists()]
    if not present:
        return None
    aside = data_dir / f"replaced-{datetime.now(UTC):%Y%m%dT%H%M%SZ}"
    aside.mkdir()
    for path in present:
        path.replace(aside / path.name)
    return aside
