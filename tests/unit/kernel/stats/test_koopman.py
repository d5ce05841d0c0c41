"""A ratio of shares: beside statsmodels, and what it covers, by counting every outcome."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats as scipy_stats

from evenkeel.kernel.stats.koopman import chi_squared, share_ratio
from evenkeel.kernel.stats.normal import two_sided_z

stats: Any = scipy_stats  # it has no types

#: statsmodels 0.15.0, confint_proportions_2indep(..., method="score", compare="ratio", correction=False).
STATSMODELS = {
    (56, 70, 48, 80): (1.07982151, 1.67080558),
    (9, 10, 3, 10): (1.35323719, 8.46766869),
    (5, 100, 0, 50): (0.67942649, math.inf),
    (3, 6, 300, 1000): (0.62306224, 2.7510374),
}
SHARES = (0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)


@pytest.mark.parametrize("counts", STATSMODELS)
def test_it_is_what_statsmodels_says(counts: tuple[int, int, int, int]) -> None:
    found = share_ratio(*counts)
    assert (found.low, found.high) == pytest.approx(STATSMODELS[counts], rel=1e-7)


@pytest.mark.parametrize(("n", "other_n", "worst"), [(10, 10, 0.90), (30, 12, 0.86)])
def test_it_covers_the_true_ratio_near_0_and_1_too(n: int, other_n: int, worst: float) -> None:
    found = np.array([[share_ratio(a, n, b, other_n)[1:] for b in range(other_n + 1)] for a in range(n + 1)])
    covered: list[float] = []
    for one in SHARES:
        for other in SHARES:
            chances = np.outer(
                stats.binom.pmf(np.arange(n + 1), n, one), stats.binom.pmf(np.arange(other_n + 1), other_n, other)
            )
            ratio = one / other
            holds = (found[:, :, 0] <= ratio * (1 + 1e-9)) & (ratio * (1 - 1e-9) <= found[:, :, 1])
            covered.append(float(chances[holds].sum()))
    assert min(covered) > worst
    assert np.mean(covered) == pytest.approx(0.95, abs=0.01)


@given(some.integers(1, 40), some.integers(0, 40), some.integers(1, 40), some.integers(0, 40))
def test_its_bounds_are_where_chi_squared_reaches_its_quantile(a: int, not_a: int, b: int, not_b: int) -> None:
    n, other_n = a + not_a, b + not_b
    found = share_ratio(a, n, b, other_n)
    limit = two_sided_z(0.95) ** 2
    for bound in (found.low, found.high):
        assert chi_squared(a, n, b, other_n, bound) == pytest.approx(limit, rel=1e-4)
    assert found.low < found.value < found.high


@given(some.integers(0, 30), some.integers(0, 30), some.integers(0, 30), some.integers(0, 30))
def test_a_ratio_turned_around_is_its_inverse(a: int, not_a: int, b: int, not_b: int) -> None:
    there, back = share_ratio(a, a + not_a, b, b + not_b), share_ratio(b, b + not_b, a, a + not_a)
    assert back.low == pytest.approx(1.0 / there.high if math.isfinite(there.high) else 0.0, rel=1e-6)
    assert there.low == pytest.approx(1.0 / back.high if math.isfinite(back.high) else 0.0, rel=1e-6)


def test_of_no_hit_at_all_any_ratio_is_possible() -> None:
    for nothing in ((0, 10, 0, 20), (0, 0, 3, 10), (3, 10, 0, 0)):
        found = share_ratio(*nothing)
        assert math.isnan(found.value)
        assert (found.low, found.high) == (0.0, math.inf)


def test_no_hit_on_one_side_still_bounds_the_ratio_on_the_other() -> None:
    below, above = share_ratio(0, 50, 10, 50), share_ratio(10, 50, 0, 50)
    assert (below.value, below.low) == (0.0, 0.0)
    assert 0.0 < below.high < 1.0 < above.low
    assert (above.value, above.high) == (math.inf, math.inf)
