"""Drift as an objective: a breach by its bound, a warning by its value, ok only where it would have been seen."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import pytest
from tests.unit.judge.drift.conftest import KEY, CountedStore, age_and_language, level, normal

from evenkeel.judge.drift.answer import DriftAnswer
from evenkeel.judge.drift.limits import DriftLimits, Matters
from evenkeel.judge.drift.model import PSI_LIMIT, PSI_TARGET
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.service import DriftJudge
from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.indicators.table import load_defaults
from evenkeel.judge.objectives.assessing import Assessed, Occasion, assess
from evenkeel.judge.objectives.drift import drift_assessor, estimate_drift
from evenkeel.judge.objectives.model import JudgedService, Objective, WindowName
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.kernel.verdict import Status, judge_verdict
from evenkeel.store.telemetry.port import ServiceState

NOW_US = 12 * US_PER_DAY
DATA = Objective("data_drift", 0.1, 0.2, None, 86_400)
PREDICTION = Objective("prediction_drift", 0.1, 0.2, None, 86_400)


@pytest.fixture
def store() -> CountedStore:
    return age_and_language()


def occasion(store: CountedStore) -> Occasion:
    state = ServiceState(KEY, 0, NOW_US, NOW_US, None, None, 1, frozenset(("prediction",)))
    return Occasion(cast("Any", store), state, NOW_US, "UTC")


def judged(store: CountedStore) -> dict[str, Status]:
    service = JudgedService(KEY, "ml", judged=True, why_not="", objectives=(DATA, PREDICTION))
    assessors = {Reads.DRIFT: drift_assessor(DriftJudge(cast("Any", store), lambda _: None))}
    found = assess(assessors, service, Assessed(), occasion(store))
    return {name: by_window[WindowName.VERDICT].status for name, by_window in found.items()}


def answered(
    status: Status, value: float, *, low: float, high: float, decides: float, detected: int = 1
) -> DriftAnswer:
    return DriftAnswer(status, value, low, high, decides, "age", 5_000, 1_000, 3, detected, 0)


def test_a_service_that_is_as_it_was_is_ok_and_one_whose_language_changed_is_not(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    store.fill("language", range(12), level(0.02))
    assert judged(store) == {"data_drift": Status.OK}
    store.fill("language", range(11, 12), level(0.5))
    assert judged(store) == {"data_drift": Status.BREACH}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (answered(Status.BREACH, 0.9, low=0.7, high=1.1, decides=0.75), Status.BREACH),
        (answered(Status.BREACH, 0.25, low=0.19, high=0.31, decides=0.21), Status.WARNING),  # looked at every hour
        (answered(Status.WARNING, 0.25, low=0.1, high=0.4, decides=0.12), Status.WARNING),
        (answered(Status.OK, 0.02, low=0.0, high=0.15, decides=0.0, detected=0), Status.OK),
        (answered(Status.OK, 0.05, low=0.03, high=0.08, decides=0.035), Status.OK),
        (answered(Status.WARNING, 0.16, low=0.15, high=0.17, decides=0.152), Status.WARNING),  # beyond the target
        (answered(Status.WARNING, 0.16, low=0.08, high=0.25, decides=0.09), Status.WARNING),  # more than chance, too
        (answered(Status.OK, 0.08, low=0.01, high=0.25, decides=0.02), Status.UNKNOWN),  # perhaps beyond the alert
        (answered(Status.UNKNOWN, 0.15, low=0.0, high=2.0, decides=0.0), Status.UNKNOWN),
        (DriftAnswer(Status.UNKNOWN, None, 0.0, float("inf"), 0.0, "", 0, 0, 0, 0, 0), Status.UNKNOWN),
    ],
)
def test_the_verdict_follows_the_answer(store: CountedStore, found: DriftAnswer, expected: Status) -> None:
    given = occasion(store).circumstances(DATA, WindowName.VERDICT, Window(NOW_US - US_PER_DAY, NOW_US))
    verdict = judge_verdict(estimate_drift(found, DATA, given), DATA.limits, now_us=NOW_US, valid_for_us=1)
    assert verdict.status is expected
    assert verdict.needs is None or verdict.needs.more >= 1


def test_the_view_and_the_objectives_have_the_same_two_limits() -> None:
    rows = [row for _, row in load_defaults() if row.indicator in ("data_drift", "prediction_drift")]
    assert [(row.target, row.alert) for row in rows] == [(PSI_TARGET, PSI_LIMIT)] * 2


def test_without_a_day_before_the_window_there_is_nothing_to_compare_with(store: CountedStore) -> None:
    assessor = drift_assessor(DriftJudge(cast("Any", store), lambda _: None))(occasion(store))
    assert assessor.has_evidence(DATA)
    assert not assessor.has_evidence(PREDICTION)
    estimate = assessor.assess(DATA, WindowName.VERDICT)
    assert (estimate.value, estimate.reasons) == (None, ("no_reference",))


@pytest.mark.parametrize(
    "day",
    [
        answered(Status.UNKNOWN, 0.02, low=0.0, high=0.4, decides=0.0, detected=0),
        answered(Status.OK, 0.08, low=0.01, high=0.25, decides=0.02),  # perhaps beyond the alert
    ],
)
def test_where_a_day_leaves_it_open_the_week_is_asked(store: CountedStore, day: DriftAnswer) -> None:
    week = answered(Status.OK, 0.05, low=0.03, high=0.08, decides=0.035)

    class Judge:
        def judge(self, _: object, window: Window, *, limits: DriftLimits) -> Any:
            assert limits.data == Matters(0.1, 0.2)
            return SimpleNamespace(data=day if window.end_us - window.start_us < 2 * US_PER_DAY else week)

    assessor = drift_assessor(cast("Any", Judge()))(occasion(store))
    assert assessor.assess(DATA, WindowName.VERDICT).value == week.value
    assert assessor.assess(DATA, WindowName.REPORT).value == week.value


def test_a_reference_that_cannot_be_read_makes_drift_unknown_and_says_why(store: CountedStore) -> None:
    store.fill("age", range(12), normal(0.0))
    damaged = GivenReference("r", KEY, NOW_US, "jo", "trained", unreadable="It was cut.")
    estimate = drift_assessor(DriftJudge(cast("Any", store), lambda _: damaged))(occasion(store)).assess(
        DATA, WindowName.VERDICT
    )
    assert (estimate.value, estimate.reasons) == (None, ("unreadable_reference",))
