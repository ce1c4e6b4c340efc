"""The fitted weights of ranking, nature and confidence, kept as data in ``knowledge/model.json``."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .tables import KNOWLEDGE, KnowledgeError

SUREST = 0.995
"""No answer claims more: the gold sets are too small to have seen one error in two hundred."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """Platt's scaling of a raw confidence (Platt 1999): logistic in its logit, apart for services and the rest."""

    slope: Mapping[str, float]
    intercept: Mapping[str, float]

    def confidence(self, raw: float, nature: str) -> float:
        """The calibrated probability of a raw one, both 0..1."""
        kind = "service" if nature == "service" else "other"
        clipped = min(max(raw, 1e-6), 1 - 1e-6)
        logit = self.slope[kind] * math.log(clipped / (1 - clipped)) + self.intercept[kind]
        return min(1 / (1 + math.exp(-logit)), SUREST)


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that is learned: ranking weights by feature, nature weights, calibration."""

    ranking: Mapping[str, float]
    nature_intercept: Mapping[str, float]
    nature_weights: Mapping[str, Mapping[str, float]]
    calibration: Calibration

    def as_json(self) -> dict[str, object]:
        """The form kept in the file."""
        return {
            "ranking": dict(self.ranking),
            "nature_intercept": dict(self.nature_intercept),
            "nature_weights": {feature: dict(weights) for feature, weights in self.nature_weights.items()},
            "calibration": {"slope": dict(self.calibration.slope), "intercept": dict(self.calibration.intercept)},
        }


def load_parameters(folder: Path = KNOWLEDGE) -> Parameters:
    """Read ``model.json``. Raises ``KnowledgeError`` where it is missing or damaged."""
    try:
        data = json.loads((folder / "model.json").read_text("utf-8"))
        calibration = Calibration(data["calibration"]["slope"], data["calibration"]["intercept"])
        return Parameters(data["ranking"], data["nature_intercept"], data["nature_weights"], calibration)
    except (OSError, ValueError, KeyError) as error:
        raise KnowledgeError("model.json", None, f"模型参数缺失或损坏，请重新拟合（{error}）") from error
