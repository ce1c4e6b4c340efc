"""Decisions carried from one log to another: JSON Lines, one entry a line in the order of the log.

Each line is the entry with its digest, so that whoever reads it can tell whether it was changed on the way.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from .decision_log import DecisionLog
from .decisions import Decision, DecisionError, canonical, digest_of, entry_from, entry_record
from .model import DocumentError
from .project_rows import RowProblem
from .readers.jsonl import read_objects


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What came of a file: the entries appended, how many were known already, and the lines that gave none."""

    appended: tuple[Decision, ...]
    known: int
    problems: tuple[RowProblem, ...]


def exported(entries: Iterable[Decision]) -> Iterator[str]:
    """The lines of a log, without their line breaks."""
    return (json.dumps(entry_record(entry) | {"digest": entry.digest}, ensure_ascii=False) for entry in entries)


def write_decisions(path: Path, entries: Iterable[Decision]) -> None:
    """Write a log to a file, which appears under its name only when it is complete."""
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        aside.write_text("".join(f"{line}\n" for line in exported(entries)), "utf-8")
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)


def import_decisions(path: Path, log: DecisionLog) -> ImportReport:
    """Append the entries of an exported file to a log; a second import of the same file changes nothing.

    Raises ``DocumentError`` where the file is missing or empty, and what ``DecisionLog.add`` raises.
    """
    if not path.is_file():
        raise DocumentError("文件不存在，请检查路径", str(path))
    with path.open("rb") as stream:
        rows = [(line, _entry(value)) for line, value in read_objects(stream)]
    if not rows:
        raise DocumentError("文件是空的", path.name)
    read = [(line, entry) for line, entry in rows if isinstance(entry, Decision)]
    appended, refused = log.add(read)
    unread = [(line, cause) for line, cause in rows if isinstance(cause, str)]
    problems = (RowProblem(path.name, line, cause) for line, cause in sorted([*unread, *refused]))
    return ImportReport(appended, len(read) - len(appended) - len(refused), tuple(problems))


def _entry(value: dict[str, object] | str) -> Decision | str:
    """The entry of a line, or why it holds none."""
    if isinstance(value, str):
        return value
    digest = value.get("digest")
    if not isinstance(digest, str):
        return "没有 digest：不是 review export 写出的复核记录"
    try:
        entry = entry_from(value, digest)
        sound = digest_of(canonical(entry_record(entry))) == digest
    except DecisionError as error:
        return str(error)
    return entry if sound else "内容与其校验值不符，记录被改动过"
