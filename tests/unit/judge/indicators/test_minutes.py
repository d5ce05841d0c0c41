"""Availability: good minutes of all minutes, and what nobody saw is not good."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.minutes import (
    MinuteCounts,
    count_each,
    count_minutes,
    estimate_availability,
    has_evidence,
    is_bad_minute,
)
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.kernel.verdict import Limits, Status, judge_verdict
from evenkeel.store.telemetry.port import MinuteRow

Given = Callable[..., Circumstances]
Row = Callable[..., MinuteRow]
LIMITS = Limits(0.999, 0.995, larger_is_worse=False)


def minutes(good: int, bad: int = 0) -> list[MinuteCounts]:
    return [MinuteCounts(1, 0)] * good + [MinuteCounts(1, 1)] * bad


def status(estimate: Estimate) -> Status:
    return judge_verdict(estimate, LIMITS, now_us=estimate.as_of_us, valid_for_us=60).status


ONE_EACH = {"probes_bad": 1.0}


@pytest.mark.parametrize(
    ("run", "bad"),
    [
        ([(0, ONE_EACH), (1, ONE_EACH)], 2),  # a failing probe a minute: two in a row
        ([(0, ONE_EACH), (1, {"probes_good": 1.0}), (2, ONE_EACH)], 0),  # each alone
        ([(0, {"probes_good": 1.0}), (1, ONE_EACH), (2, {"probes_good": 1.0})], 0),
        ([(0, ONE_EACH), (1, {"good": 5}), (2, ONE_EACH)], 2),  # no probe between them; requests are no probes
        ([(0, ONE_EACH), (5, ONE_EACH)], 2),  # a probe every five minutes
        ([(0, ONE_EACH), (61, ONE_EACH)], 0),  # more than an hour apart: not in a row
        ([(0, {"probes_bad": 1.0, "probes_good": 1.0}), (1, ONE_EACH)], 0),  # the earlier one may have come first
        ([(0, ONE_EACH), (1, {"probes_bad": 3.0})], 2),
    ],
)
def test_two_probes_in_a_row_fail_across_the_border_of_minutes(
    row: Row, run: list[tuple[int, dict[str, Any]]], bad: int
) -> None:
    rows = [row(minute * US_PER_MINUTE, **counts) for minute, counts in run]
    assert count_minutes(rows) == MinuteCounts(len(rows), bad)
    assert [at // US_PER_MINUTE for at, _ in count_each(rows)] == [minute for minute, _ in run]
    assert sum(counts.bad for _, counts in count_each(rows)) == bad


@pytest.mark.parametrize(
    ("counts", "known", "bad"),
    [
        ({}, False, False),
        ({"good": 1}, True, False),
        ({"bad": 1}, True, True),
        ({"good": 1, "bad": 1}, True, True),  # half of them fail
        ({"good": 6, "bad": 5}, True, False),
        ({"excluded": 5}, False, False),
        ({"heartbeats": 5}, False, False),
        ({"undetermined": 3}, False, False),
        ({"probes_bad": 1.0}, True, False),  # one probe may miss
        ({"probes_bad": 2.0}, True, True),
        ({"probes_bad": 2.0, "probes_good": 1.0}, True, False),
        ({"good": 100, "probes_bad": 2.0}, True, True),
        ({"probes_good": 1.0, "bad": 1}, True, True),
    ],
)
def test_a_minute_is_good_bad_or_unknown(row: Row, counts: dict[str, Any], known: bool, bad: bool) -> None:
    minute = row(**counts)
    assert (has_evidence(minute), is_bad_minute(minute)) == (known, bad)
    assert count_minutes([minute]) == MinuteCounts(int(known), int(bad))


@pytest.mark.parametrize(
    ("good", "bad", "expected"),
    [
        (60, 0, Status.OK),
        (59, 1, Status.UNKNOWN),  # 98.3 %, and one bad minute proves nothing
        (40, 20, Status.BREACH),
        (0, 60, Status.BREACH),
        (0, 0, Status.UNKNOWN),
    ],
)
def test_an_hour_fully_seen(given: Given, good: int, bad: int, expected: Status) -> None:
    assert status(estimate_availability(minutes(good, bad), LIMITS, given())) is expected


def test_three_hours_without_telemetry_are_not_a_hundred_percent(given: Given) -> None:
    window = Window(0, US_PER_DAY)
    estimate = estimate_availability(minutes(21 * 60), LIMITS, given(window=window))
    assert estimate.value == 1.0
    assert estimate.coverage == pytest.approx(21 / 24)
    assert estimate.shown_low == pytest.approx(21 / 24)
    assert status(estimate) is Status.PARTIAL
    assert "minutes_without_evidence" in estimate.reasons
    assert estimate.parts == {"minutes_good": 1_260, "minutes_bad": 0, "minutes_unknown": 180}


def test_an_outage_that_holds_with_the_unseen_minutes_good_is_a_breach(given: Given) -> None:
    estimate = estimate_availability(minutes(10, 30), LIMITS, given())
    assert estimate.if_missing_good is not None
    assert estimate.if_missing_good < 0.995
    assert status(estimate) is Status.BREACH


def test_few_unseen_minutes_leave_an_ok_ok(given: Given) -> None:
    window = Window(0, 1_000 * US_PER_MINUTE)
    assert status(estimate_availability(minutes(996), LIMITS, given(window=window))) is Status.OK
    assert status(estimate_availability(minutes(994), LIMITS, given(window=window))) is Status.PARTIAL


def test_hours_and_minutes_of_the_same_time_have_the_same_value(given: Given) -> None:
    by_minute = estimate_availability(minutes(50, 10), LIMITS, given())
    by_hour = estimate_availability([MinuteCounts(60, 10)], LIMITS, given())
    assert by_minute.value == by_hour.value == pytest.approx(50 / 60)
    assert (by_minute.n, by_minute.bad) == (by_hour.n, by_hour.bad)
    assert by_hour.high >= by_minute.high, "one bad hour proves less than ten bad minutes"


@pytest.mark.parametrize("bad", range(0, 61, 6))
def test_the_value_lies_within_its_bounds(given: Given, bad: int) -> None:
    estimate = estimate_availability(minutes(60 - bad, bad), LIMITS, given())
    assert estimate.value is not None
    assert estimate.low <= estimate.value <= estimate.high


def test_an_empty_window_says_nothing_and_divides_by_nothing(given: Given) -> None:
    estimate = estimate_availability([], LIMITS, given(window=Window(US_PER_HOUR, US_PER_HOUR)))
    assert (estimate.value, estimate.n, estimate.coverage) == (None, 0, 0.0)
