"""The fitted weights of ranking, nature and confidence, kept as data in ``knowledge/model.json``."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .confidence import Calibration
from .tables import KNOWLEDGE, KnowledgeError


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that is learned: weights of ranking, nature and competence by feature, calibration."""

    ranking: Mapping[str, float]
    nature_intercept: Mapping[str, float]
    nature_weights: Mapping[str, Mapping[str, float]]
    competence: Mapping[str, float]
    calibration: Calibration

    def as_json(self) -> dict[str, object]:
        """The form kept in the file."""
        return {
            "ranking": dict(self.ranking),
            "nature_intercept": dict(self.nature_intercept),
            "nature_weights": {feature: dict(weights) for feature, weights in self.nature_weights.items()},
            "competence": dict(self.competence),
            "calibration": {
                "intercept": self.calibration.intercept,
                "weights": dict(self.calibration.weights),
            },
        }


def load_parameters(folder: Path = KNOWLEDGE) -> Parameters:
    """Read ``model.json``. Raises ``KnowledgeError`` where it is missing or damaged."""
    try:
        data = json.loads((folder / "model.json").read_text("utf-8"))
        calibration = Calibration(data["calibration"]["intercept"], data["calibration"]["weights"])
        natures = data["nature_intercept"], data["nature_weights"]
        return Parameters(data["ranking"], *natures, data["competence"], calibration)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KnowledgeError("model.json", None, f"模型参数缺失或损坏，请重新拟合（{error}）") from error
