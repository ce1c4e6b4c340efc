"""Tagging many projects: where they come from, where the verdicts go, what was refused."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from catalog_data.disclosure import read_disclosure
from catalog_data.model import DocumentError, Project, Verdict
from catalog_data.project_list import RowProblem, iter_projects, read_projects
from catalog_data.readers import read_document
from indexer.tagger import UnreadableProject

from .engine import Engine
from .records import verdict_record

PROGRESS_EVERY = 10_000
LIST_SUFFIXES = {".csv", ".tsv", ".xlsx", ".xls", ".xlsm"}
LINE_SUFFIXES = {".jsonl", ".ndjson", ".json"}


def tag_source(engine: Engine, source: str, output: Path | None, show: Callable[[Verdict], None]) -> list[str]:
    """Tag every project of a source (a path, or ``-`` for JSON Lines on standard input).

    Verdicts go to ``output`` as JSON Lines, written aside and renamed when complete, or else to ``show``.
    Returns what was refused, each with file, line and cause. Raises ``DocumentError`` for an unreadable source.
    """
    refused: list[str] = []
    with _sink(output) as file:
        for count, project in enumerate(_projects(source, refused), 1):
            try:
                verdict = engine.tag(project)
            except UnreadableProject as error:
                refused.append(f"{project.document or source} 第 {project.line or count} 行：{error}")
                continue
            if file:
                file.write(json.dumps(verdict_record(verdict), ensure_ascii=False) + "\n")
            else:
                show(verdict)
            if count % PROGRESS_EVERY == 0:
                print(f"已判定 {count:,} 项", file=sys.stderr)
    return refused


def _projects(source: str, refused: list[str]) -> Iterator[Project]:
    if source == "-":
        yield from _accepted(iter_projects(sys.stdin.buffer, "标准输入"), refused)
        return
    path = Path(source)
    suffix = path.suffix.lower()
    if suffix in LINE_SUFFIXES:
        if not path.is_file():
            raise DocumentError("文件不存在，请检查路径", source)
        with path.open("rb") as stream:
            yield from _accepted(iter_projects(stream, path.name), refused)
    elif suffix in LIST_SUFFIXES:
        listed = read_projects(path)
        refused += [f"{problem.file} 第 {problem.line} 行：{problem.cause}" for problem in listed.problems]
        for note in listed.notes:
            print(f"{note.file} 第 {note.line} 行：{note.cause}", file=sys.stderr)
        yield from listed.projects
    else:
        yield from read_disclosure(read_document(path)).projects


def _accepted(rows: Iterator[Project | RowProblem], refused: list[str]) -> Iterator[Project]:
    for row in rows:
        if isinstance(row, Project):
            yield row
            continue
        said = f"{row.file} 第 {row.line} 行：{row.cause}"
        if row.severity == "error":
            refused.append(said)
        else:
            print(said, file=sys.stderr)


@contextmanager
def _sink(output: Path | None) -> Iterator[IO[str] | None]:
    """A file that appears under its name only when it is complete."""
    if output is None:
        yield None
        return
    output.parent.mkdir(parents=True, exist_ok=True)
    aside = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with aside.open("w", encoding="utf-8") as file:
            yield file
        aside.replace(output)
    finally:
        aside.unlink(missing_ok=True)
