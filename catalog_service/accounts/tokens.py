"""API tokens: how programs sign in. Shown once, kept as SHA-256, scoped, revocable, with the time of last use."""

from __future__ import annotations

import json
import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from .book import AccountBook, AccountError, stamp
from .roles import ROLES, SCOPES, Scope, UserRole, reaches
from .sessions import digest
from .users import User

PREFIX = "catalog_"
"""What a token begins with, so that scanners for leaked secrets and people recognise it."""

LONGEST_LABEL = 60

USED_EVERY = timedelta(minutes=1)
"""How precisely the last use is kept."""


@dataclass(frozen=True, slots=True)
class ApiToken:
    """What is kept of a token; times are UTC, ``used_at`` and ``revoked_at`` are '' where that never happened."""

    id: int
    owner: str
    label: str
    scopes: tuple[Scope, ...]
    created_at: str
    used_at: str
    revoked_at: str


def issue_token(book: AccountBook, owner: User, label: str, scopes: Collection[str], now: datetime) -> str:
    """A new token, which nobody can read again. Raises ``AccountError`` where label or scopes will not do."""
    label = label.strip()
    if not 0 < len(label) <= LONGEST_LABEL or not label.isprintable():
        raise AccountError(f"请写明令牌的用途，不超过 {LONGEST_LABEL} 个字")
    chosen = [scope for scope in SCOPES if scope in scopes]
    if not chosen or len(chosen) != len(set(scopes)):
        raise AccountError(f"令牌的权限应为 {'、'.join(SCOPES)} 中的一项或几项")
    if beyond := [scope for scope in chosen if not reaches(owner.role, SCOPES[scope])]:
        raise AccountError(f"“{owner.name}”的角色是{ROLES[owner.role]}，不能给令牌 {'、'.join(beyond)} 权限")
    token = PREFIX + secrets.token_urlsafe(32)
    with book.writing():
        book.execute(
            "INSERT INTO api_tokens (user, label, sha256, scopes, created_at) VALUES (?, ?, ?, ?, ?)",
            *(owner.id, label, digest(token), json.dumps(chosen), stamp(now)),
        )
    return token


def find_token(book: AccountBook, token: str, now: datetime) -> tuple[User, ApiToken] | None:
    """The token with its owner, or None where it is unknown, revoked or its owner disabled; notes its use."""
    found = book.rows(f"{_SELECT} WHERE sha256 = ? AND revoked_at IS NULL AND users.disabled_at IS NULL", digest(token))
    if not found:
        return None
    kept = _token(found[0])
    if kept.used_at < stamp(now - USED_EVERY):
        with book.writing():
            book.execute("UPDATE api_tokens SET used_at = ? WHERE id = ?", stamp(now), kept.id)
    row = found[0]
    return User(row["user"], row["owner"], cast(UserRole, row["role"]), row["joined_at"], ""), kept


def list_tokens(book: AccountBook, owner: User | None = None) -> tuple[ApiToken, ...]:
    """The tokens of one user or of all, oldest first, revoked ones among them."""
    if owner is None:
        return tuple(_token(row) for row in book.rows(f"{_SELECT} ORDER BY api_tokens.id"))
    return tuple(_token(row) for row in book.rows(f"{_SELECT} WHERE user = ? ORDER BY api_tokens.id", owner.id))


def revoke_token(book: AccountBook, number: int, now: datetime, owner: User | None = None) -> None:
    """Refuse a token from now on; with ``owner`` only one of that user's. Raises ``AccountError``."""
    if number not in {token.id for token in list_tokens(book, owner)}:
        raise AccountError(f"没有编号为 {number} 的令牌")
    with book.writing():
        book.execute("UPDATE api_tokens SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL", stamp(now), number)


_SELECT = """
    SELECT api_tokens.*, users.name AS owner, users.role, users.created_at AS joined_at
    FROM api_tokens JOIN users ON users.id = api_tokens.user
"""


def _token(row: dict[str, Any]) -> ApiToken:
    scopes = tuple(json.loads(row["scopes"]))
    times = (row["created_at"], row["used_at"] or "", row["revoked_at"] or "")
    return ApiToken(row["id"], row["owner"], row["label"], scopes, *times)
