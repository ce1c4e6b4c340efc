"""Plain text with tab-separated table cells, in UTF-8 (with or without BOM) or GB18030."""

from __future__ import annotations

import hashlib
from pathlib import Path

from ..model import Document, DocumentError, Finding, Line, Place


def read(path: Path, name: str = "") -> Document:
    """Read a text file, as ``name`` where it is kept under another; see ``decode`` for bytes that are no text."""
    return decode(path.read_bytes(), name or path.name)


def decode(data: bytes, name: str) -> Document:
    """Turn bytes into a ``Document``.

    UTF-8 first, then GB18030. Where neither fits whole, the text is read as UTF-8 with U+FFFD for the
    damaged bytes, and a finding names each damaged line. Raises ``DocumentError`` for an empty file and
    for binary data (a NUL byte).
    """
    if not data.strip():
        raise DocumentError("文件是空的", name)
    if b"\0" in data:
        raise DocumentError("文件含有二进制内容，不是文本文件，请导出为 TXT 后重试", name)
    text, damaged = _text(data)
    lines = tuple(Line(k, line.rstrip("\r")) for k, line in enumerate(text.split("\n"), 1))
    findings = tuple(_damage(name, line) for line in lines if damaged and "\ufffd" in line.text)
    return Document(name, hashlib.sha256(data).hexdigest(), lines, findings)


def _text(data: bytes) -> tuple[str, bool]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return data.decode(encoding), False
        except UnicodeDecodeError:
            continue
    return data.decode("utf-8-sig", errors="replace"), True


def _damage(name: str, line: Line) -> Finding:
    return Finding(
        "document.damaged_bytes",
        "error",
        f"第 {line.number} 行有无法解码的字节，已用 � 代替",
        "UTF-8 或 GB18030 文本",
        line.text[:80],
        Place(name, line.number),
    )
