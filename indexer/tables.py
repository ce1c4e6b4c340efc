"""The knowledge files: tab-separated, a header row, ``#`` comments; editable by officers, checked on reading."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

KNOWLEDGE = Path(str(files("indexer"))) / "knowledge"


class KnowledgeError(Exception):
    """A knowledge file cannot be used; the message names file and line, and says in Chinese what to do."""

    def __init__(self, file: str, line: int | None, message: str) -> None:
        super().__init__(f"{file}{f' 第 {line} 行' if line else ''}：{message}")
        self.file, self.line, self.message = file, line, message


@dataclass(frozen=True, slots=True)
class KnowledgeRow:
    """A row of a knowledge file by column name, with its 1-based line."""

    file: str
    line: int
    values: dict[str, str]

    def __getitem__(self, column: str) -> str:
        return self.values[column]


def read_table(name: str, columns: Sequence[str], folder: Path = KNOWLEDGE) -> Iterator[KnowledgeRow]:
    """The rows of ``folder/name``, whose header must be exactly ``columns``.

    Raises ``KnowledgeError`` for a missing or undecodable file, a wrong header or a row with another number
    of cells.
    """
    for row in scan_table(name, columns, folder):
        if isinstance(row, KnowledgeError):
            raise row
        yield row


def scan_table(name: str, columns: Sequence[str], folder: Path = KNOWLEDGE) -> Iterator[KnowledgeRow | KnowledgeError]:
    """The rows of ``folder/name``, and in the place of each that cannot be used what is wrong with it."""
    header_seen = False
    for number, text in _lines(folder / name):
        if text is None:
            yield KnowledgeError(name, number, "不是 UTF-8 编码，请另存为 UTF-8")
            return
        if not text.strip() or text.startswith("#"):
            continue
        cells = [cell.strip() for cell in text.split("\t")]
        if not header_seen and cells != list(columns):
            yield KnowledgeError(name, number, f"表头应为：{'、'.join(columns)}")
            return
        if header_seen:
            yield _row(name, number, cells, columns)
        header_seen = True
    if not header_seen:
        yield KnowledgeError(name, None, "知识文件缺失或没有内容，请恢复该文件")


def _row(name: str, number: int, cells: list[str], columns: Sequence[str]) -> KnowledgeRow | KnowledgeError:
    if len(cells) != len(columns):
        return KnowledgeError(name, number, f"应有 {len(columns)} 列，实有 {len(cells)} 列（用制表符分隔）")
    return KnowledgeRow(name, number, dict(zip(columns, cells, strict=True)))


def _lines(path: Path) -> Iterator[tuple[int, str | None]]:
    """The lines of a file with their numbers, none where it is missing; None in the place of the first line that
    is not UTF-8, which ends the file."""
    for number, line in enumerate(path.read_bytes().splitlines() if path.is_file() else (), 1):
        try:
            yield number, line.decode("utf-8")
        except UnicodeDecodeError:
            yield number, None
            return


def knowledge_version(folder: Path = KNOWLEDGE) -> str:
    """Twelve hexadecimal digits that change with any byte of any knowledge file."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
