"""Which section of the catalog a project belongs to: usually the unit's own, sometimes that of its topic.

A finance bureau pays for everybody, a bureau of culture keeps the monuments, a bureau of natural resources the
forests (``knowledge/affiliations.tsv``). A conditional logit (McFadden 1974) over the sections in question weighs
what the unit is against what the project is about; its weights are fitted and kept in ``knowledge/model.json``.
The section in charge does not change which items the unit may buy: those of other sections stay foreign.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul
from pathlib import Path
from typing import NamedTuple

from .analysis import normalise
from .cues import CueHit, programmes_in
from .departments import DepartmentMatch, DepartmentResolver
from .matching import Candidate
from .profiles import Profiles
from .tables import KNOWLEDGE, read_table
from .wording import Wording

COLUMNS = ("section", "affiliated", "ground")
EVERYTHING = "*"
"""In the place of an affiliated section: the unit pays for all of them."""

FEATURES = (
    "own",
    "own_of_generalist",
    "own_named",
    "affiliated",
    "named",
    "named_in_text",
    "topic_name",
    "topic_text",
    "score",
    "score_unbound",
    "topic_unbound",
    "programme",
    "programme_own",
    "programme_affiliated",
    "programme_in_text",
    "programme_unbound",
)
"""What is measured of a section; ``unbound``: the unit has no section of its own or pays for all; ``programme``: the
section is in charge of a programme that is named."""

NEUTRAL: Mapping[str, float] = dict.fromkeys(FEATURES, 0.0) | {"own": 5.0, "own_of_generalist": 5.0, "score": 1.0}
"""Weights before anything is fitted: the unit's own section, of several the one with the best item."""

_LOWEST_SCORE, _SCORE_SCALE = -3.0, 5.0
_TOPICS = 4
_SMOOTHING = 1.0
_COMMON = 20
"""A token that the items of more sections know tells none from another."""


class Section(NamedTuple):
    """A section in question with its measures, in the order of ``FEATURES``."""

    name: str
    features: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class _Worth:
    """What a token is worth: its rarity among sections, and what it adds to each section whose items know it."""

    rarity: float
    sections: tuple[tuple[str, float], ...]


@dataclass(frozen=True, slots=True)
class Topic:
    """What a project is about, as competence sees it: its unit's printed name and sections, the words of its name
    and text, its candidates, best first, the cues and programmes found."""

    unit: str
    match: DepartmentMatch
    name: Wording
    text: Wording
    candidates: Sequence[Candidate]
    hits: Sequence[CueHit]


class Competence:
    """Measures the sections in question by the aliases and affiliations of ``knowledge/`` and by item profiles."""

    def __init__(self, profiles: Profiles, aliases: DepartmentResolver, folder: Path = KNOWLEDGE) -> None:
        self._postings, self._aliases = profiles.postings, aliases
        self._sections = len({profile.department for profile in profiles.items.values()})
        self._worth: dict[str, _Worth] = {}
        self._affiliated = affiliations(folder)

    def sections(self, topic: Topic) -> list[Section]:
        """The sections in question: the unit's own, those of candidates, those named, those whose words are used."""
        own, unit = topic.match.departments, normalise(topic.unit)
        generalist = bool(own) and all(EVERYTHING in self._affiliated.get(section, ()) for section in own)
        affiliated = {name for section in own for name in self._affiliated.get(section, ())}
        named, named_in_text = (self._named(wording, unit) for wording in (topic.name, topic.text))
        by_name, by_text = self._spoken_of(topic.name), self._spoken_of(topic.text)
        programmes, in_text = (programmes_in(topic.hits, field) for field in ("name", "text"))
        best: dict[str, float] = {}
        for candidate in topic.candidates:
            best.setdefault(candidate.item.department, candidate.score)
        nearest = sorted(by_name, key=lambda section: (-by_name[section], section))[:_TOPICS]
        unbound = float(generalist or not own)
        found = []
        for name in dict.fromkeys((*own, *best, *sorted(named | named_in_text), *nearest, *programmes, *in_text)):
            is_own, programme = name in own, programmes.get(name, 0.0)
            score = max(best.get(name, _LOWEST_SCORE), _LOWEST_SCORE) / _SCORE_SCALE
            measures = (
                is_own and not generalist,
                is_own and generalist,
                is_own and name in named,
                not is_own and name in affiliated,
                not is_own and name in named,
                not is_own and name in named_in_text,
                by_name.get(name, 0.0),
                by_text.get(name, 0.0),
                score,
                score * unbound,
                by_name.get(name, 0.0) * unbound,
                programme,
                programme * is_own,
                programme * (name in affiliated),
                name in in_text,
                programme * unbound,
            )
            found.append(Section(name, measures))
        return found

    def _named(self, wording: Wording, unit: str) -> frozenset[str]:
        return self._aliases.named(wording.normalised.replace(unit, " ") if unit else wording.normalised)

    def _spoken_of(self, wording: Wording) -> dict[str, float]:
        """How much of the words, weighted by their rarity among sections, the items of each section know, 0..1."""
        known: dict[str, float] = defaultdict(float)
        whole = _SMOOTHING
        for token in wording.tokens:
            worth = self._worth_of(token)
            if worth:
                whole += worth.rarity
                for section, weight in worth.sections:
                    known[section] += weight
        return {section: weight / whole for section, weight in known.items()}

    def _worth_of(self, token: str) -> _Worth | None:
        found = self._postings.get(token)
        if found is None or len(found) > _COMMON:
            return None
        if token not in self._worth:
            self._worth[token] = self._weighed(found)
        return self._worth[token]

    def _weighed(self, found: Mapping[str, Sequence[object]]) -> _Worth:
        rarity = math.log((1 + self._sections) / len(found))
        return _Worth(
            rarity, tuple((section, rarity * min(1.0, 0.5 + len(items) / 4)) for section, items in found.items())
        )


def most_competent(sections: Sequence[Section], weights: Mapping[str, float]) -> str:
    """The section in charge; empty where none is in question."""
    values = [weights[feature] for feature in FEATURES]
    best = max(sections, key=lambda section: sum(map(mul, values, section.features)), default=None)
    return best.name if best else ""


@cache
def affiliations(folder: Path = KNOWLEDGE) -> Mapping[str, frozenset[str]]:
    """The sections that each section often has charge of. Raises ``KnowledgeError`` where the file is damaged."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in read_table("affiliations.tsv", COLUMNS, folder):
        found[row["section"]].add(row["affiliated"])
    return {section: frozenset(names) for section, names in found.items()}
