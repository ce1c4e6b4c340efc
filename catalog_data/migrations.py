"""The schema of the store, as numbered migrations: tables, indexes and the views that auditors read.

Every table belongs to one reading of a document: ``catalog`` and ``disclosure`` are the ids of the catalog
or disclosure that a row was read from, ``position`` is its place among its like in printed order (from 1),
``line`` the printed line (from 1), and a column that ends in ``_fen`` holds an amount in 分.
"""

from __future__ import annotations

from sqlite_utils import Database, Migrations

from .audit_views import VIEWS
from .decision_table import DECISION_SCHEMA

_CATALOG_TABLES = (
    """
    CREATE TABLE catalogs (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,  -- of the file's bytes
        document TEXT NOT NULL,       -- name of the file
        title TEXT NOT NULL,
        number TEXT NOT NULL,         -- 发文字号
        issued TEXT NOT NULL,         -- ISO date, '' where none is printed
        imported_at TEXT NOT NULL     -- UTC
    ) STRICT
    """,
    """
    CREATE TABLE departments (
        catalog INTEGER NOT NULL REFERENCES catalogs (id) ON DELETE CASCADE,
        name TEXT NOT NULL,
        printed_name TEXT NOT NULL,
        line INTEGER NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (catalog, name)
    ) STRICT
    """,
    """
    CREATE TABLE items (
        catalog INTEGER NOT NULL REFERENCES catalogs (id) ON DELETE CASCADE,
        id TEXT NOT NULL,             -- department:code
        department TEXT NOT NULL,
        level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 4),
        code TEXT NOT NULL,
        printed_code TEXT NOT NULL,
        suggested_code TEXT NOT NULL, -- what its place asks for where the code contradicts it, else ''
        name TEXT NOT NULL,
        printed_name TEXT NOT NULL,
        parent TEXT,                  -- the heading it is printed under
        path TEXT NOT NULL CHECK (json_valid(path)), -- names of its headings, outermost first
        line INTEGER NOT NULL,
        position INTEGER NOT NULL,
        PRIMARY KEY (catalog, id),
        FOREIGN KEY (catalog, department) REFERENCES departments (catalog, name) ON DELETE CASCADE,
        FOREIGN KEY (catalog, parent) REFERENCES items (catalog, id) ON DELETE CASCADE
    ) STRICT
    """,
    "CREATE INDEX items_in_printed_order ON items (catalog, position)",
    "CREATE INDEX items_of_department ON items (catalog, department, level)",
    "CREATE INDEX items_under_parent ON items (catalog, parent)",
    "CREATE INDEX items_with_code ON items (catalog, code)",
)

_DISCLOSURE_TABLES = (
    """
    CREATE TABLE disclosures (
        id INTEGER PRIMARY KEY,
        sha256 TEXT NOT NULL UNIQUE,
        document TEXT NOT NULL,
        unit TEXT NOT NULL,
        year INTEGER NOT NULL,
        title TEXT NOT NULL,
        imported_at TEXT NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE budget_tables (
        disclosure INTEGER NOT NULL REFERENCES disclosures (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        title TEXT NOT NULL,
        unit_of_amount TEXT NOT NULL, -- 万元 or 元, as printed
        line INTEGER NOT NULL,
        empty INTEGER NOT NULL CHECK (empty IN (0, 1)),
        PRIMARY KEY (disclosure, position)
    ) STRICT
    """,
    """
    CREATE TABLE budget_rows (
        disclosure INTEGER NOT NULL,
        budget_table INTEGER NOT NULL,
        position INTEGER NOT NULL,
        header INTEGER NOT NULL CHECK (header IN (0, 1)),
        cells TEXT NOT NULL CHECK (json_valid(cells)),
        line INTEGER NOT NULL,
        PRIMARY KEY (disclosure, budget_table, position),
        FOREIGN KEY (disclosure, budget_table)
            REFERENCES budget_tables (disclosure, position) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE performance_sheets (
        disclosure INTEGER NOT NULL REFERENCES disclosures (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        name TEXT NOT NULL,
        line INTEGER NOT NULL,
        department TEXT NOT NULL,
        unit TEXT NOT NULL,
        project_property TEXT NOT NULL,
        period TEXT NOT NULL,
        overview TEXT NOT NULL,
        legal_basis TEXT NOT NULL,
        necessity TEXT NOT NULL,
        safeguards TEXT NOT NULL,
        plan TEXT NOT NULL,
        period_goal TEXT NOT NULL,
        year_goal TEXT NOT NULL,
        filled_on TEXT NOT NULL,
        PRIMARY KEY (disclosure, position)
    ) STRICT
    """,
    """
    CREATE TABLE sheet_funds (
        disclosure INTEGER NOT NULL,
        sheet INTEGER NOT NULL,
        scope TEXT NOT NULL CHECK (scope IN ('period', 'year')),
        fund TEXT NOT NULL,           -- 总额, 中央, 省级, 市县, 单位自筹 or 其他
        amount_fen INTEGER NOT NULL,
        PRIMARY KEY (disclosure, sheet, scope, fund),
        FOREIGN KEY (disclosure, sheet)
            REFERENCES performance_sheets (disclosure, position) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE indicators (
        disclosure INTEGER NOT NULL,
        sheet INTEGER NOT NULL,
        position INTEGER NOT NULL,
        indicator_group TEXT NOT NULL, -- 一级指标
        kind TEXT NOT NULL,            -- 二级指标
        name TEXT NOT NULL,            -- 三级指标
        target TEXT NOT NULL,
        scope TEXT NOT NULL CHECK (scope IN ('period', 'year')),
        line INTEGER NOT NULL,
        PRIMARY KEY (disclosure, sheet, position),
        FOREIGN KEY (disclosure, sheet)
            REFERENCES performance_sheets (disclosure, position) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE projects (
        disclosure INTEGER NOT NULL REFERENCES disclosures (id) ON DELETE CASCADE,
        id TEXT NOT NULL,
        unit TEXT NOT NULL,
        name TEXT NOT NULL,
        amount_fen INTEGER,
        description TEXT NOT NULL,
        carried_over INTEGER NOT NULL CHECK (carried_over IN (0, 1)),
        sheet INTEGER,                -- position of the performance sheet joined to it
        document TEXT NOT NULL,
        line INTEGER,
        position INTEGER NOT NULL,
        PRIMARY KEY (disclosure, id),
        FOREIGN KEY (disclosure, sheet)
            REFERENCES performance_sheets (disclosure, position) ON DELETE CASCADE
    ) STRICT
    """,
    "CREATE INDEX projects_with_sheet ON projects (disclosure, sheet)",
    """
    CREATE TABLE project_funds (
        disclosure INTEGER NOT NULL,
        project TEXT NOT NULL,
        fund TEXT NOT NULL,
        amount_fen INTEGER NOT NULL,
        PRIMARY KEY (disclosure, project, fund),
        FOREIGN KEY (disclosure, project) REFERENCES projects (disclosure, id) ON DELETE CASCADE
    ) STRICT
    """,
    """
    CREATE TABLE statements (
        disclosure INTEGER NOT NULL REFERENCES disclosures (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        kind TEXT NOT NULL,
        value TEXT NOT NULL,          -- decimal number in the printed unit
        unit TEXT NOT NULL,
        text TEXT NOT NULL,
        line INTEGER NOT NULL,
        PRIMARY KEY (disclosure, position)
    ) STRICT
    """,
)

_JUDGEMENT_TABLES = (
    """
    CREATE TABLE findings (
        id INTEGER PRIMARY KEY,
        catalog INTEGER REFERENCES catalogs (id) ON DELETE CASCADE,
        disclosure INTEGER REFERENCES disclosures (id) ON DELETE CASCADE,
        position INTEGER NOT NULL,
        check_name TEXT NOT NULL,
        severity TEXT NOT NULL CHECK (severity IN ('error', 'warning', 'info')),
        message TEXT NOT NULL,
        expected TEXT NOT NULL,
        found TEXT NOT NULL,
        suggestion TEXT NOT NULL,
        document TEXT NOT NULL,
        line INTEGER,
        subject TEXT NOT NULL,
        CHECK ((catalog IS NULL) <> (disclosure IS NULL))
    ) STRICT
    """,
    "CREATE INDEX findings_of_catalog ON findings (catalog, position)",
    "CREATE INDEX findings_of_disclosure ON findings (disclosure, position)",
    """
    CREATE TABLE verdicts (
        id INTEGER PRIMARY KEY,
        disclosure INTEGER NOT NULL,
        project TEXT NOT NULL,
        nature TEXT NOT NULL,
        department TEXT NOT NULL,
        item TEXT,
        decision TEXT NOT NULL CHECK (decision IN ('auto', 'review')),
        confidence REAL NOT NULL CHECK (confidence BETWEEN 0 AND 1),
        flags TEXT NOT NULL CHECK (json_valid(flags)),
        evidence TEXT NOT NULL CHECK (json_valid(evidence)),
        catalog INTEGER NOT NULL REFERENCES catalogs (id) ON DELETE CASCADE,
        engine TEXT NOT NULL,
        knowledge TEXT NOT NULL,
        made_at TEXT NOT NULL CHECK (made_at GLOB '????-??-??T??:??:??*+00:00'),
        UNIQUE (disclosure, project, catalog, engine, knowledge),
        FOREIGN KEY (disclosure, project) REFERENCES projects (disclosure, id) ON DELETE CASCADE,
        FOREIGN KEY (catalog, item) REFERENCES items (catalog, id) ON DELETE CASCADE
    ) STRICT
    """,
    "CREATE INDEX verdicts_on_item ON verdicts (catalog, item)",
)


def _tables(db: Database) -> None:
    _make(db, _CATALOG_TABLES + _DISCLOSURE_TABLES + _JUDGEMENT_TABLES)


def _make(db: Database, statements: tuple[str, ...]) -> None:
    """Make tables and what belongs to them; SQLite before 3.37 knows no STRICT and gets them without."""
    for statement in statements:
        db.execute(statement if db.supports_strict else statement.replace(") STRICT", ")"))


def _audit_views(db: Database) -> None:
    for name, select in VIEWS.items():
        db.create_view(name, select)


def _decisions(db: Database) -> None:
    _make(db, DECISION_SCHEMA)


_STEPS = {"001_tables": _tables, "002_audit_views": _audit_views, "003_decisions": _decisions}

MIGRATIONS = Migrations("catalog_data")
for _name, _step in _STEPS.items():
    MIGRATIONS(name=_name)(_step)


def unknown_migrations(db: Database) -> list[str]:
    """The migrations that a newer release made to the database and this one does not know."""
    return [applied.name for applied in MIGRATIONS.applied(db) if applied.name not in _STEPS]
