"""Exact binomial bounds: Clopper and Pearson's, by scipy and by counting every outcome."""

from __future__ import annotations

import pytest
from scipy import stats

from evenkeel.kernel.stats.binomial import Z_95, lower_bound, needed_for_upper, upper_bound, wilson_interval

ALPHAS = [1e-12, 1.15e-6, 0.01, 0.05, 0.5]


@pytest.mark.parametrize("alpha", ALPHAS)
@pytest.mark.parametrize("n", [1, 2, 35, 200, 10_000, 1_000_000])
def test_bounds_agree_with_scipy(n: int, alpha: float) -> None:
    for bad in sorted({0, 1, 2, n // 1_000, n // 2, n - 1, n}):
        if not 0 <= bad <= n:
            continue
        low = 0.0 if bad == 0 else float(stats.beta.ppf(alpha, bad, n - bad + 1))
        high = 1.0 if bad == n else float(stats.beta.isf(alpha, bad + 1, n - bad))
        assert lower_bound(bad, n, alpha) == pytest.approx(low, rel=1e-8), bad
        assert upper_bound(bad, n, alpha) == pytest.approx(high, rel=1e-8), bad


def test_two_sided_they_are_the_interval_of_clopper_and_pearson() -> None:
    for bad, n in ((0, 40), (1, 40), (3, 100), (40, 40)):
        expected = stats.binomtest(bad, n).proportion_ci(0.95, method="exact")
        assert lower_bound(bad, n, 0.025) == pytest.approx(expected.low)
        assert upper_bound(bad, n, 0.025) == pytest.approx(expected.high)


@pytest.mark.parametrize("share", [0.001, 0.005, 0.1, 0.5, 0.9])
@pytest.mark.parametrize("n", [1, 7, 40])
def test_the_chance_of_a_wrong_bound_is_at_most_alpha(n: int, share: float) -> None:
    """Every outcome of n trials, weighed by its probability."""
    for alpha in (0.01, 0.05, 0.2):
        outcomes = range(n + 1)
        too_high = sum(stats.binom.pmf(bad, n, share) for bad in outcomes if lower_bound(bad, n, alpha) > share)
        too_low = sum(stats.binom.pmf(bad, n, share) for bad in outcomes if upper_bound(bad, n, alpha) < share)
        assert too_high <= alpha * (1 + 1e-9)
        assert too_low <= alpha * (1 + 1e-9)


@pytest.mark.parametrize(("bad", "n"), [(0, 0), (0, 0.0), (-1, 10)])
def test_without_evidence_the_bounds_say_nothing(bad: float, n: float) -> None:
    assert lower_bound(bad, n, 0.05) == 0.0
    assert upper_bound(0, 0, 0.05) == 1.0


def test_fractional_counts_lie_between_whole_ones() -> None:
    low = [lower_bound(bad, 100, 0.05) for bad in (1, 1.5, 2)]
    high = [upper_bound(bad, 100, 0.05) for bad in (1, 1.5, 2)]
    assert low == sorted(low)
    assert high == sorted(high)
    assert len({*low}) == len({*high}) == 3


@pytest.mark.parametrize("bound", [0.5, 0.05, 0.005, 0.001, 1e-6])
@pytest.mark.parametrize("alpha", [0.05, 1e-6])
def test_what_is_said_to_be_needed_is_enough_and_one_less_is_not(bound: float, alpha: float) -> None:
    needed = needed_for_upper(bound, alpha)
    assert upper_bound(0, needed, alpha) <= bound * (1 + 1e-6)
    assert needed == 1 or upper_bound(0, needed - 1, alpha) > bound


def test_nothing_proves_a_share_of_zero_and_anything_a_share_of_one() -> None:
    assert needed_for_upper(1.0, 0.05) == 1
    with pytest.raises(ValueError, match="no number of clean trials"):
        needed_for_upper(0.0, 0.05)


@pytest.mark.parametrize(("bad", "n"), [(0, 1), (0, 40), (1, 40), (3, 100), (50, 100), (100, 100), (17, 100_000)])
def test_what_is_shown_is_wilsons_interval(bad: int, n: int) -> None:
    expected = stats.binomtest(bad, n).proportion_ci(0.95, method="wilson")
    assert wilson_interval(bad, n) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert pytest.approx(stats.norm.ppf(0.975)) == Z_95


def test_an_interval_of_nothing_is_everything() -> None:
    assert wilson_interval(0, 0) == (0.0, 1.0)
