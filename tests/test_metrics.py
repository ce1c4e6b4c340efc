"""Proportions say how sure they are; calibration and risk are what their definitions say."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from indexer.metrics import (
    Answer,
    Proportion,
    bootstrap_interval,
    calibration_bins,
    expected_calibration_error,
    risk_coverage,
)

ANSWERS = st.lists(st.builds(Answer, st.floats(0, 1), st.booleans()), min_size=1, max_size=60)


@pytest.mark.parametrize(
    ("right", "n", "low", "high"), [(8, 10, 0.4902, 0.9433), (0, 10, 0, 0.2775), (10, 10, 0.7225, 1)]
)
def test_the_interval_of_a_proportion_is_the_score_interval(right: int, n: int, low: float, high: float) -> None:
    assert Proportion(right, n).interval == pytest.approx((low, high), abs=0.0001)


def test_nothing_counted_has_no_value() -> None:
    assert (Proportion(0, 0).value, Proportion(0, 0).interval) == (None, None)


def test_the_calibration_error_is_the_mean_gap_between_claim_and_truth() -> None:
    answers = [*[Answer(0.95, True)] * 8, *[Answer(0.95, False)] * 2, *[Answer(0.25, False)] * 10]
    assert expected_calibration_error(answers) == pytest.approx((10 * 0.15 + 10 * 0.25) / 20)
    assert expected_calibration_error([Answer(1.0, True), Answer(0.0, False)]) == 0


@given(ANSWERS)
def test_every_answer_is_in_one_bin_and_the_error_is_a_share(answers: list[Answer]) -> None:
    bins = calibration_bins(answers)
    assert sum(held.right.n for held in bins) == len(answers)
    assert all(held.low - 1e-9 <= held.confidence <= held.high + 1e-9 for held in bins)
    assert 0 <= expected_calibration_error(answers) <= 1


def test_the_bootstrap_gives_the_same_interval_in_every_run() -> None:
    answers = [Answer(0.9, k % 4 != 0) for k in range(80)]
    low, high = bootstrap_interval(answers, expected_calibration_error)
    assert (low, high) == bootstrap_interval(answers, expected_calibration_error)
    assert low < expected_calibration_error(answers) < high


def test_equal_confidences_stand_or_fall_together() -> None:
    answers = [Answer(0.9, True), Answer(0.8, False), Answer(0.8, True), Answer(0.5, False)]
    points = [(point.line, point.coverage, point.right.right) for point in risk_coverage(answers)]
    assert points == [(0.9, 0.25, 1), (0.8, 0.75, 2), (0.5, 1.0, 2)]


@given(ANSWERS)
def test_at_full_coverage_the_risk_is_the_share_of_all_that_is_wrong(answers: list[Answer]) -> None:
    last = risk_coverage(answers)[-1]
    assert last.coverage == 1
    assert last.risk == pytest.approx(sum(not answer.right for answer in answers) / len(answers))
