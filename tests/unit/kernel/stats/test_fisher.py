"""Fisher's exact test against scipy, small and large."""

from __future__ import annotations

from typing import Any

import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.stats.fisher import shares_p

stats: Any = scipy.stats  # it ships no types


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 60), st.integers(0, 60))
def test_it_is_that_of_scipy(a: int, b: int, c: int, d: int) -> None:
    expected = float(stats.fisher_exact([[a, b], [c, d]]).pvalue)
    assert shares_p(a, a + b, c, c + d) == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize(
    "counts", [(500, 50_000, 9, 200), (50_000, 1_000_000, 50_900, 1_000_000), (0, 1_000_000, 3, 200)]
)
def test_it_is_that_of_scipy_for_large_counts(counts: tuple[int, int, int, int]) -> None:
    a, n, c, m = counts
    expected = float(stats.fisher_exact([[a, n - a], [c, m - c]]).pvalue)
    assert shares_p(a, n, c, m) == pytest.approx(expected, rel=1e-5)


def test_what_cannot_differ_does_not() -> None:
    assert shares_p(0, 10, 0, 10) == shares_p(10, 10, 10, 10) == shares_p(0, 0, 5, 10) == 1.0


def test_what_is_beyond_a_float_is_zero() -> None:
    assert shares_p(0, 1_000_000, 900_000, 1_000_000) == 0.0
