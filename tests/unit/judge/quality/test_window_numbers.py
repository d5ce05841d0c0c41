"""Predicted numbers of several versions together, and why there is no figure where there is none."""

from __future__ import annotations

from evenkeel.judge.quality.model import Reason
from evenkeel.judge.quality.window_numbers import measure_numbers
from evenkeel.store.telemetry.predictions import NumberErrors


def errors(n: int, by: float, weight: float = 1.0, version: str = "1") -> NumberErrors:
    """So many errors of the same size, of a truth of 10."""

    def sums(x: float) -> tuple[float, ...]:
        return tuple(weight * n * x**k for k in range(4)) + tuple(weight**2 * n * x**k for k in range(3))

    return NumberErrors(version, sums(by), sums(abs(by)), sums(by**2), sums(abs(by) / 10))


def test_versions_are_added_up() -> None:
    found = measure_numbers([errors(50, 2.0), errors(50, -2.0, version="2")])
    assert found.figures["RMSE"].value == 2.0
    assert found.figures["bias"].value == 0.0
    assert (found.compared, found.figures["MAE"].n) == (100.0, 100.0)


def test_sampled_numbers_have_the_interval_of_those_that_were_seen() -> None:
    seen = measure_numbers([errors(30, 2.0), errors(30, 4.0)]).figures["MAE"]
    sampled = measure_numbers([errors(30, 2.0, 5.0), errors(30, 4.0, 5.0)]).figures["MAE"]
    assert (seen.low, seen.high) == (sampled.low, sampled.high)
    assert sampled.n == 300.0


def test_truths_that_are_classes_are_named_as_the_reason() -> None:
    nothing = (0.0,) * 7
    found = measure_numbers([NumberErrors("1", nothing, nothing, nothing, nothing, told_as_class=5.0)])
    assert {figure.reason for figure in found.figures.values()} == {Reason.TOLD_AS_CLASS}
    waiting = measure_numbers([NumberErrors("1", nothing, nothing, nothing, nothing, unlabelled=5.0)])
    assert waiting.figures["RMSE"].reason is Reason.NO_LABELS
    assert waiting.predictions == 5.0
