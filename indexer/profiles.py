"""How the items of a catalog look to matching: what each token is worth to each item, and where it stands.

Made from catalog, index entries and generic words.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from catalog_data.model import Catalog, Item

from .analysis import normalise
from .phrases import Phrases
from .vocabulary import Vocabulary
from .wording import cleaner

HEADING_WORTH = 0.01
"""What a token of a heading adds when candidates are sought, by its inverse document frequency."""

Worth = tuple[float, float, tuple[tuple[int, float], ...]]
"""What a token is worth to an item: in its whole document, in its name, in each of its entries (as shares)."""

Postings = Mapping[str, Mapping[str, list[tuple[str, float]]]]
"""token -> department -> (item id, weight) of the items whose name, entries or headings hold the token."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An item as it is matched: its tokens with their worth, those of its level-3 and level-2 headings by inverse
    document frequency, its normalised name and the last two characters of it."""

    department: str
    tokens: Mapping[str, Worth]
    heading: Mapping[str, float]
    domain: Mapping[str, float]
    normalised: str
    head: str


@dataclass(frozen=True, slots=True)
class Profiles:
    """The profiles of all level-4 items by id, the rarity of each token, its postings, and the index entries, each
    standing for the ids of its items."""

    items: Mapping[str, Profile]
    idf: Mapping[str, float]
    postings: Postings
    entries: Phrases[str]

    def plain(self) -> tuple[Any, ...]:
        """The data, for keeping them; ``of`` takes them back."""
        items = {
            identity: tuple(getattr(profile, part) for part in Profile.__slots__)
            for identity, profile in self.items.items()
        }
        return items, self.idf, self.postings, self.entries.values, self.entries.lengths

    @classmethod
    def of(cls, items: Any, idf: Any, postings: Any, values: Any, lengths: Any) -> Profiles:
        """The profiles whose data were kept."""
        profiles = {identity: Profile(*parts) for identity, parts in items.items()}
        return cls(profiles, idf, postings, Phrases.of(values, lengths))


@dataclass(frozen=True, slots=True)
class _Tokens:
    """Tokens of an item: of its name, of each entry, of its level-3 heading with its entries, of its level-2 one."""

    name: frozenset[str]
    entries: tuple[frozenset[str], ...]
    heading: frozenset[str]
    domain: frozenset[str]


def make_profiles(catalog: Catalog, vocabulary: Vocabulary) -> Profiles:
    """The profiles of a catalog's level-4 items, known by their names, index entries and headings."""
    by_id = {item.id: item for item in catalog.items}
    items = [item for item in catalog.items if item.level == 4]
    tokens = {item.id: _tokens(item, vocabulary, by_id) for item in items}
    idf = _inverse_frequency(tokens.values())
    rarities = _Rarities(idf)
    profiles = {item.id: _profile(item, tokens[item.id], rarities) for item in items}
    terms = ((term, item.id) for item in items for term in vocabulary.terms(item.id) if len(term) > 1)
    return Profiles(profiles, idf, _postings(profiles, idf), Phrases(terms))


def _tokens(item: Item, vocabulary: Vocabulary, by_id: Mapping[str, Item]) -> _Tokens:
    def of(text: str) -> frozenset[str]:
        return cleaner().clean(text).tokens

    heading = [item.path[-1] if item.path else "", *vocabulary.terms(item.parent)]
    domain = by_id[item.parent].path[-1:] if item.parent in by_id else ()
    return _Tokens(
        of(item.name),
        tuple(of(term) for term in vocabulary.terms(item.id)),
        frozenset[str]().union(*map(of, heading)),
        of("".join(domain)),
    )


def _inverse_frequency(documents: Iterable[_Tokens]) -> dict[str, float]:
    """Robertson's inverse document frequency of each token over the items (Robertson, J. Doc. 60(5), 2004)."""
    frequency: Counter[str] = Counter()
    total = 0
    for document in documents:
        total += 1
        frequency.update(document.name.union(document.heading, document.domain, *document.entries))
    return {token: math.log(1 + (total - n + 0.5) / (n + 0.5)) for token, n in frequency.items()}


class _Rarities:
    """The rarity of each token, and those of the tokens of headings, which the items below them share."""

    def __init__(self, idf: Mapping[str, float]) -> None:
        self.of_token = idf
        self._known: dict[frozenset[str], dict[str, float]] = {}

    def of_heading(self, tokens: frozenset[str]) -> Mapping[str, float]:
        if tokens not in self._known:
            self._known[tokens] = {token: self.of_token[token] for token in tokens}
        return self._known[tokens]


def _profile(item: Item, tokens: _Tokens, rarities: _Rarities) -> Profile:
    idf = rarities.of_token
    counts = Counter(token for part in (tokens.name, tokens.name, *tokens.entries) for token in part)
    document = {token: (1 + math.log(count)) * idf[token] for token, count in counts.items()}
    norm = math.sqrt(sum(weight * weight for weight in document.values())) or 1.0
    named = sum(idf[token] for token in tokens.name) or 1.0
    places: dict[str, list[tuple[int, float]]] = defaultdict(list)
    for k, entry in enumerate(tokens.entries):
        whole = sum(idf[token] for token in entry) or 1.0
        for token in entry:
            places[token].append((k, idf[token] / whole))
    text = normalise(item.name)
    return Profile(
        item.department,
        {
            token: (weight / norm, idf[token] / named if token in tokens.name else 0.0, tuple(places[token]))
            for token, weight in document.items()
        },
        rarities.of_heading(tokens.heading),
        rarities.of_heading(tokens.domain),
        text,
        text.removesuffix("服务")[-2:],
    )


def _postings(profiles: Mapping[str, Profile], idf: Mapping[str, float]) -> Postings:
    postings: dict[str, dict[str, list[tuple[str, float]]]] = defaultdict(dict)
    for identity, profile in profiles.items():
        weights = {token: document for token, (document, _, _) in profile.tokens.items()}
        for token, weight in {**profile.heading, **profile.domain}.items():
            weights[token] = weights.get(token, 0.0) + HEADING_WORTH * weight
        for token, weight in weights.items():
            postings[token].setdefault(profile.department, []).append((identity, weight * idf[token]))
    return dict(postings)
