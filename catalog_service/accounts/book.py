"""The tables of accounts, in the same file as the store, and the way they are opened and written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from catalog_data.database import StoreError, open_database, spoken_errors, writing

OWNER_ONLY = 0o600
"""Permissions of a file that holds password hashes."""

_TABLES = (
    """
    CREATE TABLE users (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        name_key TEXT NOT NULL UNIQUE, -- the name without regard to case
        password_hash TEXT NOT NULL,   -- argon2id
        role TEXT NOT NULL CHECK (role IN ('reader', 'reviewer', 'admin')),
        created_at TEXT NOT NULL,
        disabled_at TEXT               -- NULL while the user may sign in
    ) STRICT
    """,
    """
    CREATE TABLE sessions (
        sha256 TEXT PRIMARY KEY,       -- of the id in the cookie
        user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        started_at TEXT NOT NULL,
        seen_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX sessions_of_user ON sessions (user)",
    """
    CREATE TABLE api_tokens (
        id INTEGER PRIMARY KEY,
        user INTEGER NOT NULL REFERENCES users (id) ON DELETE CASCADE,
        label TEXT NOT NULL,           -- what the token is used for
        sha256 TEXT NOT NULL UNIQUE,   -- of the token
        scopes TEXT NOT NULL CHECK (json_valid(scopes)),
        created_at TEXT NOT NULL,
        used_at TEXT,                  -- to the minute
        revoked_at TEXT
    ) STRICT
    """,
    "CREATE INDEX api_tokens_of_user ON api_tokens (user)",
    """
    CREATE TABLE sign_in_failures (
        id INTEGER PRIMARY KEY,
        subject TEXT NOT NULL,         -- keyed digest of the name or the address that was tried
        failed_at TEXT NOT NULL
    ) STRICT
    """,
    "CREATE INDEX sign_in_failures_of_subject ON sign_in_failures (subject, failed_at)",
)


class AccountError(ValueError):
    """Something about an account that cannot be done; the message says what and why, in Chinese."""


@dataclass(frozen=True, slots=True)
class AccountBook:
    """The open tables of accounts; for one thread at a time."""

    database: Database
    path: Path

    def rows(self, sql: str, *values: object) -> list[dict[str, Any]]:
        """The rows of a SELECT. Raises ``StoreError``."""
        with spoken_errors(self.path):
            return list(self.database.query(sql, values))

    def execute(self, sql: str, *values: object) -> sqlite3.Cursor:
        """One statement, within ``writing``."""
        return self.database.execute(sql, values)

    @contextmanager
    def writing(self) -> Iterator[None]:
        """One write, kept whole or not at all. Raises ``StoreError``."""
        with writing(self.database, self.path):
            yield

    def close(self) -> None:
        """Release the file."""
        self.database.close()


def open_accounts(path: Path) -> AccountBook:
    """Open the tables of accounts in a store's file, or make them. Raises ``StoreError``."""
    database = open_database(path)
    try:
        if newer := [done.name for done in MIGRATIONS.applied(database) if done.name not in _STEPS]:
            raise StoreError(f"数据库 {path} 的账号表由更新版本的程序建立（{'、'.join(newer)}），请升级本程序")
        if MIGRATIONS.pending(database):
            _hide(path)
            with writing(database, path):
                MIGRATIONS.apply(database)
    except BaseException:
        database.close()
        raise
    return AccountBook(database, path)


def stamp(moment: datetime) -> str:
    """A moment in UTC as it is stored, to the second."""
    return moment.isoformat(timespec="seconds")


def _hide(path: Path) -> None:
    """From now on the file, and the journals that SQLite keeps beside it, are for their owner alone."""
    for part in (path, path.with_name(f"{path.name}-wal"), path.with_name(f"{path.name}-shm")):
        if part.exists():
            part.chmod(OWNER_ONLY)


def _tables(database: Database) -> None:
    """Make the tables; SQLite before 3.37 knows no STRICT and gets them without."""
    for statement in _TABLES:
        database.execute(statement if database.supports_strict else statement.replace(") STRICT", ")"))


_STEPS = {"001_accounts": _tables}

MIGRATIONS = Migrations("accounts")
for _name, _step in _STEPS.items():
    MIGRATIONS(name=_name)(_step)
