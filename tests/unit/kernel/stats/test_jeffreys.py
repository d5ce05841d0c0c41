"""Jeffreys' interval: beside scipy and statsmodels, and what it covers, by counting every outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats as scipy_stats

from evenkeel.kernel.stats.jeffreys import jeffreys_interval

stats: Any = scipy_stats  # it has no types

#: statsmodels 0.15.0, proportion_confint(hits, n, method="jeffreys"), which has no exception at 0 and n.
STATSMODELS = {
    (3, 100): (0.00852028310740358, 0.07788756942640257),
    (50, 2000): (0.018827469163832725, 0.032545022241911054),
    (0, 10): (0.0, 0.2171962675092106),
    (10, 10): (0.7828037324907894, 1.0),
}


@pytest.mark.parametrize("counts", STATSMODELS)
def test_it_is_what_statsmodels_says(counts: tuple[int, int]) -> None:
    assert jeffreys_interval(*counts) == pytest.approx(STATSMODELS[counts], rel=1e-9)


@pytest.mark.parametrize("level", [0.8, 0.95, 0.999])
def test_its_bounds_are_quantiles_of_a_beta(level: float) -> None:
    for hits, n in ((1, 2), (7, 40), (39, 40), (120, 100_000)):
        expected = stats.beta(hits + 0.5, n - hits + 0.5).interval(level)
        assert jeffreys_interval(hits, n, level) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize(("n", "worst"), [(20, 0.89), (100, 0.91)])
def test_it_covers_the_true_share_on_average_and_never_much_less(n: int, worst: float) -> None:
    """Every outcome, weighed by its probability, at 499 true shares from 0.002 to 0.998."""
    low, high = np.array([jeffreys_interval(hits, n) for hits in range(n + 1)]).T
    shares = np.linspace(0.002, 0.998, 499)
    chances = stats.binom.pmf(np.arange(n + 1)[:, None], n, shares)
    covered = np.where((low[:, None] <= shares) & (shares <= high[:, None]), chances, 0.0).sum(axis=0)
    assert covered.mean() == pytest.approx(0.95, abs=0.002)
    assert covered.min() > worst


@given(some.integers(0, 400), some.integers(0, 400))
def test_hits_and_misses_are_mirrored(hits: int, misses: int) -> None:
    low, high = jeffreys_interval(hits, hits + misses)
    assert jeffreys_interval(misses, hits + misses) == pytest.approx((1 - high, 1 - low), abs=1e-9)
    assert 0.0 <= low < high <= 1.0


@pytest.mark.parametrize(("hits", "n"), [(-1, 10), (11, 10), (float("nan"), 10), (1, 0)])
def test_counts_that_cannot_be_are_refused(hits: float, n: float) -> None:
    with pytest.raises(ValueError, match="give hits from 0 to n"):
        jeffreys_interval(hits, n)
