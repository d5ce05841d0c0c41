"""Accuracy over time, and advice from days of a version when it was fresh and of late."""

from __future__ import annotations

from evenkeel.judge.quality.advice import WhyNot
from evenkeel.judge.quality.course import accuracy_course, advise
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.telemetry.predictions import LabelStep


def day(number: int, right: float, version: str = "1", rows: float = 200.0, promised: float | None = None) -> LabelStep:
    jitter = number % 3
    scored = 0.0 if promised is None else rows
    return LabelStep(
        number * US_PER_DAY, version, right + jitter, rows - right - jitter, right, rows - right, 0.0, scored,
        0.0 if promised is None else 80.0 + jitter, promised or 0.0,
    )  # fmt: skip


def test_a_version_that_got_worse_is_to_be_trained_again() -> None:
    days = [day(n, 180) for n in range(14)] + [day(n, 150) for n in range(14, 40)]
    found = advise(days, 40 * US_PER_DAY)
    assert found.retrain
    assert found.findings[0].why_not is None
    assert found.findings[1].why_not is WhyNot.NO_SCORES


def test_scores_that_promise_something_else_speak_for_training() -> None:
    days = [day(n, 180, promised=80.0) for n in range(14)] + [day(n, 180, promised=60.0) for n in range(14, 40)]
    found = advise(days, 40 * US_PER_DAY)
    assert found.findings[0].why_not in (WhyNot.SMALL, WhyNot.BETTER)
    assert found.findings[1].why_not is None


def test_a_young_version_has_too_few_days_whatever_its_forerunners_did() -> None:
    days = [day(n, 180) for n in range(40)] + [day(n, 120, "2") for n in range(40, 50)]
    found = advise(days, 50 * US_PER_DAY)
    assert not found.retrain
    assert found.findings[0].why_not is WhyNot.TOO_FEW


def test_days_that_wait_for_labels_are_left_out_and_without_knowing_which_nothing_is_said() -> None:
    days = [day(n, 180) for n in range(14)] + [day(n, 150) for n in range(14, 40)]
    assert advise(days, 20 * US_PER_DAY).findings[0].why_not is WhyNot.TOO_FEW
    assert {finding.why_not for finding in advise(days, None).findings} == {WhyNot.LABELS_MISSING}


def test_steps_without_labels_are_unknown() -> None:
    (moment,) = accuracy_course([LabelStep(0, "1", 0, 0, 0, 0, 7.0)])
    assert moment.accuracy.value is None
    assert moment.unlabelled == 7.0
