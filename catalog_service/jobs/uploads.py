"""Uploads: what is taken in, under which name it is kept, and what is refused at the door.

The name that an upload comes with is kept as a word for people; files have names of the service's own making, so
no name can lead out of the data folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import shutil
import time
import unicodedata
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from catalog_data.model import DocumentError
from catalog_data.readers import LATER, xlsx

from .job import JobKind

FOLDER = "jobs"
RESULTS = "results"
MAX_BYTES = 50_000_000
"""Size of an upload, as for lists read from the command line."""

KIND_OF: dict[str, JobKind] = {".txt": "disclosure", ".csv": "list", ".tsv": "list", ".xlsx": "list", ".jsonl": "list"}
"""What is done with a file, by its type."""

ABANDONED_SECONDS = 3_600
"""Age from which a folder without a job is the rest of an upload that broke off."""

_CHUNK = 1 << 20
_LONGEST_NAME = 120


class TooLarge(DocumentError):
    """The upload is larger than ``MAX_BYTES``."""


class WrongType(DocumentError):
    """Files of this type are not taken."""


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that was taken in: the id of its job, what it is, the name it came with, size and SHA-256."""

    id: str
    kind: JobKind
    document: str
    suffix: str
    bytes: int
    sha256: str


def job_folder(data_dir: Path, id_: str) -> Path:
    """Where the files of a job lie. Raises ``ValueError`` for what is no id of a job."""
    if not re.fullmatch(r"[0-9a-f]{20}", id_):
        raise ValueError(id_)
    return data_dir / FOLDER / id_


def take_in(data_dir: Path, stream: IO[bytes], given_name: str) -> Upload:
    """Keep an upload, safely on disk, before anybody is told of it.

    Raises ``TooLarge``, ``WrongType``, or ``DocumentError`` for what can be seen to be unreadable or dangerous
    without parsing it; then nothing is kept.
    """
    document = spoken_name(given_name)
    suffix = Path(document).suffix.lower()
    kind = _kind(document, suffix)
    id_ = secrets.token_hex(10)
    folder = job_folder(data_dir, id_)
    folder.mkdir(parents=True)
    try:
        size, sha256 = _write(stream, folder / f"upload{suffix}", document)
        _look(folder / f"upload{suffix}", suffix, document)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return Upload(id_, kind, document, suffix, size, sha256)


def spoken_name(given: str) -> str:
    """The last part of the name a file came with, without control characters; '未命名' where nothing is left."""
    last = re.split(r"[\\/]", unicodedata.normalize("NFC", given))[-1]
    printable = "".join(char for char in last if unicodedata.category(char)[0] != "C").strip(" .")
    stem, dot, suffix = printable.rpartition(".")
    short = f"{stem[: _LONGEST_NAME - len(suffix) - 1]}{dot}{suffix}" if len(suffix) < 10 else printable
    return short[:_LONGEST_NAME] or "未命名"


def sweep(data_dir: Path, known: Collection[str]) -> int:
    """Delete what uploads that broke off left behind. Returns how many."""
    folder = data_dir / FOLDER
    old = time.time() - ABANDONED_SECONDS
    rest = [path for path in folder.glob("*") if path.name not in known and path.stat().st_mtime < old]
    for path in rest:
        shutil.rmtree(path, ignore_errors=True)
    return len(rest)


def _kind(document: str, suffix: str) -> JobKind:
    if suffix in KIND_OF:
        return KIND_OF[suffix]
    if suffix in LATER:
        saying = f"暂不支持 {LATER[suffix]}；预算公开文件请另存为 TXT，项目清单请另存为 XLSX 或 CSV 后上传"
    elif suffix in (".xlsm", ".xls", ".xlsb"):
        saying = "只接受不含宏的 XLSX 工作簿，请另存为 XLSX 后上传"
    else:
        saying = f"只接受 {'、'.join(kind[1:].upper() for kind in KIND_OF)} 文件"
    raise WrongType(saying, document)


def _write(stream: IO[bytes], path: Path, document: str) -> tuple[int, str]:
    """Write the file and see it onto the disk; its size and SHA-256."""
    digest, size = hashlib.sha256(), 0
    with path.open("xb") as file:
        while chunk := stream.read(_CHUNK):
            size += len(chunk)
            if size > MAX_BYTES:
                raise TooLarge(f"文件超过 {MAX_BYTES // 1_000_000} MB，请拆分后重试", document)
            digest.update(chunk)
            file.write(chunk)
        file.flush()
        os.fsync(file.fileno())
    return size, digest.hexdigest()


def _look(path: Path, suffix: str, document: str) -> None:
    data = path.read_bytes()
    if not data.strip():
        raise DocumentError("文件是空的", document)
    if suffix == ".xlsx":
        xlsx.inspect(data, document)
    elif b"\0" in data:
        raise DocumentError("文件含有二进制内容，不是文本；请另存为 UTF-8 或 GB18030 的文本后重试", document)
