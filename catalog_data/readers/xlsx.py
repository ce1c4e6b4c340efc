"""XLSX: what may be opened at all, and the rows of the first visible sheet."""

from __future__ import annotations

import io
import json
import re
import struct
import subprocess
import sys
import tempfile
import zipfile
import zlib
from typing import IO, Any

from ..model import DocumentError, Finding, Place, TableRow
from . import workbook

MAX_UNPACKED = 100_000_000
MAX_RATIO = 100
MAX_ENTRIES = 2_000
TIMEOUT = workbook.SECONDS + 30
"""Limits of a workbook: bytes unpacked, unpacked to packed, files inside, seconds to read."""

PROLOG = 65_536
"""Bytes of an XML part within which its first element has to begin."""

_UNREADABLE = (zipfile.BadZipFile, NotImplementedError, ValueError, OSError, EOFError, struct.error, zlib.error)

_COMPOUND = bytes.fromhex("d0cf11e0a1b11ae1")
"""How a file of the old binary formats begins, and so does an encrypted XLSX."""

_ENCRYPTED = "工作簿已加密，请去掉打开密码后重试"
_DAMAGED = "工作簿已损坏或不是 XLSX，请用表格软件打开后另存为 XLSX"
_TOO_LARGE = "工作簿展开后过大或已损坏，为安全起见不予打开；请只保留项目清单后另存为 XLSX 或 CSV"
_REFUSALS = {"encrypted": _ENCRYPTED, "damaged": _DAMAGED, "no_sheet": "工作簿里没有可见的工作表"}


def read_rows(data: bytes, name: str) -> tuple[list[TableRow], tuple[Finding, ...]]:
    """The rows of the first visible sheet, ``line`` being the sheet's row number; a finding names sheets left unread.

    Raises ``DocumentError`` where the data is no XLSX, encrypted, damaged, holds macros, or asks for more
    than the limits.
    """
    inspect(data, name)
    head, *rows = _sheet(data, name)
    if "refused" in head:
        raise DocumentError(_REFUSALS[head["refused"]], name)
    table = [TableRow(tuple(cell.strip() for cell in row), line) for line, row in enumerate(rows, 1)]
    return table, _unread(head["sheet"], head["unread"], name)


def inspect(data: bytes, name: str) -> None:
    """Look at the packing of a workbook without opening a sheet; raises ``DocumentError`` as ``read_rows`` does."""
    if data.startswith(_COMPOUND):
        encrypted = "EncryptedPackage".encode("utf-16-le") in data
        raise DocumentError(_ENCRYPTED if encrypted else "这是旧版 XLS 文件，请另存为 XLSX", name)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            _weigh(entries, len(data), name)
            declared = any(_declares_types(archive, entry) for entry in entries)
    except _UNREADABLE as error:
        raise DocumentError(_DAMAGED, name) from error
    if declared:
        raise DocumentError("工作簿含有文档类型声明（DTD），不合 XLSX 规范，为安全起见不予打开", name)


def _weigh(entries: list[zipfile.ZipInfo], packed: int, name: str) -> None:
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > min(MAX_UNPACKED, MAX_RATIO * packed) or len(entries) > MAX_ENTRIES:
        raise DocumentError(_TOO_LARGE, name)
    if any(entry.flag_bits & 1 for entry in entries):
        raise DocumentError(_ENCRYPTED, name)
    if any(entry.filename.lower().endswith("vbaproject.bin") for entry in entries):
        raise DocumentError("工作簿含有宏，为安全起见不予打开；请另存为不含宏的 XLSX", name)


def _declares_types(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bool:
    """Whether a part begins with a document type declaration, where entities are made; ECMA-376 part 2 forbids it.

    It can only stand before the first element; no writer puts anything long there.
    """
    if not entry.filename.lower().endswith((".xml", ".rels", ".vml")):
        return False
    with archive.open(entry) as part:
        head = part.read(PROLOG).replace(b"\0", b"")
    return b"<!DOCTYPE" in head or (bool(head.strip()) and re.search(rb"<[^!?]", head) is None)


def _sheet(data: bytes, name: str) -> list[Any]:
    """What ``workbook`` writes about the data: its head, then its rows."""
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as rows:
        source.write(data)
        source.seek(0)
        if not _finished(source, rows):
            raise DocumentError(_TOO_LARGE, name)
        rows.seek(0)
        return [json.loads(line) for line in rows]


def _finished(source: IO[bytes], rows: IO[bytes]) -> bool:
    # -P: the folder of the script holds a module named csv, which must not hide the library's.
    command = [sys.executable, "-P", workbook.__file__]
    try:
        done = subprocess.run(
            command, stdin=source, stdout=rows, stderr=subprocess.DEVNULL, timeout=TIMEOUT, check=False
        )
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


def _unread(sheet: str, others: list[str], name: str) -> tuple[Finding, ...]:
    if not others:
        return ()
    message = f"只读取了工作表“{sheet}”，未读取：{'、'.join(others)}"
    return (Finding("workbook.unread_sheets", "info", message, sheet, "、".join(others), Place(name)),)
