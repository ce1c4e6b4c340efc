"""Candidates among catalog items for a project, and how well each fits.

Every item is known by its name, its index entries and its headings. A project's words find items through
postings of bigrams; the best of them are then measured by the features of ``FEATURES`` and scored by a
linear model whose weights are fitted and kept in ``knowledge/model.json``. The score is a logit; ``share``
turns the scores of one project into probabilities.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from operator import mul
from typing import NamedTuple

from rapidfuzz import fuzz

from catalog_data.model import Catalog, Item

from .analysis import normalise
from .phrases import Phrases
from .vocabulary import ThesaurusEntry, Vocabulary
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

HEADING_WORTH = 0.01
"""What a token of a heading adds when candidates are sought, by its inverse document frequency."""

NAMED_COVER = 0.8
"""The share of an item's name, or of an index entry, from which a project's name counts as naming it."""


@dataclass(frozen=True, slots=True)
class Candidate:
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


class _Token(NamedTuple):
    """What a token is worth to an item: in its whole document, in its name, in each of its entries (as shares)."""

    document: float
    name: float
    entries: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class _Profile:
    """An item as it is matched: its tokens with their worth, those of its headings, its name."""

    item: Item
    tokens: Mapping[str, _Token]
    heading: Mapping[str, float]
    domain: Mapping[str, float]
    normalised: str
    head: str


@dataclass(frozen=True, slots=True)
class _Words:
    """A project's words: its name; the tokens of name, of text and of both with the catalog's words for them;
    their lengths; and the items whose entries stand whole in either."""

    name: Wording
    named: frozenset[str]
    told: frozenset[str]
    whole: frozenset[str]
    named_norm: float
    told_norm: float
    in_name: Mapping[str, float]
    in_text: Mapping[str, float]


class Matcher:
    """Finds and scores candidates among the level-4 items of a catalog."""

    def __init__(
        self,
        catalog: Catalog,
        vocabulary: Vocabulary,
        thesaurus: Sequence[ThesaurusEntry],
        weights: Mapping[str, float],
    ) -> None:
        self.weights = tuple(weights[feature] for feature in FEATURES)
        self._cleaner = cleaner()
        items = [item for item in catalog.items if item.level == 4]
        by_id = {item.id: item for item in catalog.items}
        raw = {item.id: self._documents(item, vocabulary, by_id) for item in items}
        self._idf = _inverse_frequency(raw.values())
        self.profiles = {item.id: self._profile(item, *raw[item.id]) for item in items}
        self._postings = self._post()
        self._entry_phrases = Phrases(
            (term, item.id) for item in items for term in vocabulary.terms(item.id) if len(term) > 1
        )
        self._thesaurus = Phrases(
            (entry.term, frozenset().union(*(self._tokens(term) for term in entry.preferred))) for entry in thesaurus
        )

    def _tokens(self, text: str) -> frozenset[str]:
        return self._cleaner.clean(text).tokens

    def _documents(
        self, item: Item, vocabulary: Vocabulary, by_id: Mapping[str, Item]
    ) -> tuple[frozenset[str], list[frozenset[str]], frozenset[str], frozenset[str]]:
        """Tokens of the name, of each entry, of the level-3 heading with its entries, of the level-2 heading."""
        entries = [self._tokens(term) for term in vocabulary.terms(item.id)]
        heading = [item.path[-1] if item.path else "", *vocabulary.terms(item.parent)]
        domain = by_id[item.parent].path[-1:] if item.parent in by_id else ()
        tokens = frozenset[str]().union(*(self._tokens(text) for text in heading))
        return self._tokens(item.name), entries, tokens, self._tokens("".join(domain))

    def _profile(
        self,
        item: Item,
        name: frozenset[str],
        entries: list[frozenset[str]],
        heading: frozenset[str],
        domain: frozenset[str],
    ) -> _Profile:
        idf = self._idf
        counts = Counter(token for tokens in (name, name, *entries) for token in tokens)
        document = {token: (1 + math.log(count)) * idf[token] for token, count in counts.items()}
        norm = math.sqrt(sum(weight * weight for weight in document.values())) or 1.0
        named = sum(idf[token] for token in name) or 1.0
        places: dict[str, list[tuple[int, float]]] = defaultdict(list)
        for k, tokens in enumerate(entries):
            whole = sum(idf[token] for token in tokens) or 1.0
            for token in tokens:
                places[token].append((k, idf[token] / whole))
        text = normalise(item.name)
        return _Profile(
            item,
            {
                token: _Token(weight / norm, idf[token] / named if token in name else 0.0, tuple(places[token]))
                for token, weight in document.items()
            },
            {token: idf[token] for token in heading},
            {token: idf[token] for token in domain},
            text,
            text.removesuffix("服务")[-2:],
        )

    def _post(self) -> dict[str, dict[str, list[tuple[str, float]]]]:
        """token -> department -> (item, weight) of the items whose name, entries or headings hold the token."""
        postings: dict[str, dict[str, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
        for identity, profile in self.profiles.items():
            weights = {token: worth.document for token, worth in profile.tokens.items()}
            for token, weight in {**profile.heading, **profile.domain}.items():
                weights[token] = weights.get(token, 0.0) + HEADING_WORTH * weight
            for token, weight in weights.items():
                postings[token][profile.item.department].append((identity, weight * self._idf.get(token, 0.0)))
        return {token: dict(departments) for token, departments in postings.items()}

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
            sections = self._postings.get(token, {})
            for section in sections if departments is None else departments:
                if section not in without:
                    for identity, weight in sections.get(section, ()):
                        totals[identity] += factor * weight
        for hits, bonus in ((words.in_name, 3.0), (words.in_text, 1.5)):
            for identity, weight in hits.items():
                section = self.profiles[identity].item.department
                if section not in without and (departments is None or section in departments):
                    totals[identity] += bonus * weight
        return nlargest(SHORTLIST, totals, key=totals.__getitem__)

    def _words(self, name: Wording, text: Wording) -> _Words:
        named, told = self._expanded(name), self._expanded(text)
        found = self._entries_in(name), self._entries_in(text)
        return _Words(name, named, told, named | told, self._norm(named), self._norm(told), *found)

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
        profile, named, told = self.profiles[identity], words.named, words.told
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
            min(1.0, _overlap(profile.heading, named) / 10),
            min(1.0, _overlap(profile.heading, told) / 10),
            min(1.0, _overlap(profile.domain, words.whole) / 10),
            fuzz.partial_ratio(profile.normalised, words.name.normalised) / 100,
            float(profile.head in words.name.normalised),
            float(foreign),
        )
        score = sum(map(mul, self.weights, features))
        return Candidate(profile.item, features, score, foreign)

    def _shared(self, profile: _Profile, words: _Words) -> tuple[float, float, float, float, float, float]:
        """How much of the item's name, document and nearest entry the project's name, and all its words, hold."""
        named, told, idf = words.named, words.told, self._idf
        name_cover = text_cover = name_dot = text_dot = 0.0
        near_name: dict[int, float] = defaultdict(float)
        near_text: dict[int, float] = defaultdict(float)
        for token in profile.tokens.keys() & words.whole:
            worth = profile.tokens[token]
            text_cover += worth.name
            if token in told:
                text_dot += worth.document * idf[token]
            if token in named:
                name_cover += worth.name
                name_dot += worth.document * idf[token]
                for entry, part in worth.entries:
                    near_name[entry] += part
            for entry, part in worth.entries:
                near_text[entry] += part
        nearest = max(near_name.values(), default=0.0), max(near_text.values(), default=0.0)
        return name_cover, text_cover, name_dot, text_dot, *nearest

    def _norm(self, tokens: frozenset[str]) -> float:
        """The Euclidean length of a text over the tokens that the catalog knows; 1 where it knows none."""
        known = (self._idf.get(token, 0.0) for token in tokens)
        return math.sqrt(sum(weight * weight for weight in known)) or 1.0


def _inverse_frequency(
    documents: Iterable[tuple[frozenset[str], list[frozenset[str]], frozenset[str], frozenset[str]]],
) -> dict[str, float]:
    """Robertson's inverse document frequency of each token over the items (Robertson, J. Doc. 60(5), 2004)."""
    frequency: dict[str, int] = defaultdict(int)
    total = 0
    for name, entries, heading, domain in documents:
        total += 1
        for token in name.union(heading, domain, *entries):
            frequency[token] += 1
    return {token: math.log(1 + (total - n + 0.5) / (n + 0.5)) for token, n in frequency.items()}


def _overlap(weights: Mapping[str, float], tokens: frozenset[str]) -> float:
    return sum(map(weights.__getitem__, weights.keys() & tokens))


def share(candidates: Sequence[Candidate]) -> list[float]:
    """The probabilities of candidates given that one of them is right (softmax of their scores)."""
    if not candidates:
        return []
    top = max(candidate.score for candidate in candidates)
    powers = [math.exp(candidate.score - top) for candidate in candidates]
    return [power / sum(powers) for power in powers]
