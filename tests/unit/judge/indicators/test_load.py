"""Throughput: the busiest five minutes against what the service is built for."""

from __future__ import annotations

import math
from collections.abc import Callable

import pytest

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.load import PEAK_MINUTES, estimate_load
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.stats.poisson import poisson_interval
from evenkeel.kernel.time import US_PER_MINUTE
from evenkeel.kernel.verdict import Limits, Status, judge_verdict
from evenkeel.store.telemetry.port import MinuteRow

Given = Callable[..., Circumstances]
Row = Callable[..., MinuteRow]
LIMITS = Limits(2 / 3, 0.8)
CAPACITY = 100.0  # requests per minute


def status(estimate: Estimate) -> Status:
    return judge_verdict(estimate, LIMITS, now_us=estimate.as_of_us, valid_for_us=60).status


@pytest.fixture
def load(given: Given, row: Row) -> Callable[..., Estimate]:
    def estimate(*peaks: float, capacity: float | None = CAPACITY, **more: object) -> Estimate:
        rows = [row(number * PEAK_MINUTES * US_PER_MINUTE, good=peak) for number, peak in enumerate(peaks)]
        return estimate_load(rows, capacity, PEAK_MINUTES, given(**more))

    return estimate


@pytest.mark.parametrize(
    ("peak", "expected"),
    [(0, Status.UNKNOWN), (100, Status.OK), (300, Status.OK), (390, Status.UNKNOWN), (600, Status.BREACH)],
)
def test_the_busiest_stretch_decides(load: Callable[..., Estimate], peak: float, expected: Status) -> None:
    assert status(load(10, peak, 20) if peak else load()) is expected


def test_the_value_is_the_peak_as_a_share_of_the_room(load: Callable[..., Estimate]) -> None:
    estimate = load(100, 250, 50)
    assert estimate.value == 0.5
    assert estimate.n == 400
    assert estimate.parts == {"peak_per_minute": 50, "capacity_per_minute": 100}
    assert estimate.high == pytest.approx(poisson_interval(250, alpha_low=0.05, alpha_high=0.05)[1] / 500)


def test_having_picked_the_busiest_of_many_stretches_is_paid_for(load: Callable[..., Estimate], given: Given) -> None:
    low = load(400).low * CAPACITY * PEAK_MINUTES
    alone, _ = poisson_interval(400, alpha_low=given().alpha_low, alpha_high=0.05)
    picked, _ = poisson_interval(400, alpha_low=given().alpha_low / 12, alpha_high=0.05)
    assert low == pytest.approx(picked)
    assert low < alone


def test_every_request_is_load_however_it_ended(given: Given, row: Row) -> None:
    rows = [row(good=10, bad=20, excluded=30, undetermined=40.0, heartbeats=99)]
    assert estimate_load(rows, CAPACITY, PEAK_MINUTES, given()).n == 100


@pytest.mark.parametrize("capacity", [None, 0.0])
def test_without_a_capacity_it_is_unknown_and_says_what_to_configure(
    load: Callable[..., Estimate], capacity: float | None
) -> None:
    estimate = load(300, capacity=capacity)
    assert status(estimate) is Status.UNKNOWN
    assert estimate.needs is not None
    assert "requests_per_minute" in estimate.needs.of
    assert estimate.reasons == ("no_capacity",)
    assert estimate.parts == {"peak_per_minute": 60}


def test_a_hole_may_have_held_any_load(load: Callable[..., Estimate]) -> None:
    calm = load(100, coverage=0.9)
    assert calm.if_missing_bad == math.inf
    assert status(calm) is Status.PARTIAL
    assert status(load(600, coverage=0.9)) is Status.BREACH
