"""How well the search box answers graded queries (``gold/search.json``): nDCG and success by kind of query.

Relevance is graded 1 (related) to 3 (what was meant); a query without relevant items must find nothing.
"""

from __future__ import annotations

import json
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

GRADED_QUERIES = Path(str(files("indexer"))) / "gold" / "search.json"
HELD_QUERIES = GRADED_QUERIES.with_name("search_held.json")
"""Queries by somebody who knew neither the search box nor its words; docs/search.md says what was seen of them."""

DEPTH = 10
"""Hits that count."""

ALL = "全部"


@dataclass(frozen=True, slots=True)
class GradedQuery:
    """A query with the grades (1..3) of the items that answer it, by item id."""

    id: str
    query: str
    kind: str
    department: str | None
    relevant: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class SearchQuality:
    """Means over queries, each 0..1: nDCG@10 with gain 2^grade - 1 (Järvelin and Kekäläinen, TOIS 20(4), 2002),
    and the share whose first hit has grade 2 or 3."""

    queries: int
    ndcg: float
    success: float


def graded_queries(path: Path = GRADED_QUERIES) -> tuple[GradedQuery, ...]:
    """Read graded queries."""
    return tuple(GradedQuery(**row) for row in json.loads(path.read_text("utf-8")))


def search_quality(
    queries: Iterable[GradedQuery], search: Callable[[GradedQuery], Sequence[str]]
) -> dict[str, SearchQuality]:
    """The quality by kind of query and over all (``ALL``); ``search`` gives the ids of the hits, best first."""
    scores: defaultdict[str, list[tuple[float, float]]] = defaultdict(list)
    for query in queries:
        found = search(query)
        score = ndcg(query.relevant, found), success(query.relevant, found)
        scores[query.kind].append(score)
        scores[ALL].append(score)
    return {kind: _mean(rows) for kind, rows in scores.items()}


def ndcg(relevant: Mapping[str, int], found: Sequence[str]) -> float:
    """Normalised discounted cumulative gain; 1 for finding nothing where there is nothing to find.

    >>> ndcg({"民政:A040303": 3}, ["民政:A040303", "民政:A040304"]), ndcg({}, ["民政:A040303"])
    (1.0, 0.0)
    """
    if not relevant:
        return float(not found)
    best = sorted(relevant.values(), reverse=True)[:DEPTH]
    return _gain([relevant.get(item, 0) for item in found[:DEPTH]]) / _gain(best)


def success(relevant: Mapping[str, int], found: Sequence[str]) -> float:
    """1 where the first hit is what was meant or close to it, else 0."""
    if not relevant:
        return float(not found)
    return float(bool(found) and relevant.get(found[0], 0) >= 2)


def _gain(grades: Iterable[int]) -> float:
    return float(sum((2**grade - 1) / math.log2(place + 2) for place, grade in enumerate(grades)))


def _mean(rows: Sequence[tuple[float, float]]) -> SearchQuality:
    count = len(rows)
    return SearchQuality(count, sum(row[0] for row in rows) / count, sum(row[1] for row in rows) / count)
