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

SHORTLIST = 16


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


@dataclass(frozen=True, slots=True)
class _Profile:
    """An item as it is matched: token weights of its name, its entries, its headings."""

    item: Item
    name: Mapping[str, float]
    name_norm: float
    document: Mapping[str, float]
    document_norm: float
    entries: tuple[Mapping[str, float], ...]
    heading: Mapping[str, float]
    domain: Mapping[str, float]
    normalised: str
    head: str


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
            tuple(self._weigh(tokens) for tokens in entries),
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
            for token, weight in (profile.heading | profile.domain).items():
                weights[token] = weights.get(token, 0.0) + 0.1 * weight / 10
            for token, weight in weights.items():
                postings[token][profile.item.department].append((identity, weight * self._idf.get(token, 0.0)))
        return {token: dict(departments) for token, departments in postings.items()}

    def candidates(
        self, name: Wording, text: Wording, departments: Sequence[str], *, everywhere: bool = False
    ) -> list[Candidate]:
        """The best candidates for a project, best first; at most ``SHORTLIST``.

        ``departments`` are the unit's own sections; with ``everywhere`` items of all others compete too, and
        are marked foreign.
        """
        totals: dict[str, float] = defaultdict(float)
        named, told = self._expanded(name), self._expanded(text)
        weights = dict.fromkeys(told, 0.4) | dict.fromkeys(named, 1.0)
        for token, factor in weights.items():
            sections = self._postings.get(token)
            if not sections:
                continue
            for section in sections if everywhere else departments:
                for identity, weight in sections.get(section, ()):
                    totals[identity] += factor * weight
        found = self._entries_in(name), self._entries_in(text)
        for hits, bonus in zip(found, (3.0, 1.5), strict=True):
            for identity, weight in hits.items():
                if everywhere or self.profiles[identity].item.department in departments:
                    totals[identity] += bonus * weight
        best = sorted(totals, key=lambda identity: -totals[identity])[:SHORTLIST]
        measured = [self._measure(self.profiles[identity], name, named, told, found, departments) for identity in best]
        return sorted(measured, key=lambda candidate: -candidate.score)

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

    def _measure(
        self,
        profile: _Profile,
        name: Wording,
        named: frozenset[str],
        told: frozenset[str],
        found: tuple[dict[str, float], dict[str, float]],
        departments: Sequence[str],
    ) -> Candidate:
        whole = named | told
        foreign = profile.item.department not in departments
        identity = profile.item.id
        features = (
            _covered(profile.name, named, profile.name_norm),
            _covered(profile.name, whole, profile.name_norm),
            self._cosine(profile, named),
            self._cosine(profile, told),
            found[0].get(identity, 0.0),
            found[1].get(identity, 0.0),
            max((_covered(entry, named, sum(entry.values()) or 1.0) for entry in profile.entries), default=0.0),
            max((_covered(entry, whole, sum(entry.values()) or 1.0) for entry in profile.entries), default=0.0),
            min(1.0, _overlap(profile.heading, named) / 10),
            min(1.0, _overlap(profile.heading, told) / 10),
            min(1.0, _overlap(profile.domain, whole) / 10),
            fuzz.partial_ratio(profile.normalised, name.normalised) / 100,
            float(profile.head in name.normalised),
            float(foreign and bool(departments)),
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
