"""The documents that come with the project, checked against their manifest."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from .model import DocumentError

SOURCES = Path(str(files("catalog_data"))) / "sources"


@dataclass(frozen=True, slots=True)
class ShippedDocument:
    """A shipped source: its file, SHA-256 of its bytes, and the kinds of document it holds."""

    path: Path
    title: str
    issuer: str
    sha256: str
    kinds: tuple[str, ...]


@cache
def shipped_documents() -> tuple[ShippedDocument, ...]:
    """The manifest's documents.

    Raises ``DocumentError`` where a shipped file is missing or its bytes differ from the manifest.
    """
    manifest = json.loads((SOURCES / "manifest.json").read_text("utf-8"))
    return tuple(_verified(entry) for entry in manifest["documents"])


def _verified(entry: dict[str, Any]) -> ShippedDocument:
    path = SOURCES / entry["file"]
    if not path.is_file():
        raise DocumentError("随附的来源文件缺失，请重新安装", entry["file"])
    if hashlib.sha256(path.read_bytes()).hexdigest() != entry["sha256"]:
        raise DocumentError("随附的来源文件与清单的 SHA-256 不符，文件可能被改动，请重新安装", entry["file"])
    kinds = tuple(part["kind"] for part in entry["contains"])
    return ShippedDocument(path, entry["title"], entry["issuer"], entry["sha256"], kinds)
