"""Errors of numbers as a multiple of what is normal."""

from __future__ import annotations

import math

import numpy as np
import pytest

from evenkeel.judge.indicators.errors import ErrorFigure, compare_errors, measure_errors
from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.estimate import Evidence
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.predictions import NumberStep

GIVEN = Circumstances(Window(0, 1), 1, 1, 1.0, 1e-4, 0.05, Evidence("", ""))


def hours(count: int, spread: float, seed: int = 1) -> list[NumberStep]:
    """Hours of 50 predictions whose errors are normal."""
    errors = np.random.default_rng(seed).normal(0.0, spread, (count, 50))
    return [NumberStep(at, 50.0, float(np.abs(row).sum()), float((row**2).sum())) for at, row in enumerate(errors)]


@pytest.mark.parametrize("figure", list(ErrorFigure))
def test_errors_that_grew_beyond_twice_are_proved_and_the_same_errors_are_not(figure: ErrorFigure) -> None:
    before = measure_errors(hours(600, 2.0), figure)
    same, worse = (compare_errors(hours(48, spread, 2), before, figure, GIVEN) for spread in (2.0, 6.0))
    assert same.value == pytest.approx(1.0, abs=0.1)
    assert same.low < 1.0 < same.high < 2.0
    assert worse.value == pytest.approx(3.0, abs=0.3)
    assert worse.low > 2.0


def test_one_huge_error_makes_the_error_large_and_proves_nothing() -> None:
    steps = [*hours(48, 2.0), NumberStep(99, 1.0, 1e6, 1e12)]
    found = compare_errors(steps, 2.0, ErrorFigure.RMSE, GIVEN)
    assert (found.value or 0.0) > 1_000
    assert found.low < 2.0


def test_a_declared_baseline_is_taken_as_it_is_and_none_or_one_of_nothing_gives_no_value() -> None:
    found = compare_errors(hours(48, 2.0), 4.0, ErrorFigure.RMSE, GIVEN)
    assert (found.value, found.parts["baseline"]) == (pytest.approx(0.5, abs=0.05), 4.0)
    perfect = measure_errors([NumberStep(at, 50.0, 0.0, 0.0) for at in range(48)], ErrorFigure.MAE)
    for before in (None, perfect):
        none = compare_errors(hours(48, 2.0), before, ErrorFigure.MAE, GIVEN)
        assert (none.value, none.low, none.high) == (None, 0.0, math.inf)
