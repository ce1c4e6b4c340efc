"""Queries that found nothing, counted for the officer who keeps the synonyms.

Nothing is kept of who asked or when, only the words and how often. Words with long numbers (identity cards,
telephones, accounts) are not counted at all. Off unless the operator sets ``count_unanswered``.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from catalog_data.text import key

FILE = "unanswered.db"
LONGEST = 40
"""Characters beyond which a text is pasted rather than asked, and may hold anything."""

MOST = 10_000
"""Different queries that are kept; further ones are not."""

_LONG_NUMBER = re.compile(r"\d{6}")
_SCHEMA = "CREATE TABLE IF NOT EXISTS unanswered (query TEXT PRIMARY KEY, times INTEGER NOT NULL) STRICT"
_COUNT = (
    "INSERT INTO unanswered SELECT ?, 1 WHERE (SELECT count(*) FROM unanswered) < ? "
    "OR EXISTS (SELECT 1 FROM unanswered WHERE query = ?) ON CONFLICT (query) DO UPDATE SET times = times + 1"
)


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A query in the form in which texts are compared, and how often it found nothing."""

    query: str
    times: int


class UnansweredQueries:
    """The counted queries of a data folder. Raises ``OSError`` where the file cannot be used."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE

    def count(self, query: str) -> None:
        """Count a query that found nothing, unless it may hold personal data."""
        asked = key(query)
        if asked and len(asked) <= LONGEST and not _LONG_NUMBER.search(asked):
            with self._open() as database:
                database.execute(_COUNT, (asked, MOST, asked))

    def most_frequent(self) -> tuple[Unanswered, ...]:
        """The counted queries, most frequent first."""
        if not self._path.exists():
            return ()
        with self._open() as database:
            rows = database.execute("SELECT query, times FROM unanswered ORDER BY times DESC, query").fetchall()
        return tuple(Unanswered(query, times) for query, times in rows)

    def forget(self, query: str) -> None:
        """Strike a query that has been dealt with; it is counted again when it finds nothing again."""
        if self._path.exists():
            with self._open() as database:
                database.execute("DELETE FROM unanswered WHERE query = ?", (query,))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        try:
            with closing(sqlite3.connect(self._path, timeout=5)) as database, database:
                database.execute(_SCHEMA)
                yield database
        except sqlite3.Error as error:
            raise OSError(f"不能读写 {self._path}（{error}）") from error
