"""Scores are binned inside the engine as numpy bins them; segments and steps are sums of what was right and wrong."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

from evenkeel.kernel.stats.score_grid import EDGES, bucket_of
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.predictions import LabelStep, Scoring, SegmentRow
from evenkeel.testing.feeder import NOON_US, Feeder

HOUR = Window(NOON_US - US_PER_HOUR, NOON_US + US_PER_MINUTE)
BOT = ServiceKey("production", "bot")
BINARY = Scoring(negative="good", positive="malign")


def predicted(feeder: Feeder, subject: str, label: str | None, value: float | None = None, **more: Any) -> Any:
    return feeder.event(kind="prediction", role="request", subject=subject, label=label, value=value, **more)


def true(feeder: Feeder, subject: str, label: str | None = None, **more: Any) -> Any:
    given = {"kind": "outcome", "role": "none", "version": "", "subject": subject, "label": label}
    return feeder.event(**{**given, "at": NOON_US + US_PER_DAY, **more})


def test_each_score_is_in_the_bucket_that_numpy_puts_it_into(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    random = np.random.default_rng(7)
    thousandths, evenly = np.arange(1001) / 1000.0, random.random(1_500)
    tails = 10.0 ** -random.uniform(1.5, 12.0, size=500)
    values = np.concatenate([thousandths, evenly, tails, 1.0 - tails, EDGES[1:200] * 1.0001])
    feeder.fold(*(predicted(feeder, str(i), "good", float(value)) for i, value in enumerate(values)))
    found = telemetry.scores(BOT, HOUR, Scoring())
    counts = dict(zip(found.bucket.tolist(), found.sums[:, 0].tolist(), strict=True))
    expected = np.unique(bucket_of(values), return_counts=True)
    assert counts == dict(zip(expected[0].tolist(), expected[1].astype(float).tolist(), strict=True))


def test_a_score_is_that_of_the_positive_class_whichever_was_predicted(
    telemetry: DuckTelemetry, feeder: Feeder
) -> None:
    feeder.fold(
        predicted(feeder, "a", "malign", 0.9),
        predicted(feeder, "b", "good", 0.7),
        predicted(feeder, "c", "good", 0.8),
        predicted(feeder, "d", "good", None),
        predicted(feeder, "e", "good", 7.0),
    )
    feeder.fold(true(feeder, "a", "malign"), true(feeder, "b", "good"))
    found = telemetry.scores(BOT, HOUR, BINARY)
    rows = sorted(
        zip(found.bucket.tolist(), found.truth.tolist(), found.as_positive.tolist(), found.sums.tolist(), strict=True)
    )
    told = [(bucket, truth, up) for bucket, truth, up, _ in rows]
    of = {score: int(bucket_of(np.array([score]))[0]) for score in (0.2, 0.3, 0.9)}
    assert told == [(-2, -1, False), (-1, -1, False), (of[0.2], -1, False), (of[0.3], 0, False), (of[0.9], 1, True)]
    sums = rows[-1][-1]
    assert sums[:4] == [1.0, 1.0, 0.9, 0.0]
    assert sums[4] == pytest.approx(-np.log(0.9))
    assert sums[9:12] == pytest.approx([0.01, 0.0001, 0.000001])
    assert telemetry.predicted_classes(BOT, HOUR, most=2) == ["good", "malign"]


def test_scores_are_told_in_parts_of_the_window(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    window = Window(NOON_US - 3 * US_PER_HOUR, NOON_US)
    feeder.fold(*(predicted(feeder, str(n), "good", 0.9, at=NOON_US - (n * US_PER_HOUR) - 1) for n in range(3)))
    found = telemetry.scores(BOT, window, Scoring(), part_us=US_PER_HOUR)
    assert sorted(found.part.tolist()) == [0, 1, 2]


def test_segments_are_counted_by_attribute_and_value(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    names = {"segment.clinic": "north", 'segment.odd/na~me"': "x", "feature.age": 7}
    feeder.fold(
        predicted(feeder, "a", "good", weight=2.0, attributes=json.dumps(names)),
        predicted(feeder, "b", "good", attributes=json.dumps({"segment.clinic": "north"})),
        predicted(feeder, "c", "good", attributes=json.dumps({"segment.clinic": "south"})),
        predicted(feeder, "d", "good"),
    )
    feeder.fold(true(feeder, "a", "malign"), true(feeder, "b", "good"))
    assert telemetry.label_segments(BOT, HOUR) == [
        SegmentRow("clinic", "north", 1.0, 2.0, 1.0, 4.0, 0.0),
        SegmentRow('odd/na~me"', "x", 0.0, 2.0, 0.0, 4.0, 0.0),
        SegmentRow("clinic", "south", 0.0, 0.0, 0.0, 0.0, 1.0),
    ]


def test_the_course_is_told_by_step_and_version(telemetry: DuckTelemetry, feeder: Feeder) -> None:
    early = NOON_US - 30 * US_PER_MINUTE
    feeder.fold(
        predicted(feeder, "a", "malign", 0.9, at=early),
        predicted(feeder, "b", "good", 0.75, at=early, weight=2.0),
        predicted(feeder, "c", "good", 0.75, version="2"),
        predicted(feeder, "d", "good", None, version="2"),
    )
    feeder.fold(true(feeder, "a", "malign"), true(feeder, "b", "malign"), true(feeder, "d", "good"))
    assert telemetry.label_steps(BOT, HOUR, BINARY, step_us=US_PER_HOUR) == [
        LabelStep(NOON_US - US_PER_HOUR, "1", 1.0, 2.0, 1.0, 4.0, 0.0, 3.0, 3.0, 1.4),
        LabelStep(NOON_US, "2", 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 0.0, 0.0),
    ]


def test_of_nobody_nothing_is_known(telemetry: DuckTelemetry) -> None:
    nobody = ServiceKey("production", "nobody")
    assert telemetry.scores(nobody, HOUR, BINARY).part.size == 0
    assert telemetry.label_segments(nobody, HOUR) == telemetry.number_errors(nobody, HOUR) == []
    assert telemetry.predicted_classes(nobody, HOUR, most=3) == []
