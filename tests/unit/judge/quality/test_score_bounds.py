"""Bounds of AUC and calibration that decide: wider where hours are alike, and none where there is too little."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.quality.score_bounds import Risks, decide_auc, decide_calibration
from evenkeel.kernel.stats.score_grid import bucket_of
from evenkeel.store.telemetry.predictions import ScoreTable

RISKS = Risks(breach=0.01, ok=0.05)
Draw = np.random.Generator


def table(rng: Draw, *, hours: int, each: int, shift: float, by_hour: float = 0.0, bias: float = 0.0) -> ScoreTable:
    """Scores of two classes whose logits are `shift` apart; each hour pulls those of its positives by `by_hour`."""
    part = np.repeat(np.arange(hours), each)
    truth = rng.integers(0, 2, part.size)
    pull = rng.normal(0.0, by_hour, hours)[part] if by_hour else 0.0
    score = 1 / (1 + np.exp(-(rng.normal(0.0, 1.0, part.size) + shift * (truth - 0.5) + pull * truth + bias)))
    w, gap = np.ones(part.size), score - truth
    loss = -np.log(np.where(truth == 1, score, 1 - score))
    columns = [w, w, score, w, loss, loss**2, loss**3, loss, loss**2, gap**2, gap**4, gap**6, gap**2, gap**4]
    return ScoreTable(
        part, np.full(part.size, "1", dtype=object), score >= 0.5, truth, bucket_of(score), np.column_stack(columns)
    )


def test_hours_that_differ_widen_the_bounds_beyond_those_of_independent_rows() -> None:
    plain = decide_auc(table(np.random.default_rng(1), hours=24, each=200, shift=2.0), RISKS)
    alike = decide_auc(table(np.random.default_rng(1), hours=24, each=200, shift=2.0, by_hour=1.0), RISKS)
    assert plain.value == pytest.approx(0.92, abs=0.02)
    assert plain.deff < 2.0 < alike.deff
    assert alike.high - alike.low > 1.5 * (plain.high - plain.low)
    assert plain.low < (plain.value or 0.0) < plain.high


def test_the_bound_that_proves_a_breach_is_seldom_wrong_where_hours_are_alike() -> None:
    truth = decide_auc(table(np.random.default_rng(2), hours=2_000, each=100, shift=1.2, by_hour=0.7), RISKS).value
    wrong = sum(
        decide_auc(table(np.random.default_rng(seed), hours=24, each=60, shift=1.2, by_hour=0.7), RISKS).high
        < (truth or 0.0)
        for seed in range(10, 210)
    )
    assert wrong / 200 <= 0.03  # asked for: 0.01


def test_few_hours_or_few_of_a_class_decide_nothing() -> None:
    few = decide_auc(table(np.random.default_rng(3), hours=4, each=500, shift=2.0), RISKS)
    assert (few.low, few.high, few.shown) == (0.0, 1.0, None)
    assert few.value is not None
    one = table(np.random.default_rng(3), hours=24, each=5, shift=2.0)
    one.truth[:] = 1
    assert decide_auc(one, RISKS).value is None


def test_scores_that_are_probabilities_have_no_calibration_error_that_is_proved_and_others_have() -> None:
    good = decide_calibration(table(np.random.default_rng(4), hours=48, each=200, shift=1.0), RISKS)
    off = decide_calibration(table(np.random.default_rng(4), hours=48, each=200, shift=1.0, bias=1.5), RISKS)
    assert good.value is not None
    assert good.low < 0.05
    assert off.low > 0.15
    assert off.low <= (off.value or 0.0) <= off.high
