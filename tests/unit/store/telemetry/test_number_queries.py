"""Numbers that were predicted are joined with the numbers that came true, and what cannot be compared is counted."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evenkeel.judge.quality.regression import count_errors
from evenkeel.judge.quality.window_numbers import measure_numbers
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.number_queries import ERROR_MAX
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.predictions import NumberStep
from evenkeel.store.telemetry.series import LabelAge
from evenkeel.testing.feeder import NOON_US, Feeder

HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_MINUTE)
BOT = ServiceKey("production", "bot")


def predicted(feeder: Feeder, subject: str, value: float | None, **more: Any) -> Any:
    return feeder.event(kind="prediction", role="request", subject=subject, value=value, **more)


def true(feeder: Feeder, subject: str, value: float | None = None, **more: Any) -> Any:
    given = {"kind": "outcome", "role": "none", "version": "", "subject": subject, "value": value}
    return feeder.event(**{**given, "at": NOON_US + US_PER_DAY, **more})


def test_the_sums_are_those_of_the_arrays(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    random = np.random.default_rng(3)
    truth = random.normal(50.0, 10.0, size=200)
    guess = truth + random.normal(1.0, 3.0, size=200)
    feeder.fold(*(predicted(feeder, str(n), float(value)) for n, value in enumerate(guess)))
    feeder.fold(*(true(feeder, str(n), float(value)) for n, value in enumerate(truth)))
    (found,) = telemetry.number_errors(BOT, HOUR)
    expected = count_errors(guess, truth)
    for name in ("signed", "absolute", "squared", "relative"):
        sums, powers = getattr(found, name), getattr(expected, name)
        assert sums[:4] == pytest.approx((powers.n, powers.first, powers.second, powers.third)), name
        assert sums[4:] == pytest.approx(sums[:3])


def test_what_cannot_be_compared_is_counted_by_why(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(
        predicted(feeder, "a", 5.0),
        predicted(feeder, "b", 5.0),
        predicted(feeder, "c", None, value_kind="inf"),
        predicted(feeder, "d", 1e60, version="2"),
        predicted(feeder, "e", 5.0, version="2"),
        predicted(feeder, "f", 5.0, weight=3.0),
        predicted(feeder, "g", None),  # it says nothing at all
        predicted(feeder, "h", 0.5, label="cat"),  # a score of a class is no number that was predicted
    )
    feeder.fold(true(feeder, "b", label="five"), true(feeder, "d", 1.0), true(feeder, "e", 0.0), true(feeder, "f", 4.0))
    one, two = telemetry.number_errors(BOT, HOUR)
    assert (one.unlabelled, one.told_as_class, one.infinite) == (1.0, 1.0, 1.0)
    assert one.signed == (3.0, 3.0, 3.0, 3.0, 9.0, 9.0, 9.0)
    assert (two.version, two.huge, two.zero_truth) == ("2", 1.0, 1.0)
    assert (two.signed[0], two.relative[0]) == (1.0, 0.0)


def test_of_several_truths_the_last_one_counts(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(predicted(feeder, "a", 5.0))
    feeder.fold(true(feeder, "a", 4.0, at=NOON_US + 2), true(feeder, "a", 3.0, at=NOON_US + 1))
    (found,) = telemetry.number_errors(BOT, HOUR)
    assert found.signed[1] == 1.0


def test_errors_as_large_as_are_counted_have_figures_however_many_they_stand_for(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(*(predicted(feeder, str(n), ERROR_MAX * (0.9 + n / 4_000), weight=1e6) for n in range(400)))
    feeder.fold(*(true(feeder, str(n), 0.0) for n in range(400)))
    found = measure_numbers(telemetry.number_errors(BOT, HOUR))
    assert found.compared == 4e8
    assert found.figures["RMSE"].value == pytest.approx(0.95 * ERROR_MAX, rel=0.01)
    assert found.figures["RMSE"].high is not None


def test_errors_are_told_by_the_hour_and_truths_by_their_age(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    window = Window(NOON_US - 3 * US_PER_HOUR, NOON_US)
    for hours, subject, value in ((3, "a", 1.0), (3, "b", 4.0), (1, "c", 2.0)):
        base = {"subject": subject, "value_kind": "number"}
        at = NOON_US - hours * US_PER_HOUR
        feeder.fold(feeder.event(kind="prediction", role="request", value=value, at=at, **base))
        if subject != "c":
            feeder.fold(feeder.event(kind="outcome", role="none", value=2.0, at=at + US_PER_HOUR, **base))
    assert list(telemetry.number_steps(BOT, window, step_us=US_PER_HOUR)) == [
        NumberStep(NOON_US - 3 * US_PER_HOUR, 2.0, 3.0, 5.0)
    ]
    assert list(telemetry.number_ages(BOT, window, step_us=US_PER_HOUR)) == [
        LabelAge(1, None, 1.0),
        LabelAge(3, 1, 2.0),
    ]


def test_errors_that_cannot_be_added_up_are_counted_beside_those_that_can(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    for subject, value, kind in (("a", 3.0, "number"), ("b", None, "nan"), ("c", None, "inf"), ("d", 1e41, "number")):
        feeder.fold(predicted(feeder, subject, value, value_kind=kind), true(feeder, subject, 1.0))
    feeder.fold(predicted(feeder, "e", None, value_kind="nan"))  # nobody knows its truth
    (found,) = telemetry.number_steps(BOT, HOUR, step_us=US_PER_HOUR)
    assert (found.n, found.absolute, found.squared, found.unusable) == (1.0, 2.0, 4.0, 3.0)
