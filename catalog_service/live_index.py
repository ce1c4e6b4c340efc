"""The index in use: opened again when another is swapped in, rebuilt when it is missing, outdated or damaged."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from threading import Lock

from catalog_data.model import Catalog
from indexer.index_files import CURRENT, build_index, fingerprint, sound
from indexer.search import SearchIndex
from indexer.tables import KNOWLEDGE
from indexer.vocabulary import Vocabulary

Place = tuple[str, int]

_log = logging.getLogger(__name__)


class LiveIndex:
    """The index of ``catalog`` under ``folder``, by the knowledge files in ``knowledge``; ``vocabulary`` is theirs and
    asked for only where the index must be rebuilt."""

    def __init__(
        self, folder: Path, catalog: Catalog, vocabulary: Callable[[], Vocabulary], knowledge: Path = KNOWLEDGE
    ) -> None:
        self._folder, self._catalog, self._vocabulary, self._knowledge = folder, catalog, vocabulary, knowledge
        self._lock = Lock()
        self._seen: Place | None = None
        self._opened: SearchIndex | None = None

    @cached_property
    def _wanted(self) -> str:
        """The name of the index of this catalog by this knowledge."""
        return fingerprint(self._catalog, self._knowledge)

    def current(self) -> SearchIndex:
        """The index to search now. One that is open answers on, whatever becomes of its files.

        Raises ``OSError`` where none is there and none can be written.
        """
        place = self._place()
        if self._opened is not None and place in (None, self._seen):
            return self._opened
        with self._lock:
            if self._opened is None or place != self._seen:
                self._opened = self._replaced(self._opened, place) if self._opened else self._first(place)
                self._seen = self._place()
        return self._opened

    def _first(self, place: Place | None) -> SearchIndex:
        """The index behind the link where it is sound and of this catalog, else a new one."""
        if place is None or place[0] != self._wanted or not sound(self._folder / self._wanted, self._catalog):
            cause = "缺失" if place is None else "已损坏" if place[0] == self._wanted else "与目录或知识文件不一致"
            _log.warning("检索索引%s，正在重建：%s", cause, self._folder)
            build_index(self._catalog, self._vocabulary(), self._folder, self._knowledge)
        return self._open(self._wanted)

    def _replaced(self, opened: SearchIndex, place: Place | None) -> SearchIndex:
        """The index that another process has swapped in, where it is of this catalog; else the one that is open."""
        if place and place[0] == self._wanted and sound(self._folder / self._wanted, self._catalog):
            return self._open(self._wanted)
        return opened

    def _place(self) -> Place | None:
        """The name of the folder that the link points to and when it was made; None where there is none."""
        try:
            return (self._folder / CURRENT).readlink().name, (self._folder / CURRENT).stat().st_mtime_ns
        except OSError:
            return None

    def _open(self, name: str) -> SearchIndex:
        index = SearchIndex(self._folder / name, self._knowledge)
        index.open()
        return index
