"""What a reader asked of the search page, and the answer in the form in which it is shown."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict

from catalog_data.model import Catalog
from indexer.query import ALIKE, RELATED
from indexer.search import MAX_QUERY, Answer, Facet, Hit, Page

SHOWN = 20
"""Hits on a page of results."""

MOST_PAGES = 20

ALSO_CALLED = 5
"""Matched index entries shown with a hit."""

FACETS = 12
"""Departments or headings offered to narrow the search."""

Piece = tuple[str, bool]
"""A stretch of text, and whether it matched the query."""

Link = dict[str, str | int | list[str]]
"""The parameters of an address of the search page."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A search as asked: department '' for all, the path of headings to stay under, page from 1.

    ``anywhere`` ignores a department named in the query; ``problem`` says in Chinese what cannot be answered.
    """

    query: str = ""
    department: str = ""
    heading: tuple[str, ...] = ()
    by_code: bool = False
    number: int = 1
    anywhere: bool = False
    problem: str = ""

    @property
    def page(self) -> Page:
        """The page in the terms of the index."""
        return Page(SHOWN, SHOWN * (self.number - 1), self.heading, self.by_code)

    def link(self, **changes: object) -> Link:
        """The parameters of this search with changes; another page only where it is named."""
        every = {
            "q": self.query,
            "department": self.department,
            "heading": list(self.heading),
            "sort": "code" if self.by_code else "",
            "anywhere": 1 if self.anywhere else "",
            **changes,
        }
        return {name: value for name, value in every.items() if value}  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class ShownHit:
    """A hit as shown: its name and the index entries that matched, cut where the query matched."""

    hit: Hit
    name: tuple[Piece, ...]
    also_called: tuple[tuple[Piece, ...], ...]
    related: bool


@dataclass(frozen=True, slots=True)
class Narrowing:
    """A department or heading that narrows the search, with the hits under it."""

    label: str
    count: int
    link: Link


def read_search(arguments: MultiDict[str, str], catalog: Catalog) -> Asked:
    """The search in the arguments of an address."""
    query = arguments.get("q", "").strip()
    department = arguments.get("department", "")
    problem = ""
    if len(query) > MAX_QUERY:
        problem = f"查询内容有 {len(query)} 个字，最多 {MAX_QUERY} 个字。请只留下最能说明服务内容的几个词。"
    elif department and department not in {row.name for row in catalog.departments}:
        problem = f"目录中没有部门“{department}”。请在“部门”一栏重新选择。"
    return Asked(
        query,
        department,
        tuple(arguments.getlist("heading")),
        arguments.get("sort") == "code",
        _page_number(arguments.get("page", "1")),
        "anywhere" in arguments,
        problem,
    )


def _page_number(written: str) -> int:
    """A page within bounds; the first where no number is written."""
    return min(max(1, int(written)), MOST_PAGES) if re.fullmatch("[0-9]{1,4}", written) else 1


def shown_hit(hit: Hit) -> ShownHit:
    """A hit cut into pieces for showing; a name that did not match is one plain piece."""
    matched = {shown.field: pieces(shown.text, shown.spans) for shown in hit.highlights}
    entries = [pieces(shown.text, shown.spans) for shown in hit.highlights if shown.field == "entries"]
    name = matched.get("name", ((hit.name, False),))
    return ShownHit(hit, name, tuple(entries[:ALSO_CALLED]), hit.grade in (RELATED, ALIKE))


def by_department(asked: Asked, answer: Answer) -> list[Narrowing]:
    """The departments of the hits, unless one was asked for."""
    if asked.department or answer.departments or len(answer.by_department) < 2:
        return []
    return [
        Narrowing(facet.path[0], facet.count, asked.link(department=facet.path[0]))
        for facet in answer.by_department[:FACETS]
    ]


def by_heading(asked: Asked, facets: Sequence[Facet]) -> list[Narrowing]:
    """The headings next below those chosen; where there is but one, the ones below it."""
    for depth in range(len(asked.heading) + 1, 4):
        below = [facet for facet in facets if len(facet.path) == depth]
        if len(below) > 1:
            return [
                Narrowing(facet.path[-1], facet.count, asked.link(heading=list(facet.path))) for facet in below[:FACETS]
            ]
    return []


def pieces(text: str, spans: tuple[tuple[int, int], ...]) -> tuple[Piece, ...]:
    """The text cut at its matched spans, nothing lost.

    >>> pieces("农村养老服务", ((2, 4),))
    (('农村', False), ('养老', True), ('服务', False))
    """
    edges = [0, *(edge for span in spans for edge in span), len(text)]
    cut = [(text[start:end], k % 2 == 1) for k, (start, end) in enumerate(zip(edges, edges[1:], strict=False))]
    return tuple(piece for piece in cut if piece[0])
