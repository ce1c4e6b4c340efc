"""Readers: one module a format, all giving the same ``Document`` of numbered lines and cells."""

from __future__ import annotations

from pathlib import Path

from ..model import Document, DocumentError
from . import txt

__all__ = ["read_document"]

LATER = {".pdf": "PDF", ".docx": "DOCX", ".doc": "DOC", ".ofd": "OFD", ".wps": "WPS"}


def read_document(path: Path, name: str = "") -> Document:
    """Read a printed document by its file type; ``name`` is what it is called where it is kept under another name.

    Raises ``DocumentError`` where the file is missing, empty, of another format, or no text.
    """
    if not path.is_file():
        raise DocumentError("文件不存在，请检查路径", str(path))
    if path.suffix.lower() in LATER:
        raise DocumentError(
            f"暂不支持 {LATER[path.suffix.lower()]}，请另存为 UTF-8 或 GB18030 的 TXT 后重试", name or path.name
        )
    return txt.read(path, name)
