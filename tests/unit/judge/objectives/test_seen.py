"""Days that hold no evidence are not good days: they widen the bounds of the report that they are in."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.seen import DayTraffic, compute_seen, tell_seen
from evenkeel.judge.objectives.sentences import describe_verdict
from evenkeel.judge.objectives.trials import TrialAssessor
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.kernel.verdict import Status, judge_verdict
from evenkeel.testing.feeder import NOON_US, Feeder

MIDNIGHT_US = NOON_US - NOON_US % US_PER_DAY
TEN_DAYS = Window(MIDNIGHT_US - 10 * US_PER_DAY, MIDNIGHT_US)
TASKS = Objective("task_completion", 0.7, 0.6, None, 86_400)
AUC = Objective("auc_roc", 0.9, 0.85, None, 86_400)
BUSY = DayTraffic(100.0, is_heard=True)


def occasion_with_tasks(feeder: Feeder, days: list[int], *, requests: int = 1) -> Occasion:
    """Of ten days with requests, completed tasks on some."""
    base: dict[str, Any] = {"kind": "outcome", "role": "none", "label": "task_completed"}
    for day in range(10):
        noon_us = TEN_DAYS.start_us + day * US_PER_DAY + 12 * US_PER_HOUR
        feeder.fold(*(feeder.event(at=noon_us + n) for n in range(requests)))
        if day in days:
            feeder.fold(*(feeder.event(subject=f"{day}-{n}", at=noon_us + n * 60_000_000, **base) for n in range(60)))
    (state,) = feeder.telemetry.services()
    return Occasion(feeder.telemetry, state, TEN_DAYS.end_us, "UTC", asked=TEN_DAYS)


def report(occasion: Occasion) -> Estimate:
    return TrialAssessor(occasion).assess(TASKS, WindowName.REPORT)


def status_of(found: Estimate) -> Status:
    return judge_verdict(found, TASKS.limits, now_us=TEN_DAYS.end_us, valid_for_us=US_PER_HOUR).status


def test_a_gap_of_days_is_no_ok_while_all_of_it_may_have_been_bad(feeder: Feeder) -> None:
    found = report(occasion_with_tasks(feeder, [0, 1, 2, 3, 9]))
    whole = replace(found, if_missing_good=None, if_missing_bad=None, coverage=1.0)
    assert found.coverage == pytest.approx(0.5)
    assert found.if_missing_bad == pytest.approx(found.low * found.coverage)
    assert (status_of(whole), status_of(found)) == (Status.OK, Status.PARTIAL)
    verdict = judge_verdict(found, TASKS.limits, now_us=TEN_DAYS.end_us, valid_for_us=US_PER_HOUR)
    assert "% of which it is about" in describe_verdict(TASKS, verdict, verdict.status)


def test_without_a_gap_nothing_is_missing(feeder: Feeder) -> None:
    found = report(occasion_with_tasks(feeder, list(range(10))))
    assert (found.coverage, found.if_missing_bad, status_of(found)) == (1.0, None, Status.OK)


def test_a_day_counts_as_much_as_it_had_requests() -> None:
    traffic = {0: replace(BUSY, requests=900.0), US_PER_DAY: BUSY}
    assert compute_seen(Window(0, 2 * US_PER_DAY), {0}, traffic) == 0.9
    assert compute_seen(Window(0, 2 * US_PER_DAY), {US_PER_DAY}, traffic) == 0.1


def test_a_silent_day_counts_as_an_ordinary_one_and_an_idle_one_for_nothing() -> None:
    idle = DayTraffic(0.0, is_heard=True)
    assert compute_seen(Window(0, 2 * US_PER_DAY), {0}, {0: BUSY}) == 0.5
    assert compute_seen(Window(0, 2 * US_PER_DAY), {0}, {0: BUSY, US_PER_DAY: idle}) == 1.0
    assert compute_seen(Window(0, 2 * US_PER_DAY), set(), {0: idle, US_PER_DAY: idle}) == 0.0
    assert compute_seen(Window(0, US_PER_DAY // 2 * 3), {0}, {}) == pytest.approx(2 / 3)


def test_what_is_no_mean_is_partial_once_much_of_it_is_missing(feeder: Feeder) -> None:
    occasion = occasion_with_tasks(feeder, [])
    found = Estimate(0.95, "area", 0.94, 0.96, 0.99, 0.95, 500, "test", TEN_DAYS, 1.0, TEN_DAYS.end_us, 0)
    days = [TEN_DAYS.start_us + day * US_PER_DAY for day in range(10)]
    for seen, status in ((days, Status.OK), (days[1:], Status.OK), (days[2:], Status.PARTIAL)):
        told = tell_seen(found, AUC, occasion, lambda _, seen=seen: seen)
        verdict = judge_verdict(told, AUC.limits, now_us=TEN_DAYS.end_us, valid_for_us=US_PER_HOUR)
        assert verdict.status is status
        assert told.if_missing_bad is None
    assert tell_seen(replace(found, value=None), AUC, occasion, lambda _: []).coverage == 1.0
