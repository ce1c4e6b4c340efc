"""The Whoosh index of the catalog: built aside, checked, swapped in, opened read-only.

The index is a cache that can always be rebuilt from the store. Each build lies in a folder of its own named
after what it was built from; the link ``current`` points to the one in use and is replaced in one step, so
that a reader sees the old index or the new, never half of one. Whoosh unpickles what it opens: the folder
belongs to the service alone.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from whoosh import index as whoosh_index
from whoosh.analysis import IDTokenizer
from whoosh.fields import ID, NUMERIC, TEXT, Schema
from whoosh.query import And, Or, Prefix, Query, Term
from whoosh.scoring import BM25F

from catalog_data.model import Catalog
from catalog_data.text import key

from .analysis import GramTokenizer, grams, normalise
from .tables import knowledge_version
from .vocabulary import Vocabulary

FORMAT = "1"
"""Raised whenever the schema or the analysis changes, so that older indexes are rebuilt."""

SEAL = "seal.sha256"
"""The file of an index folder that holds the SHA-256 of the others."""

MAX_QUERY = 200
MIN_COVERAGE = 0.34
"""A hit must hold at least this share of the query's tokens; less is noise."""

BOOSTS = {"name": 4.0, "entries": 2.0, "headings": 1.0, "department_name": 0.8}

_CODE = re.compile(r"[a-z]?\d{1,6}|[a-z]")


def _schema() -> Schema:
    grams_text = GramTokenizer()
    return Schema(
        id=ID(stored=True, unique=True),
        department=ID(stored=True),
        level=NUMERIC(stored=True),
        code=TEXT(analyzer=IDTokenizer(), stored=True),
        path=ID(stored=True),
        name=TEXT(analyzer=grams_text, stored=True),
        entries=TEXT(analyzer=grams_text, stored=True),
        headings=TEXT(analyzer=grams_text),
        department_name=TEXT(analyzer=grams_text),
    )


@dataclass(frozen=True, slots=True)
class Highlight:
    """A passage that matched: field, its text as printed, and half-open character spans in it."""

    field: str
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A catalog item that answers a query; ``score`` orders hits and means nothing beyond one query."""

    id: str
    department: str
    level: int
    code: str
    name: str
    path: tuple[str, ...]
    score: float
    highlights: tuple[Highlight, ...]


def fingerprint(catalog: Catalog) -> str:
    """What an index is built from: catalog, knowledge, format."""
    return hashlib.sha256(f"{catalog.sha256} {knowledge_version()} {FORMAT}".encode()).hexdigest()[:16]


def build_index(catalog: Catalog, vocabulary: Vocabulary, folder: Path) -> bool:
    """Build the index under ``folder`` unless the current one is of the same fingerprint; True if built."""
    target = folder / fingerprint(catalog)
    current = folder / "current"
    if current.is_symlink() and current.readlink() == Path(target.name) and SearchIndex(current).sound(catalog):
        return False
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    aside = folder / f"{target.name}.{os.getpid()}"
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir()
    _write(catalog, vocabulary, aside)
    (aside / SEAL).write_text(_seal(aside), "ascii")
    if not SearchIndex(aside).sound(catalog):
        raise OSError(f"索引条目数与目录不符，未启用：{aside}")
    shutil.rmtree(target, ignore_errors=True)
    aside.rename(target)
    link = folder / f"current.{os.getpid()}"
    link.unlink(missing_ok=True)
    link.symlink_to(target.name)
    link.replace(current)
    for old in folder.iterdir():
        if old.is_dir() and not old.is_symlink() and old != target:
            shutil.rmtree(old, ignore_errors=True)
    return True


def _seal(folder: Path) -> str:
    """The SHA-256 of the names and bytes of an index's files."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.suffix in {".toc", ".seg"}:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()


def _sealed(folder: Path) -> str:
    return (folder / SEAL).read_text("ascii", errors="replace") if (folder / SEAL).is_file() else ""


def _write(catalog: Catalog, vocabulary: Vocabulary, folder: Path) -> None:
    writer = whoosh_index.create_in(str(folder), _schema()).writer(limitmb=64)
    for item in catalog.items:
        writer.add_document(
            id=item.id,
            department=item.department,
            level=item.level,
            code=item.code.lower(),
            path="\t".join(item.path),
            name=item.name,
            entries="\t".join(vocabulary.terms(item.id)),
            headings=" ".join(item.path[1:]),
            department_name=item.department,
        )
    writer.commit()


class SearchIndex:
    """A built index, read-only."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _searcher(self) -> Any:
        return whoosh_index.open_dir(str(self.folder), readonly=True, schema=_schema()).searcher(weighting=BM25F())

    def sound(self, catalog: Catalog) -> bool:
        """Whether the files are those that were built, byte for byte, and hold every row of the catalog.

        The check comes before Whoosh unpickles anything.
        """
        if not self.folder.is_dir() or _seal(self.folder) != _sealed(self.folder):
            return False
        return bool(self._searcher.doc_count() == len(catalog.items))

    def search(
        self, query: str, *, department: str | None = None, level: int | None = 4, limit: int = 20
    ) -> tuple[Hit, ...]:
        """The items that answer a query, best first; none where nothing holds enough of it.

        ``level`` None searches headings too. A code in any shape (a0502, A05 02 01) matches by prefix.
        """
        text = query[:MAX_QUERY]
        tokens = list(dict.fromkeys(token for _, _, token in grams(text)))
        parsed = _code_query(text) or _text_query(tokens)
        if parsed is None:
            return ()
        wanted = _filter(department, level)
        results = self._searcher.search(parsed, limit=max(50, 2 * limit), filter=wanted)
        hits = sorted(self._hits(results, text, tokens), key=lambda hit: (-hit.score, hit.code, hit.department))
        return tuple(hits[:limit])

    def _hits(self, results: Any, text: str, tokens: list[str]) -> Iterator[Hit]:
        for result in results:
            fields = result.fields()
            highlights = tuple(_highlights(fields, tokens))
            coverage = _coverage(fields, tokens)
            coded = bool(_code_query(text))
            if not coded and coverage < MIN_COVERAGE:
                continue
            exact = 2.0 if key(fields["name"]) == key(text) or fields["code"] == _code_form(text) else 1.0
            path = tuple(part for part in fields["path"].split("\t") if part)
            score = result.score * (1.0 if coded else coverage * coverage) * exact
            yield Hit(
                fields["id"],
                fields["department"],
                fields["level"],
                fields["code"].upper(),
                fields["name"],
                path,
                round(score, 3),
                highlights,
            )


def _code_form(text: str) -> str:
    return re.sub(r"[\s.．·-]", "", normalise(text))


def _code_query(text: str) -> Query | None:
    code = _code_form(text)
    if not _CODE.fullmatch(code):
        return None
    return Prefix("code", code if code[0].isalpha() else f"a{code}")


def _text_query(tokens: list[str]) -> Query | None:
    if not tokens:
        return None
    return Or([Term(field, token, boost) for token in tokens for field, boost in BOOSTS.items()])


def _filter(department: str | None, level: int | None) -> Query | None:
    wanted = [Term("department", department)] if department else []
    if level is not None:
        wanted.append(_schema()["level"].parse_query("level", str(level)))
    return And(wanted) if wanted else None


def _coverage(fields: Mapping[str, str], tokens: list[str]) -> float:
    """The share of the query's tokens that the item's name, entries, headings or department hold."""
    text = normalise("\n".join((fields["name"], fields["entries"], fields["path"], fields["department"])))
    return sum(token in text for token in tokens) / max(1, len(tokens))


def _highlights(fields: Mapping[str, str], tokens: list[str]) -> Iterator[Highlight]:
    """The name, else the entries that hold a token, with the spans that matched."""
    for field, passage in [("name", fields["name"]), *(("entries", e) for e in fields["entries"].split("\t"))]:
        spans = _spans(passage, tokens)
        if spans:
            yield Highlight(field, passage, spans)


def _spans(passage: str, tokens: list[str]) -> tuple[tuple[int, int], ...]:
    """Merged spans of the tokens in a passage."""
    marked = [False] * len(passage)
    for start, end, token in grams(passage):
        if token in tokens:
            marked[start:end] = [True] * (end - start)
    edges = [k for k in range(len(passage) + 1) if (k and marked[k - 1]) != (k < len(passage) and marked[k])]
    return tuple(zip(edges[::2], edges[1::2], strict=True))
