"""Officers' changes to the knowledge tables: which rows were taken out and put in, by whom, when and why.

The shipped files stay as they are, so that a later release can replace them; changes are replayed on top. What a
change takes out or puts in is a whole row, so that a replay never depends on line numbers: a row that a later
release no longer ships is out already, one that it now ships is in already.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from . import departments, query, vocabulary
from .tables import KnowledgeError

Row = tuple[str, ...]
"""The cells of a row, in the order of the table's columns."""

KEPT_TABLES: Mapping[str, tuple[str, ...]] = {
    "entries.tsv": vocabulary.ENTRY_COLUMNS,
    "thesaurus.tsv": vocabulary.THESAURUS_COLUMNS,
    query.EVERYDAY: vocabulary.THESAURUS_COLUMNS,
    "departments.tsv": departments.COLUMNS,
}
"""The tables that officers keep, with their columns. Cues and rules are fitted or law, and come with a release."""

LOG = "changes.jsonl"
LONGEST_CELL = 200

_UNSEEN = {"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"}
"""Unicode categories of characters that end a cell or a line, or that nobody sees."""


class ChangeRefused(ValueError):
    """A change that cannot be made; ``causes`` say why and what to do, in Chinese."""

    def __init__(self, *causes: str) -> None:
        super().__init__("；".join(causes))
        self.causes = causes


class ChangeOverlooked(ChangeRefused):
    """A change that rests on rows which somebody has changed since."""


@dataclass(frozen=True, slots=True)
class Change:
    """Rows taken out of a table and rows put in, in one step.

    ``number`` counts from 1 without gaps (0: not made yet); ``made_at`` is ISO in UTC; ``undoes`` is the change
    that this one takes back.
    """

    number: int
    made_at: str
    who: str
    why: str
    table: str
    removed: tuple[Row, ...]
    added: tuple[Row, ...]
    undoes: int | None = None

    def reversed(self, who: str, why: str) -> Change:
        """The change that takes this one back."""
        return replace(
            self, number=0, made_at="", who=who, why=why, removed=self.added, added=self.removed, undoes=self.number
        )


def after(rows: Iterable[Row], changes: Iterable[Change]) -> tuple[Row, ...]:
    """The rows of a table after changes to it; rows put in stand at the end."""
    held = dict.fromkeys(rows)
    for change in changes:
        for row in change.removed:
            held.pop(row, None)
        held.update(dict.fromkeys(change.added))
    return tuple(held)


def refuse_unfit(change: Change, rows: Sequence[Row]) -> None:
    """Raise ``ChangeRefused`` where a change to a table of these rows cannot be recorded or would say nothing."""
    held = set(rows)
    if not all(row in held for row in change.removed):
        raise ChangeOverlooked("这一行已被别人改动或删除，请重新打开后再改")
    if any(row in held for row in set(change.added) - set(change.removed)):
        raise ChangeRefused("表中已有内容完全相同的一行")
    if not change.why.strip():
        raise ChangeRefused("请填写理由")
    for row in change.added:
        refuse_unwritable(row)
    if set(change.added) == set(change.removed):
        raise ChangeRefused("内容没有变化")


def refuse_unwritable(row: Row) -> None:
    """Raise ``ChangeRefused`` for cells that a table cannot hold or a reader could not see."""
    if row[0].startswith("#"):
        raise ChangeRefused("第一栏不能以 # 开头，否则会被当作说明")
    for cell in row:
        if cell != cell.strip() or any(unicodedata.category(char) in _UNSEEN for char in cell):
            raise ChangeRefused("内容里有制表符、换行或不可见的字符，请删去后再试")
        if len(cell) > LONGEST_CELL:
            raise ChangeRefused(f"一栏最多 {LONGEST_CELL} 个字")


def taken_back(changes: Sequence[Change]) -> frozenset[int]:
    """The numbers of the changes that are not in force because a later one, itself in force, takes them back."""
    gone: set[int] = set()
    for change in reversed(changes):
        if change.undoes and change.number not in gone:
            gone.add(change.undoes)
    return frozenset(gone)


def line_of(change: Change) -> str:
    """A change as a line of the log."""
    return json.dumps(asdict(change), ensure_ascii=False) + "\n"


def changes_in(log: str) -> tuple[Change, ...]:
    """The changes of a log. Raises ``KnowledgeError`` naming the line that cannot be read."""
    return tuple(_change(number, line) for number, line in enumerate(log.split("\n")[:-1], 1))


def _change(number: int, line: str) -> Change:
    try:
        record = json.loads(line)
        change = Change(**{**record, "removed": _rows(record, "removed"), "added": _rows(record, "added")})
        if change.number != number:
            raise ValueError(f"序号应为 {number}")
    except (ValueError, TypeError, KeyError) as error:
        raise KnowledgeError(LOG, number, f"改动记录不能读取，请从备份恢复该文件（{error}）") from error
    return change


def _rows(record: Mapping[str, Any], name: str) -> tuple[Row, ...]:
    """The rows of a record, each with as many cells as its table has columns."""
    width = len(KEPT_TABLES[record["table"]])
    rows = tuple(tuple(map(str, row)) for row in record[name])
    if any(len(row) != width for row in rows):
        raise ValueError(f"应有 {width} 列")
    return rows
