"""Plain data kept in a file, because making them takes longer than a fresh process has for its first answer.

The file is a cache: one that is missing, of another origin or damaged is made anew. It holds plain data only
(``marshal``), nothing that could be executed.
"""

from __future__ import annotations

import hashlib
import marshal
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any


def kept(path: Path, origin: str, make: Callable[[], Any]) -> Any:
    """The data kept in a file; where it is not of this ``origin`` or not sound, what ``make`` gives is kept there.

    The same origin means the same data. A folder that cannot be written costs time, no answer.
    """
    stamp = f"{sys.implementation.cache_tag} {marshal.version} {origin}"
    sound, data = _read(path, stamp)
    if not sound:
        data = make()
        with suppress(OSError):
            _write(path, stamp, data)
    return data


def _read(path: Path, stamp: str) -> tuple[bool, Any]:
    try:
        header, _, body = path.read_bytes().partition(b"\n")
    except OSError:
        return False, None
    if header.decode("utf-8", errors="replace") != _header(stamp, body):
        return False, None
    return True, marshal.loads(body)


def _write(path: Path, stamp: str, data: Any) -> None:
    body = marshal.dumps(data)
    aside = path.with_name(f"{path.name}.{os.getpid()}")
    path.parent.mkdir(parents=True, exist_ok=True)
    aside.write_bytes(_header(stamp, body).encode() + b"\n" + body)
    aside.replace(path)


def _header(stamp: str, body: bytes) -> str:
    """What a file begins with: where its data come from, and the SHA-256 of what follows."""
    return f"{stamp} {hashlib.sha256(body).hexdigest()}"
