"""What kind of spending a project is, with the words that say so.

Cues and programmes (``indexer/cues.py``) are sought in the name and in the text (description, performance sheet); a
multinomial logistic model, fitted and calibrated by cross-validation, combines them. Natures follow the labelling
guide: 目录内服务, 目录外服务, 补助个人, 补助单位, 货物, 工程, 机关运转.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import mul

from catalog_data.model import NATURES

from .cues import NO_NATURE, Cue, CueHit
from .name_head import head_of
from .wording import Wording

CUE_VALUE = {"name": 1.0, "text": 0.6}
"""What a cue counts as by the field it stands in."""

LARGEST_SUM = 2.0
"""Where the prior weights of one nature in one field stop adding up: a long text proves no more than a clear one."""

HEAD = "head:"
"""How the features begin that tell what the head of a name speaks for."""

PROGRAMMES = "programme:"
"""How the features begin that stand for the names of programmes."""

PAYMENTS = frozenset({"cash", "grant", "operating"})
"""The natures of money that is handed out; of the others something is bought."""

GRAM = "gram:"
"""How the features begin that stand for the pairs of characters of a name."""

GRAM_VALUE = 0.4
"""What a pair counts as: many pairs together say what a cue says alone."""

SPARSE = (GRAM, "word:", "money:")
"""How the features begin that are as many as there are words."""

WORD_VALUE = 0.7
"""What the last word of a name counts as."""

FULL_LENGTH = 20
"""The number of characters from which a name counts as long."""


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the catalog fits a project: the best own candidate's score, cosine and nearest entry, each 0..1."""

    score: float = 0.0
    cosine: float = 0.0
    entry: float = 0.0


def nature_features(
    hits: Sequence[CueHit], name: Wording, text: str, fit: Fit, *, sectionless: bool
) -> dict[str, float]:
    """The model's input: each cue, sums of prior weights by nature and field, those of programmes apart, the words of
    the name and what it ends in, and how well the catalog fits.

    The sums let a cue that is added take effect at once, before the model is fitted again.
    ``sectionless``: the unit has no section of the catalog, so a fit there says less.
    """
    features: dict[str, float] = {
        "described": float(bool(text.strip())),
        "sectionless": float(sectionless),
    }
    spoken = frozenset(hit.cue.nature for hit in hits if hit.at_head and not hit.cue.is_programme)
    for hit in hits:
        for name_of_sum, worth in _sums(hit, spoken).items():
            features[name_of_sum] = min(LARGEST_SUM, features.get(name_of_sum, 0.0) + worth)
        if not hit.cue.is_programme:
            name_of_cue = _own_feature(hit.cue)
            features[name_of_cue] = max(features.get(name_of_cue, 0.0), CUE_VALUE[hit.field])
    features |= {GRAM + token: GRAM_VALUE for token in name.tokens}
    features |= _head_features([hit for hit in hits if hit.field == "name" and not hit.cue.is_programme], name.text)
    return refitted(features, fit)


def _own_feature(cue: Cue) -> str:
    return f"cue:{cue.wording}|{cue.nature}|{cue.scope}"


def _sums(hit: CueHit, spoken: frozenset[str]) -> dict[str, float]:
    """The sums that a hit adds to, with what it adds: a third of its weight.

    ``spoken`` are the natures that the head of the name speaks for: a programme in front of a head that speaks for
    another (义务教育教材采购) says something else.
    """
    worth, nature = hit.cue.weight / 3, hit.cue.nature
    if not hit.cue.is_programme:
        return {f"sum:{hit.field}:{nature}": worth}
    if hit.at_head:
        return {f"{PROGRAMMES}name:{nature}": worth, f"{PROGRAMMES}head:{nature}": worth}
    if hit.field == "name" and spoken and nature not in spoken:
        place = "before payment" if spoken <= PAYMENTS else "before purchase"
        return {f"{PROGRAMMES}{place}:{nature}": worth}
    return {f"{PROGRAMMES}{hit.field}:{nature}": worth}


def refitted(features: Mapping[str, float], fit: Fit) -> dict[str, float]:
    """The model's input with another fit.

    A fit counts apart for each nature that the head of the name speaks for: 托养中心建设 fits 托养服务 and is no
    service all the same.
    """
    spoken = {name.removeprefix(HEAD): weight for name, weight in features.items() if name.startswith(HEAD)}
    nature = max(spoken, key=spoken.__getitem__) if spoken else NO_NATURE
    fits = {"fit_score": fit.score, "fit_cosine": fit.cosine, "fit_entry": fit.entry, f"fit:{nature}": fit.score}
    return {**features, **fits}


def _head_features(hits: Sequence[CueHit], name: str) -> dict[str, float]:
    """What a name ends in: the natures its head speaks for, its last word, the words of money behind it.

    A thing bought without any word of service is goods, whatever the thing.
    """
    head = head_of(name)
    spoken: dict[str, float] = {}
    for hit in hits:
        if hit.at_head:
            spoken[hit.cue.nature] = max(spoken.get(hit.cue.nature, 0.0), hit.cue.weight / 3)
    features = {HEAD + nature: weight for nature, weight in spoken.items()}
    features[f"word:{head.word}"] = WORD_VALUE
    features[f"money:{head.money}"] = WORD_VALUE
    features["length"] = min(head.end, FULL_LENGTH) / FULL_LENGTH
    if not spoken:
        features["headless"] = 1.0
    if head.bought:
        features["bought"] = 1.0
        served = "服务" in name or any(hit.cue.nature.startswith("service") for hit in hits)
        features["bought_thing"] = float(not served)
    return features


class NatureModel:
    """Multinomial logistic regression over ``nature_features``; weights come from ``knowledge/model.json``."""

    def __init__(self, intercept: Mapping[str, float], weights: Mapping[str, Mapping[str, float]]) -> None:
        self._intercept = [intercept.get(nature, 0.0) for nature in NATURES]
        self._weights = weights
        self._rows = {
            feature: tuple(by_nature.get(nature, 0.0) for nature in NATURES) for feature, by_nature in weights.items()
        }

    def probabilities(self, features: Mapping[str, float]) -> dict[str, float]:
        """The probability of each nature; they sum to 1."""
        known = [feature for feature in features if feature in self._rows]
        values = [1.0, *map(features.__getitem__, known)]
        columns = zip(self._intercept, *map(self._rows.__getitem__, known), strict=True)
        logits = [sum(map(mul, values, column)) for column in columns]
        top = max(logits)
        powers = [math.exp(logit - top) for logit in logits]
        total = sum(powers)
        return {nature: power / total for nature, power in zip(NATURES, powers, strict=True)}

    def contribution(self, hit: CueHit, nature: str) -> float:
        """What a cue adds to a nature's logit beyond its mean over the natures."""
        value = CUE_VALUE[hit.field]
        parts = {_own_feature(hit.cue): value} | _sums(hit, frozenset())
        if hit.at_head and not hit.cue.is_programme:
            parts[HEAD + hit.cue.nature] = hit.cue.weight / 3
        added = {n: sum(self._weights.get(name, {}).get(n, 0.0) * v for name, v in parts.items()) for n in NATURES}
        return added[nature] - sum(added.values()) / len(added)
