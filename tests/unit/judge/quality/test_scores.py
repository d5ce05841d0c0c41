"""Scores from counts on the grid: equal to scikit-learn, within the error that is stated."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as sklearn_metrics

from evenkeel.judge.quality.count import count_scores
from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.scores import ScoreCounts, auc, brier, log_loss
from evenkeel.kernel.stats.score_grid import BUCKETS

metrics: Any = sklearn_metrics  # it ships no types


def drawn(
    chance: np.random.Generator, n: int, shape: tuple[float, float] = (0.5, 0.5)
) -> tuple[np.ndarray, np.ndarray]:
    scores = chance.beta(*shape, n)
    return scores, (chance.random(n) < scores).astype(float)


@pytest.mark.parametrize("shape", [(0.5, 0.5), (0.05, 0.05), (0.2, 8.0), (5.0, 5.0)])
def test_the_area_of_any_scores_is_scikit_learns_within_the_stated_error(shape: tuple[float, float]) -> None:
    scores, labels = drawn(np.random.default_rng(1), 20_000, shape)
    found = auc(count_scores(scores, labels))
    assert found.value is not None
    assert abs(found.value - metrics.roc_auc_score(labels, scores)) <= found.grid_error
    assert found.grid_error < 0.002


def test_the_area_of_scores_of_three_decimals_is_exact() -> None:
    scores, labels = drawn(np.random.default_rng(2), 5_000)
    found = auc(count_scores(scores.round(3), labels))
    assert found.value == pytest.approx(metrics.roc_auc_score(labels, scores.round(3)), abs=1e-12)
    assert found.grid_error == 0.0


def test_log_loss_and_brier_are_those_of_scikit_learn() -> None:
    scores, labels = drawn(np.random.default_rng(3), 5_000)
    scores[0], labels[0] = 0.0, 1.0  # a certainty that was wrong
    counts = count_scores(scores, labels)
    assert log_loss(counts).value == pytest.approx(metrics.log_loss(labels, scores), rel=1e-9)
    assert brier(counts).value == pytest.approx(metrics.brier_score_loss(labels, scores), abs=1e-12)


def test_merging_is_addition() -> None:
    scores, labels = drawn(np.random.default_rng(4), 3_000)
    labels[::7] = np.nan
    scores[::11] = np.nan
    parts = [count_scores(scores[i::3], labels[i::3]) for i in range(3)]
    merged, whole = parts[0] + (parts[1] + parts[2]), count_scores(scores, labels)
    for name in ("positive", "negative", "unlabelled", "bin_rows", "bin_positives"):
        assert (getattr(merged, name) == getattr(whole, name)).all()
    assert (merged.missing, merged.fine) == (whole.missing, whole.fine)
    assert merged.brier.first == pytest.approx(whole.brier.first)
    assert merged.positive.shape == (BUCKETS,)


def holds(figure: Figure, true: float) -> bool:
    return figure.low is not None and figure.high is not None and figure.low <= true <= figure.high


@pytest.mark.parametrize(
    ("shape", "n"), [((1.0, 1.0), 50), ((0.1, 0.1), 200), ((0.2, 5.0), 100), ((0.1, 20.0), 200), ((0.1, 20.0), 3_000)]
)
def test_brier_covers_at_least_93_percent_of_the_time(shape: tuple[float, float], n: int) -> None:
    """300 seeded samples, positives rare in some: 93 % less 3 standard errors is 88.6 %. E p(1-p) is known."""
    a, b = shape
    true = a * b / ((a + b) * (a + b + 1))
    chance = np.random.default_rng(5)
    covered = sum(holds(brier(count_scores(*drawn(chance, n, shape))), true) for _ in range(300))
    assert covered / 300 >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 300)


@pytest.mark.parametrize("shape", [(1.0, 1.0), (0.5, 0.5)])
def test_log_loss_covers_at_least_93_percent_of_the_time(shape: tuple[float, float]) -> None:
    chance = np.random.default_rng(6)
    scores = chance.beta(*shape, 2_000_000).clip(1e-15, 1 - 1e-15)
    true = float(-(scores * np.log(scores) + (1 - scores) * np.log1p(-scores)).mean())
    covered = sum(holds(log_loss(count_scores(*drawn(chance, 300, shape))), true) for _ in range(300))
    assert covered / 300 >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 300)


def test_what_cannot_be_measured_says_why() -> None:
    assert auc(ScoreCounts()).reason is Reason.NO_ROWS
    waiting = count_scores(np.full(5, 0.5), np.full(5, np.nan))
    assert [each(waiting).reason for each in (auc, log_loss, brier)] == [Reason.NO_LABELS] * 3
    one_class = count_scores(np.full(50, 0.5), np.ones(50))
    assert auc(one_class).reason is Reason.ONE_CLASS
    assert auc(one_class).n == 50
    few = count_scores(np.linspace(0, 1, 100), np.concatenate([np.ones(5), np.zeros(95)]))
    assert auc(few).value is not None
    assert (auc(few).low, auc(few).reason) == (None, Reason.TOO_FEW)
    assert (log_loss(few).low, log_loss(few).reason) == (None, Reason.TOO_FEW)
    assert brier(few).low is not None
