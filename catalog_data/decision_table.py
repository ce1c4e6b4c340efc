"""The table of reviewers' decisions and the triggers that keep it append-only."""

from __future__ import annotations

DECISION_SCHEMA = (
    """
    CREATE TABLE decisions (
        id INTEGER PRIMARY KEY CHECK (id > 0), -- from 1 without gaps
        entry TEXT NOT NULL CHECK (json_valid(entry)), -- canonical JSON; its digest is taken of these bytes
        digest TEXT NOT NULL,
        disclosure TEXT GENERATED ALWAYS AS (json_extract(entry, '$.subject.disclosure')) VIRTUAL,
        project TEXT GENERATED ALWAYS AS (json_extract(entry, '$.subject.project')) VIRTUAL,
        name TEXT GENERATED ALWAYS AS (json_extract(entry, '$.subject.name')) VIRTUAL,
        amount_fen INTEGER GENERATED ALWAYS AS (json_extract(entry, '$.subject.amount_fen')) VIRTUAL,
        kind TEXT GENERATED ALWAYS AS (json_extract(entry, '$.ruling.kind')) VIRTUAL,
        nature TEXT GENERATED ALWAYS AS (json_extract(entry, '$.ruling.nature')) VIRTUAL,
        item TEXT GENERATED ALWAYS AS (json_extract(entry, '$.ruling.item')) VIRTUAL,
        reason TEXT GENERATED ALWAYS AS (json_extract(entry, '$.ruling.reason')) VIRTUAL,
        who TEXT GENERATED ALWAYS AS (json_extract(entry, '$.ruling.who')) VIRTUAL,
        made_at TEXT GENERATED ALWAYS AS (json_extract(entry, '$.made_at')) VIRTUAL,
        undoes INTEGER GENERATED ALWAYS AS (json_extract(entry, '$.undoes')) VIRTUAL
    ) STRICT
    """,
    "CREATE INDEX decisions_on_project ON decisions (disclosure, project)",
    """
    CREATE TRIGGER decisions_are_never_changed BEFORE UPDATE ON decisions
    BEGIN SELECT RAISE(ABORT, '复核记录只能追加，不能修改'); END
    """,
    """
    CREATE TRIGGER decisions_are_never_deleted BEFORE DELETE ON decisions
    BEGIN SELECT RAISE(ABORT, '复核记录只能追加，不能删除'); END
    """,
    """
    CREATE TRIGGER decisions_follow_one_another BEFORE INSERT ON decisions
    WHEN NEW.id <> (SELECT coalesce(max(id), 0) + 1 FROM decisions)
    BEGIN SELECT RAISE(ABORT, '复核记录只能接在最后一条之后'); END
    """,
)
"""The table of the log and the triggers that keep it append-only. INSERT OR REPLACE, which fires no trigger of
deletion, is refused as an entry out of order."""
