"""What reviewers note beside their decisions: comments, second opinions and judgements of a sample.

None of it settles a project; only the log of decisions does. Notes can only be added, in the store's file.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Literal, Self

from .database import Part, open_part, reading, writing
from .decisions import DecisionError
from .model import NATURES

NoteKind = Literal["comment", "asked", "second", "sample"]

MOST_TEXT = 2000
"""Characters of a note."""

_SCHEMA = (
    """
    CREATE TABLE review_notes (
        id INTEGER PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('comment', 'asked', 'second', 'sample')),
        disclosure TEXT NOT NULL,      -- SHA-256 of the document
        project TEXT NOT NULL,
        who TEXT NOT NULL,
        made_at TEXT NOT NULL,         -- UTC
        text TEXT NOT NULL,
        nature TEXT NOT NULL,          -- the opinion, '' where there is none
        item TEXT,
        other_nature TEXT NOT NULL,    -- the answer that it is compared with, unseen by its author
        other_item TEXT
    ) STRICT
    """,
    "CREATE INDEX review_notes_on_project ON review_notes (disclosure, project)",
    """
    CREATE TRIGGER review_notes_are_never_changed BEFORE UPDATE ON review_notes
    BEGIN SELECT RAISE(ABORT, '复核附注只能追加，不能修改'); END
    """,
    """
    CREATE TRIGGER review_notes_are_never_deleted BEFORE DELETE ON review_notes
    BEGIN SELECT RAISE(ABORT, '复核附注只能追加，不能删除'); END
    """,
)

_PART = Part("review_notes", "复核附注", {"001_review_notes": _SCHEMA})


@dataclass(frozen=True, slots=True)
class ReviewNote:
    """A note on a project, told by ``key`` (document's SHA-256, project id).

    ``comment`` has a text; ``asked`` says that ``who`` wants another reviewer's opinion; ``second`` is that
    opinion, ``sample`` a judgement of the random sample. These two hold a ``nature`` with its ``item`` and, as
    ``other_nature`` and ``other_item``, the answer that was in force and that their author did not see. Raises
    ``DecisionError`` where a part is missing or contradicts another.
    """

    kind: NoteKind
    disclosure: str
    project: str
    who: str
    text: str = ""
    nature: str = ""
    item: str | None = None
    other_nature: str = ""
    other_item: str | None = None
    made_at: str = ""
    id: int = 0

    def __post_init__(self) -> None:
        if self.kind == "comment" and not self.text.strip():
            raise DecisionError("评论是空的，请写下内容")
        if len(self.text) > MOST_TEXT:
            raise DecisionError(f"文字有 {len(self.text)} 个字，最多 {MOST_TEXT} 个字")
        if self.kind in ("second", "sample"):
            if self.nature not in NATURES:
                raise DecisionError("请选定支出性质")
            if (self.nature == "service") != (self.item is not None):
                raise DecisionError("目录内服务须选定目录条目，其他支出性质不能有目录条目")

    @property
    def key(self) -> tuple[str, str]:
        """What tells one project from another, as in ``Subject``."""
        return self.disclosure, self.project

    @property
    def answer(self) -> tuple[str, str | None]:
        """The opinion: nature and item id."""
        return self.nature, self.item

    @property
    def other(self) -> tuple[str, str | None]:
        """The answer that the opinion is compared with."""
        return self.other_nature, self.other_item


class ReviewNotes:
    """The notes in a store's file; use it as a context manager. Every method raises ``StoreError``."""

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path, self._now = path, now
        self._database = open_part(path, _PART)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def add(self, note: ReviewNote) -> None:
        """Keep a note, with the present moment."""
        row = asdict(note) | {"made_at": self._now().isoformat(timespec="seconds")}
        del row["id"]
        with writing(self._database, self._path):
            self._database.table("review_notes").insert(row)

    def notes(self, *kinds: NoteKind) -> tuple[ReviewNote, ...]:
        """The notes of some kinds, in the order they were made."""
        marks = ", ".join("?" * len(kinds))
        return self._found(f"kind IN ({marks})", kinds)

    def about(self, key: tuple[str, str]) -> tuple[ReviewNote, ...]:
        """The notes on a project, in the order they were made."""
        return self._found("disclosure = ? AND project = ?", key)

    def _found(self, where: str, values: tuple[str, ...]) -> tuple[ReviewNote, ...]:
        with reading(self._database, self._path):
            rows = self._database.query(f"SELECT * FROM review_notes WHERE {where} ORDER BY id", values)
            return tuple(ReviewNote(**row) for row in rows)
