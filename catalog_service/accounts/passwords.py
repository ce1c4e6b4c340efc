"""Passwords: what is asked of one, and its argon2id hash.

A hash takes 64 MiB and some 50 ms (RFC 9106, second recommended option), so only two are computed at once. GB/T
22239-2019 8.1.4.1 asks that passwords be complex and that failed sign-ins be limited.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from .book import AccountError

LONGEST = 256
"""Characters; longer input would only keep the processor busy."""

PLENTY = 20
"""Characters from which length alone makes up for few kinds of characters (a pass phrase)."""

_HASHER = PasswordHasher()
_AT_ONCE = BoundedSemaphore(2)


def hash_password(password: str) -> str:
    """The hash to keep."""
    with _AT_ONCE:
        return _HASHER.hash(_normal(password))


def matches(password: str, password_hash: str | None) -> bool:
    """Whether the password is the one that was hashed; takes as long where there is no hash to compare with."""
    with _AT_ONCE:
        try:
            return _HASHER.verify(password_hash or _nobodys_hash(), _normal(password[: LONGEST + 1])) and bool(
                password_hash
            )
        except (VerificationError, InvalidHashError):
            return False


def outdated(password_hash: str) -> bool:
    """Whether the hash was made with other parameters than are used now."""
    return _HASHER.check_needs_rehash(password_hash)


def require_good_password(password: str, name: str, least: int) -> None:
    """Raise ``AccountError`` where the password is too short, too simple or contains the user's name."""
    kinds = sum(any(test(c) for c in password) for test in (str.islower, str.isupper, str.isdigit, _is_other))
    if not least <= len(password) <= LONGEST:
        raise AccountError(f"密码应为 {least} 到 {LONGEST} 个字符")
    if not all(c.isprintable() for c in password):
        raise AccountError("密码中有不可见的控制字符，请重新输入")
    if kinds < 3 and len(password) < PLENTY:
        raise AccountError(f"密码应含小写字母、大写字母、数字、其他字符中的三种，或长达 {PLENTY} 个字符")
    if len(set(password)) < 5:
        raise AccountError("密码中重复的字符过多，请至少使用五个不同的字符")
    if name.casefold() in password.casefold():
        raise AccountError("密码中不得含有用户名")


@cache
def _nobodys_hash() -> str:
    return _HASHER.hash("")


def _is_other(character: str) -> bool:
    return not (character.islower() or character.isupper() or character.isdigit())


def _normal(password: str) -> str:
    """The same password typed on another keyboard gives the same bytes (NIST SP 800-63B 5.1.1.2)."""
    return unicodedata.normalize("NFKC", password)
