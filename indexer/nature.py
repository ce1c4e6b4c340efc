"""What kind of spending a project is, with the words that say so.

Cues (``knowledge/cues.tsv``) are sought in the name and in the text (description, performance sheet); a
multinomial logistic model, fitted and calibrated by cross-validation, combines them. Natures follow the
labelling guide: 目录内服务, 目录外服务, 补助个人, 补助单位, 货物, 工程, 机关运转.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import mul
from pathlib import Path
from typing import NamedTuple

from catalog_data.model import NATURES

from .analysis import normalise
from .name_head import NameHead, head_of
from .phrases import Phrases
from .tables import KNOWLEDGE, KnowledgeError, KnowledgeRow, read_table
from .wording import Wording

COLUMNS = ("cue", "nature", "weight", "scope", "source")
SCOPES = ("any", "name", "text", "tail")
NO_NATURE = "-"
"""The nature of a wording that only looks like a cue (养护院 is a home, not 养护): it hides what lies inside it."""

CUE_VALUE = {"name": 1.0, "text": 0.6}
"""What a cue counts as by the field it stands in."""

LARGEST_SUM = 2.0
"""Where the prior weights of one nature in one field stop adding up: a long text proves no more than a clear one."""

HEAD = "head:"
"""How the features begin that tell what the head of a name speaks for."""

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

_GAP = "[^。；;\n]{0,12}?"


@dataclass(frozen=True, slots=True)
class Cue:
    """A wording that speaks for a nature: prior weight 1..3, scope, legal or factual source, file line."""

    number: int
    wording: str
    nature: str
    weight: float
    scope: str
    source: str


class CueHit(NamedTuple):
    """A cue found: the field it stands in (name or text), its half-open span, the words as printed, and whether
    it is what the name ends in."""

    cue: Cue
    field: str
    span: tuple[int, int]
    words: str
    at_head: bool


class CueFinder:
    """Finds cues by ``knowledge/cues.tsv``. Raises ``KnowledgeError`` for unknown natures, scopes, weights."""

    def __init__(self, folder: Path = KNOWLEDGE) -> None:
        self.cues = tuple(_cue(row, k) for k, row in enumerate(read_table("cues.tsv", COLUMNS, folder)))
        self._phrases = Phrases((cue.wording.split("…")[0], cue) for cue in self.cues)
        self._gapped = {cue.number: gap_pattern(cue.wording) for cue in self.cues if "…" in cue.wording}

    def find(self, name: str, text: str) -> list[CueHit]:
        """The cues of a name and a text, each at its first place in each field.

        A cue inside a longer one does not count: 档案数字化 is not 数字化.
        """
        hits = [*_outermost(self._field("name", name)), *_outermost(self._field("text", text))]
        return [hit for hit in hits if hit.cue.nature != NO_NATURE]

    def _field(self, field: str, printed: str) -> Iterator[CueHit]:
        normalised = normalise(printed)
        head = head_of(printed) if field == "name" else None
        seen: set[int] = set()
        for found in self._phrases.find(normalised):
            cue, end = found.value, found.end
            if cue.number in seen or not _in_scope(cue, field, end, head):
                continue
            if cue.number in self._gapped:
                whole = self._gapped[cue.number].match(normalised, found.start)
                if not whole:
                    continue
                end = whole.end()
            seen.add(cue.number)
            span = found.start, end
            yield CueHit(cue, field, span, printed[slice(*span)], head is not None and head.holds(span))


def _outermost(hits: Iterable[CueHit]) -> Iterator[CueHit]:
    """The hits that do not lie inside a longer one; several cues on the same words all count."""
    widest: list[tuple[int, int]] = []
    for hit in sorted(hits, key=lambda hit: hit.span[0] - hit.span[1]):
        start, end = hit.span
        if not any(a <= start and end <= b and (a, b) != hit.span for a, b in widest):
            widest.append(hit.span)
            yield hit


def gap_pattern(wording: str) -> re.Pattern[str]:
    """The pattern of a wording over normalised text: ``…`` stands for up to 12 characters of one sentence."""
    return re.compile(_GAP.join(map(re.escape, normalise(wording).split("…"))))


def _in_scope(cue: Cue, field: str, end: int, head: NameHead | None) -> bool:
    if cue.scope == "tail":
        return head is not None and end == head.tail
    return cue.scope in ("any", field)


def _cue(row: KnowledgeRow, number: int) -> Cue:
    if row["nature"] not in {*NATURES, NO_NATURE}:
        raise KnowledgeError(row.file, row.line, f"未知的性质“{row['nature']}”，可用：{'、'.join(NATURES)}")
    if row["scope"] not in SCOPES:
        raise KnowledgeError(row.file, row.line, f"未知的范围“{row['scope']}”，可用：{'、'.join(SCOPES)}")
    try:
        weight = float(row["weight"])
    except ValueError:
        raise KnowledgeError(row.file, row.line, f"权重“{row['weight']}”不是数字") from None
    return Cue(number, row["cue"], row["nature"], weight, row["scope"], row["source"])


@cache
def cue_finder(folder: Path = KNOWLEDGE) -> CueFinder:
    """The finder over a folder's cues."""
    return CueFinder(folder)


@dataclass(frozen=True, slots=True)
class Fit:
    """How well the catalog fits a project: the best own candidate's score, cosine and nearest entry, each 0..1."""

    score: float = 0.0
    cosine: float = 0.0
    entry: float = 0.0


def nature_features(
    hits: Sequence[CueHit], name: Wording, text: str, fit: Fit, *, sectionless: bool
) -> dict[str, float]:
    """The model's input: each cue, sums of prior weights by nature and field, the words of the name and what it
    ends in, and how well the catalog fits.

    The sums let a cue that an officer adds take effect at once, before the model is fitted again.
    ``sectionless``: the unit has no section of the catalog, so a fit there says less.
    """
    features: dict[str, float] = {
        "described": float(bool(text.strip())),
        "sectionless": float(sectionless),
    }
    for hit in hits:
        cue = hit.cue
        sum_name = f"sum:{hit.field}:{cue.nature}"
        features[sum_name] = min(LARGEST_SUM, features.get(sum_name, 0.0) + cue.weight / 3)
        name_of_cue = f"cue:{cue.wording}|{cue.nature}|{cue.scope}"
        features[name_of_cue] = max(features.get(name_of_cue, 0.0), CUE_VALUE[hit.field])
    features |= {GRAM + token: GRAM_VALUE for token in name.tokens}
    features |= _head_features([hit for hit in hits if hit.field == "name"], name.text)
    return refitted(features, fit)


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
        cue = hit.cue
        value = CUE_VALUE[hit.field]
        own = self._weights.get(f"cue:{cue.wording}|{cue.nature}|{cue.scope}", {})
        sums = self._weights.get(f"sum:{hit.field}:{cue.nature}", {})
        head = self._weights.get(HEAD + cue.nature, {}) if hit.at_head else {}
        added = {n: own.get(n, 0.0) * value + (sums.get(n, 0.0) + head.get(n, 0.0)) * cue.weight / 3 for n in NATURES}
        return added[nature] - sum(added.values()) / len(added)
