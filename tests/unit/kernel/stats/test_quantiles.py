"""Bounds of quantiles by order statistics."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from evenkeel.kernel.sketch import RELATIVE_ERROR, bucket_of
from evenkeel.kernel.stats.quantiles import enclosing_ranks, histogram_quantile_bounds, order_statistic_bounds

GRID = [(n, q, alpha) for n in (1, 2, 19, 100, 1_000) for q in (0.05, 0.5, 0.95, 0.99) for alpha in (0.001, 0.05)]


@pytest.mark.parametrize(("n", "q", "alpha"), GRID)
def test_ranks_are_the_tightest_whose_tails_keep_the_level(n: int, q: float, alpha: float) -> None:
    """The number of values below the quantile is binomial: every rank is tried."""
    at_most = stats.binom.cdf(np.arange(n), n, q)  # P(number below <= r)
    at_least = stats.binom.sf(np.arange(n) - 1, n, q)  # P(number below >= r)
    low = max((r for r in range(n) if at_most[r] <= alpha / 2), default=-1)
    # The r-th value is below the quantile when more than r values are.
    high = min((r for r in range(n) if r + 1 <= n and (at_least[r + 1] if r + 1 < n else q**n) <= alpha / 2), default=n)
    assert enclosing_ranks(n, q, alpha) == (low, high)


@pytest.mark.parametrize("q", [0.0, 1.0])
def test_the_ends_of_a_distribution_are_bounded_by_nothing(q: float) -> None:
    low, high = enclosing_ranks(100, q, 0.05)
    assert (low if q == 0.0 else high) in (-1, 100)


def test_few_values_bound_no_high_quantile_from_above() -> None:
    values = [float(value) for value in range(50)]
    low, high = order_statistic_bounds(values, 0.99, 0.05)
    assert low < 49
    assert high == math.inf
    assert order_statistic_bounds(values, 0.01, 0.05)[0] == -math.inf
    assert order_statistic_bounds([], 0.5, 0.05) == (-math.inf, math.inf)


@pytest.mark.parametrize("q", [0.5, 0.95])
def test_the_true_quantile_lies_within_as_often_as_promised(q: float) -> None:
    """2,000 samples of 200 log-normal latencies; the level is 95 %."""
    chance = np.random.default_rng(11)
    truth = float(stats.lognorm.ppf(q, 1.0))
    hits = 0
    for _ in range(2_000):
        low, high = order_statistic_bounds(np.sort(chance.lognormal(0.0, 1.0, 200)).tolist(), q, 0.05)
        hits += low <= truth <= high
    assert hits >= stats.binom.ppf(0.001, 2_000, 0.95)


@pytest.mark.parametrize("q", [0.5, 0.95, 0.99])
def test_from_a_histogram_the_bounds_enclose_those_from_the_values(q: float) -> None:
    values = np.sort(np.random.default_rng(5).lognormal(0.0, 1.0, 3_000)).tolist()
    counts: dict[int, float] = {}
    for value in values:
        counts[bucket_of(value)] = counts.get(bucket_of(value), 0.0) + 1.0
    exact = order_statistic_bounds(values, q, 0.05)
    found = histogram_quantile_bounds(counts, q, alpha=0.05)
    assert exact[0] / (1 + RELATIVE_ERROR) <= found[0] <= exact[0] * (1 + 1e-9)
    assert exact[1] * (1 - 1e-9) <= found[1] <= exact[1] * (1 + RELATIVE_ERROR)


def test_where_the_sample_is_too_small_the_outermost_edge_stands_in() -> None:
    counts = {bucket_of(1.0): 1.0, bucket_of(8.0): 1.0}
    low, high = histogram_quantile_bounds(counts, 0.5, alpha=0.05, zero=1.0)
    assert low == 0.0
    assert high == 8.0
