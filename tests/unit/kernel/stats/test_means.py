"""The interval of a mean of skewed values, from sums of powers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats as scipy_stats

from evenkeel.kernel.stats.means import VALUES_MIN, PowerSums, mean_interval, student_quantile

stats: Any = scipy_stats  # it ships no types

VALUES = st.lists(st.floats(-100, 100), max_size=30).map(np.array)


@given(VALUES, VALUES)
def test_sums_of_parts_are_the_sums_of_the_whole(one: np.ndarray, two: np.ndarray) -> None:
    merged, whole = PowerSums.of(one) + PowerSums.of(two), PowerSums.of(np.concatenate([one, two]))
    assert merged.n == whole.n
    for part in ("first", "second", "third"):
        assert getattr(merged, part) == pytest.approx(getattr(whole, part), rel=1e-9, abs=1e-3)


def test_mean_variance_and_skewness_are_those_of_numpy_and_scipy() -> None:
    values = np.random.default_rng(1).exponential(2.0, 500)
    sums = PowerSums.of(values)
    assert sums.mean == pytest.approx(values.mean())
    assert sums.variance == pytest.approx(values.var(ddof=1))
    assert sums.skewness == pytest.approx(stats.skew(values) * (499 / 500) ** 1.5)


@pytest.mark.parametrize("degrees", [1, 2, 10, 99, 10_000, 10_000_000])
@pytest.mark.parametrize("tail", [0.4, 0.025, 1e-6])
def test_the_quantile_is_that_of_scipy(tail: float, degrees: int) -> None:
    assert student_quantile(tail, degrees) == pytest.approx(stats.t.isf(tail, degrees), rel=1e-6)


Draw = Callable[[np.random.Generator, tuple[int, int]], np.ndarray]
DRAWS: dict[str, tuple[float, Draw]] = {
    "normal": (0.0, lambda chance, shape: chance.normal(0, 1, shape)),
    "exponential": (1.0, lambda chance, shape: chance.exponential(1, shape)),
    "squares of normal": (1.0, lambda chance, shape: chance.normal(0, 1, shape) ** 2),
    "squares of Laplace": (2.0, lambda chance, shape: chance.laplace(0, 1, shape) ** 2),
    "one in twenty": (0.05, lambda chance, shape: (chance.random(shape) < 0.05).astype(float)),
}


@pytest.mark.parametrize("name", DRAWS)
def test_the_interval_covers_at_least_93_percent_of_the_time(name: str) -> None:
    """600 seeded samples of 300 values: 93 % less 3 standard errors is 89.9 %."""
    true, draw = DRAWS[name]
    found = [mean_interval(PowerSums.of(row)) for row in draw(np.random.default_rng(3), (600, 300))]
    covered = sum(each is not None and each[0] <= true <= each[1] for each in found)
    assert covered / 600 >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 600)


def test_skewness_moves_the_interval_towards_the_long_tail() -> None:
    values = np.random.default_rng(4).exponential(1.0, 100)
    low, high = mean_interval(PowerSums.of(values)) or (0.0, 0.0)
    assert high - values.mean() > 1.1 * (values.mean() - low)


def test_too_few_values_have_no_interval_and_equal_ones_a_point() -> None:
    assert mean_interval(PowerSums.of(np.arange(VALUES_MIN - 1.0))) is None
    assert mean_interval(PowerSums()) is None
    assert math.isnan(PowerSums().mean)
    assert mean_interval(PowerSums.of(np.full(100, 2.5))) == pytest.approx((2.5, 2.5))


def test_what_is_left_over_by_rounding_is_no_spread() -> None:
    """A tenth summed a hundred times, and values whose cubes are below what a float can hold."""
    assert PowerSums.of(np.full(100, 0.1)).variance == 0.0
    tiny = PowerSums.of(np.array([0.0, 1e-113] * 20))
    assert tiny.skewness == 0.0
    assert mean_interval(tiny) is not None
