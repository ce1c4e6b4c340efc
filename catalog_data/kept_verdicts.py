"""The tagger's own verdicts on stored projects, kept beside them so that nobody waits for what was judged before.

They are a cache: made without precedents, without candidates and evidence, and gone with the reading of the document
that they are about. ``basis`` tells what they rest on; by another basis they are out of date.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from .database import Part, open_part, reading, writing
from .model import Verdict, Versions
from .store import DisclosureEntry

_SCHEMA = """
    CREATE TABLE kept_verdicts (
        disclosure INTEGER NOT NULL,
        project TEXT NOT NULL,
        basis TEXT NOT NULL,
        verdict TEXT NOT NULL CHECK (json_valid(verdict)), -- 'null' where the project cannot be judged
        PRIMARY KEY (disclosure, project),
        FOREIGN KEY (disclosure, project) REFERENCES projects (disclosure, id) ON DELETE CASCADE
    ) STRICT
"""

_FOUND = """
    SELECT kept_verdicts.project, basis, verdict FROM kept_verdicts
    JOIN disclosures ON disclosures.id = disclosure WHERE sha256 = ?
"""

_KEEP = """
    INSERT OR REPLACE INTO kept_verdicts (disclosure, project, basis, verdict)
    SELECT disclosures.id, projects.id, ?, ? FROM disclosures
    JOIN projects ON projects.disclosure = disclosures.id WHERE sha256 = ? AND imported_at = ? AND projects.id = ?
"""

_PART = Part("kept_verdicts", "判定缓存", {"001_kept_verdicts": (_SCHEMA,)})


@dataclass(frozen=True, slots=True)
class KeptVerdict:
    """What the tagger said by ``basis``; ``verdict`` is None where the project's name says nothing."""

    basis: str
    verdict: Verdict | None


class KeptVerdicts:
    """The kept verdicts in a store's file; use it as a context manager. Every method raises ``StoreError``."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._database = open_part(path, _PART)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def of(self, sha256: str) -> dict[str, KeptVerdict]:
        """What is kept on the projects of a disclosure, by project id."""
        with reading(self._database, self._path):
            rows = self._database.execute(_FOUND, [sha256]).fetchall()
        return {project: KeptVerdict(basis, _verdict(json.loads(text))) for project, basis, text in rows}

    def keep(self, made: Iterable[tuple[DisclosureEntry, str, KeptVerdict]]) -> None:
        """Keep verdicts on the projects of disclosures, told by their ids; of a disclosure that the store holds by
        another reading, or no more, none is kept."""
        rows = [(kept.basis, _text(kept.verdict), head.sha256, head.imported_at, id_) for head, id_, kept in made]
        with writing(self._database, self._path):
            self._database.conn.executemany(_KEEP, rows)


def outline(verdict: Verdict) -> Verdict:
    """The verdict without what is only shown with the project: candidates, evidence, probabilities of natures."""
    return Verdict(**{**_fields(verdict), "natures": {}, "candidates": (), "evidence": ()})


def _fields(verdict: Verdict) -> dict[str, Any]:
    return {name: getattr(verdict, name) for name in Verdict.__dataclass_fields__}


def _text(verdict: Verdict | None) -> str:
    if verdict is None:
        return "null"
    kept = _fields(outline(verdict)) | {"versions": asdict(verdict.versions)}
    return json.dumps(kept, ensure_ascii=False, separators=(",", ":"))


def _verdict(record: dict[str, Any] | None) -> Verdict | None:
    if record is None:
        return None
    lists = {name: tuple(value) for name, value in record.items() if isinstance(value, list)}
    return Verdict(**(record | lists | {"versions": Versions(**record["versions"])}))
