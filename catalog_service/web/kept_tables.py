"""The tables of knowledge as officers see them: what each is for, its fields, and what stands in them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from werkzeug.datastructures import MultiDict

from catalog_data.model import Catalog
from catalog_data.text import key
from indexer.knowledge_changes import Change, Row, taken_back
from indexer.knowledge_check import NO_SECTION
from indexer.vocabulary import ENTRY_KINDS, SHARED

SHOWN = 50
"""Rows on a page."""


@dataclass(frozen=True, slots=True)
class Field:
    """A column as a field of a form; ``choices`` (value -> label) where it takes one of a few, ``width`` in characters
    of a column in a spreadsheet."""

    name: str
    label: str
    hint: str = ""
    required: bool = True
    choices: Mapping[str, str] | None = None
    width: int = 24

    def shown(self, cell: str) -> str:
        """A cell in words."""
        return self.choices.get(cell, cell) if self.choices else cell


@dataclass(frozen=True, slots=True)
class KeptTable:
    """A table that officers keep: its name in addresses, its file, what it is for, and its fields."""

    slug: str
    file: str
    title: str
    purpose: str
    fields: tuple[Field, ...]

    @property
    def term_field(self) -> str:
        """The field that holds the word which a row is about."""
        return next(field.name for field in self.fields if field.name in {"term", "alias"})

    def term(self, row: Row) -> str:
        """The word that a row is about."""
        return row[[field.name for field in self.fields].index(self.term_field)]


@dataclass(frozen=True, slots=True)
class ShownRow:
    """A row; ``own`` is the change that put it in, None where it was shipped."""

    cells: Row
    own: int | None

    @property
    def id(self) -> str:
        """What names the row in an address: it changes with every cell, so that an outdated page hits no other."""
        return hashlib.sha256("\t".join(self.cells).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a listing of rows is narrowed to: words in any field, a department, one item, own rows alone; the page
    from 1."""

    words: str = ""
    department: str = ""
    item: str = ""
    own: bool = False
    number: int = 1

    def link(self, **changes: object) -> dict[str, object]:
        """The parameters of this listing with changes; another page only where it is named."""
        every = {"q": self.words, "department": self.department, "item": self.item, "own": "1" if self.own else ""}
        return {name: value for name, value in (every | changes).items() if value}


_REASON = "写明出处：法规、文件、采购公告、来电记录等"
_SAID = Field("term", "说法", "项目或检索中的用语")
_PREFERRED = Field("preferred", "目录说法", "目录里的用语，可写几个，用空格隔开", width=32)
_GROUND = Field("ground", "依据", _REASON, width=36)


def kept_tables(catalog: Catalog) -> dict[str, KeptTable]:
    """The tables by their name in addresses."""
    sections = {department.name: department.name for department in catalog.departments}
    tables = (
        KeptTable(
            "entries",
            "entries.tsv",
            "索引词",
            "人们实际用来称呼某一目录条目的词。检索和判定都用。",
            (
                Field("item", "条目编号", "部门和代码，如 民政:A040303", width=26),
                Field("term", "索引词", "一个词或短语，不必重复条目名称"),
                Field("kind", "种类", choices=ENTRY_KINDS, width=12),
                Field("source", "出处", _REASON),
                Field("note", "备注", f"同一个词确属几个条目的，以“{SHARED}”开头", required=False),
            ),
        ),
        KeptTable(
            "thesaurus",
            "thesaurus.tsv",
            "同义词",
            "项目里的说法对应目录里的什么说法。判定和检索都用，须有依据。",
            (_SAID, _PREFERRED, _GROUND),
        ),
        KeptTable(
            "everyday",
            "everyday.tsv",
            "日常说法",
            "查目录的人的口语对应目录里的什么说法。只用于检索，宁可多给。",
            (_SAID, _PREFERRED, _GROUND),
        ),
        KeptTable(
            "aliases",
            "departments.tsv",
            "部门别名",
            "单位名称中的什么词说明它属于目录的哪个部门。一个词对应几个部门的，每个部门一行。",
            (
                Field("alias", "名称中的词", "如 民政局、残联"),
                Field("department", "目录部门", choices={**sections, NO_SECTION: "目录没有为它设部门"}, width=36),
                _GROUND,
            ),
        ),
    )
    return {table.slug: table for table in tables}


def shown_rows(rows: Iterable[Row], file: str, changes: Sequence[Change]) -> list[ShownRow]:
    """The rows of a table with what put them in."""
    gone = taken_back(changes)
    own = {row: c.number for c in changes if c.table == file and c.number not in gone for row in c.added}
    return [ShownRow(row, own.get(row)) for row in rows]


def read_asked(arguments: MultiDict[str, str]) -> Asked:
    """What the arguments of an address narrow a listing to."""
    number = arguments.get("page", "1")
    return Asked(
        arguments.get("q", "").strip(),
        arguments.get("department", ""),
        arguments.get("item", "").strip(),
        bool(arguments.get("own")),
        max(1, int(number)) if number.isascii() and number.isdigit() and len(number) < 5 else 1,
    )


def chosen(rows: Iterable[ShownRow], asked: Asked) -> list[ShownRow]:
    """The rows that a listing is narrowed to, in their order."""
    words = key(asked.words)
    return [
        row
        for row in rows
        if (not words or (words in key("".join(row.cells)) and any(words in key(cell) for cell in row.cells)))
        and (not asked.department or _department(row.cells) == asked.department)
        and (not asked.item or row.cells[0] == asked.item)
        and (not asked.own or row.own)
    ]


def _department(cells: Row) -> str:
    """The department that a row is about: that of its item, or the one an alias names."""
    return cells[0].partition(":")[0] if ":" in cells[0] else cells[1]


def typed_row(table: KeptTable, form: MultiDict[str, str]) -> Row:
    """The row that a form holds; white space around a cell and in runs is no part of it."""
    return tuple(" ".join(form.get(field.name, "").split(" ")).strip() for field in table.fields)


def missing(table: KeptTable, row: Row) -> list[str]:
    """What a form must still say."""
    return [f"请填写“{f.label}”" for f, cell in zip(table.fields, row, strict=True) if f.required and not cell]


def with_shared_marks(change: Change, rows: Sequence[Row]) -> Change:
    """The change that also marks the rows of other items which a new row shares its term with.

    Only for index entries: a term of several items must be marked as shared in each of its rows.
    """
    terms = {key(row[1]) for row in change.added if row[-1].startswith(SHARED)}
    others = [row for row in rows if key(row[1]) in terms and not row[-1].startswith(SHARED)]
    others = [row for row in others if row not in change.removed]
    marked = tuple((*row[:-1], f"{SHARED}；{row[-1]}" if row[-1] else SHARED) for row in others)
    return replace(change, removed=(*change.removed, *others), added=(*change.added, *marked))
