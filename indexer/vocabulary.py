"""The words under which people know catalog items: index entries and thesaurus, shared by search and tagging."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from catalog_data.text import key

from .tables import KNOWLEDGE, read_table

ENTRY_COLUMNS = ("item", "term", "kind", "source", "note")
THESAURUS_COLUMNS = ("term", "preferred", "ground")
ENTRY_KINDS = {
    "everyday": "口语",
    "policy": "政策用语",
    "abbr": "简称",
    "programme": "专项行动",
    "title": "典型项目名",
    "synonym": "同义词",
    "object": "服务标的",
    "beneficiary": "服务对象",
}
SHARED = "共用"
"""How the note of a term that truly belongs to several items begins."""


class IndexEntry(NamedTuple):
    """A term under which an item is known: kind (``ENTRY_KINDS``), where it comes from, note, line in the file."""

    item: str
    term: str
    kind: str
    source: str
    note: str
    line: int


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All index entries, by item id (``department:code``)."""

    entries: Mapping[str, tuple[IndexEntry, ...]]

    def terms(self, item: str) -> tuple[str, ...]:
        """The terms of an item, in file order."""
        return tuple(entry.term for entry in self.entries.get(item, ()))

    def plain(self) -> dict[str, list[tuple[str | int, ...]]]:
        """The data, for keeping them; ``of`` takes them back."""
        return {item: [tuple(entry) for entry in entries] for item, entries in self.entries.items()}

    @classmethod
    def of(cls, plain: Mapping[str, Sequence[tuple[Any, ...]]]) -> Vocabulary:
        """The vocabulary whose data were kept."""
        return cls({item: tuple(map(IndexEntry._make, entries)) for item, entries in plain.items()})


def load_vocabulary(folder: Path = KNOWLEDGE) -> Vocabulary:
    """Read the index entries. Raises ``KnowledgeError`` where the file is damaged."""
    entries: dict[str, list[IndexEntry]] = {}
    for row in read_table("entries.tsv", ENTRY_COLUMNS, folder):
        entry = IndexEntry(row["item"], row["term"], row["kind"], row["source"], row["note"], row.line)
        entries.setdefault(entry.item, []).append(entry)
    return Vocabulary({item: tuple(rows) for item, rows in entries.items()})


def entry_problems(vocabulary: Vocabulary, items: Mapping[str, int]) -> list[tuple[int, str]]:
    """What is wrong with the entries, as (line, message).

    ``items`` maps the ids of the catalog to their level. Reported: unknown items and kinds, items of level 3
    and 4 without a term, terms that stand twice under an item, and terms under several items that are not
    marked as shared.
    """
    problems: list[tuple[int, str]] = []
    places: dict[str, list[IndexEntry]] = {}
    for item, rows in vocabulary.entries.items():
        if item not in items:
            problems.append((rows[0].line, f"目录中没有条目“{item}”"))
        for entry in rows:
            places.setdefault(key(entry.term), []).append(entry)
            if entry.kind not in ENTRY_KINDS:
                problems.append((entry.line, f"未知的种类“{entry.kind}”，可用：{'、'.join(ENTRY_KINDS)}"))
            if not entry.term or not entry.source:
                problems.append((entry.line, "词条和出处都不能为空"))
    empty = (item for item, level in items.items() if level >= 3 and item not in vocabulary.entries)
    problems += [(0, f"条目“{item}”没有索引词") for item in empty]
    for same in places.values():
        problems += _repeated(same)
    return sorted(problems)


def _repeated(rows: list[IndexEntry]) -> list[tuple[int, str]]:
    """Problems of one term that stands in several rows."""
    first, *others = rows
    problems = []
    if len({entry.item for entry in rows}) < len(rows):
        problems.append((others[-1].line, f"“{first.term}”在同一条目下重复"))
    if len({entry.item for entry in rows}) > 1:
        unmarked = [entry for entry in rows if not entry.note.startswith(SHARED)]
        problems += [
            (entry.line, f"“{entry.term}”同时用于 {len(rows)} 个条目，备注须以“{SHARED}”开头") for entry in unmarked
        ]
    return problems


@dataclass(frozen=True, slots=True)
class ThesaurusEntry:
    """What projects say (``term``) and what the catalog says (``preferred``), with the ground for it."""

    term: str
    preferred: tuple[str, ...]
    ground: str


def load_thesaurus(folder: Path = KNOWLEDGE, name: str = "thesaurus.tsv") -> tuple[ThesaurusEntry, ...]:
    """Read a thesaurus. Raises ``KnowledgeError`` where the file is damaged."""
    rows = read_table(name, THESAURUS_COLUMNS, folder)
    return tuple(ThesaurusEntry(row["term"], tuple(row["preferred"].split()), row["ground"]) for row in rows)
