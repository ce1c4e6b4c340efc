"""The log of reviewers' decisions in the store's file: append-only, chained, safe against a killed process.

Triggers refuse every UPDATE and DELETE and every entry out of order; who edits the file past them breaks the
chain, which ``verify`` finds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlite_utils import Database

from .database import open_database, reading, writing
from .decisions import (
    KINDS,
    NO_ENTRY,
    Decision,
    DecisionError,
    Offer,
    Ruling,
    Subject,
    canonical,
    digest_of,
    entry_from,
    entry_record,
)
from .model import Versions
from .moments import moment

REMEMBERED = 20_000
"""Entries that are kept as read, about 4 kB each: those of several years of an office."""


@dataclass(frozen=True, slots=True)
class Chain:
    """What ``verify`` found: how many entries are sound from the first on, the digest of the last of them, and the
    first broken entry with its cause (None and '' where all are sound)."""

    sound: int
    head: str
    broken: int | None = None
    cause: str = ""


class DecisionLog:
    """The log in a store's file, opened and brought up to the present schema; use it as a context manager.

    One object serves one thread. Raises ``StoreError`` where the file cannot be opened or written, as every
    method does. ``now`` gives the present moment.
    """

    def __init__(self, path: Path, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._path = path
        self._now = now
        self._database: Database = open_database(path)
        self._database.execute("PRAGMA synchronous = FULL")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def entries(self, after: int = 0) -> tuple[Decision, ...]:
        """The entries after one, all by default, in order; raises ``DecisionError`` naming one that cannot be read."""
        with reading(self._database, self._path):
            return tuple(map(_entry, self._rows("id > ?", (after,))))

    def record(
        self, subject: Subject, offered: Offer | None, ruling: Ruling, versions: Versions, expect: int | None = None
    ) -> Decision:
        """Append a decision on a project and return it, safely on disk.

        ``expect`` is the id of the last entry that the reviewer saw. Raises ``DecisionError`` where the
        project has a later one, and where the clock stands before the project's last decision.
        """
        with writing(self._database, self._path):
            made_at = self._moment(subject, expect)
            return self._append(Decision(0, subject, offered, ruling, made_at, versions, None, "", "", ""))

    def record_together(
        self, made: Sequence[tuple[Subject, Offer | None, Ruling]], versions: Versions, expect: int
    ) -> tuple[Decision, ...]:
        """Append decisions on several projects as one batch: all of them or, where one cannot be, none.

        ``expect`` and the errors are those of ``record``.
        """
        with writing(self._database, self._path):
            moments = [self._moment(subject, expect) for subject, _, _ in made]
            batch = self._next()
            return tuple(
                self._append(Decision(0, *one, made_at, versions, None, "", "", "", batch))
                for one, made_at in zip(made, moments, strict=True)
            )

    def undo_together(self, who: str) -> tuple[Decision, ...]:
        """Withdraw the last entry of ``who`` with those of its batch that still stand; errors as for ``undo``."""
        ruling = Ruling("undone", who)
        with writing(self._database, self._path):
            log = self._read()
            last, withdrawn = _withdrawable(log, None, who), {entry.undoes for entry in log}
            alike = [
                e for e in log if e.batch == last.batch and not e.undoes and not e.origin and e.id not in withdrawn
            ]
            targets = [last] if last.batch is None else alike
            batch = self._next() if len(targets) > 1 else None
            return tuple(self._withdraw(target, ruling, batch) for target in targets)

    def undo(self, entry: int | None, who: str, reason: str = "", expect: int | None = None) -> Decision:
        """Withdraw an entry, or where None the last one of ``who``; the withdrawal is an entry of its own.

        Raises ``DecisionError`` where there is no such entry, where it is withdrawn already or is itself a
        withdrawal, and otherwise as ``record`` does.
        """
        ruling = Ruling("undone", who, reason=reason)
        with writing(self._database, self._path):
            target = _withdrawable(self._read(), entry, who)
            return self._withdraw(target, ruling, None, expect)

    def add(self, foreign: Iterable[tuple[int, Decision]]) -> tuple[tuple[Decision, ...], tuple[tuple[int, str], ...]]:
        """Append entries of another log, each with the line it was read from, in their order.

        Returns the entries appended and, by line, why others were not; one that this log knows already is
        neither. Each keeps author, time and versions, and as ``origin`` the digest it had.
        """
        appended: list[Decision] = []
        problems: list[tuple[int, str]] = []
        with writing(self._database, self._path):
            log = self._read()
            here = {entry.identity: entry.id for entry in log}
            withdrawn = {entry.undoes for entry in log}
            there: dict[int | None, str] = {}
            for line, entry in foreign:
                there[entry.id] = entry.identity
                if entry.identity in here:
                    continue
                undoes = here.get(there.get(entry.undoes, ""))
                if cause := self._unfit(entry, undoes, withdrawn):
                    problems.append((line, cause))
                    continue
                appended.append(self._append(replace(entry, undoes=undoes, origin=entry.identity, batch=None)))
                here[entry.identity] = appended[-1].id
                withdrawn.add(undoes)
        return tuple(appended), tuple(problems)

    def verify(self, noted: str = "") -> Chain:
        """Follow the chain from the first entry to the last, or to the first broken one.

        ``noted`` is a digest that was once the last one, written down elsewhere: where it is gone, entries at
        the end were removed, which the chain alone cannot tell.
        """
        head, sound, seen = NO_ENTRY, 0, noted in {"", NO_ENTRY}
        with reading(self._database, self._path):
            for row in self._rows():
                if cause := _break(row, sound + 1, head):
                    return Chain(sound, head, row["id"], cause)
                head, sound = row["digest"], sound + 1
                seen = seen or head == noted
        if seen:
            return Chain(sound, head)
        return Chain(sound, head, sound + 1, "记下的校验值不在记录中，末尾的记录被删除过")

    def last(self) -> Decision | None:
        """The last entry; None where there is none."""
        with reading(self._database, self._path):
            return self._last()

    def _rows(self, where: str = "1", values: Sequence[object] = (), order: str = "id") -> Iterator[dict[str, Any]]:
        return self._database.query(f"SELECT id, entry, digest FROM decisions WHERE {where} ORDER BY {order}", values)

    def _read(self) -> tuple[Decision, ...]:
        return tuple(map(_entry, self._rows()))

    def _last(self) -> Decision | None:
        return next(map(_entry, self._rows(order="id DESC LIMIT 1")), None)

    def _next(self) -> int:
        last = self._last()
        return last.id + 1 if last else 1

    def _withdraw(self, target: Decision, ruling: Ruling, batch: int | None, expect: int | None = None) -> Decision:
        made_at = self._moment(target.subject, expect)
        return self._append(replace(target, ruling=ruling, made_at=made_at, undoes=target.id, origin="", batch=batch))

    def _append(self, entry: Decision) -> Decision:
        last = self._last()
        linked = replace(entry, id=last.id + 1 if last else 1, previous=last.digest if last else NO_ENTRY)
        text = canonical(entry_record(linked))
        linked = replace(linked, digest=digest_of(text))
        self._database.table("decisions").insert({"id": linked.id, "entry": text, "digest": linked.digest})
        return linked

    def _unfit(self, entry: Decision, undoes: int | None, withdrawn: Container[int | None]) -> str:
        """Why an entry of another log cannot be appended, '' where it can; ``undoes`` is what it withdraws here."""
        if entry.made_at > self._now().isoformat(timespec="seconds"):
            return f"时间 {entry.made_at} 晚于本机的系统时间，请核对两处的系统时间"
        if entry.undoes and undoes is None:
            return "所撤销的记录不在文件中，请导入完整的文件"
        if entry.undoes and undoes in withdrawn:
            return "所撤销的记录在本库中已被撤销"
        return ""

    def _moment(self, subject: Subject, expect: int | None) -> str:
        """The present moment, if it is later than all entries about a project and none of them was overlooked."""
        about = list(map(_entry, self._rows("disclosure = ? AND project = ?", subject.key)))
        if expect is not None and about and about[-1].id > expect:
            newer = about[-1]
            raise DecisionError(
                f"{newer.ruling.who}已于 {moment(newer.made_at)} 对该项目作出新的记录（第 {newer.id} 条，"
                f"{KINDS[newer.ruling.kind]}），您看到的是第 {expect} 条；请重新查看后再决定"
            )
        now = self._now().isoformat(timespec="seconds")
        if any(entry.made_at > now for entry in about):
            raise DecisionError(f"系统时间 {moment(now)} 早于该项目已有的复核记录，请校准系统时间后重试")
        return now


def _entry(row: Mapping[str, Any]) -> Decision:
    try:
        return _parsed(row["entry"], row["digest"])
    except ValueError as error:
        raise DecisionError(f"复核记录第 {row['id']} 条不能读取：{error}；请用 review verify 核验") from error


@lru_cache(maxsize=REMEMBERED)
def _parsed(entry: str, digest: str) -> Decision:
    """The entry of a text, which is read again with every question about the log; raises ``ValueError``."""
    record = json.loads(entry)
    return entry_from(record if isinstance(record, dict) else {}, digest)


def _break(row: Mapping[str, Any], number: int, head: str) -> str:
    """Why a row is not the entry of that number after the digest ``head``, '' where it is."""
    if row["id"] != number:
        return f"缺少第 {number} 条"
    if digest_of(row["entry"]) != row["digest"]:
        return "内容与其校验值不符，记录被改动过"
    try:
        entry = _entry(row)
    except DecisionError as error:
        return str(error)
    if (entry.id, entry.previous) != (number, head):
        return "与前一条不相衔接，前面的记录被改动、删除或插入过"
    return ""


def _withdrawable(log: Sequence[Decision], entry: int | None, who: str) -> Decision:
    """The entry to withdraw: the one asked for, or the last that ``who`` made."""
    withdrawn = {other.undoes: other for other in log if other.undoes}
    if entry is None:
        mine = [e for e in log if e.ruling.who == who and e.id not in withdrawn and not e.undoes and not e.origin]
        if not mine:
            raise DecisionError(f"没有{who}可撤销的复核记录")
        return mine[-1]
    target = next((other for other in log if other.id == entry), None)
    if target is None:
        raise DecisionError(f"没有第 {entry} 条复核记录，可用 review list --state decided 查看")
    if target.undoes:
        raise DecisionError(f"第 {entry} 条本身是撤销，不能再撤销；请重新作出决定")
    if entry in withdrawn:
        raise DecisionError(f"第 {entry} 条已由第 {withdrawn[entry].id} 条撤销")
    return target
