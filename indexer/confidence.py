"""How sure an answer is: the calibrated probability that nature and code are both right.

A logistic model over what the answer rests on (after Platt 1999), fitted to answers that the models gave on
projects they had not seen, so that 0.9 means nine of ten.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from .matching import Candidate

SUREST = 0.99
"""No answer claims more: the gold sets are too small to have seen one error in a hundred."""

_CLIP = 1e-5


def confidence_features(
    nature: str,
    natures: Mapping[str, float],
    candidates: Sequence[Candidate],
    shares: Sequence[float],
    *,
    cues: int,
    described: bool,
    sectionless: bool,
) -> dict[str, float]:
    """What the confidence of an answer rests on.

    ``natures`` are the probabilities of each nature, ``shares`` those of the candidates given a service,
    ``cues`` the number of cues found. A service also rests on its item, every other nature on its cues.
    """
    own = {f"nature:{nature}": 1.0, "sectionless": float(sectionless)}
    logit = _logit(natures[nature])
    if nature != "service":
        return own | {"other:nature": logit, "other:cues": math.log1p(cues), "other:described": float(described)}
    features = own | {"service:nature": logit, "service:described": float(described)}
    if candidates:
        top = candidates[0].by_name()
        second = shares[1] if len(shares) > 1 else 0.0
        features |= {
            "service:share": _logit(shares[0]),
            "service:margin": shares[0] - second,
            "service:score": candidates[0].score / 5,
            "service:foreign": float(candidates[0].foreign),
            "service:name_cover": top["name_cover"],
            "service:entry_near_name": top["entry_near_name"],
            "service:entry_near_text": top["entry_near_text"],
        }
    return features


@dataclass(frozen=True, slots=True)
class Calibration:
    """The fitted weights of ``confidence_features``."""

    intercept: float
    weights: Mapping[str, float]

    def confidence(self, features: Mapping[str, float]) -> float:
        """The probability, 0..``SUREST``, that the answer with these features is right."""
        logit = self.intercept + sum(self.weights.get(name, 0.0) * value for name, value in features.items())
        return min(1 / (1 + math.exp(-max(-30.0, min(30.0, logit)))), SUREST)


def _logit(probability: float) -> float:
    clipped = min(max(probability, _CLIP), 1 - _CLIP)
    return math.log(clipped / (1 - clipped))
