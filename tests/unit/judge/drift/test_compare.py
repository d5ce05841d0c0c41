"""One feature: how seldom chance looks like drift, and what is found by which test."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.model import Comparison, Reason, Signal
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.stats.monte_carlo import Drawing

ROWS = st.lists(st.one_of(st.none(), st.floats(), st.text(max_size=1), st.booleans()), max_size=30)


def compare(reference: Values, window: Values, seed: int = 1) -> Comparison:
    profile = build_profile(reference)
    both = align(profile.grid, profile.counts, count_values(window, profile.grid))
    return compare_feature(profile.grid, both, Drawing(np.random.default_rng(seed)))


def strongest(comparison: Comparison) -> Signal:
    return min(comparison.parts, key=lambda part: part.weighted).signal


def _normal(seed: int, rows: int, *, mean: float = 0.0, deviation: float = 1.0) -> NDArray[np.float64]:
    return np.random.default_rng(seed).normal(mean, deviation, size=rows)


@settings(deadline=None, max_examples=100)
@given(ROWS.filter(bool), ROWS)
def test_whatever_is_compared_has_a_p_value_and_weights_of_at_most_one(
    reference: list[object], window: list[object]
) -> None:
    found = compare(reference, window)
    assert 0.0 <= found.p <= 1.0
    assert math.fsum(part.weight for part in found.parts) <= 1.0 + 1e-12
    assert (found.n, found.m) == (len(reference), len(window))


@pytest.mark.parametrize(("n", "m"), [(200, 200), (2_000, 100)])
def test_chance_is_taken_for_drift_no_more_often_than_promised(n: int, m: int) -> None:
    rng = np.random.default_rng(n)
    runs = 300
    hits = 0
    for _ in range(runs):
        rows = np.where(rng.uniform(size=n + m) < 0.6, 0.0, rng.lognormal(size=n + m))
        hits += compare(rows[:n], rows[n:]).p <= 0.05
    assert hits / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)


def test_a_window_without_rows_is_not_compared() -> None:
    found = compare([1.0, 2.0], [])
    assert (found.reason, found.parts, found.p) == (Reason.EMPTY_WINDOW, (), 1.0)


def test_a_monotone_transform_changes_nothing() -> None:
    reference, window = _normal(1, 1_000), _normal(2, 800, mean=0.2)
    assert compare(np.exp(reference), np.exp(window)).p == pytest.approx(compare(reference, window).p, rel=1e-6)


@pytest.mark.parametrize(
    ("window", "signal"),
    [
        (_normal(2, 2_000, mean=0.3), Signal.LOCATION),
        (_normal(2, 2_000, deviation=1.4), Signal.SPREAD),
        (np.append(_normal(2, 1_800), np.full(200, 0.3)), Signal.SHAPE),
        (np.append(_normal(2, 1_980), np.full(20, 9.0)), Signal.RANGE),
        (np.append(_normal(2, 1_980), np.full(20, np.inf)), Signal.RANGE),
        (np.append(_normal(2, 1_900), np.full(100, np.nan)), Signal.MISSINGNESS),
    ],
)
def test_each_difference_of_numbers_is_found_by_the_test_that_is_for_it(
    window: NDArray[np.float64], signal: Signal
) -> None:
    found = compare(_normal(1, 2_000), window)
    assert found.p < 1e-4
    assert strongest(found) is signal


@pytest.mark.parametrize(
    ("window", "signal"),
    [
        (["a"] * 300 + ["b"] * 700, Signal.SHAPE),
        (["a"] * 490 + ["b"] * 490 + ["c"] * 20, Signal.NEW_LEVELS),
        (["a"] * 450 + ["b"] * 450 + [None] * 100, Signal.MISSINGNESS),
    ],
)
def test_each_difference_of_levels_is_found_by_the_test_that_is_for_it(window: list[object], signal: Signal) -> None:
    found = compare(["a", "b"] * 500, window)
    assert found.p < 1e-4
    assert strongest(found) is signal


def test_new_levels_are_not_looked_for_where_they_could_not_be_told() -> None:
    many = [f"level {place}" for place in range(1_500)]
    assert [part.signal for part in compare(many, many[::2]).parts] == [Signal.SHAPE]
    assert [part.signal for part in compare([True, False], [True, True]).parts] == [Signal.SHAPE]


def test_the_weight_of_missing_values_goes_to_the_others_where_nothing_is_missing() -> None:
    assert math.fsum(part.weight for part in compare([1.0, 2.0], [1.0]).parts) == pytest.approx(1.0)
    assert math.fsum(part.weight for part in compare([1.0, None], [1.0]).parts) == pytest.approx(1.0)


def test_what_shifts_beyond_all_overlap_is_certain() -> None:
    assert compare(_normal(1, 200), _normal(2, 200, mean=50.0)).p < 1e-12
