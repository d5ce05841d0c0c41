"""Labelled predictions: judged where their truth is here, partial while it is not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.kernel.verdict import Status
from evenkeel.testing.feeder import NOON_US, Feeder
from evenkeel.testing.verdicts import judged

EVERY_US = US_PER_HOUR // 12


def history(
    feeder: Feeder, days: int, *, delay_h: int, right: float, since: tuple[int, float] | None = None
) -> list[dict[str, Any]]:
    """Predictions every five minutes and their truth `delay_h` later; as good as `since` says for its last days."""
    rng, events = np.random.default_rng(3), list[dict[str, Any]]()
    for at in range(NOON_US - days * US_PER_DAY, NOON_US, EVERY_US):
        good = since[1] if since and at >= NOON_US - since[0] * US_PER_DAY else right
        true, told = str(rng.integers(2)), at + delay_h * US_PER_HOUR + 1
        label = true if rng.random() < good else str(1 - int(true))
        base = {"subject": str(at), "caller": at}
        events.append(feeder.event(kind="prediction", role="request", label=label, at=at, value=0.9, **base))
        if told < NOON_US:
            events.append(feeder.event(kind="outcome", role="none", label=true, at=told, subject=str(at)))
    return events


@pytest.mark.parametrize(("right", "expected"), [(0.97, Status.OK), (0.6, Status.BREACH)])
def test_windows_end_where_truths_are_here(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, right: float, expected: Status
) -> None:
    feeder.fold(*history(feeder, 9, delay_h=30, right=right))
    found = judged(engine, bot)
    for name in ("accuracy", "precision", "recall", "f1"):
        assert found[name].headline.status is expected, name
    window = found["accuracy"].headline.estimate.window
    assert 30 <= (NOON_US - window.end_us) / US_PER_HOUR <= 32
    assert "ago" in found["accuracy"].sentence
    assert found["confidence_high"].headline.status is Status.OK


def test_while_nobody_knows_when_truths_come_the_verdict_is_partial_however_bad(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*history(feeder, 1, delay_h=12, right=0.2))
    accuracy = judged(engine, bot)["accuracy"].headline
    assert accuracy.status is Status.PARTIAL
    assert accuracy.reasons == ("label_arrival_unknown",)


def test_missing_truths_are_named_and_decide_nothing(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    events = history(feeder, 9, delay_h=2, right=0.97)
    feeder.fold(*(each for each in events if each["kind"] != "outcome" or each["at"] < NOON_US - US_PER_DAY))
    accuracy = judged(engine, bot)["accuracy"].headline
    assert accuracy.status is Status.PARTIAL
    assert accuracy.reasons == ("labels_overdue",)


@pytest.mark.parametrize(("now", "expected"), [(0.95, Status.OK), (0.7, Status.BREACH)])
def test_concept_drift_is_a_drop_of_accuracy_beyond_chance(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, now: float, expected: Status
) -> None:
    feeder.fold(*history(feeder, 9, delay_h=1, right=0.95, since=(2, now)))
    verdict = judged(engine, bot)["concept_drift"]
    assert verdict.headline.status is expected
    assert verdict.headline.estimate.unit == "points"
