"""Garwood's exact bounds of a count."""

from __future__ import annotations

import pytest
from scipy import stats

from evenkeel.kernel.stats.poisson import poisson_interval


@pytest.mark.parametrize("count", [0, 1, 2, 10, 999, 100_000])
@pytest.mark.parametrize("alpha", [1e-12, 1e-6, 0.025, 0.1])
def test_bounds_are_chi_squared_quantiles(count: int, alpha: float) -> None:
    low, high = poisson_interval(count, alpha_low=alpha, alpha_high=alpha)
    assert low == pytest.approx(stats.chi2.ppf(alpha, 2 * count) / 2 if count else 0.0, rel=1e-9)
    assert high == pytest.approx(stats.chi2.isf(alpha, 2 * count + 2) / 2, rel=1e-9)


@pytest.mark.parametrize(
    ("count", "low", "high"), [(0, 0.0, 3.6889), (1, 0.0253, 5.5716), (5, 1.6235, 11.6683), (20, 12.2165, 30.8884)]
)
def test_the_published_table_is_met(count: int, low: float, high: float) -> None:
    """95 % limits as in Garwood 1936 and every table since."""
    assert poisson_interval(count, alpha_low=0.025, alpha_high=0.025) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("mean", [0.1, 1.0, 8.0])
def test_the_chance_of_a_wrong_bound_is_at_most_alpha(mean: float) -> None:
    wrong_low = wrong_high = 0.0
    for count in range(100):
        low, high = poisson_interval(count, alpha_low=0.05, alpha_high=0.01)
        wrong_low += stats.poisson.pmf(count, mean) * (low > mean)
        wrong_high += stats.poisson.pmf(count, mean) * (high < mean)
    assert wrong_low <= 0.05
    assert wrong_high <= 0.01


def test_each_side_has_a_level_of_its_own() -> None:
    strict = poisson_interval(10, alpha_low=1e-6, alpha_high=0.05)
    loose = poisson_interval(10, alpha_low=0.05, alpha_high=0.05)
    assert strict[0] < loose[0]
    assert strict[1] == loose[1]


def test_a_negative_count_is_refused() -> None:
    with pytest.raises(ValueError, match="a count is not negative: -1"):
        poisson_interval(-1, alpha_low=0.05, alpha_high=0.05)
