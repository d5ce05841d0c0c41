"""Whether scores are probabilities: the reliability picture, and an error that is not mistaken for chance."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn import calibration as sklearn_calibration

from evenkeel.judge.quality.calibration import calibration
from evenkeel.judge.quality.count import count_scores
from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.scores import ScoreCounts

sklearn: Any = sklearn_calibration  # it ships no types


def drawn(chance: np.random.Generator, n: int, bent: float = 1.0) -> tuple[np.ndarray, np.ndarray]:
    scores = chance.random(n)
    return scores, (chance.random(n) < scores**bent).astype(float)


def test_the_reliability_picture_is_scikit_learns() -> None:
    scores, labels = drawn(np.random.default_rng(1), 5_000, 1.5)
    shares, means = sklearn.calibration_curve(labels, scores, n_bins=10)
    bins = calibration(count_scores(scores, labels)).bins
    assert [each.mean_score for each in bins] == pytest.approx(means.tolist())
    assert [each.positives.value for each in bins] == pytest.approx(shares.tolist())
    assert sum(each.rows for each in bins) == 5_000


def test_the_error_is_the_weighted_gap_between_scores_and_frequencies() -> None:
    scores, labels = drawn(np.random.default_rng(2), 5_000, 1.5)
    place = np.minimum(np.ceil(scores * 10) - 1, 9)
    expected = sum(abs((scores - labels)[place == i].sum()) for i in range(10)) / 5_000
    assert calibration(count_scores(scores, labels)).ece.value == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("n", [200, 5_000])
def test_a_calibrated_model_has_the_error_of_chance_and_its_interval_reaches_to_0(n: int) -> None:
    chance = np.random.default_rng(3)
    found = [calibration(count_scores(*drawn(chance, n))) for _ in range(200)]
    values = [each.ece.value or 0.0 for each in found]
    assert np.mean(values) == pytest.approx(np.mean([each.by_chance for each in found]), rel=0.1)
    assert sum(each.ece.low == 0.0 for each in found) >= 180


def test_the_interval_covers_at_least_95_percent_of_the_time() -> None:
    """P(y) = score^1.5: the mean of |s - s^1.5| is 1/2 - 2/5."""
    chance = np.random.default_rng(4)
    for n in (300, 3_000):
        found = [calibration(count_scores(*drawn(chance, n, 1.5))).ece for _ in range(200)]
        assert sum((each.low or 0.0) <= 0.1 <= (each.high or 0.0) for each in found) >= 190
    assert all(each.low is not None and each.low > 0.0 for each in found)


def test_without_labels_or_with_few_there_is_no_interval() -> None:
    assert calibration(ScoreCounts()).ece.reason is Reason.NO_ROWS
    assert calibration(count_scores(np.full(9, 0.5), np.full(9, np.nan))).ece.reason is Reason.NO_LABELS
    few = calibration(count_scores(np.full(9, 0.5), np.ones(9))).ece
    assert (few.value, few.low, few.reason) == (0.5, None, Reason.TOO_FEW)


@pytest.mark.parametrize("score", [0.0, 0.3, 1.0])
def test_constant_scores_are_one_bin(score: float) -> None:
    found = calibration(count_scores(np.full(100, score), np.repeat([0.0, 1.0], 50)))
    assert len(found.bins) == 1
    assert found.ece.value == pytest.approx(abs(score - 0.5))
    assert found.ece.low is not None
