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

    Raises ``KnowledgeError`` for a missing file, a wrong header or a row with another number of cells.
    """
    path = folder / name
    if not path.is_file():
        raise KnowledgeError(name, None, "知识文件缺失，请恢复该文件")
    header_seen = False
    for number, text in enumerate(path.read_text("utf-8").splitlines(), 1):
        if not text.strip() or text.startswith("#"):
            continue
        cells = [cell.strip() for cell in text.split("\t")]
        if not header_seen:
            if cells != list(columns):
                raise KnowledgeError(name, number, f"表头应为：{'、'.join(columns)}")
            header_seen = True
            continue
        if len(cells) != len(columns):
            raise KnowledgeError(name, number, f"应有 {len(columns)} 列，实有 {len(cells)} 列（用制表符分隔）")
        yield KnowledgeRow(name, number, dict(zip(columns, cells, strict=True)))


def knowledge_version(folder: Path = KNOWLEDGE) -> str:
    """Twelve hexadecimal digits that change with any byte of any knowledge file."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:12]
