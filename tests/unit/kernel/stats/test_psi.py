"""The index and what of it is chance."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.stats.monte_carlo import Ints
from evenkeel.kernel.stats.psi import plain_psi, psi

ROWS = st.lists(st.integers(0, 5_000), min_size=2, max_size=12)


def test_the_plain_index_is_its_formula() -> None:
    reference, window = np.array([90, 10]), np.array([50, 50])
    p, q = np.array([90.5, 10.5]) / 101, np.array([50.5, 50.5]) / 101
    assert plain_psi(reference, window) == pytest.approx(float(((q - p) * np.log(q / p)).sum()))


@given(ROWS, st.integers(0, 2**32 - 1))
def test_bounds_enclose_what_is_beyond_chance(rows: list[int], seed: int) -> None:
    reference = np.array(rows)
    window = np.random.default_rng(seed).permutation(reference)
    found = psi(reference, window)
    assert 0.0 <= found.low <= found.low_one_sided <= found.high
    assert found.debiased <= found.high
    assert found.debiased <= found.value


def _drawn(rng: np.random.Generator, shares: list[float], rows: int) -> Ints:
    return rng.multinomial(rows, shares)


def test_without_drift_the_mean_of_the_index_is_what_is_taken_off() -> None:
    rng = np.random.default_rng(1)
    values = [psi_value(rng, [0.1] * 10, 200) for _ in range(2_000)]
    assert np.mean(values) == pytest.approx(9 * (1 / 200 + 1 / 200), rel=0.06)


def psi_value(rng: np.random.Generator, shares: list[float], rows: int) -> float:
    return plain_psi(_drawn(rng, shares, rows), _drawn(rng, shares, rows))


@pytest.mark.parametrize(("step", "rows"), [(0.0, 200), (0.05, 500), (0.06, 5_000)])
def test_the_interval_holds_the_true_index_as_often_as_it_says(step: float, rows: int) -> None:
    before = np.full(10, 0.1)
    after = before + step * np.array([1, -1] * 5)
    after /= after.sum()
    true = float(((after - before) * np.log(after / before)).sum())
    rng = np.random.default_rng(2)
    found = [psi(rng.multinomial(rows, before), rng.multinomial(rows, after)) for _ in range(250)]
    covered = np.mean([each.low <= true <= each.high for each in found])
    beyond = np.mean([each.low_one_sided > true for each in found])
    assert covered >= 0.92 - 3 * math.sqrt(0.95 * 0.05 / 250)
    assert beyond <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / 250)


def test_of_an_empty_sample_nothing_is_known() -> None:
    found = psi(np.array([0, 0]), np.array([5, 5]))
    assert (found.debiased, found.low, found.high) == (0.0, 0.0, math.inf)


def test_one_bin_cannot_drift() -> None:
    assert psi(np.array([9]), np.array([4])).high == 0.0
