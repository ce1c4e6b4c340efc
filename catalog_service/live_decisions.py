"""The log of decisions at hand: what was added is read as soon as somebody decides, in this process or another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from threading import Lock

from catalog_data.decision_log import DecisionLog
from catalog_data.decisions import Decision, standing

Key = tuple[str, str]
"""What tells one stored project from another: SHA-256 of its document, and its id there."""

Written = tuple[tuple[int, int] | None, ...]


@dataclass(frozen=True, slots=True)
class Decisions:
    """The log at one moment: its entries in order, those about each project, and the one in force on each."""

    entries: tuple[Decision, ...]
    about: Mapping[Key, tuple[Decision, ...]]
    in_force: Mapping[Key, Decision]

    @property
    def last(self) -> int:
        """The id of the last entry, 0 where there is none."""
        return self.entries[-1].id if self.entries else 0


NONE = Decisions((), {}, {})


class LiveDecisions:
    """The decisions in the store at ``path``, for all threads of a service."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._read: tuple[Written, Decisions] = ((), NONE)

    def current(self) -> Decisions:
        """The decisions as they are now; time and size of the file tell whether to look into it again.

        Raises ``StoreError`` or ``DecisionError`` where the log cannot be read.
        """
        written = written_at(self._path)
        seen, known = self._read
        if written == seen:  # without the lock, behind which all threads would queue for the file system
            return known
        with self._lock:
            written = written_at(self._path)
            seen, known = self._read
            if written != seen:
                known = self._since(known) if self._path.exists() else NONE
                self._read = (written, known)
            return known

    def _since(self, known: Decisions) -> Decisions:
        """What is known with what was added; all of it where another log has taken the place of the known one."""
        with DecisionLog(self._path) as log:
            read = log.entries(after=max(0, known.last - 1))
            if not known.entries:
                return _with(NONE, read)
            if read and read[0] == known.entries[-1]:
                return _with(known, read[1:])
            return _with(NONE, log.entries())


def _with(known: Decisions, added: Sequence[Decision]) -> Decisions:
    if not added:
        return known
    about, in_force = dict(known.about), dict(known.in_force)
    for entry in added:
        about[entry.subject.key] = (*about.get(entry.subject.key, ()), entry)
    for key in {entry.subject.key for entry in added}:
        stands = standing(about[key]).get(key)
        in_force.pop(key, None)
        if stands:
            in_force[key] = stands
    return Decisions((*known.entries, *added), about, in_force)


def written_at(path: Path) -> Written:
    """Time of writing and size of the file and of its write-ahead log; None for one that is not there."""
    return _stamp(path), _stamp(_wal(path))


@cache
def _wal(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_mtime_ns, stat.st_size
