"""The requests for a second opinion at hand, read again as soon as the store is written to."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from catalog_data.review_notes import ReviewNotes

from .live_decisions import Key, Written, written_at


class LiveRequests:
    """The open requests for a second opinion in the store at ``path``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read: tuple[Written, Mapping[Key, str]] = ((), {})

    def current(self) -> Mapping[Key, str]:
        """The projects that wait for a second opinion, with who asked for it. Raises ``StoreError``."""
        written = written_at(self._path)
        if written != self._read[0]:
            self._read = (written, self._waiting() if self._path.exists() else {})
        return self._read[1]

    def _waiting(self) -> Mapping[Key, str]:
        waiting: dict[Key, str] = {}
        with ReviewNotes(self._path) as notes:
            for note in notes.notes("asked", "second"):
                if note.kind == "asked":
                    waiting[note.key] = note.who
                else:
                    waiting.pop(note.key, None)
        return waiting
