"""What a search gives: a page of hits, how they were found, and facets over all of them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .analysis import grams
from .postings import Row
from .query import Query


@dataclass(frozen=True, slots=True)
class Highlight:
    """A passage that matched: field, its text as printed, and half-open character spans in it."""

    field: str
    text: str
    spans: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """A catalog item that answers a query; ``score`` orders hits and means nothing beyond one query.

    ``grade`` says in Chinese how it was found; ``elsewhere`` counts the other departments that print its code.
    """

    id: str
    department: str
    level: int
    code: str
    name: str
    path: tuple[str, ...]
    score: float
    highlights: tuple[Highlight, ...]
    grade: str
    elsewhere: int


@dataclass(frozen=True, slots=True)
class Page:
    """Which hits to give: those under a path of headings, sorted by relevance or by code in natural order."""

    limit: int = 20
    offset: int = 0
    heading: tuple[str, ...] = ()
    by_code: bool = False


FIRST_PAGE = Page()


@dataclass(frozen=True, slots=True)
class Facet:
    """A department, or a heading with those above it, and how many hits stand under it."""

    path: tuple[str, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """A page of hits with what the reader should know of how they were found.

    ``total`` counts all hits; ``departments`` were recognised in ``unit``, words of the query; ``meant`` is the
    query with a slip corrected, or ''; ``nearest`` are headings to look under where nothing was found.
    """

    hits: tuple[Hit, ...]
    total: int = 0
    departments: tuple[str, ...] = ()
    unit: str = ""
    meant: str = ""
    by_department: tuple[Facet, ...] = ()
    by_heading: tuple[Facet, ...] = ()
    nearest: tuple[Row, ...] = ()


def highlights(row: Row, query: Query) -> Iterator[Highlight]:
    """The name, and the entries that hold a token or another reading of one, with the spans that matched."""
    tokens = {token for _, _, token in query.grams}
    phrases = {other.phrase for other in query.alternatives}
    for passage in (row.name, *row.entries):
        if tokens.isdisjoint(passage.tokens) and not any(phrase in passage.folded for phrase in phrases):
            continue
        spans = _spans(passage.folded, tokens, phrases)
        if spans:
            yield Highlight(passage.field, passage.text, spans)


def _spans(text: str, tokens: set[str], phrases: set[str]) -> tuple[tuple[int, int], ...]:
    """Merged spans of the tokens and phrases in a folded passage."""
    marked = [False] * len(text)
    for start, end, token in grams(text):
        if token in tokens:
            marked[start:end] = [True] * (end - start)
    for phrase in phrases:
        for match in re.finditer(re.escape(phrase), text):
            marked[slice(*match.span())] = [True] * len(match.group())
    edges = [k for k in range(len(text) + 1) if (k and marked[k - 1]) != (k < len(text) and marked[k])]
    return tuple(zip(edges[::2], edges[1::2], strict=True))
