"""The secret of an installation: a file beside the store that signs cookies and keys digests.

It is no part of a backup: without it everybody signs in again, and nothing else is lost.
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from .book import AccountError

FILE = "secret.key"
LENGTH = 32
"""Bytes."""


def installation_secret(data_dir: Path) -> bytes:
    """The secret of a data folder, made on first use. Raises ``AccountError`` where the file is damaged."""
    path = data_dir / FILE
    if not path.exists():
        _make(path)
    found = path.read_bytes()
    if len(found) != LENGTH:
        raise AccountError(f"{path} 已损坏，请删除后重新启动；所有人须重新登录")
    return found


def _make(path: Path) -> None:
    """Written whole under another name first: of several processes that start at once the first one wins."""
    draft = path.with_name(f".{FILE}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secrets.token_bytes(LENGTH))
    with suppress(FileExistsError):
        os.link(draft, path)
    draft.unlink()
