"""Errors of predicted numbers: equal to scikit-learn, mergeable, with intervals that cover."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sklearn_metrics

from evenkeel.judge.quality.model import Figure, Reason
from evenkeel.judge.quality.regression import ErrorSums, bias, count_errors, mae, mape, rmse

metrics: Any = sklearn_metrics  # it ships no types

ALL = (rmse, mae, bias, mape)


def test_every_measure_equals_scikit_learn() -> None:
    chance = np.random.default_rng(1)
    truth = chance.normal(50, 20, 3_000)
    guess = truth + chance.laplace(1, 3, 3_000)
    sums = count_errors(guess, truth)
    assert rmse(sums).value == pytest.approx(metrics.root_mean_squared_error(truth, guess), rel=1e-9)
    assert mae(sums).value == pytest.approx(metrics.mean_absolute_error(truth, guess), rel=1e-9)
    assert mape(sums).value == pytest.approx(metrics.mean_absolute_percentage_error(truth, guess), rel=1e-9)
    assert bias(sums).value == pytest.approx((guess - truth).mean(), rel=1e-9)


NUMBERS = st.one_of(st.floats(-1e6, 1e6), st.sampled_from([math.nan, math.inf, -math.inf, 0.0, 1e-300, 1e300]))
PAIRS = st.lists(st.tuples(NUMBERS, NUMBERS), max_size=30)


def sums_of(pairs: list[tuple[float, float]]) -> ErrorSums:
    return count_errors(np.array([p for p, _ in pairs]), np.array([t for _, t in pairs]))


@given(PAIRS, PAIRS)
def test_merging_is_addition_and_every_row_is_counted_once(
    one: list[tuple[float, float]], two: list[tuple[float, float]]
) -> None:
    merged, whole = sums_of(one) + sums_of(two), sums_of(one + two)
    assert merged.signed.n == whole.signed.n
    assert merged.squared.first == pytest.approx(whole.squared.first, rel=1e-9)
    rows = sum(not (math.isnan(p) and math.isnan(t)) for p, t in one + two)
    counted = merged.signed.n + merged.unlabelled + merged.unpredicted + merged.infinite + merged.huge
    assert counted == rows
    assert merged.relative.n + merged.zero_truth == merged.signed.n


@given(PAIRS)
def test_whatever_comes_the_value_lies_in_its_interval(pairs: list[tuple[float, float]]) -> None:
    sums = sums_of(pairs * 20)
    for measure in ALL:
        figure = measure(sums)
        if figure.value is not None and figure.low is not None and figure.high is not None:
            slack = 1e-9 * abs(figure.value)
            assert figure.low - slack <= figure.value <= figure.high + slack


Draw = Callable[[np.random.Generator, int], np.ndarray]
ERRORS: dict[str, tuple[Draw, float, float]] = {
    "normal": (lambda chance, n: chance.normal(0, 1, n), 1.0, math.sqrt(2 / math.pi)),
    "Laplace": (lambda chance, n: chance.laplace(0, 1, n), math.sqrt(2.0), 1.0),
    "shifted": (lambda chance, n: chance.normal(3, 1, n), math.sqrt(10.0), 3.0 + 2 * 0.000382),
}


@pytest.mark.parametrize("name", ERRORS)
def test_intervals_cover_at_least_93_percent_of_the_time(name: str) -> None:
    """400 seeded samples of 200 rows: 93 % less 3 standard errors is 89.2 %."""
    draw, root, size = ERRORS[name]
    chance, covered = np.random.default_rng(2), np.zeros(2)
    for _ in range(400):
        sums = count_errors(draw(chance, 200), np.zeros(200))
        covered += [holds(rmse(sums), root), holds(mae(sums), size)]
    assert covered.min() / 400 >= 0.93 - 3 * math.sqrt(0.93 * 0.07 / 400)


def holds(figure: Figure, true: float) -> bool:
    return figure.low is not None and figure.high is not None and figure.low <= true <= figure.high


def test_what_cannot_be_measured_says_why() -> None:
    assert [each(ErrorSums()).reason for each in ALL] == [Reason.NO_ROWS] * 4
    waiting = count_errors(np.ones(5), np.full(5, np.nan))
    assert [each(waiting).reason for each in ALL] == [Reason.NO_LABELS] * 4
    few = count_errors(np.ones(5), np.zeros(5))
    assert (rmse(few).value, rmse(few).low, rmse(few).reason) == (1.0, None, Reason.TOO_FEW)
    assert mape(few).reason is Reason.NO_ROWS
    assert few.zero_truth == 5


def test_equal_errors_are_a_point() -> None:
    found = bias(count_errors(np.full(50, 0.1), np.zeros(50)))
    assert found.low == pytest.approx(0.1)
    assert found.high == pytest.approx(0.1)
