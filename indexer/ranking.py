"""How well a row answers a query: how much of what was typed it holds, and how much of it was typed.

BM25F over the index's postings brings the candidates; each is then read character by character.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest

from .analysis import grams
from .postings import Passage, Postings, Row
from .query import ENTRY, EXACT, NAME, PART, PREFIX, Alternative, Query

FIELD_SHARE = {"name": 1.0, "entries": 0.75, "headings": 0.6, "section": 0.5}
"""How far a character counts as found, by the field that holds it."""

CANDIDATES, SHORT, FEWEST = 240, 16, 24
"""Rows that are read closely, and so the most hits that one query can have: fewer where it has more tokens than
``SHORT``, since each is held against each, down to ``FEWEST``."""

MOST_LONE = 4
"""Lone characters beyond which none is looked up: each stands for every token that begins with it."""

FLOOR = 0.2
"""The share of the best BM25F sum from which a row is a candidate."""

COMMON = 0.2
"""Tokens in more than this share of the rows rank candidates but bring none, unless nothing rarer is asked."""

NEAREST = 0.6
"""A hit scores at least so much of the best: less is noise."""

UNHEARD = 0.4
"""What a character that no row holds counts, against 1 for the rarest known."""

TELLING = 0.6
"""The rarity from which a synonym counts fully."""

BREVITY = 0.1
"""How much of a passage's fit rests on its own words having been typed."""

SUPPORT, SUPPORTERS = 0.1, 3
"""What a row gains when so many others under its heading score 1."""

TOLD = 0.6
"""The share of a match that one passage must explain for its grade to be told; else 部分匹配."""

GENERIC = frozenset({"服务"})
"""Tokens of nearly every name: that they were not typed says nothing."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """A row with its score (0..1, above 1 for exact matches) and the grade of its match."""

    row: Row
    score: float
    grade: str


def _supported(hits: list[Ranked]) -> Iterator[Ranked]:
    """Rows gain by what stands under the same heading and also answers: the heading is about the query."""
    by_heading: dict[tuple[str, tuple[str, ...]], list[float]] = {}
    for hit in hits:
        by_heading.setdefault((hit.row.department, hit.row.path), []).append(hit.score)
    best = {place: sorted(scores, reverse=True)[: SUPPORTERS + 1] for place, scores in by_heading.items()}
    for hit in hits:
        beside = best[hit.row.department, hit.row.path]
        others = sum(beside) - max(hit.score, beside[-1] if len(beside) > SUPPORTERS else 0.0)
        yield replace(hit, score=round(hit.score + SUPPORT * others / SUPPORTERS, 4)) if others else hit


def above_line(ranked: Sequence[Ranked], line: float) -> list[Ranked]:
    """The hits that are no noise, of rows sorted by score: they reach the line, and ``NEAREST`` of the best."""
    line = max(line, NEAREST * ranked[0].score) if ranked else line
    return [hit for hit in ranked if hit.score >= line]


class Ranking:
    """Ranks the rows of an index."""

    def __init__(self, postings: Postings) -> None:
        self._postings = postings

    def rank(self, query: Query, allowed: Collection[int] | None) -> list[Ranked]:
        """The rows that hold anything of a query, best first; ties in printed order. ``allowed`` None admits all."""
        query = replace(query, alternatives=tuple(map(self._discounted, query.alternatives)))
        reading = _Reading(query, self._character_weights(query))
        if not reading.total:
            return []
        rows = map(self._postings.row, self._candidates(reading, allowed))
        return sorted(_supported([reading.judge(row) for row in rows]), key=lambda hit: -hit.score)

    def _character_weights(self, query: Query) -> list[float]:
        """What each character counts: the rarity of the rarest known token it stands in, times its share."""
        weights = [0.0] * len(query.text)
        for start, end, token in _looked_up(query):
            if self._postings.weights(token):
                rarity = self._postings.rarity(token)
                weights[start:end] = [max(weight, rarity) for weight in weights[start:end]]
        return [(weight or UNHEARD) * share for weight, share in zip(weights, query.shares, strict=True)]

    def _discounted(self, other: Alternative) -> Alternative:
        """A synonym that many rows hold (宣传) stands for less of the word typed than one that few do."""
        if other.ground != ENTRY:
            return other
        rarity = max((self._postings.rarity(token) for token in _tokens(other.phrase)), default=1.0)
        return replace(other, factor=other.factor * min(1.0, rarity / TELLING))

    def _candidates(self, reading: _Reading, allowed: Collection[int] | None) -> list[int]:
        """The rows with the highest BM25F sums, in printed order."""
        postings = self._postings
        sums: dict[int, float] = {}
        for token in sorted(reading.typed, key=lambda token: (len(postings.weights(token)), token)):
            found, rarity = postings.weights(token), postings.rarity(token)
            if sums and len(found) > COMMON * postings.size:
                shared = sums.keys() & found.keys()
                sums.update({number: sums[number] + rarity * found[number] for number in shared})
                continue
            for number, weight in found.items():
                if allowed is None or number in allowed:
                    sums[number] = sums.get(number, 0.0) + rarity * weight
        floor = FLOOR * max(sums.values(), default=0.0)
        near = [number for number, total in sums.items() if total >= floor]
        most = max(FEWEST, CANDIDATES * SHORT // max(SHORT, len(reading.typed)))
        return sorted(nsmallest(most, near, key=lambda number: (-sums[number], number)))


class _Reading:
    """A query as it is held against one row after the other. Work on a row grows with what it holds of the query,
    not with how much was typed."""

    def __init__(self, query: Query, weights: list[float]) -> None:
        self._alternatives = _by_phrase(query.alternatives)
        self._weights = weights
        self._words = _bare(query.text)
        self._places: dict[str, list[int]] = {}
        for start, end, token in _looked_up(query):
            self._places.setdefault(token, []).extend(range(start, end))
        self._singles = tuple(token for token in self._places if len(token) == 1)
        self.total = sum(weights)
        self.typed = frozenset(self._places).union(*map(_tokens, self._alternatives))

    def judge(self, row: Row) -> Ranked:
        """The score of a row: half how much of the query it holds, half how well one passage fits the query."""
        shares: dict[int, float] = {}
        relevant: list[Passage] = []
        best, grade = 0.0, PART
        for passage in (row.name, *row.entries, row.headings, row.section):
            held, ground = self._held(passage)
            if not held:
                continue
            field_share = FIELD_SHARE[passage.field]
            for place, share in held.items():
                shares[place] = max(shares.get(place, 0.0), share * field_share)
            if passage.field in ("name", "entries"):
                relevant.append(passage)
                fit = self._fit(passage, held) * field_share
                if fit > best:
                    best, grade = fit, ground or (NAME if passage.field == "name" else ENTRY)
        coverage = self._weighed(shares) / self.total
        exactness, exact_grade = self._exactness(relevant)
        grade = grade if best >= TOLD * coverage and coverage >= TOLD else PART
        return Ranked(row, round(0.5 * coverage + 0.5 * best + exactness, 4), exact_grade or grade)

    def _fit(self, passage: Passage, held: Mapping[int, float]) -> float:
        """How well a passage fits the query (0..1): what it holds of it, and how much of it was typed."""
        own = passage.tokens - GENERIC
        typed = len(own & self.typed) / len(own) if own else 1.0
        return self._weighed(held) / self.total * (1 - BREVITY + BREVITY * typed)

    def _held(self, passage: Passage) -> tuple[dict[int, float], str]:
        """How far a passage holds each character, and on what ground where not by the word itself."""
        held: dict[int, float] = {}
        for token in self._places.keys() & passage.tokens:
            held.update(dict.fromkeys(self._places[token], 1.0))
        for token in self._singles:
            if token in passage.folded:
                held.update(dict.fromkeys(self._places[token], 1.0))
        ground = ""
        for phrase, others in self._alternatives.items():
            if phrase not in passage.folded:
                continue
            for other in others:
                span = range(other.start, other.end)
                if min(held.get(place, 0.0) for place in span) < other.factor:
                    ground = ground or other.ground
                    held.update((place, max(held.get(place, 0.0), other.factor)) for place in span)
        return held, ground

    def _weighed(self, held: Mapping[int, float]) -> float:
        return sum(share * self._weights[place] for place, share in held.items())

    def _exactness(self, relevant: list[Passage]) -> tuple[float, str]:
        """What exact and prefix matches of a name or entry gain over all others, and their grade."""
        words = self._words
        exact = {passage.field for passage in relevant if _bare(passage.folded) in (words, f"{words}服务")}
        if "name" in exact:
            return 0.5, EXACT
        if exact:
            return 0.2, ""
        name = next((passage for passage in relevant if passage.field == "name"), None)
        if name and len(words) > 1 and _bare(name.folded).startswith(words):
            return 0.1, PREFIX
        return 0.0, ""


def _looked_up(query: Query) -> tuple[tuple[int, int, str], ...]:
    """The tokens of a query that are looked up, with their places."""
    tokens = query.grams
    lone = sum(end - start == 1 for start, end, _ in tokens)
    return tokens if lone <= MOST_LONE else tuple(place for place in tokens if place[1] - place[0] > 1)


def _by_phrase(alternatives: Iterable[Alternative]) -> dict[str, list[Alternative]]:
    grouped: dict[str, list[Alternative]] = {}
    for other in alternatives:
        grouped.setdefault(other.phrase, []).append(other)
    return grouped


def _tokens(phrase: str) -> Iterator[str]:
    return (token for _, _, token in grams(phrase))


def _bare(text: str) -> str:
    return "".join(filter(str.isalnum, text))
