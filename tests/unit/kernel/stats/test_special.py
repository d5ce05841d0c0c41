"""Incomplete beta and gamma functions against scipy, far into the tails."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import special, stats

from evenkeel.kernel.stats.special import beta_quantile, beta_tails, gamma_quantile, gamma_tails, log_beta

SHAPES = [0.5, 1.0, 2.5, 17.0, 1_000.0, 200_000.0]
PAIRS = list(itertools.product(SHAPES, SHAPES))
TAILS = [1e-12, 1.15e-6, 1e-3, 0.05, 0.5, 0.95, 0.999]


@pytest.mark.parametrize(("a", "b"), PAIRS)
def test_beta_tails_keep_their_digits_where_they_are_small(a: float, b: float) -> None:
    for tail in TAILS:
        for x in (stats.beta.ppf(tail, a, b), stats.beta.isf(tail, a, b)):
            if not 1e-200 < x < 1:
                continue
            lower, upper = beta_tails(a, b, x)
            assert lower == pytest.approx(special.betainc(a, b, x), rel=1e-8)
            assert upper == pytest.approx(special.betaincc(a, b, x), rel=1e-8)
            assert lower + upper == pytest.approx(1, abs=1e-12)


def test_beta_tails_end_at_the_ends() -> None:
    assert beta_tails(2, 3, 0.0) == beta_tails(2, 3, -1.0) == (0.0, 1.0)
    assert beta_tails(2, 3, 1.0) == beta_tails(2, 3, 2.0) == (1.0, 0.0)


@pytest.mark.parametrize(("a", "b"), PAIRS)
@pytest.mark.parametrize("upper", [False, True])
def test_beta_quantiles_agree_with_scipy(a: float, b: float, upper: bool) -> None:
    inverse = stats.beta.isf if upper else stats.beta.ppf
    for tail in TAILS:
        expected = float(inverse(tail, a, b))
        if 1e-200 < expected < 1 - 1e-9:
            assert beta_quantile(a, b, tail, upper=upper) == pytest.approx(expected, rel=1e-9), tail


@settings(deadline=None, max_examples=200)
@given(st.floats(0.1, 1e5), st.floats(0.1, 1e5), st.floats(1e-12, 1 - 1e-9), st.booleans())
def test_a_quantile_undoes_its_tail(a: float, b: float, tail: float, upper: bool) -> None:
    x = beta_quantile(a, b, tail, upper=upper)
    if 1e-300 < x < 1 - 1e-8:  # closer to 1, x itself has too few digits for its tail
        assert beta_tails(a, b, x)[1 if upper else 0] == pytest.approx(tail, rel=1e-6)


@pytest.mark.parametrize("a", SHAPES)
def test_gamma_tails_keep_their_digits_where_they_are_small(a: float) -> None:
    for tail in TAILS:
        for x in (stats.gamma.ppf(tail, a), stats.gamma.isf(tail, a)):
            if x < 1e-200:
                continue
            lower, upper = gamma_tails(a, x)
            assert lower == pytest.approx(special.gammainc(a, x), rel=1e-8)
            assert upper == pytest.approx(special.gammaincc(a, x), rel=1e-8)
    assert gamma_tails(a, 0.0) == gamma_tails(a, -1.0) == (0.0, 1.0)


@pytest.mark.parametrize("a", SHAPES)
@pytest.mark.parametrize("upper", [False, True])
def test_gamma_quantiles_agree_with_scipy(a: float, upper: bool) -> None:
    inverse = stats.gamma.isf if upper else stats.gamma.ppf
    for tail in TAILS:
        expected = float(inverse(tail, a))
        if expected > 1e-200:
            assert gamma_quantile(a, tail, upper=upper) == pytest.approx(expected, rel=1e-9), tail


def test_the_beta_function_is_taken_in_logarithms_so_that_it_does_not_underflow() -> None:
    assert log_beta(3, 4) == pytest.approx(special.betaln(3, 4))
    assert log_beta(1e6, 1e6) == pytest.approx(special.betaln(1e6, 1e6), rel=1e-9)


def test_a_quantile_too_small_for_a_float_is_zero() -> None:
    assert beta_quantile(0.001, 5.0, 1e-6, upper=False) == 0.0
    assert beta_quantile(0.125, 1.0, 1e-12, upper=False) == pytest.approx(1e-96, rel=1e-6)
    assert gamma_quantile(0.001, 1e-6, upper=False) == 0.0
