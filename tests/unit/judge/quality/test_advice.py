"""Training again is advised for what a training mends, and never without saying why or why not."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.judge.quality.advice import Advice, Sign, Stretch, WhyNot, advise_retraining
from evenkeel.judge.quality.maturity import State


def days(
    chance: np.random.Generator, count: int, accuracy: float, positives: float = 0.4, promised: float | None = 0.4
) -> list[Stretch]:
    """Days of 100 rows whose accuracy differs from day to day, as it does (a design effect of about 5)."""
    found: list[Stretch] = []
    for _ in range(count):
        swing = chance.normal(0, 0.08)
        right, positive = (float(chance.binomial(100, min(1.0, share + swing))) for share in (accuracy, positives))
        found.append(Stretch(100.0, right, positive, None if promised is None else 100.0 * promised))
    return found


def why_not(advice: Advice) -> dict[Sign, WhyNot | None]:
    return {finding.sign: finding.why_not for finding in advice.findings}


def test_a_real_fall_speaks_for_it() -> None:
    chance = np.random.default_rng(1)
    advice = advise_retraining(days(chance, 60, 0.8), days(chance, 21, 0.68))
    assert advice.retrain
    assert why_not(advice) == {Sign.ACCURACY_FELL: None, Sign.SCORES_OFF: WhyNot.SMALL}
    assert "points less than while the model is fresh" in advice.findings[0].sentence


@pytest.mark.parametrize("positives", [0.28, 0.52])
def test_scores_that_are_off_speak_for_it_in_either_direction(positives: float) -> None:
    chance = np.random.default_rng(2)
    advice = advise_retraining(days(chance, 60, 0.8), days(chance, 21, 0.8, positives))
    assert why_not(advice)[Sign.SCORES_OFF] is None
    assert ("more" if positives > 0.4 else "less") in advice.findings[1].sentence


def test_without_change_it_is_hardly_ever_advised_although_days_differ() -> None:
    """500 looks; beyond 3 standard errors of 21 days lies 0.7 % of one sign and less of the other."""
    chance = np.random.default_rng(3)
    advised = sum(advise_retraining(days(chance, 60, 0.8), days(chance, 21, 0.8)).retrain for _ in range(500))
    assert advised <= 16


def test_a_difference_within_chance_says_so() -> None:
    fresh = [Stretch(100, 80)] * 30
    uneven = [Stretch(100, right) for right in [95.0, 50.0] * 10]
    finding = advise_retraining(fresh, uneven).findings[0]
    assert (finding.value, finding.why_not) == (pytest.approx(0.075), WhyNot.CHANCE)
    assert finding.sentence.endswith("which may be chance.")
    assert -1 < (finding.low or -1) < 0


def test_better_accuracy_is_told_as_such() -> None:
    finding = advise_retraining([Stretch(100, 70)] * 20, [Stretch(100, 80)] * 20).findings[0]
    assert finding.why_not is WhyNot.BETTER
    assert "10.0 points more" in finding.sentence


@pytest.mark.parametrize("state", [state for state in State if state is not State.MATURE])
def test_labels_that_have_not_arrived_decide_nothing(state: State) -> None:
    advice = advise_retraining([Stretch(100, 90)] * 20, [Stretch(100, 10)] * 20, state)
    assert not advice.retrain
    assert set(why_not(advice).values()) == {WhyNot.LABELS_MISSING}


def test_too_few_days_decide_nothing_and_empty_days_are_no_days() -> None:
    few = [Stretch(100, 10, 40, 40)] * 13
    for recent in (few, [*few, Stretch(0, 0, 0, 0)], []):
        advice = advise_retraining([Stretch(100, 90)] * 20, recent)
        assert not advice.retrain
        assert set(why_not(advice).values()) == {WhyNot.TOO_FEW}


def test_a_model_without_scores_is_judged_by_its_accuracy() -> None:
    chance = np.random.default_rng(4)
    advice = advise_retraining(days(chance, 60, 0.8), days(chance, 21, 0.6, promised=None))
    assert why_not(advice) == {Sign.ACCURACY_FELL: None, Sign.SCORES_OFF: WhyNot.NO_SCORES}
