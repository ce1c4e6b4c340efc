"""The precedents of a store, made anew as soon as somebody decides, in this process or another."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalog_data.model import Item
from indexer.precedents import PrecedentLedger
from indexer.tables import KNOWLEDGE

from .live_decisions import NONE, Decisions, LiveDecisions


class LiveLedger:
    """Precedents by ``decisions``; ``items`` are the rows of the catalog in force, by id; ``knowledge`` is the folder
    with the aliases of departments."""

    def __init__(self, decisions: LiveDecisions, items: Mapping[str, Item], knowledge: Path = KNOWLEDGE) -> None:
        self._decisions, self._items, self._knowledge = decisions, items, knowledge
        self._made: tuple[Decisions, PrecedentLedger] = (NONE, PrecedentLedger((), items, knowledge))

    def current(self) -> PrecedentLedger:
        """The precedents as they are now. Raises ``StoreError`` or ``DecisionError`` where the log cannot be read."""
        decisions = self._decisions.current()
        known, ledger = self._made
        if decisions is not known:
            ledger = PrecedentLedger(decisions.entries, self._items, self._knowledge, ledger)
            self._made = (decisions, ledger)
        return ledger
