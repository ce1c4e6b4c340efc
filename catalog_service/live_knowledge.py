"""The knowledge in use: tagger, index and precedents over it, made anew as soon as an officer changes it.

Making them takes seconds, so a running service answers on by what it has until the new is ready.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from threading import Lock, Thread
from typing import TYPE_CHECKING

from catalog_data.model import Catalog, Item
from indexer.departments import resolver
from indexer.groundwork import Groundwork, kept_groundwork
from indexer.own_knowledge import OwnKnowledge
from indexer.parameters import load_parameters
from indexer.tagger import Tagger
from indexer.vocabulary import Vocabulary, load_thesaurus

from .live_decisions import LiveDecisions
from .live_ledger import LiveLedger

if TYPE_CHECKING:
    from .live_index import LiveIndex

GROUNDWORK_FILE = "groundwork.bin"
"""The file beside the index in which the groundwork of judging is kept, a cache like it."""

_log = logging.getLogger(__name__)


class KnowledgeInUse:
    """What finds and judges by the knowledge files in ``folder``, each part loaded when it is first asked for.

    ``decisions`` is the log in the store, ``index`` the folder of the index, ``items`` the catalog's rows by id.
    """

    def __init__(
        self,
        folder: Path,
        catalog: Catalog,
        items: Mapping[str, Item],
        decisions: LiveDecisions,
        index: Path,
        auto_line: float,
    ) -> None:
        self.folder = folder
        self._catalog, self._auto_line = catalog, auto_line
        self._index, self._kept = index, index.with_name(GROUNDWORK_FILE)
        self.ledger = LiveLedger(decisions, items, folder)

    @cached_property
    def index(self) -> LiveIndex:
        """The index of the catalog by this knowledge."""
        from .live_index import LiveIndex

        return LiveIndex(self._index, self._catalog, lambda: self.vocabulary, self.folder)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The index entries."""
        return self._ground.vocabulary

    @cached_property
    def tagger(self) -> Tagger:
        """The tagger over the catalog."""
        with _uncollected():
            thesaurus, parameters = load_thesaurus(self.folder), load_parameters(self.folder)
            aliases = resolver(self.folder)
            return Tagger(self._catalog, self._ground, thesaurus, parameters, self._auto_line, aliases)

    @cached_property
    def _ground(self) -> Groundwork:
        return kept_groundwork(self._kept, self._catalog, self.folder)

    def prepare(self) -> None:
        """Load every part. Raises ``OSError`` or ``KnowledgeError`` where one cannot be."""
        self.index.current().prepare()
        self.ledger.current()
        _ = self.tagger


class LiveKnowledge:
    """The knowledge of ``own`` as it is now; ``use`` makes what works by the files in a folder."""

    def __init__(self, own: OwnKnowledge, use: Callable[[Path], KnowledgeInUse]) -> None:
        self._own, self._use = own, use
        self._lock = Lock()
        self._renewing = Lock()
        self._in_use: KnowledgeInUse | None = None
        self._seen: tuple[int, int] | None = None

    def current(self) -> KnowledgeInUse:
        """What is in use; where officers have changed something since, the new is being made meanwhile.

        Raises ``KnowledgeError`` or ``OSError`` where there is nothing yet and it cannot be made.
        """
        written = self._own.written()
        if self._in_use is None:
            with self._lock:
                if self._in_use is None:
                    self._in_use, self._seen = self._use(self._own.files()), written
        elif written != self._seen and self._renewing.acquire(blocking=False):
            self._seen = written
            Thread(target=self._renew, name="knowledge", daemon=True).start()
        return self._in_use

    def _renew(self) -> None:
        try:
            renewed = self._use(self._own.files())
            renewed.prepare()
            self._in_use = renewed
            gc.collect()
        except Exception:
            _log.exception("改动后的知识不能启用，仍按改动前的判定和检索")
        finally:
            self._renewing.release()


@contextmanager
def _uncollected() -> Iterator[None]:
    """Build what stays without the garbage collector looking through it again and again."""
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
