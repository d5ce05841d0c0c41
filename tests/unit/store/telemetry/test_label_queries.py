"""Predictions are joined with what turned out to be true, whenever that came."""

from __future__ import annotations

from typing import Any

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.series import LabelAge, LabelPair, LabelSquares
from evenkeel.testing.feeder import NOON_US, Feeder

HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_MINUTE)
BOT = ServiceKey("production", "bot")


def predicted(feeder: Feeder, subject: str, label: str | None, **more: Any) -> dict[str, Any]:
    return feeder.event(kind="prediction", role="request", subject=subject, label=label, **more)


def true(feeder: Feeder, subject: str, label: str | None = None, **more: Any) -> dict[str, Any]:
    given = {"kind": "outcome", "role": "none", "version": "", "subject": subject, "label": label}
    return feeder.event(**{**given, "at": NOON_US + US_PER_DAY, **more})


def test_pairs_are_counted_by_version_and_class_whenever_the_truth_came(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(
        predicted(feeder, "a", "cat", value=0.9),
        predicted(feeder, "b", "cat", value=0.4),
        predicted(feeder, "c", "dog", value=7.0),
        predicted(feeder, "d", "dog", version="2"),
        predicted(feeder, "e", None, outcome="bad"),  # it failed: nothing was predicted
        predicted(feeder, "f", "cat", at=NOON_US - 2 * US_PER_HOUR),
        predicted(feeder, "a", "cat", service="other"),
    )
    feeder.fold(
        true(feeder, "a", "cat"),
        true(feeder, "b", "dog"),
        true(feeder, "f", "cat"),
        true(feeder, "d", "dog", service="other"),  # of somebody else's
        true(feeder, "z", "dog"),  # of nothing that was predicted
    )
    assert telemetry.label_pairs(BOT, HOUR) == [
        LabelPair("1", "cat", "cat", 1.0, 0.0, 1.0, 1.0, 0.0),
        LabelPair("1", "cat", "dog", 1.0, 0.0, 1.0, 0.0, 1.0),
        LabelPair("1", "dog", None, 1.0),
        LabelPair("2", "dog", None, 1.0),
    ]
    assert telemetry.label_pairs(ServiceKey("production", "nobody"), HOUR) == []


def test_of_several_truths_the_last_one_counts_and_that_they_disagree_is_told(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(predicted(feeder, "a", "cat"), predicted(feeder, "b", "cat"))
    feeder.fold(
        true(feeder, "a", "dog", at=NOON_US + 1),
        true(feeder, "a", "cat", at=NOON_US + 3),
        true(feeder, "a", "dog", at=NOON_US + 2),
        true(feeder, "b", "cat", at=NOON_US + 1),
        true(feeder, "b", "cat", at=NOON_US + 2),
    )
    assert telemetry.label_pairs(BOT, HOUR) == [LabelPair("1", "cat", "cat", 2.0, 1.0)]


def test_a_truth_that_is_a_number_is_named_as_its_class(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(*(predicted(feeder, subject, "1") for subject in "abc"))
    feeder.fold(
        true(feeder, "a", value=1.0, value_kind="number"),
        true(feeder, "b", value=0.5, value_kind="number"),
        true(feeder, "c", value=1e300, value_kind="number"),
    )
    assert {pair.truth for pair in telemetry.label_pairs(BOT, HOUR)} == {"1", "0.5", "1e+300"}


def test_a_class_that_is_a_boolean_meets_the_truth_that_is_one_however_each_is_written(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    written = ["True", "true", "1"]
    feeder.fold(*(predicted(feeder, f"{n}", label) for n, label in enumerate(written)))
    feeder.fold(*(true(feeder, f"{n}", label) for n, label in enumerate(["1", "False", "true"])))
    found = {(pair.predicted, pair.truth): pair.n for pair in telemetry.label_pairs(BOT, HOUR)}
    assert found == {("1", "1"): 2.0, ("1", "0"): 1.0}


def test_weights_count(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    feeder.fold(predicted(feeder, "a", "cat", weight=10.0, value=0.9), true(feeder, "a", "cat"))
    (pair,) = telemetry.label_pairs(BOT, HOUR)
    assert (pair.n, pair.squares) == (10.0, LabelSquares(100.0, 100.0, 100.0, 0.0))  # of one row that was seen


def test_ages_and_delays_are_told_in_steps(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    window = Window(NOON_US - 10 * US_PER_HOUR, NOON_US)
    feeder.fold(
        predicted(feeder, "a", "cat", at=NOON_US - 5 * US_PER_HOUR),
        predicted(feeder, "b", "cat", at=NOON_US - 5 * US_PER_HOUR),
        predicted(feeder, "c", "cat", at=NOON_US - US_PER_HOUR),
        predicted(feeder, "d", "cat", at=NOON_US - US_PER_HOUR // 2),
    )
    feeder.fold(
        true(feeder, "a", "cat", at=NOON_US - 2 * US_PER_HOUR),
        true(feeder, "a", "dog", at=NOON_US - US_PER_HOUR),
        true(feeder, "c", "cat", at=NOON_US - US_PER_HOUR),
        true(feeder, "d", "cat", at=NOON_US - 2 * US_PER_HOUR),  # a clock that is wrong: not before it was predicted
    )
    assert telemetry.label_ages(BOT, window, step_us=US_PER_HOUR) == [
        LabelAge(0, 0, 1.0),
        LabelAge(1, 0, 1.0),
        LabelAge(5, 3, 1.0),
        LabelAge(5, None, 1.0),
    ]


def test_a_sample_that_nobody_knows_is_told_beside_its_counts(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    base = {"kind": "prediction", "role": "request", "label": "cat"}
    feeder.fold(
        feeder.event(**base, subject="a", version="1"),
        feeder.event(**base, subject="b", version="2", sampled_unknown=True),
    )
    found = {pair.version: pair.sampled_unknown for pair in telemetry.label_pairs(BOT, HOUR)}
    assert found == {"1": False, "2": True}
