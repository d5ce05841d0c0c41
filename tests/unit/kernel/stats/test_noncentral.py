"""The noncentral chi-square against scipy, and its inverse in the noncentrality."""

from __future__ import annotations

from typing import Any

import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.stats.noncentral import noncentral_chi2_cdf, noncentrality_with

stats: Any = scipy.stats  # it ships no types


@pytest.mark.parametrize("df", [1, 9, 20])
@pytest.mark.parametrize("noncentrality", [0.0, 0.01, 4.0, 150.0, 30_000.0])
def test_chances_agree_with_scipy(df: int, noncentrality: float) -> None:
    mean, deviation = df + noncentrality, (2 * (df + 2 * noncentrality)) ** 0.5
    for x in (mean - 4 * deviation, mean - deviation, mean, mean + 3 * deviation):
        expected = float(stats.ncx2.cdf(x, df, noncentrality)) if x > 0 else 0.0
        assert noncentral_chi2_cdf(x, df, noncentrality) == pytest.approx(expected, rel=1e-6, abs=1e-12)


def test_beyond_what_is_summed_the_root_is_normal() -> None:
    for x in (3_990_000.0, 4_000_000.0, 4_010_000.0):
        expected = float(stats.ncx2.cdf(x, 9, 4_000_000.0))
        assert noncentral_chi2_cdf(x, 9, 4_000_000.0) == pytest.approx(expected, abs=1e-3)


@settings(deadline=None, max_examples=100)
@given(st.floats(0.001, 1e5), st.integers(1, 25), st.sampled_from([0.025, 0.95, 0.975]))
def test_the_inverse_undoes_the_chance(x: float, df: int, below: float) -> None:
    found = noncentrality_with(x, df, below)
    if found > 0.0:
        assert noncentral_chi2_cdf(x, df, found) == pytest.approx(below, abs=1e-6)
    else:
        assert noncentral_chi2_cdf(x, df, 0.0) <= below + 1e-9


def test_none_is_enough_where_chance_alone_explains_it() -> None:
    assert noncentrality_with(0.0, 9, 0.025) == 0.0
