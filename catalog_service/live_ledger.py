"""The precedents of a store, read again as soon as somebody decides, in this process or another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalog_data.decision_log import DecisionLog
from catalog_data.model import Item
from indexer.precedents import PrecedentLedger
from indexer.tables import KNOWLEDGE

Written = tuple[tuple[int, int] | None, ...]


class LiveLedger:
    """Precedents by the log in the store at ``path``; ``items`` are the rows of the catalog in force, by id;
    ``knowledge`` is the folder with the aliases of departments."""

    def __init__(self, path: Path, items: Mapping[str, Item], knowledge: Path = KNOWLEDGE) -> None:
        self._path, self._items, self._knowledge = path, items, knowledge
        self._read: tuple[Written, str, PrecedentLedger] = ((), "", PrecedentLedger((), items, knowledge))

    def current(self) -> PrecedentLedger:
        """The precedents as they are now; time and size of the file tell whether to look into it again.

        Raises ``StoreError`` or ``DecisionError`` where the log cannot be read.
        """
        written = _written(self._path)
        seen, head, ledger = self._read
        if written != seen:
            if self._path.exists():
                head, ledger = self._since(head, ledger)
            self._read = (written, head, ledger)
        return ledger

    def _since(self, head: str, ledger: PrecedentLedger) -> tuple[str, PrecedentLedger]:
        """The digest of the log's last entry, and the ledger, made anew where that is no longer ``head``."""
        with DecisionLog(self._path) as log:
            last = log.last()
            digest = last.digest if last else ""
            return digest, ledger if digest == head else PrecedentLedger(log.entries(), self._items, self._knowledge)


def _written(path: Path) -> Written:
    """Time of writing and size of the file and of its write-ahead log; None for one that is not there."""
    return _stamp(path), _stamp(path.with_name(f"{path.name}-wal"))


def _stamp(file: Path) -> tuple[int, int] | None:
    try:
        stat = file.stat()
    except FileNotFoundError:
        return None
    return stat.st_mtime_ns, stat.st_size
