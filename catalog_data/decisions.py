"""Reviewers' decisions: what was decided about a project, by whom, when and why; and which of them stand.

An entry holds the project itself as it then stood, so that a decision outlives every later reading of the
document. Entries are chained: each holds the SHA-256 of the one before (Haber and Stornetta, J. Cryptology
3(2), 1991), so that no entry can be changed, left out or put in without breaking the chain after it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any, Literal, get_args

from .model import NATURES, Versions

Kind = Literal["accepted", "changed", "rejected", "deferred", "undone"]

KINDS: Mapping[Kind, str] = {
    "accepted": "同意",
    "changed": "改判",
    "rejected": "认定不属于购买服务",
    "deferred": "暂缓",
    "undone": "撤销",
}
"""What a reviewer may decide: the name in data and the name that is shown."""

SETTLING: frozenset[Kind] = frozenset({"accepted", "changed", "rejected"})
"""The decisions that settle a project's nature and code."""

REASONED: frozenset[Kind] = frozenset({"changed", "rejected", "deferred"})
"""The decisions that need a reason."""

PURCHASES = frozenset({"service", "service_uncatalogued"})
"""The natures of spending that are purchases of services."""

_SUBJECT_TEXTS = ("disclosure", "project", "unit", "name", "text", "document")

NO_ENTRY = "0" * 64
"""What the first entry of a log holds in the place of the digest before it."""


class DecisionError(ValueError):
    """A decision that cannot be taken or read; the message says why and what to do, in Chinese."""


@dataclass(frozen=True, slots=True)
class Subject:
    """The project that a decision is about, as it was printed then.

    ``disclosure`` is the SHA-256 of its document, ``project`` its id there; ``text`` what was known beside
    the name; ``year`` the budget year.
    """

    disclosure: str
    project: str
    unit: str
    name: str
    text: str
    amount_yuan: Decimal | None
    document: str
    year: int
    line: int | None

    @property
    def key(self) -> tuple[str, str]:
        """What tells one project from another."""
        return self.disclosure, self.project


@dataclass(frozen=True, slots=True)
class Offer:
    """The engine's verdict that the reviewer had before them; ``item`` is an item id or None."""

    nature: str
    item: str | None
    decision: Literal["auto", "review"]
    confidence: float


@dataclass(frozen=True, slots=True)
class Ruling:
    """What a reviewer says of a project.

    ``nature`` is '' and ``item`` None where nothing is settled (``deferred``, ``undone``); an item, with its
    printed name, stands with ``service`` and with nothing else. Raises ``DecisionError`` where the parts
    contradict each other or a reason is missing.
    """

    kind: Kind
    who: str
    nature: str = ""
    item: str | None = None
    item_name: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if cause := self._contradiction():
            raise DecisionError(cause)

    def _contradiction(self) -> str:
        if not self.who.strip():
            return "没有复核人，请用 --who 或环境变量 CATALOG_REVIEWER 给出"
        if self.kind in REASONED and not self.reason.strip():
            return f"{KINDS[self.kind]}须说明理由"
        if self.nature not in (NATURES if self.kind in SETTLING else {""}):
            return f"{KINDS[self.kind]}的支出性质“{self.nature}”不成立；支出性质有：{'、'.join(NATURES)}"
        if self.kind == "rejected" and self.nature in PURCHASES:
            return f"认定不属于购买服务时，支出性质不能是{NATURES[self.nature]}"
        if (self.nature == "service") != (self.item is not None):
            return "目录内服务须给出目录条目，其他支出性质不能有目录条目"
        return ""


@dataclass(frozen=True, slots=True)
class Decision:
    """An entry of the log.

    ``id`` counts from 1 without gaps; ``offered`` is None where the engine could not judge; ``made_at`` is ISO
    in UTC; ``undoes`` is the entry that an ``undone`` one withdraws; ``origin`` the digest of the entry in the
    log it was imported from ('' for one made here); ``previous`` and ``digest`` are the links of the chain, in
    hexadecimal; ``batch`` is the first of the entries that were made, and are undone, as one (None: alone).
    """

    id: int
    subject: Subject
    offered: Offer | None
    ruling: Ruling
    made_at: str
    versions: Versions
    undoes: int | None
    origin: str
    previous: str
    digest: str
    batch: int | None = None

    @property
    def identity(self) -> str:
        """The digest under which all logs know this decision."""
        return self.origin or self.digest


def standing(entries: Iterable[Decision]) -> dict[tuple[str, str], Decision]:
    """The decision in force on each project: the last one, by time and then by place in the log, not withdrawn.

    Where it is ``deferred`` the project is open again.
    """
    log = tuple(entries)
    withdrawn = {entry.undoes for entry in log}
    counting = [entry for entry in log if entry.id not in withdrawn and entry.ruling.kind != "undone"]
    return {entry.subject.key: entry for entry in sorted(counting, key=lambda entry: (entry.made_at, entry.id))}


def canonical(record: Mapping[str, Any]) -> str:
    """The one JSON text of a record: keys sorted, no white space, Chinese unescaped."""
    return json.dumps(record, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def digest_of(text: str) -> str:
    """The SHA-256 of a text in UTF-8, in hexadecimal. Raises ``DecisionError`` for what UTF-8 cannot hold."""
    try:
        return hashlib.sha256(text.encode()).hexdigest()
    except UnicodeEncodeError as error:
        raise DecisionError("文字里有不成对的代理字符（\\ud800 至 \\udfff），不能保存") from error


def entry_record(entry: Decision) -> dict[str, Any]:
    """An entry as JSON, the digest left out that is made from it; the amount is in whole 分."""
    record = asdict(entry)
    del record["digest"]
    if entry.batch is None:
        del record["batch"]
    amount = record["subject"].pop("amount_yuan")
    record["subject"]["amount_fen"] = None if amount is None else _fen(amount)
    return record


def entry_from(record: Mapping[str, Any], digest: str) -> Decision:
    """The entry of a record made by ``entry_record``. Raises ``DecisionError`` naming what is missing or wrong."""
    subject, ruling = _part(record, "subject", dict), _part(record, "ruling", dict)
    fen = _part(subject, "amount_fen", int, None)
    return Decision(
        id=_part(record, "id", int),
        subject=Subject(
            **{name: _part(subject, name, str) for name in _SUBJECT_TEXTS},
            amount_yuan=None if fen is None else Decimal(fen).scaleb(-2),
            year=_part(subject, "year", int),
            line=_part(subject, "line", int, None),
        ),
        offered=_offer(_part(record, "offered", dict, None)),
        ruling=Ruling(
            kind=_one_of(ruling, "kind", get_args(Kind)),
            item=_part(ruling, "item", str, None),
            **{name: _part(ruling, name, str) for name in ("who", "nature", "item_name", "reason")},
        ),
        made_at=_moment(record),
        versions=Versions(**{n: _part(_part(record, "versions", dict), n, str) for n in Versions.__dataclass_fields__}),
        undoes=_part(record, "undoes", int, None),
        origin=_part(record, "origin", str),
        previous=_part(record, "previous", str),
        digest=digest,
        batch=_part({"batch": None, **record}, "batch", int, None),
    )


def _offer(record: Mapping[str, Any] | None) -> Offer | None:
    if record is None:
        return None
    confidence = float(_part(record, "confidence", float))
    if not 0 <= confidence <= 1:
        raise DecisionError("confidence 应在 0 至 1 之间")
    nature, decision = _one_of(record, "nature", NATURES), _one_of(record, "decision", ("auto", "review"))
    return Offer(nature, _part(record, "item", str, None), decision, confidence)


def _fen(amount: Decimal) -> int:
    fen = amount.scaleb(2)
    if fen != fen.to_integral_value():
        raise DecisionError(f"金额 {amount} 元不是整分，请核对原文的金额和单位")
    return int(fen)


def _part(record: Mapping[str, Any], name: str, kind: type, *otherwise: None) -> Any:
    """A field of a record by its type; None too where ``otherwise`` allows it."""
    value = record.get(name, ...)
    if value is None and otherwise:
        return None
    accepted = (float, int, Decimal) if kind is float else kind
    if not isinstance(value, accepted) or isinstance(value, bool):
        raise DecisionError(f"缺少 {name}，或其类型不对")
    return value


def _one_of(record: Mapping[str, Any], name: str, allowed: Iterable[str]) -> Any:
    value = _part(record, name, str)
    if value not in allowed:
        raise DecisionError(f"{name} 的值“{value[:40]}”不在允许范围：{'、'.join(allowed)}")
    return value


def _moment(record: Mapping[str, Any]) -> str:
    made_at: str = _part(record, "made_at", str)
    try:
        offset = datetime.fromisoformat(made_at).utcoffset()
    except ValueError:
        offset = None
    if offset is None or offset.total_seconds() or not made_at.endswith("+00:00"):
        raise DecisionError(f"made_at“{made_at[:40]}”不是 UTC 时间，应如 2026-01-31T08:00:00+00:00")
    return made_at
