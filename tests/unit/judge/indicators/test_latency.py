"""Latency: decided by exact counts beyond the limits, told in seconds from the sketch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.latency import UNBOUNDED_S, estimate_latency
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.sketch import RELATIVE_ERROR, bucket_of
from evenkeel.kernel.time import US_PER_HOUR
from evenkeel.kernel.verdict import Limits, Status, judge_verdict
from evenkeel.store.telemetry.port import Clusters, Histogram

Given = Callable[..., Circumstances]
LIMITS = Limits(2.0, 3.0)
Q = 0.95


def clusters(latencies: Sequence[float], *, sampled_unknown: bool = False) -> Clusters:
    """Each request of a caller of its own."""
    ones = [1.0] * len(latencies)
    slow = {limit: [float(latency > limit) for latency in latencies] for limit in (2.0, 3.0)}
    return Clusters("caller", ones, [0.0] * len(latencies), ones, slow, sampled_unknown)


def histogram(latencies: Sequence[float]) -> Histogram:
    counts: dict[int, float] = {}
    for latency in latencies:
        if latency > 0:
            counts[bucket_of(latency)] = counts.get(bucket_of(latency), 0.0) + 1.0
    return Histogram(counts, float(sum(latency == 0 for latency in latencies)))


def estimate(latencies: Sequence[float], given: Circumstances) -> Estimate:
    return estimate_latency(clusters(latencies), histogram(latencies), Q, LIMITS, given)


def status(found: Estimate) -> Status:
    return judge_verdict(found, LIMITS, now_us=US_PER_HOUR, valid_for_us=60).status


@pytest.mark.parametrize(
    ("fast", "slow", "very_slow", "expected"),
    [
        (500, 0, 0, Status.OK),
        (500, 10, 0, Status.OK),
        (10, 0, 0, Status.UNKNOWN),
        (0, 0, 10, Status.BREACH),
        (300, 0, 200, Status.BREACH),
        (300, 200, 0, Status.WARNING),
        (190, 0, 10, Status.UNKNOWN),
        (0, 0, 0, Status.UNKNOWN),
    ],
)
def test_verdicts_follow_the_counts(given: Given, fast: int, slow: int, very_slow: int, expected: Status) -> None:
    found = estimate([0.5] * fast + [2.5] * slow + [4.0] * very_slow, given())
    assert status(found) is expected


def test_exactly_the_target_is_not_slower_than_the_target(given: Given) -> None:
    """2 s lies in a bucket that reaches beyond no limit: counts decide, not edges."""
    found = estimate([2.0] * 1_000, given())
    assert status(found) is Status.OK
    assert found.high <= 2.0
    assert status(estimate([float(np.nextafter(2.0, 3.0))] * 1_000, given())) is Status.WARNING
    assert status(estimate([3.0] * 1_000, given())) is Status.WARNING
    assert status(estimate([float(np.nextafter(3.0, 4.0))] * 1_000, given())) is Status.BREACH


def test_the_value_is_the_quantile_within_the_error_of_the_sketch(given: Given) -> None:
    latencies = np.random.default_rng(2).lognormal(-1.0, 0.8, 2_000)
    found = estimate(latencies.tolist(), given())
    assert found.value == pytest.approx(float(np.quantile(latencies, Q)), rel=RELATIVE_ERROR)
    assert found.shown_low is not None
    assert found.shown_high is not None
    assert found.shown_low < found.value < found.shown_high
    assert found.unit == "s"


@pytest.mark.parametrize("seed", range(8))
def test_bounds_never_contradict_the_counts(given: Given, seed: int) -> None:
    """A lower bound above a limit only where the share beyond it is proved, whatever the sketch says."""
    chance = np.random.default_rng(seed)
    latencies = chance.lognormal(chance.uniform(-1, 1.5), 0.7, int(chance.integers(5, 800))).tolist()
    found = estimate(latencies, given())
    assert found.low <= found.high
    beyond = {limit: float(np.mean(np.array(latencies) > limit)) for limit in (2.0, 3.0)}
    for limit, share in beyond.items():
        if found.low > limit:
            assert share > 1 - Q
        if found.high <= limit:
            assert share < 1 - Q
    assert found.parts["slower_than_target"] == pytest.approx(beyond[2.0])
    assert found.parts["slower_than_alert"] == pytest.approx(beyond[3.0])


class TestHoles:
    def test_fast_requests_beside_a_hole_are_partial(self, given: Given) -> None:
        found = estimate([0.5] * 1_000, given(coverage=0.5))
        assert found.if_missing_bad == UNBOUNDED_S
        assert status(found) is Status.PARTIAL

    def test_a_small_hole_cannot_make_fast_ones_slow(self, given: Given) -> None:
        found = estimate([0.5] * 2_000, given(coverage=0.999))
        assert status(found) is Status.OK

    def test_slow_ones_are_slow_even_if_the_rest_was_fast(self, given: Given) -> None:
        found = estimate([4.0] * 500, given(coverage=0.5))
        assert found.if_missing_good is not None
        assert found.if_missing_good > 3.0
        assert status(found) is Status.BREACH


def test_without_latencies_there_is_no_value_and_a_word_about_what_is_needed(given: Given) -> None:
    found = estimate([], given())
    assert (found.value, found.n, found.shown_low) == (None, 0.0, None)
    assert found.needs is not None
    assert found.needs.more >= 59  # 0.95**59 < 5 %


def test_requests_that_took_no_time_have_a_quantile_too(given: Given) -> None:
    found = estimate([0.0] * 1_000, given())
    assert found.value == 0.0
    assert status(found) is Status.OK


def test_unknown_sampling_is_said(given: Given) -> None:
    found = estimate_latency(clusters([1.0] * 9, sampled_unknown=True), histogram([1.0] * 9), Q, LIMITS, given())
    assert "sampling_unknown" in found.reasons
