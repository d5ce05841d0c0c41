"""Weighted rows are worth fewer, and intervals that know it hold."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.kernel.stats.means import PowerSums, mean_interval
from evenkeel.kernel.stats.weights import Weight, WeightedSums, share_design_effect


def weighted(values: np.ndarray, weights: np.ndarray) -> WeightedSums:
    sums = [float(weights @ values**power) for power in range(4)]
    return WeightedSums(*sums, *(float(weights**2 @ values**power) for power in range(3)))


def test_equal_weights_are_worth_the_rows_that_were_seen() -> None:
    assert Weight(1_000.0, 10_000.0).effective == 100.0
    assert share_design_effect(Weight(900.0, 9_000.0), Weight(100.0, 1_000.0)) == pytest.approx(10.0)


def test_nothing_has_no_design_effect() -> None:
    assert Weight().design_effect == share_design_effect(Weight(), Weight()) == WeightedSums().design_effect == 1.0


def test_errors_that_were_kept_less_often_than_the_rest_cost_more_than_kish_says() -> None:
    right, wrong = Weight.of_ones(900.0), Weight(100.0, 1_000.0)
    assert share_design_effect(right, wrong) > (right + wrong).design_effect


def test_sums_of_rows_that_count_for_one_are_the_plain_ones() -> None:
    values = np.random.default_rng(1).exponential(size=200)
    found, plain = weighted(values, np.ones(200)).effective(), PowerSums.of(values)
    assert (found.n, found.first, found.third) == pytest.approx((plain.n, plain.first, plain.third))


def test_merging_is_addition() -> None:
    random = np.random.default_rng(2)
    values, weights = random.normal(size=60), random.uniform(1, 9, size=60)
    parts = weighted(values[:20], weights[:20]) + weighted(values[20:], weights[20:])
    assert parts.effective().n == pytest.approx(weighted(values, weights).effective().n)


def test_the_interval_of_a_weighted_mean_holds_where_large_values_were_sampled_more_thinly() -> None:
    random, held, runs = np.random.default_rng(3), 0, 600
    for _ in range(runs):
        everything = random.exponential(size=2_000)
        chance = np.where(everything > 1.0, 0.1, 0.8)
        kept = random.random(2_000) < chance
        interval = mean_interval(weighted(everything[kept], 1.0 / chance[kept]).effective())
        assert interval is not None
        held += interval[0] <= 1.0 <= interval[1]
    assert held / runs >= 0.93
