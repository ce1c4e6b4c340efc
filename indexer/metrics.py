"""Proportions with their uncertainty, calibration, and what is risked at what coverage.

Small gold sets give wide intervals; every figure therefore carries the number it was counted on.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

Z_95 = 1.959964
"""The normal quantile of a two-sided 95 % interval."""

BINS = 10
RESAMPLES = 1000
SEED = 20250715


@dataclass(frozen=True, slots=True)
class Proportion:
    """So many right out of so many."""

    right: int
    n: int

    @property
    def value(self) -> float | None:
        """The share, 0..1; None where nothing was counted."""
        return self.right / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % score interval (Wilson, JASA 22, 1927); None where nothing was counted."""
        if not self.n:
            return None
        share, z2 = self.right / self.n, Z_95**2
        centre = (share + z2 / (2 * self.n)) / (1 + z2 / self.n)
        half = Z_95 * math.sqrt(share * (1 - share) / self.n + z2 / (4 * self.n**2)) / (1 + z2 / self.n)
        return max(0.0, centre - half), min(1.0, centre + half)


def proportion(outcomes: Iterable[bool]) -> Proportion:
    """Count how many are true, of how many."""
    counted = list(outcomes)
    return Proportion(sum(counted), len(counted))


class Answer(NamedTuple):
    """How sure an answer was (0..1), and whether it was right."""

    confidence: float
    right: bool


@dataclass(frozen=True, slots=True)
class CalibrationBin:
    """The answers whose confidence lies in ``low``..``high``: their mean confidence and how many were right."""

    low: float
    high: float
    confidence: float
    right: Proportion


def calibration_bins(answers: Sequence[Answer]) -> tuple[CalibrationBin, ...]:
    """Answers in ``BINS`` bins of equal width, empty ones left out; the last bin holds a confidence of 1."""
    binned: dict[int, list[Answer]] = {}
    for answer in answers:
        binned.setdefault(min(int(answer.confidence * BINS), BINS - 1), []).append(answer)
    return tuple(
        CalibrationBin(
            number / BINS,
            (number + 1) / BINS,
            sum(answer.confidence for answer in held) / len(held),
            proportion(answer.right for answer in held),
        )
        for number, held in sorted(binned.items())
    )


def expected_calibration_error(answers: Sequence[Answer]) -> float:
    """The mean gap between confidence and accuracy over the bins, weighed by their size, 0..1 (Naeini, AAAI 2015)."""
    gaps = (abs(held.right.right - held.confidence * held.right.n) for held in calibration_bins(answers))
    return sum(gaps) / max(1, len(answers))


def bootstrap_interval(
    answers: Sequence[Answer], statistic: Callable[[Sequence[Answer]], float]
) -> tuple[float, float]:
    """The 95 % percentile interval over ``RESAMPLES`` resamples, the same in every run (Efron 1979)."""
    draw = random.Random(SEED)
    values = sorted(statistic(draw.choices(answers, k=len(answers))) for _ in range(RESAMPLES if answers else 0))
    return (values[int(0.025 * RESAMPLES)], values[int(0.975 * RESAMPLES) - 1]) if values else (0.0, 0.0)


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """If answers from ``line`` upwards stood without a person: the share that would, and those of them right."""

    line: float
    coverage: float
    right: Proportion

    @property
    def risk(self) -> float:
        """The share of wrong answers among those that would stand, 0..1."""
        return 1 - self.right.right / self.right.n


def risk_coverage(answers: Sequence[Answer]) -> tuple[CurvePoint, ...]:
    """The risk-coverage curve (El-Yaniv and Wiener, JMLR 11, 2010), surest answers first.

    Equal confidences stand or fall together: one point for each distinct confidence.
    """
    ranked = sorted(answers, key=lambda answer: -answer.confidence)
    points: list[CurvePoint] = []
    right = 0
    for count, answer in enumerate(ranked, 1):
        right += answer.right
        if count == len(ranked) or ranked[count].confidence != answer.confidence:
            points.append(CurvePoint(answer.confidence, count / len(ranked), Proportion(right, count)))
    return tuple(points)
