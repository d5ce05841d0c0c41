"""Errors of predicted numbers without truths: right while errors depend on the prediction as they did."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenkeel.judge.quality.direct_loss import (
    Loss,
    estimate_loss,
    losses_by_stratum,
    rows_by_stratum,
    strata_edges,
)
from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.regression import count_errors, mae, rmse


def world(chance: np.random.Generator, n: int, centre: float) -> tuple[np.ndarray, np.ndarray]:
    """Errors grow with what is predicted."""
    predicted = np.abs(chance.normal(centre, 10, n)) + 1.0
    return predicted, predicted + chance.normal(0, 1, n) * 0.1 * predicted


@pytest.mark.parametrize("centre", [30.0, 40.0])
def test_the_interval_covers_what_is_realised_also_when_other_rows_come(centre: float) -> None:
    """120 windows; 93 % less 3 standard errors is 86 %."""
    chance, covered = np.random.default_rng(1), np.zeros(2)
    for _ in range(30):
        predicted, truth = world(chance, 6_000, 35.0)
        edges = strata_edges(predicted)
        reference = losses_by_stratum(predicted, truth, edges)
        for _ in range(4):
            given, later = world(chance, 800, centre)
            rows, sums = rows_by_stratum(given, edges), count_errors(given, later)
            for place, (loss, realised) in enumerate(((Loss.MAE, mae(sums)), (Loss.RMSE, rmse(sums)))):
                found = estimate_loss(reference, rows, loss)
                covered[place] += (found.low or 0) <= (realised.value or 0) <= (found.high or 0)
    assert covered.min() / 120 >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 120)


def test_more_rows_where_errors_are_large_are_seen() -> None:
    chance = np.random.default_rng(2)
    predicted, truth = world(chance, 10_000, 35.0)
    edges = strata_edges(predicted)
    reference = losses_by_stratum(predicted, truth, edges)
    usual, larger = (
        estimate_loss(reference, rows_by_stratum(world(chance, 1_000, centre)[0], edges), Loss.MAE)
        for centre in (35.0, 45.0)
    )
    assert usual.is_estimate
    assert (larger.low or 0) > (usual.high or 0)


def test_strata_may_be_crossed_with_segments() -> None:
    reference = {
        (0, "de"): count_errors(np.arange(50.0) + 1, np.arange(50.0)),
        (0, "fr"): count_errors(np.arange(50.0) + 3, np.arange(50.0)),
    }
    assert estimate_loss(reference, {(0, "de"): 75.0, (0, "fr"): 25.0}, Loss.MAE).value == pytest.approx(1.5)


def test_where_the_reference_never_was_nothing_is_estimated() -> None:
    reference = {0: count_errors(np.arange(50.0) + 1, np.arange(50.0))}
    assert estimate_loss(reference, {0: 95.0, 1: 5.0}, Loss.RMSE).value == pytest.approx(1.0)
    assert estimate_loss(reference, {0: 90.0, 1: 10.0}, Loss.RMSE).reason is Reason.NO_REFERENCE
    assert estimate_loss({}, {0: 1.0}, Loss.MAE).reason is Reason.NO_REFERENCE
    assert estimate_loss(reference, {}, Loss.MAE).reason is Reason.NO_ROWS
    assert estimate_loss(reference, {0: 5.0}, Loss.MAE).reason is Reason.TOO_FEW


def test_constant_and_missing_predictions_are_strata_too() -> None:
    assert strata_edges(np.full(100, 7.0)).tolist() == [7.0]
    assert strata_edges(np.array([np.nan, np.inf])).size == 0
    assert rows_by_stratum(np.array([7.0, np.nan, np.inf, 8.0]), np.array([7.0])) == {0: 1.0, 1: 1.0}
