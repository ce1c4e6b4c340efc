"""The store: catalogs, disclosures and verdicts side by side in one SQLite file.

A document is known by the SHA-256 of its bytes; one that prints a catalog and a disclosure is kept as both.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Literal, Self, TypeVar

from .database import StoreError, open_database, reading, writing
from .model import Catalog, Disclosure, Finding
from .store_rows import (
    CATALOG_TABLES,
    DISCLOSURE_TABLES,
    Row,
    Rows,
    catalog_named,
    catalog_rows,
    disclosure_named,
    disclosure_rows,
    to_catalog,
    to_disclosure,
    to_finding,
    to_json,
    to_record,
)

__all__ = ["CatalogEntry", "DisclosureEntry", "Store", "StoreError", "StoredVerdict"]

_TITLES = {"catalogs": "目录", "disclosures": "预算公开文件"}

_VERDICTS = """
    SELECT verdict.*, catalogs.sha256
    FROM latest_verdicts AS verdict
    JOIN catalogs ON catalogs.id = verdict.catalog
    JOIN projects ON projects.disclosure = verdict.disclosure AND projects.id = verdict.project
    WHERE verdict.disclosure = ?
    ORDER BY projects.position
"""

Entry = TypeVar("Entry", "CatalogEntry", "DisclosureEntry")


@dataclass(frozen=True, slots=True)
class CatalogEntry:
    """A stored catalog without its rows; ``issued`` is an ISO date or '', ``imported_at`` ISO in UTC."""

    sha256: str
    document: str
    title: str
    number: str
    issued: str
    imported_at: str


@dataclass(frozen=True, slots=True)
class DisclosureEntry:
    """A stored disclosure without its rows; ``imported_at`` is ISO in UTC."""

    sha256: str
    document: str
    unit: str
    year: int
    title: str
    imported_at: str


@dataclass(frozen=True, slots=True)
class StoredVerdict:
    """What the engine answered for a project of a disclosure.

    ``project`` and ``item`` are ids (``item`` None where no catalog item fits), ``confidence`` is between 0
    and 1, ``evidence`` a JSON array. ``catalog`` is the SHA-256 of the catalog's document, ``engine`` the
    release, ``knowledge`` the hash of the knowledge files; ``made_at`` is ISO in UTC
    (``2026-01-31T08:00:00+00:00``).
    """

    project: str
    nature: str
    department: str
    item: str | None
    decision: Literal["auto", "review"]
    confidence: float
    flags: tuple[str, ...]
    evidence: str
    catalog: str
    engine: str
    knowledge: str
    made_at: str


class Store:
    """A store file, opened and brought up to the present schema; use it as a context manager.

    One object serves one thread. Raises ``StoreError`` where the file cannot be opened or written, is no
    store, or was made by a newer release; so does every method where the database refuses.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = open_database(path)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; the object is of no use afterwards."""
        self._database.close()

    def import_catalog(self, catalog: Catalog) -> bool:
        """Keep a catalog; True if that changed anything.

        The document as already read changes nothing, whatever the file is called now. A new reading of the
        same bytes, by a later release, takes the place of the old one and of the verdicts that rest on it.
        Raises ``StoreError`` where the record contradicts itself.
        """
        with writing(self._database, self._path):
            stored = self._head("catalogs", catalog.sha256)
            if stored and self._catalog(stored) == catalog_named(catalog, stored["document"]):
                return False
            self._replace(catalog_rows(catalog), catalog.sha256)
        return True

    def import_disclosure(self, disclosure: Disclosure) -> bool:
        """Keep a disclosure; True if that changed anything, by the same rule as ``import_catalog``.

        Raises ``StoreError`` where the record contradicts itself or an amount is no whole number of 分.
        """
        with writing(self._database, self._path):
            stored = self._head("disclosures", disclosure.sha256)
            if stored and self._disclosure(stored) == disclosure_named(disclosure, stored["document"]):
                return False
            self._replace(disclosure_rows(disclosure), disclosure.sha256)
        return True

    def catalogs(self) -> tuple[CatalogEntry, ...]:
        """The stored catalogs, latest issued first."""
        return self._entries(CatalogEntry, "catalogs", "issued DESC, id DESC")

    def disclosures(self) -> tuple[DisclosureEntry, ...]:
        """The stored disclosures, latest year first."""
        return self._entries(DisclosureEntry, "disclosures", "year DESC, unit, id")

    def catalog(self, sha256: str | None = None) -> Catalog:
        """The catalog of a document, or the latest issued; ``StoreError`` where there is none."""
        with reading(self._database, self._path):
            if sha256 is None:
                sha256 = self._latest_catalog()
            return self._catalog(self._known("catalogs", sha256))

    def disclosure(self, sha256: str) -> Disclosure:
        """The disclosure of a document; ``StoreError`` where there is none."""
        with reading(self._database, self._path):
            return self._disclosure(self._known("disclosures", sha256))

    def findings(self, sha256: str) -> tuple[Finding, ...]:
        """What a document says against itself, read as a catalog, as a disclosure or as both.

        Raises ``StoreError`` where the store holds no such document.
        """
        with reading(self._database, self._path):
            heads = [(owners, head) for owners in _TITLES if (head := self._head(owners, sha256))]
            if not heads:
                raise self._missing("文件", sha256)
            rows = [row for owners, head in heads for row in self._rows("findings", _owner(owners), head["id"])]
        return tuple(dict.fromkeys(map(to_finding, rows)))

    def save_verdicts(self, sha256: str, verdicts: Sequence[StoredVerdict]) -> None:
        """Keep the engine's answers for projects of a disclosure, all or none.

        An answer by the same catalog, engine and knowledge takes the place of the one before. Raises
        ``StoreError`` where a verdict names a project, an item or a catalog that the store does not hold.
        """
        with writing(self._database, self._path):
            disclosure = self._known("disclosures", sha256)["id"]
            projects = {row["id"] for row in self._rows("projects", "disclosure", disclosure)}
            if unknown := sorted({verdict.project for verdict in verdicts} - projects):
                raise StoreError(f"预算公开文件中没有这些项目，判定未保存：{'、'.join(unknown)}")
            catalogs = {sha: self._known("catalogs", sha)["id"] for sha in {v.catalog for v in verdicts}}
            rows = [_verdict_row(verdict, disclosure, catalogs[verdict.catalog]) for verdict in verdicts]
            self._database.table("verdicts").insert_all(rows, replace=True)

    def verdicts(self, sha256: str) -> tuple[StoredVerdict, ...]:
        """The latest verdict on each project of a disclosure, in printed order of the projects.

        Raises ``StoreError`` where the store holds no such disclosure.
        """
        with reading(self._database, self._path):
            disclosure = self._known("disclosures", sha256)["id"]
            return tuple(map(_to_verdict, self._database.query(_VERDICTS, [disclosure])))

    def verdicts_mark(self, sha256: str) -> int:
        """A number that grows whenever verdicts on a disclosure are saved, 0 while there are none."""
        question = (
            "SELECT max(verdicts.id) FROM verdicts JOIN disclosures ON disclosures.id = disclosure WHERE sha256 = ?"
        )
        with reading(self._database, self._path):
            return int(self._database.execute(question, [sha256]).fetchone()[0] or 0)

    def _head(self, table: str, sha256: str) -> Row | None:
        return next(self._database.table(table).rows_where("sha256 = ?", [sha256]), None)

    def _known(self, table: str, sha256: str) -> Row:
        head = self._head(table, sha256)
        if head is None:
            raise self._missing(_TITLES[table], sha256)
        return head

    def _missing(self, kind: str, sha256: str) -> StoreError:
        return StoreError(f"数据库 {self._path} 中没有 SHA-256 为 {sha256} 的{kind}，请先导入")

    def _latest_catalog(self) -> str:
        for entry in self.catalogs():
            return entry.sha256
        raise StoreError(f"数据库 {self._path} 中还没有目录，请先导入政府购买服务指导性目录")

    def _entries(self, kind: type[Entry], table: str, order: str) -> tuple[Entry, ...]:
        with reading(self._database, self._path):
            return tuple(to_record(kind, row) for row in self._database.table(table).rows_where(order_by=order))

    def _rows(self, table: str, owner: str, identity: int, order: str = "position") -> list[dict[str, Any]]:
        return list(self._database.table(table).rows_where(f"{owner} = ?", [identity], order_by=order))

    def _catalog(self, head: Row) -> Catalog:
        tables = CATALOG_TABLES.items()
        return to_catalog(head, {table: self._rows(table, "catalog", head["id"], by) for table, by in tables})

    def _disclosure(self, head: Row) -> Disclosure:
        tables = DISCLOSURE_TABLES.items()
        return to_disclosure(head, {table: self._rows(table, "disclosure", head["id"], by) for table, by in tables})

    def _replace(self, rows: Rows, sha256: str) -> None:
        """Put a document's rows in the place of those of an older reading; the first table is its owner."""
        (owners, (head,)), *tables = rows.items()
        self._database.table(owners).delete_where("sha256 = ?", [sha256])
        imported_at = datetime.now(UTC).isoformat(timespec="seconds")
        identity = self._database.table(owners).insert(head | {"imported_at": imported_at}).last_pk
        for table, owned in tables:
            self._database.table(table).insert_all(row | {_owner(owners): identity} for row in owned)


def _owner(owners: str) -> str:
    """The column that refers to a table: ``catalog`` to ``catalogs``."""
    return owners.removesuffix("s")


def _verdict_row(verdict: StoredVerdict, disclosure: int, catalog: int) -> dict[str, Any]:
    owners = {"disclosure": disclosure, "catalog": catalog}
    return asdict(verdict) | {"flags": to_json(verdict.flags)} | owners


def _to_verdict(row: Row) -> StoredVerdict:
    return to_record(StoredVerdict, row, flags=tuple(json.loads(row["flags"])), catalog=row["sha256"])
