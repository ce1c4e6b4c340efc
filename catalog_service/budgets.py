"""The stored budgets at hand: each disclosure is read once and kept until the store holds another reading of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from threading import Lock

from catalog_data.model import Disclosure, Project
from catalog_data.store import DisclosureEntry, Store


@dataclass(frozen=True, slots=True)
class Budget:
    """A stored disclosure with its head."""

    head: DisclosureEntry
    disclosure: Disclosure

    def project(self, id_: str) -> Project | None:
        """The project of that id."""
        return next((project for project in self.disclosure.projects if project.id == id_), None)


class Budgets:
    """The disclosures in the store at ``path``, for all threads of a service."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = Lock()
        self._read: tuple[Budget, ...] = ()

    def current(self) -> tuple[Budget, ...]:
        """The disclosures as they are now, latest year first. Raises ``StoreError`` where they cannot be read."""
        with self._lock, Store(self._path) as store:
            heads = store.disclosures()
            if heads != tuple(budget.head for budget in self._read):
                known = {budget.head: budget for budget in self._read}
                self._read = tuple(known.get(head) or Budget(head, store.disclosure(head.sha256)) for head in heads)
            return self._read
