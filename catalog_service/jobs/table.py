"""The table of jobs, in the same file as the store, and the way from row to record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sqlite_utils import Database, Migrations

from catalog_data.database import StoreError, open_database, writing

from .job import Job, Outcome, ResultFile

_TABLES = (
    """
    CREATE TABLE jobs (
        number INTEGER PRIMARY KEY AUTOINCREMENT, -- the order of uploading
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL CHECK (kind IN ('disclosure', 'list')),
        document TEXT NOT NULL,        -- the name the upload came with, never a path
        suffix TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        sha256 TEXT NOT NULL,
        owner TEXT NOT NULL,           -- the account that uploaded it
        state TEXT NOT NULL DEFAULT 'queued' CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
        stage TEXT NOT NULL DEFAULT '',
        done INTEGER NOT NULL DEFAULT 0,
        total INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        cancel_asked INTEGER NOT NULL DEFAULT 0 CHECK (cancel_asked IN (0, 1)),
        message TEXT NOT NULL DEFAULT '',
        outcome TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(outcome)),
        created_at TEXT NOT NULL,
        started_at TEXT NOT NULL DEFAULT '',
        ended_at TEXT NOT NULL DEFAULT '',
        revision INTEGER NOT NULL DEFAULT 1
    ) STRICT
    """,
    "CREATE INDEX jobs_by_state ON jobs (state, number)",
)


def open_table(path: Path) -> Database:
    """Open the table of jobs in a store's file, or make it. Raises ``StoreError``."""
    database = open_database(path)
    try:
        if newer := [done.name for done in MIGRATIONS.applied(database) if done.name not in _STEPS]:
            raise StoreError(f"数据库 {path} 的任务表由更新版本的程序建立（{'、'.join(newer)}），请升级本程序")
        if MIGRATIONS.pending(database):
            with writing(database, path):
                MIGRATIONS.apply(database)
    except BaseException:
        database.close()
        raise
    return database


def job_of(row: Mapping[str, Any]) -> Job:
    """The record of a row."""
    kept = {name: row[name] for name in Job.__dataclass_fields__ if name not in ("cancel_asked", "outcome")}
    return Job(**kept, cancel_asked=bool(row["cancel_asked"]), outcome=_outcome(json.loads(row["outcome"])))


def outcome_text(outcome: Outcome) -> str:
    """An outcome as it stands in the table."""
    files = [{"name": f.name, "bytes": f.bytes, "sha256": f.sha256} for f in outcome.files]
    return json.dumps({"counts": dict(outcome.counts), "files": files}, ensure_ascii=False)


def _outcome(stored: Mapping[str, Any]) -> Outcome:
    return Outcome(stored.get("counts", {}), tuple(ResultFile(**file) for file in stored.get("files", ())))


def _tables(database: Database) -> None:
    """Make the table; SQLite before 3.37 knows no STRICT and gets it without."""
    for statement in _TABLES:
        database.execute(statement if database.supports_strict else statement.replace(") STRICT", ")"))


_STEPS = {"001_jobs": _tables}

MIGRATIONS = Migrations("jobs")
for _name, _step in _STEPS.items():
    MIGRATIONS(name=_name)(_step)
