"""The knowledge of one installation: the shipped files and, on top, what its officers have changed.

``changes.jsonl`` is the truth: it only grows, and holds every change with its author, time and reason. Beside it
lies a folder of complete files for each state, named after what it was made from; it is never written again once it
stands there, and can be made anew from the shipped files and the log at any time. Whoever reads knowledge reads
such a folder, or the shipped one where nobody has changed anything.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from uuid import uuid4

from catalog_data.file_lock import FileLock
from catalog_data.model import Catalog

from .knowledge_changes import (
    KEPT_TABLES,
    LOG,
    Change,
    ChangeRefused,
    Row,
    after,
    changes_in,
    line_of,
    refuse_unfit,
    taken_back,
)
from .tables import KNOWLEDGE, knowledge_version, read_table

LOCK, PATIENCE_SECONDS = "changes.lock", 30.0
"""One change is made at a time; the others wait so long."""

STATES_KEPT = 3
"""States that stay on disk: the one in force, and earlier ones for those who are just reading them."""

_MADE_FROM = "# 由随附的知识文件和本单位的改动生成，请勿直接修改"
_STATE = re.compile("[0-9a-f]{12}")


class OwnKnowledge:
    """The knowledge kept under ``folder`` on top of ``shipped``; ``now`` gives the present moment.

    Raises ``KnowledgeError`` where the log or a shipped table is damaged, ``OSError`` where the folder cannot be
    used.
    """

    def __init__(
        self, folder: Path, shipped: Path = KNOWLEDGE, now: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._folder, self._shipped, self._now = folder, shipped, now
        self._log_file = folder / LOG

    def written(self) -> tuple[int, int] | None:
        """Time of writing and size of the log: what tells whether anything has changed; None without changes."""
        try:
            stat = self._log_file.stat()
        except FileNotFoundError:
            return None
        return stat.st_mtime_ns, stat.st_size

    def changes(self) -> tuple[Change, ...]:
        """All changes in order."""
        return changes_in(self._log())

    def files(self) -> Path:
        """The folder with the complete files of the present state."""
        log = self._log()
        if not log:
            return self._shipped
        state = self._state(log)
        if not state.is_dir():
            self._put_in_place(self._built(changes_in(log)), state)
        return state

    def rows(self, table: str) -> tuple[Row, ...]:
        """The rows of a table as they are now."""
        return _rows(table, self.files())

    def make(self, change: Change, catalog: Catalog) -> Change:
        """Make a change and return it with its number and time.

        Everything is checked first, as by ``catalog knowledge check``. Raises ``ChangeRefused`` with what the
        change would break, ``ChangeOverlooked`` where the rows it takes out are no longer there; nothing is
        written then.
        """
        with self._alone():
            log = self._log()
            changes = changes_in(log)
            refuse_unfit(change, _rows(change.table, self.files()))
            made_at = self._now().isoformat(timespec="seconds")
            made = replace(change, number=len(changes) + 1, made_at=made_at)
            built = self._built((*changes, made))
            try:
                self._refuse_faults(built, catalog)
                longer = log + line_of(made)
                self._put_in_place(built, self._state(longer))
            finally:
                shutil.rmtree(built, ignore_errors=True)
            _replace(self._folder / LOG, longer)
            self._clear_up(self._state(longer))
        return made

    def undo(self, number: int, who: str, why: str, catalog: Catalog) -> Change:
        """Take a change back by another one; errors as for ``make``."""
        changes = self.changes()
        if not 0 < number <= len(changes):
            raise ChangeRefused(f"没有第 {number} 项改动")
        if number in taken_back(changes):
            raise ChangeRefused(f"第 {number} 项改动已经撤销")
        return self.make(changes[number - 1].reversed(who, why), catalog)

    def _log(self) -> str:
        path = self._folder / LOG
        return path.read_text("utf-8") if path.exists() else ""

    def _state(self, log: str) -> Path:
        """The folder of the state that a log leads to."""
        made_from = f"{knowledge_version(self._shipped)}\n{log}"
        return self._folder / hashlib.sha256(made_from.encode()).hexdigest()[:12]

    @contextmanager
    def _alone(self) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = FileLock(self._folder / LOCK)
        if not lock.take(PATIENCE_SECONDS):
            raise ChangeRefused("另一项改动一直没有完成，请稍后再试")
        try:
            yield
        finally:
            lock.release()

    def _built(self, changes: Sequence[Change]) -> Path:
        """The complete files after changes, in a folder aside."""
        aside = self._folder / f"new.{uuid4().hex}"
        aside.mkdir()
        for path in filter(Path.is_file, self._shipped.iterdir()):
            to_it = [change for change in changes if change.table == path.name]
            if to_it:
                rows = after(_rows(path.name, self._shipped), to_it)
                lines = [_MADE_FROM, *map("\t".join, (KEPT_TABLES[path.name], *rows))]
                (aside / path.name).write_text("\n".join(lines) + "\n", "utf-8")
            else:
                shutil.copyfile(path, aside / path.name)
        return aside

    def _refuse_faults(self, built: Path, catalog: Catalog) -> None:
        """Raise ``ChangeRefused`` with the problems that the present files do not have."""
        from .knowledge_check import check_knowledge

        problems = Counter(problem.message for problem in check_knowledge(catalog, built).problems)
        if problems:
            problems -= Counter(problem.message for problem in check_knowledge(catalog, self.files()).problems)
        if problems:
            raise ChangeRefused(*problems)

    def _put_in_place(self, built: Path, state: Path) -> None:
        try:
            built.rename(state)
        except OSError:
            if not state.is_dir():
                raise
            shutil.rmtree(built, ignore_errors=True)

    def _clear_up(self, present: Path) -> None:
        """Remove states that nobody reads any more, and what killed processes left."""
        states = [path for path in self._folder.iterdir() if path.is_dir() and _STATE.fullmatch(path.name)]
        states.sort(key=lambda path: (path == present, path.stat().st_mtime_ns))
        for path in (*states[:-STATES_KEPT], *self._folder.glob("new.*")):
            shutil.rmtree(path, ignore_errors=True)


def _rows(table: str, folder: Path) -> tuple[Row, ...]:
    return _read(table, folder, (folder / table).stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(table: str, folder: Path, _written: int) -> tuple[Row, ...]:
    return tuple(tuple(row.values.values()) for row in read_table(table, KEPT_TABLES[table], folder))


def _replace(path: Path, text: str) -> None:
    """Write a file in one step, safely on disk."""
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    with aside.open("w", encoding="utf-8", newline="") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    aside.replace(path)
