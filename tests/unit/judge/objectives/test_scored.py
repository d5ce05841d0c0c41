"""Scores as objectives: judged where truths are here and there are two classes."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import Objective
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR
from evenkeel.kernel.verdict import Status
from evenkeel.testing.feeder import NOON_US, Feeder
from evenkeel.testing.verdicts import judged


def scored(feeder: Feeder, shift: float, classes: int = 2) -> list[dict[str, Any]]:
    """Nine days of predictions every four minutes, whose truth comes an hour later; logits are `shift` apart."""
    rng, events = np.random.default_rng(3), list[dict[str, Any]]()
    for at in range(NOON_US - 9 * US_PER_DAY, NOON_US, US_PER_HOUR // 15):
        true = int(rng.integers(classes))
        logit = rng.normal() + shift * (min(true, 1) - 0.5)
        score = float(1 / (1 + np.exp(-logit)))
        label, value = ("1", score) if score >= 0.5 else ("0", 1 - score)
        base = {"subject": str(at), "caller": at}
        events.append(feeder.event(kind="prediction", role="request", label=label, value=value, at=at, **base))
        if at + US_PER_HOUR < NOON_US:
            told = at + US_PER_HOUR
            events.append(feeder.event(kind="outcome", role="none", label=str(true), at=told, subject=str(at)))
    return events


@pytest.mark.parametrize(("shift", "expected"), [(4.0, Status.OK), (0.4, Status.BREACH)])
def test_scores_that_tell_classes_apart_are_ok_and_others_are_not(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, shift: float, expected: Status
) -> None:
    feeder.fold(*scored(feeder, shift))
    engine.set_services([replace(bot, objectives=(*bot.objectives, Objective("calibration_error", 0.5, None)))])
    found = judged(engine, bot)
    verdict = found["auc_roc"]
    assert verdict.headline.status is expected, verdict.sentence
    assert "labels" in verdict.sentence
    assert "rmse" not in found
    assert found["calibration_error"].headline.status is Status.OK  # a target that anything reaches


def test_with_three_classes_the_area_is_not_judged_and_the_calibration_is_where_it_is_configured(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService
) -> None:
    feeder.fold(*scored(feeder, 2.0))
    extra = feeder.event(kind="prediction", role="request", label="2", value=0.9, at=NOON_US - US_PER_DAY, subject="x")
    feeder.fold(extra)
    engine.set_services([bot])
    found = judged(engine, bot)
    assert "auc_roc" not in found
    assert "calibration_error" not in found
