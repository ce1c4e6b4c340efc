"""Two plain matchers to measure against: fuzzy string matching and character TF-IDF.

Both are given what the engine must find out, the right department, and search its level-4 items with the
project's name; both always answer, as such matchers do, so every project that is no service gets a false code.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from rapidfuzz import fuzz, process

from catalog_data.model import Catalog, Choice, Item, Verdict, Versions
from catalog_data.text import key

from .figures import Outcome
from .gold import GoldProject

OFFERED = 5
GRAM_LENGTHS = (1, 2, 3)

Ranking = Callable[[str, Sequence[Item]], Sequence[tuple[Item, float]]]
"""Ranks items for a name, best first, at most ``OFFERED``, each with a score of 0..1."""


def fuzzy_ranking(name: str, items: Sequence[Item]) -> Sequence[tuple[Item, float]]:
    """RapidFuzz ``process.extract`` with its default scorer WRatio."""
    found = process.extract(key(name), [key(item.name) for item in items], scorer=fuzz.WRatio, limit=OFFERED)
    return [(items[position], score / 100) for _, score, position in found]


class TfIdfRanking:
    """Cosine of TF-IDF vectors over character 1- to 3-grams, weighed as scikit-learn's ``TfidfVectorizer`` does
    by default (smooth idf, Euclidean norm)."""

    def __init__(self, items: Sequence[Item]) -> None:
        counts = {item.id: character_grams(item.name) for item in items}
        frequency = Counter(gram for grams in counts.values() for gram in grams)
        self._idf = {gram: math.log((1 + len(items)) / (1 + n)) + 1 for gram, n in frequency.items()}
        self._vectors = {identity: self._vector(grams) for identity, grams in counts.items()}

    def __call__(self, name: str, items: Sequence[Item]) -> Sequence[tuple[Item, float]]:
        """The items nearest to a name; equal ones in printed order."""
        asked = self._vector(character_grams(name))
        scored = [(item, _dot(asked, self._vectors[item.id])) for item in items]
        return sorted(scored, key=lambda pair: -pair[1])[:OFFERED]

    def _vector(self, grams: Mapping[str, int]) -> dict[str, float]:
        weights = {gram: count * self._idf[gram] for gram, count in grams.items() if gram in self._idf}
        norm = math.sqrt(sum(weight * weight for weight in weights.values())) or 1.0
        return {gram: weight / norm for gram, weight in weights.items()}


def character_grams(text: str) -> Counter[str]:
    """The character n-grams of a text with their counts.

    >>> sorted(character_grams("养老"))
    ['养', '养老', '老']
    """
    plain = key(text)
    return Counter(plain[k : k + n] for n in GRAM_LENGTHS for k in range(len(plain) - n + 1))


def _dot(left: Mapping[str, float], right: Mapping[str, float]) -> float:
    return sum(weight * right.get(gram, 0.0) for gram, weight in left.items())


def baseline_outcomes(gold: Sequence[GoldProject], catalog: Catalog) -> dict[str, tuple[Outcome, ...]]:
    """The answers of both baselines, by the name under which they are reported."""
    items = [item for item in catalog.items if item.level == 4]
    rankings: dict[str, Ranking] = {"RapidFuzz WRatio": fuzzy_ranking, "字符 TF-IDF": TfIdfRanking(items)}
    return {name: tuple(_outcome(row, ranking, items) for row in gold) for name, ranking in rankings.items()}


def _outcome(row: GoldProject, ranking: Ranking, items: Sequence[Item]) -> Outcome:
    """The best item of the given department, or of all where the gold file names none."""
    section = [item for item in items if item.department == row.department] or items
    choices = tuple(
        Choice(item.id, item.name, item.path, round(score, 4), round(score, 4), foreign=False)
        for item, score in ranking(row.project.name, section)
    )
    verdict = Verdict(
        id=row.project.id,
        department=row.department,
        departments=(row.department,) if row.department else (),
        nature="service",
        code=choices[0].id if choices else None,
        decision="auto",
        confidence=choices[0].confidence if choices else 0.0,
        natures={"service": 1.0},
        candidates=choices,
        flags=(),
        evidence=(),
        reason="基线方法总是给出最相似的条目",
        question="",
        versions=Versions("", "", ""),
    )
    return Outcome(row, verdict)
