"""Candidates among catalog items for a project, and how well each fits.

Every item is known by its name, its index entries and its headings. A project's words find items through
postings of bigrams; the best of them are then measured by the features of ``FEATURES`` and scored by a
linear model whose weights are fitted and kept in ``knowledge/model.json``. The score is a logit; ``share``
turns the scores of one project into probabilities.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul
from typing import NamedTuple

from rapidfuzz import fuzz

from catalog_data.model import Catalog, Item

from .phrases import Phrases
from .profiles import Profile, Profiles
from .vocabulary import ThesaurusEntry
from .wording import Wording, cleaner

FEATURES = (
    "name_cover",
    "text_cover",
    "name_cosine",
    "text_cosine",
    "entry_in_name",
    "entry_in_text",
    "entry_near_name",
    "entry_near_text",
    "heading_name",
    "heading_text",
    "domain_name",
    "partial_ratio",
    "head_word",
    "foreign",
)
"""What is measured, each in about 0..1; see docs/tagging.md for the definitions and their worth."""

SHORTLIST = 10
"""How many candidates of the own sections, and how many of all others, are measured."""

_NOWHERE: Mapping[str, list[tuple[str, float]]] = {}

NAMED_COVER = 0.8
"""The share of an item's name, or of an index entry, from which a project's name counts as naming it."""


class Candidate(NamedTuple):
    """An item with its features (in the order of ``FEATURES``) and score; ``foreign`` if of another section."""

    item: Item
    features: tuple[float, ...]
    score: float
    foreign: bool

    def by_name(self) -> dict[str, float]:
        """The features by name."""
        return dict(zip(FEATURES, self.features, strict=True))

    @property
    def named(self) -> bool:
        """Whether the project's name holds the item's name, or one of its index entries, almost whole."""
        values = self.by_name()
        return max(values["name_cover"], values["entry_near_name"]) >= NAMED_COVER


@dataclass(frozen=True, slots=True)
class _Words:
    """A project's words: its name; the tokens of name, of text and of both with the catalog's words for them;
    their lengths; the items whose entries stand whole in either; and what headings share with them, once measured."""

    name: Wording
    named: frozenset[str]
    told: frozenset[str]
    whole: frozenset[str]
    named_norm: float
    told_norm: float
    in_name: Mapping[str, float]
    in_text: Mapping[str, float]
    headings: dict[str, tuple[float, float, float]]


class Matcher:
    """Finds and scores candidates among the level-4 items of a catalog, known by their profiles."""

    def __init__(
        self,
        catalog: Catalog,
        profiles: Profiles,
        thesaurus: Sequence[ThesaurusEntry],
        weights: Mapping[str, float],
    ) -> None:
        self.weights = tuple(weights[feature] for feature in FEATURES)
        self._items = {item.id: item for item in catalog.items}
        self._profiles, self._idf, self._postings = profiles.items, profiles.idf, profiles.postings
        self._entry_phrases = profiles.entries
        self._thesaurus = Phrases((entry.term, _preferred_tokens(entry)) for entry in thesaurus)

    def candidates(self, name: Wording, text: Wording, departments: Sequence[str]) -> list[Candidate]:
        """The candidates for a project, best first.

        ``departments`` are the unit's own sections. Items of all others compete too, marked foreign, unless an
        own item is named almost whole.
        """
        words = self._words(name, text)
        own = [self._measure(identity, words, foreign=False) for identity in self._shortlist(words, departments)]
        if not any(candidate.named for candidate in own):
            others = self._shortlist(words, None, without=frozenset(departments))
            own += [self._measure(identity, words, foreign=bool(departments)) for identity in others]
        return sorted(own, key=lambda candidate: -candidate.score)

    def _shortlist(
        self, words: _Words, departments: Sequence[str] | None, without: frozenset[str] = frozenset()
    ) -> list[str]:
        """The items of some departments, or of all, that share most with a project; at most ``SHORTLIST``."""
        totals: dict[str, float] = defaultdict(float)
        weights = dict.fromkeys(words.told, 0.4) | dict.fromkeys(words.named, 1.0)
        for token, factor in weights.items():
            sections = self._postings.get(token, _NOWHERE)
            for section in sections if departments is None else departments:
                if section in sections and section not in without:
                    for identity, weight in sections[section]:
                        totals[identity] += factor * weight
        for hits, bonus in ((words.in_name, 3.0), (words.in_text, 1.5)):
            for identity, weight in hits.items():
                section = self._profiles[identity].department
                if section not in without and (departments is None or section in departments):
                    totals[identity] += bonus * weight
        return sorted(totals, key=totals.__getitem__, reverse=True)[:SHORTLIST]

    def _words(self, name: Wording, text: Wording) -> _Words:
        named, told = self._expanded(name), self._expanded(text)
        found = self._entries_in(name), self._entries_in(text)
        return _Words(name, named, told, named | told, self._norm(named), self._norm(told), *found, {})

    def _expanded(self, wording: Wording) -> frozenset[str]:
        """The tokens of a text with those of the catalog's words for it."""
        return wording.tokens.union(*(hit.value for hit in self._thesaurus.find(wording.normalised)))

    def _entries_in(self, wording: Wording) -> dict[str, float]:
        """The items with an entry that stands whole in the text, with the entry's weight (0..1)."""
        best: dict[str, float] = {}
        for hit in self._entry_phrases.find(wording.normalised):
            weight = min(1.0, (hit.end - hit.start) / 6)
            if weight > best.get(hit.value, 0.0):
                best[hit.value] = weight
        return best

    def _measure(self, identity: str, words: _Words, *, foreign: bool) -> Candidate:
        profile, item = self._profiles[identity], self._items[identity]
        if item.parent not in words.headings:
            words.headings[item.parent] = _heading_overlap(profile, words)
        name_cover, text_cover, name_dot, text_dot, near_name, near_text = self._shared(profile, words)
        features = (
            name_cover,
            text_cover,
            name_dot / words.named_norm,
            text_dot / words.told_norm,
            words.in_name.get(identity, 0.0),
            words.in_text.get(identity, 0.0),
            near_name,
            near_text,
            *words.headings[item.parent],
            fuzz.partial_ratio(profile.normalised, words.name.normalised) / 100,
            float(profile.head in words.name.normalised),
            float(foreign),
        )
        score = sum(map(mul, self.weights, features))
        return Candidate(item, features, score, foreign)

    def _shared(self, profile: Profile, words: _Words) -> tuple[float, float, float, float, float, float]:
        """How much of the item's name, document and nearest entry the project's name, and all its words, hold."""
        named, told, idf = words.named, words.told, self._idf
        name_cover = text_cover = name_dot = text_dot = 0.0
        near_name: dict[int, float] = defaultdict(float)
        near_text: dict[int, float] = defaultdict(float)
        for token in profile.tokens.keys() & words.whole:
            in_document, in_name, in_entries = profile.tokens[token]
            text_cover += in_name
            if token in told:
                text_dot += in_document * idf[token]
            if token in named:
                name_cover += in_name
                name_dot += in_document * idf[token]
                for entry, part in in_entries:
                    near_name[entry] += part
            for entry, part in in_entries:
                near_text[entry] += part
        nearest = max(near_name.values(), default=0.0), max(near_text.values(), default=0.0)
        return name_cover, text_cover, name_dot, text_dot, *nearest

    def _norm(self, tokens: frozenset[str]) -> float:
        """The Euclidean length of a text over the tokens that the catalog knows; 1 where it knows none."""
        known = (self._idf.get(token, 0.0) for token in tokens)
        return math.sqrt(sum(weight * weight for weight in known)) or 1.0


def _preferred_tokens(entry: ThesaurusEntry) -> frozenset[str]:
    return frozenset[str]().union(*(cleaner().clean(term).tokens for term in entry.preferred))


def _heading_overlap(profile: Profile, words: _Words) -> tuple[float, float, float]:
    """What the name and the content share with the level-3 heading, and both with the level-2 one: 0..1 each."""
    return (
        _overlap(profile.heading, words.named),
        _overlap(profile.heading, words.told),
        _overlap(profile.domain, words.whole),
    )


def _overlap(weights: Mapping[str, float], tokens: frozenset[str]) -> float:
    return min(1.0, sum(map(weights.__getitem__, weights.keys() & tokens)) / 10)


def share(candidates: Sequence[Candidate]) -> list[float]:
    """The probabilities of candidates given that one of them is right (softmax of their scores)."""
    if not candidates:
        return []
    top = max(candidate.score for candidate in candidates)
    powers = [math.exp(candidate.score - top) for candidate in candidates]
    return [power / sum(powers) for power in powers]
