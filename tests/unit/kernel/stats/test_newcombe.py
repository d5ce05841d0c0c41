"""A difference of shares: beside statsmodels, and what it covers, by counting every outcome."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some
from scipy import stats as scipy_stats

from evenkeel.kernel.stats.newcombe import share_difference

stats: Any = scipy_stats  # it has no types

#: statsmodels 0.15.0, confint_proportions_2indep(..., method="newcomb", compare="diff").
STATSMODELS = {
    (56, 70, 48, 80): (0.05243147, 0.33387265),
    (9, 10, 3, 10): (0.17052272, 0.80901797),
    (0, 10, 0, 20): (-0.16112516, 0.2775328),
    (5, 100, 0, 50): (-0.02681303, 0.11175047),
    (3, 6, 300, 1000): (-0.11373838, 0.51359999),
}
SHARES = (0.01, 0.02, 0.05, 0.1, 0.3, 0.5, 0.7, 0.9, 0.95, 0.99)


@pytest.mark.parametrize("counts", STATSMODELS)
def test_it_is_what_statsmodels_says(counts: tuple[int, int, int, int]) -> None:
    found = share_difference(*counts)
    assert (found.low, found.high) == pytest.approx(STATSMODELS[counts], abs=1e-8)
    assert found.value == pytest.approx(counts[0] / counts[1] - counts[2] / counts[3])


@pytest.mark.parametrize(("n", "other_n", "worst"), [(10, 10, 0.91), (50, 50, 0.92), (100, 15, 0.90)])
def test_it_covers_the_true_difference_near_0_and_1_too(n: int, other_n: int, worst: float) -> None:
    found = np.array([[share_difference(a, n, b, other_n)[1:] for b in range(other_n + 1)] for a in range(n + 1)])
    covered: list[float] = []
    for one in SHARES:
        for other in SHARES:
            chances = np.outer(
                stats.binom.pmf(np.arange(n + 1), n, one), stats.binom.pmf(np.arange(other_n + 1), other_n, other)
            )
            holds = (found[:, :, 0] <= one - other + 1e-12) & (one - other <= found[:, :, 1] + 1e-12)
            covered.append(float(chances[holds].sum()))
    assert min(covered) > worst
    assert np.mean(covered) > 0.95


@given(some.integers(0, 30), some.integers(0, 30), some.integers(0, 30), some.integers(0, 30))
def test_it_stays_within_minus_1_and_1(hits: int, misses: int, other_hits: int, other_misses: int) -> None:
    found = share_difference(hits, hits + misses, other_hits, other_hits + other_misses)
    assert -1.0 - 1e-9 <= found.low <= found.value <= found.high <= 1.0 + 1e-9
    assert found.low < found.high


def test_without_rows_on_a_side_half_of_what_is_possible_remains() -> None:
    found = share_difference(0, 0, 10, 10)
    assert found.low <= -0.9
    assert found.high > 0.0
