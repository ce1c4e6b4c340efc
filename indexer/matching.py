"""Candidates among catalog items for a project, and how well each fits.

Every item is known by its name, its index entries and its headings. A project's words find items through
postings of bigrams; the best of them are then measured by the features of ``FEATURES`` and scored by a
linear model whose weights are fitted and kept in ``knowledge/model.json``. The score is a logit; ``share``
turns the scores of one project into probabilities.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest

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


@dataclass(frozen=True, slots=True)
class _Profile:
    """An item as it is matched: token weights of its name, its entries, its headings."""

    item: Item
    name: Mapping[str, float]
    name_norm: float
    document: Mapping[str, float]
    document_norm: float
    entries: tuple[tuple[Mapping[str, float], float], ...]
    heading: Mapping[str, float]
    domain: Mapping[str, float]
    normalised: str
    head: str


@dataclass(frozen=True, slots=True)
class _Words:
    """A project's words: its name, the tokens of name and text with the catalog's words for them, and the
    items whose entries stand whole in either."""

    name: Wording
    named: frozenset[str]
    told: frozenset[str]
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

    def _weigh(self, tokens: Iterable[str]) -> dict[str, float]:
        return {token: self._idf.get(token, 0.0) for token in tokens}

    def _profile(
        self,
        item: Item,
        name: frozenset[str],
        entries: list[frozenset[str]],
        heading: frozenset[str],
        domain: frozenset[str],
    ) -> _Profile:
        counts: dict[str, float] = defaultdict(float)
        for tokens in (name, name, *entries):
            for token in tokens:
                counts[token] += 1.0
        document = {token: (1 + math.log(count)) * self._idf[token] for token, count in counts.items()}
        weighed = self._weigh(name)
        text = normalise(item.name)
        return _Profile(
            item,
            weighed,
            sum(weighed.values()) or 1.0,
            document,
            math.sqrt(sum(w * w for w in document.values())) or 1.0,
            tuple((weights, sum(weights.values()) or 1.0) for weights in map(self._weigh, entries)),
            self._weigh(heading),
            self._weigh(domain),
            text,
            text.removesuffix("服务")[-2:],
        )

    def _post(self) -> dict[str, dict[str, list[tuple[str, float]]]]:
        """token -> department -> (item, weight) of the items whose name, entries or headings hold the token."""
        postings: dict[str, dict[str, list[tuple[str, float]]]] = defaultdict(lambda: defaultdict(list))
        for identity, profile in self.profiles.items():
            weights = {token: w / profile.document_norm for token, w in profile.document.items()}
            for token, weight in {**profile.heading, **profile.domain}.items():
                weights[token] = weights.get(token, 0.0) + 0.1 * weight / 10
            for token, weight in weights.items():
                postings[token][profile.item.department].append((identity, weight * self._idf.get(token, 0.0)))
        return {token: dict(departments) for token, departments in postings.items()}

    def candidates(self, name: Wording, text: Wording, departments: Sequence[str]) -> list[Candidate]:
        """The candidates for a project, best first.

        ``departments`` are the unit's own sections. Items of all others compete too, marked foreign, unless an
        own item is named almost whole.
        """
        words = _Words(name, self._expanded(name), self._expanded(text), self._entries_in(name), self._entries_in(text))
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
        whole = named | told
        features = (
            _covered(profile.name, named, profile.name_norm),
            _covered(profile.name, whole, profile.name_norm),
            self._cosine(profile, named),
            self._cosine(profile, told),
            words.in_name.get(identity, 0.0),
            words.in_text.get(identity, 0.0),
            max((_covered(entry, named, norm) for entry, norm in profile.entries), default=0.0),
            max((_covered(entry, whole, norm) for entry, norm in profile.entries), default=0.0),
            min(1.0, _overlap(profile.heading, named) / 10),
            min(1.0, _overlap(profile.heading, told) / 10),
            min(1.0, _overlap(profile.domain, whole) / 10),
            fuzz.partial_ratio(profile.normalised, words.name.normalised) / 100,
            float(profile.head in words.name.normalised),
            float(foreign),
        )
        score = sum(weight * value for weight, value in zip(self.weights, features, strict=True))
        return Candidate(profile.item, features, score, foreign)

    def _cosine(self, profile: _Profile, tokens: frozenset[str]) -> float:
        dot = norm = 0.0
        for token in tokens:
            weight = self._idf.get(token)
            if weight is not None:
                norm += weight * weight
                dot += weight * profile.document.get(token, 0.0)
        return dot / (math.sqrt(norm) * profile.document_norm) if norm else 0.0


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
    return sum(weight for token, weight in weights.items() if token in tokens)


def _covered(weights: Mapping[str, float], tokens: frozenset[str], whole: float) -> float:
    return _overlap(weights, tokens) / whole


def share(candidates: Sequence[Candidate]) -> list[float]:
    """The probabilities of candidates given that one of them is right (softmax of their scores)."""
    if not candidates:
        return []
    top = max(candidate.score for candidate in candidates)
    powers = [math.exp(candidate.score - top) for candidate in candidates]
    return [power / sum(powers) for power in powers]
