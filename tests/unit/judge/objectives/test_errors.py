"""Predicted numbers as objectives: their errors against what is normal."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.kernel.verdict import Status
from evenkeel.testing.feeder import NOON_US, Feeder
from evenkeel.testing.verdicts import judged


def numbers(feeder: Feeder, days: int, spread: float, last: float) -> list[dict[str, Any]]:
    """Numbers every ten minutes whose true ones come an hour later; those of the last day are off by another spread."""
    rng, events = np.random.default_rng(3), list[dict[str, Any]]()
    for at in range(NOON_US - days * US_PER_DAY, NOON_US, US_PER_HOUR // 6):
        error = rng.normal() * (last if at >= NOON_US - 26 * US_PER_HOUR else spread)
        base = {"subject": str(at), "value_kind": "number"}
        events.append(feeder.event(kind="prediction", role="request", value=100.0 + error, at=at, **base))
        if at + US_PER_HOUR < NOON_US:
            events.append(feeder.event(kind="outcome", role="none", value=100.0, at=at + US_PER_HOUR, **base))
    return events


@pytest.mark.parametrize(("last", "expected"), [(2.0, Status.OK), (20.0, Status.BREACH)])
def test_errors_are_compared_with_those_of_the_first_weeks(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, last: float, expected: Status
) -> None:
    feeder.fold(*numbers(feeder, 12, 2.0, last))
    found = judged(engine, bot)
    for name in ("rmse", "mae"):
        assert found[name].headline.status is expected, found[name].sentence
        assert found[name].headline.estimate.value == pytest.approx(last / 2.0, rel=0.2)
    assert "RMSE by its baseline" in found["rmse"].sentence
    assert "×" in found["rmse"].sentence
    assert "accuracy" not in found


def test_a_young_service_says_that_there_is_nothing_to_compare_with_until_a_baseline_is_declared(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*numbers(feeder, 4, 2.0, 2.0))
    found = judged(engine, bot)["rmse"].headline
    assert found.estimate.value is None
    assert "no_reference" in found.reasons
    objectives = tuple(replace(each, baseline=0.2) if each.name == "rmse" else each for each in bot.objectives)
    engine.set_services([replace(bot, objectives=objectives)])
    assert judged(engine, bot)["rmse"].headline.status is Status.BREACH


@pytest.mark.parametrize(("last", "expected"), [(2.0, Status.PARTIAL), (20.0, Status.BREACH)])
def test_predictions_that_are_no_numbers_prove_no_ok_and_hide_no_breach(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, last: float, expected: Status
) -> None:
    events = numbers(feeder, 12, 2.0, last)
    broken = [
        each | {"value": None, "value_kind": "nan"}
        if each["kind"] == "prediction" and n % 3 == 0 and each["at"] >= NOON_US - 26 * US_PER_HOUR
        else each
        for n, each in enumerate(events)
    ]
    feeder.fold(*broken)
    found = judged(engine, bot)["rmse"]
    assert found.headline.status is expected, found.sentence
    assert "unusable_numbers" in found.headline.reasons
    assert found.headline.estimate.parts["unusable"] > 0


def test_predictions_of_which_none_is_a_number_are_unknown(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    events = numbers(feeder, 12, 2.0, 2.0)
    last_us = NOON_US - 10 * US_PER_DAY
    none = {"value": None, "value_kind": "nan"}
    feeder.fold(*(each | none if each["kind"] == "prediction" and each["at"] >= last_us else each for each in events))
    found = judged(engine, bot)["rmse"].headline
    assert found.status is Status.UNKNOWN
    assert "unusable_numbers" in found.reasons
