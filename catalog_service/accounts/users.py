"""Users: people with a name, a password and a role."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from .book import AccountBook, AccountError, stamp
from .passwords import hash_password, require_good_password
from .roles import UserRole

_NAME = re.compile(r"\w[\w.@-]{1,39}")


@dataclass(frozen=True, slots=True)
class User:
    """A person; ``created_at`` and ``disabled_at`` are UTC, ``disabled_at`` is '' while the account is in use."""

    id: int
    name: str
    role: UserRole
    created_at: str
    disabled_at: str


def add_user(book: AccountBook, name: str, password: str, role: UserRole, least: int, now: datetime) -> User:
    """A new user. Raises ``AccountError`` where name or password will not do or the name is taken."""
    name = unicodedata.normalize("NFKC", name).strip()
    if not _NAME.fullmatch(name):
        raise AccountError("用户名应为 2 到 40 个汉字、字母或数字，中间可用 . - _ @")
    require_good_password(password, name, least)
    hashed = hash_password(password)
    with book.writing():
        if _find(book, name):
            raise AccountError(f"已有用户“{name}”，请另取用户名")
        book.execute(
            "INSERT INTO users (name, name_key, password_hash, role, created_at) VALUES (?, ?, ?, ?, ?)",
            *(name, name_key(name), hashed, role, stamp(now)),
        )
    return user_named(book, name)


def user_named(book: AccountBook, name: str) -> User:
    """The user of a name, whatever its case. Raises ``AccountError``."""
    found = _find(book, name)
    if not found:
        raise AccountError(f"没有用户“{name}”，可用 catalog user list 查看")
    return user_of(found[0])


def list_users(book: AccountBook) -> tuple[User, ...]:
    """Every user, in the order they were added."""
    return tuple(user_of(row) for row in book.rows("SELECT * FROM users ORDER BY id"))


def change_password(book: AccountBook, user: User, password: str, least: int) -> None:
    """Set a password; every session of the user ends. Raises ``AccountError`` where it will not do."""
    require_good_password(password, user.name, least)
    hashed = hash_password(password)
    with book.writing():
        book.execute("UPDATE users SET password_hash = ? WHERE id = ?", hashed, user.id)
        book.execute("DELETE FROM sessions WHERE user = ?", user.id)


def change_role(book: AccountBook, user: User, role: UserRole) -> None:
    """Give a user another role, at once. Raises ``AccountError`` where no administrator would be left."""
    with book.writing():
        if role != "admin":
            _keep_an_admin(book, user)
        book.execute("UPDATE users SET role = ? WHERE id = ?", role, user.id)


def disable_user(book: AccountBook, user: User, now: datetime) -> None:
    """End a user's sessions and tokens' use at once. Raises ``AccountError`` where no administrator would be left."""
    with book.writing():
        _keep_an_admin(book, user)
        book.execute("UPDATE users SET disabled_at = ? WHERE id = ? AND disabled_at IS NULL", stamp(now), user.id)
        book.execute("DELETE FROM sessions WHERE user = ?", user.id)


def enable_user(book: AccountBook, user: User) -> None:
    """Let a disabled user sign in again; tokens that were not revoked work again too."""
    with book.writing():
        book.execute("UPDATE users SET disabled_at = NULL WHERE id = ?", user.id)


def name_key(name: str) -> str:
    """The name without regard to case and width."""
    return unicodedata.normalize("NFKC", name).strip().casefold()


def _find(book: AccountBook, name: str) -> list[dict[str, Any]]:
    return book.rows("SELECT * FROM users WHERE name_key = ?", name_key(name))


def user_of(row: Mapping[str, Any]) -> User:
    """The user of a row of ``users``."""
    return User(row["id"], row["name"], cast(UserRole, row["role"]), row["created_at"], row["disabled_at"] or "")


def _keep_an_admin(book: AccountBook, user: User) -> None:
    admins = book.rows("SELECT id FROM users WHERE role = 'admin' AND disabled_at IS NULL")
    if [row["id"] for row in admins] == [user.id]:
        raise AccountError(f"“{user.name}”是唯一的管理员，请先另设管理员")
