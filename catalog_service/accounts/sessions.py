"""Signing in: password check with lock-out, and the sessions that follow.

An attempt is counted as failed before its password is looked at and struck out when it was right, so that guesses
made at the same moment cannot pass the limit together. Names and addresses are kept only as keyed digests: people
type passwords into the wrong field.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ..config import Settings
from .book import AccountBook, AccountError, stamp
from .passwords import hash_password, matches, outdated
from .users import User, name_key, user_of

ADDRESS_SHARE = 4
"""An office behind one address may fail this many times as often as one name."""

SEEN_EVERY = timedelta(minutes=1)
"""How precisely the last use of a session is kept."""


class SignInRefused(AccountError):
    """The name or the password is wrong, or the account is disabled; which of them is not told."""


class LockedOut(AccountError):
    """Too many attempts failed; ``seconds`` until the next one may be made."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"登录失败次数过多，请在 {-(-seconds // 60)} 分钟后再试，或请管理员重设密码")
        self.seconds = seconds


@dataclass(frozen=True, slots=True)
class Attempt:
    """Someone tries to sign in: what was typed, and from which address."""

    name: str
    password: str
    address: str


def sign_in(book: AccountBook, secret: bytes, attempt: Attempt, settings: Settings, now: datetime) -> str:
    """The id of a new session. Raises ``SignInRefused`` or ``LockedOut``."""
    user = check_password(book, secret, attempt, settings, now)
    with book.writing():
        limits = _limits(settings, now)
        book.execute("DELETE FROM sessions WHERE seen_at <= ? OR started_at <= ?", *limits)
    return start_session(book, user, now)


def check_password(book: AccountBook, secret: bytes, attempt: Attempt, settings: Settings, now: datetime) -> User:
    """The user whose password it is. Raises ``SignInRefused``, or ``LockedOut`` where too many attempts failed."""
    subjects = (_subject(secret, "name", name_key(attempt.name)), _subject(secret, "address", attempt.address))
    counted = _count_attempt(book, subjects, settings, now)
    found = book.rows("SELECT * FROM users WHERE name_key = ?", name_key(attempt.name))
    hashed = found[0]["password_hash"] if found else None
    if not matches(attempt.password, hashed) or not hashed or found[0]["disabled_at"]:
        raise SignInRefused("用户名或密码不对，或账号已停用")
    with book.writing():
        book.execute("DELETE FROM sign_in_failures WHERE subject = ? OR id IN (?, ?)", subjects[0], *counted)
    if outdated(hashed):
        _renew_hash(book, found[0]["id"], hashed, attempt.password)
    return user_of(found[0])


def start_session(book: AccountBook, user: User, now: datetime) -> str:
    """The id of a new session, for the cookie; only its digest is kept."""
    session = secrets.token_urlsafe(32)
    with book.writing():
        book.execute(
            "INSERT INTO sessions (sha256, user, started_at, seen_at) VALUES (?, ?, ?, ?)",
            *(digest(session), user.id, stamp(now), stamp(now)),
        )
    return session


def session_user(book: AccountBook, session: str, settings: Settings, now: datetime) -> User | None:
    """The user of a session that has neither idled nor lasted too long, else None; notes that it was used."""
    found = book.rows(
        """
        SELECT users.*, sessions.seen_at FROM sessions JOIN users ON users.id = sessions.user
        WHERE sessions.sha256 = ? AND sessions.seen_at > ? AND sessions.started_at > ? AND users.disabled_at IS NULL
        """,
        *(digest(session), *_limits(settings, now)),
    )
    if not found:
        return None
    row = found[0]
    if row["seen_at"] < stamp(now - SEEN_EVERY):
        with book.writing():
            book.execute("UPDATE sessions SET seen_at = ? WHERE sha256 = ?", stamp(now), digest(session))
    return user_of(row)


def sign_out(book: AccountBook, session: str) -> None:
    """End a session."""
    with book.writing():
        book.execute("DELETE FROM sessions WHERE sha256 = ?", digest(session))


def clear_failures(book: AccountBook, secret: bytes, name: str) -> None:
    """Lift the lock of a name."""
    with book.writing():
        book.execute("DELETE FROM sign_in_failures WHERE subject = ?", _subject(secret, "name", name_key(name)))


def digest(secret: str) -> str:
    """SHA-256 of a random secret, as it is stored; its 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _count_attempt(book: AccountBook, subjects: Sequence[str], settings: Settings, now: datetime) -> list[int]:
    """Count the attempt as failed for each subject; the ids of the entries. Raises ``LockedOut``."""
    window = timedelta(minutes=settings.lock_minutes)
    limits = (settings.lock_after, settings.lock_after * ADDRESS_SHARE)
    with book.writing():
        book.execute("DELETE FROM sign_in_failures WHERE failed_at <= ?", stamp(now - window))
        for subject, limit in zip(subjects, limits, strict=True):
            failures = book.rows(
                "SELECT failed_at FROM sign_in_failures WHERE subject = ? ORDER BY failed_at DESC LIMIT ?",
                subject,
                limit,
            )
            if len(failures) == limit:
                until = datetime.fromisoformat(failures[-1]["failed_at"]) + window
                raise LockedOut(max(1, round((until - now).total_seconds())))
        add = "INSERT INTO sign_in_failures (subject, failed_at) VALUES (?, ?)"
        return [book.execute(add, subject, stamp(now)).lastrowid or 0 for subject in subjects]


def _renew_hash(book: AccountBook, user: int, old: str, password: str) -> None:
    """Hash the password with the parameters of today, unless it has been changed meanwhile."""
    new = hash_password(password)
    with book.writing():
        book.execute("UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?", new, user, old)


def _limits(settings: Settings, now: datetime) -> tuple[str, str]:
    """The moments after which a session must have been used and started."""
    idle, lasting = timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours)
    return stamp(now - idle), stamp(now - lasting)


def _subject(secret: bytes, kind: str, value: str) -> str:
    return hmac.new(secret, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()
