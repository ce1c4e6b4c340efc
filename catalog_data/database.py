"""A database file: opened with one set of settings, migrated, written to in one way.

Every write is one transaction that begins with BEGIN IMMEDIATE: a deferred one that reads first fails with
"database is locked" as soon as another process writes in between.

Only one connection of this program writes at a time, in whatever thread or process: a write holds the lock of the
file beside the database. SQLite 3.7.0 to 3.51.2 can damage a file in WAL mode when two connections write and
checkpoint at the same instant (sqlite.org/wal.html, "The WAL-Reset Bug"); a checkpoint happens within a commit, or
when the last connection closes, and then there is no other.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlite_utils import Database, Migrations

from .file_lock import FileLock
from .migrations import MIGRATIONS, unknown_migrations

BUSY_SECONDS = 5.0
"""How long a write waits for another process to finish its own."""

_CAUSES = {
    sqlite3.SQLITE_BUSY: "正被另一个程序写入，请稍后重试",
    sqlite3.SQLITE_READONLY: "不可写，请检查文件和所在文件夹的权限",
    sqlite3.SQLITE_CANTOPEN: "无法打开，请检查文件和所在文件夹的权限",
    sqlite3.SQLITE_FULL: "所在磁盘已满，请清理后重试；原有数据没有改变",
    sqlite3.SQLITE_NOTADB: "不是数据库文件，请检查路径",
    sqlite3.SQLITE_CORRUPT: "已损坏，请从备份恢复，或删除后重新导入",
    sqlite3.SQLITE_CONSTRAINT: "拒绝了自相矛盾的记录，没有写入任何数据",
}


class StoreError(ValueError):
    """The store cannot be opened, or cannot keep or find a record; the message says what to do, in Chinese."""


def open_database(path: Path) -> Database:
    """Open a store's file, or make it, and bring it to the present schema.

    Raises ``StoreError`` where the path is a folder, the file is no store, is not writable, or was made by
    a newer release.
    """
    if path.is_dir():
        raise StoreError(f"{path} 是文件夹，请给出数据库文件的路径，如 {path / 'catalog.db'}")
    if not path.parent.is_dir():
        raise StoreError(f"文件夹 {path.parent} 不存在，请先建立，或改用别的路径")
    with spoken_errors(path):
        connection = sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None)
        try:
            database = Database(connection, execute_plugins=False)
            _configure(database)
            _migrate(database, path)
        except BaseException:
            connection.close()
            raise
    return database


@dataclass(frozen=True, slots=True)
class Part:
    """Tables that stand in a store's file beside the store's own and change by themselves: the name under which their
    migrations are counted, what they are called in Chinese, and the statements of each migration by its name."""

    name: str
    title: str
    steps: Mapping[str, tuple[str, ...]]


def open_part(path: Path, part: Part) -> Database:
    """Open a store's file and bring a part of it to the present schema.

    Raises ``StoreError`` as ``open_database``, and where a newer release made the part.
    """
    migrations = Migrations(part.name)
    for name, statements in part.steps.items():
        migrations(name=name)(lambda database, made=statements: execute_schema(database, made))
    database = open_database(path)
    try:
        if newer := [done.name for done in migrations.applied(database) if done.name not in part.steps]:
            raise StoreError(f"数据库 {path} 的{part.title}由更新版本的程序建立（{'、'.join(newer)}），请升级本程序")
        if migrations.pending(database):
            with writing(database, path):
                migrations.apply(database)
    except BaseException:
        database.close()
        raise
    return database


def execute_schema(database: Database, statements: tuple[str, ...]) -> None:
    """Make tables and what belongs to them; SQLite before 3.37 knows no STRICT and gets them without."""
    for statement in statements:
        database.execute(statement if database.supports_strict else statement.replace(") STRICT", ")"))


@contextmanager
def writing(database: Database, path: Path) -> Iterator[None]:
    """One write: all of it is kept, or, where it fails or the process dies, nothing. Raises ``StoreError``."""
    with spoken_errors(path), _alone(path):
        database.execute("BEGIN IMMEDIATE")
        try:
            yield
            database.execute("COMMIT")
        except BaseException:
            database.rollback()
            raise


@contextmanager
def reading(database: Database, path: Path) -> Iterator[None]:
    """One read of several tables, all in the state of one moment. Raises ``StoreError``."""
    with spoken_errors(path), database.atomic():
        yield


@contextmanager
def spoken_errors(path: Path) -> Iterator[None]:
    """Turn what SQLite refuses into a ``StoreError`` that names the file and what to do."""
    try:
        yield
    except sqlite3.Error as error:
        primary_code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        cause = _CAUSES.get(primary_code, "读写失败，请检查文件和磁盘")
        raise StoreError(f"数据库 {path} {cause}（SQLite：{error}）") from error
    except OverflowError as error:
        raise StoreError(f"数值超出数据库 {path} 的范围，没有写入任何数据，请核对原文的金额和单位") from error


@contextmanager
def _alone(path: Path) -> Iterator[None]:
    """No other write of this program meanwhile. Raises ``StoreError``."""
    lock = FileLock(path.with_name(f"{path.name}.lock"))
    try:
        got = lock.take(BUSY_SECONDS)
    except OSError as error:
        raise StoreError(f"数据库 {path} {_CAUSES[sqlite3.SQLITE_READONLY]}") from error
    try:
        if not got:
            raise StoreError(f"数据库 {path} {_CAUSES[sqlite3.SQLITE_BUSY]}")
        yield
    finally:
        lock.release()


def _configure(database: Database) -> None:
    if database.journal_mode != "wal":
        database.enable_wal()
    database.execute("PRAGMA synchronous = NORMAL")
    database.execute("PRAGMA foreign_keys = ON")


def _migrate(database: Database, path: Path) -> None:
    if unknown := unknown_migrations(database):
        raise StoreError(
            f"数据库 {path} 由更新版本的程序建立（{'、'.join(unknown)}），请升级本程序，或另选一个数据库文件"
        )
    if not MIGRATIONS.pending(database):
        return
    with writing(database, path):
        if not MIGRATIONS.applied(database) and database.table_names():
            raise StoreError(f"数据库 {path} 属于别的程序，为免破坏其中数据未作改动，请另选路径")
        MIGRATIONS.apply(database)
