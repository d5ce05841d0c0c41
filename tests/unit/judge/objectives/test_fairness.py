"""Fairness as objectives: by the criteria that are configured, and by nothing else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import ObjectiveVerdict
from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.kernel.verdict import Status
from evenkeel.org.config.fairness import FairnessConfig
from evenkeel.testing.feeder import NOON_US, Feeder

FAIR = FairnessConfig.model_validate(
    {
        "attributes": ["sex"],
        "metric": "demographic_parity",
        "favourable": "yes",
        "why": "Who is invited may not depend on it.",
    }
)


def predicted(feeder: Feeder, shares: dict[str, float], each: int = 400) -> list[dict[str, Any]]:
    return [
        feeder.event(
            kind="prediction", role="request", subject=f"{sex}{n}", label="yes" if n < share * each else "no",
            at=NOON_US - n * US_PER_MINUTE, attributes=f'{{"segment.sex":"{sex}"}}',
        )
        for sex, share in shares.items()
        for n in range(each)
    ]  # fmt: skip


def judged(engine: ObjectiveEngine, bot: JudgedService) -> dict[str, ObjectiveVerdict]:
    engine.set_services([replace(bot, fairness=FAIR)])
    engine.judge(NOON_US)
    status = engine.service(bot.key, NOON_US)
    assert status is not None
    return {each.objective.name: each for each in status.verdicts}


@pytest.mark.parametrize(("women", "expected"), [(0.5, Status.OK), (0.2, Status.BREACH)])
def test_a_gap_between_groups_is_judged_by_the_criterion_that_was_chosen(
    feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService, women: float, expected: Status
) -> None:
    feeder.fold(*predicted(feeder, {"f": women, "m": 0.5}, 800))
    found = judged(engine, bot)
    assert found["demographic_parity"].headline.status is expected
    assert found["demographic_parity"].headline.estimate.unit == "points"
    assert "equal_opportunity" not in found


def test_without_groups_it_is_unknown_and_says_so(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(feeder.event())
    parity = judged(engine, bot)["demographic_parity"]
    assert parity.headline.status is Status.UNKNOWN
    assert "no_groups" in parity.headline.reasons


def test_without_a_policy_nothing_is_judged(feeder: Feeder, engine: ObjectiveEngine, bot: JudgedService) -> None:
    feeder.fold(*predicted(feeder, {"f": 0.2, "m": 0.5}))
    engine.judge(NOON_US)
    status = engine.service(bot.key, NOON_US)
    assert status is not None
    assert "demographic_parity" not in {each.objective.name for each in status.verdicts}
