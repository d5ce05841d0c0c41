"""The error rate: bounds that bursts do not fool, holes counted both ways, and what would settle it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.share import estimate_share
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_HOUR
from evenkeel.kernel.verdict import Limits, Status, judge_verdict
from evenkeel.store.telemetry.port import Clusters

Given = Callable[..., Circumstances]
LIMITS = Limits(0.001, 0.005)


def clusters(total: Sequence[float], bad: Sequence[float], *, sampled_unknown: bool = False) -> Clusters:
    return Clusters("caller", total, bad, total, {}, sampled_unknown)


def callers(n: int, bad: int) -> Clusters:
    return clusters([1.0] * n, [1.0] * bad + [0.0] * (n - bad))


def status(estimate: Estimate) -> Status:
    return judge_verdict(estimate, LIMITS, now_us=US_PER_HOUR, valid_for_us=60).status


@pytest.mark.parametrize(
    ("n", "bad", "expected"),
    [
        (0, 0, Status.UNKNOWN),
        (35, 1, Status.UNKNOWN),
        (40, 1, Status.UNKNOWN),
        (500, 0, Status.UNKNOWN),
        (700, 0, Status.OK),
        (5_000, 5, Status.OK),
        (5_000, 100, Status.BREACH),
        (40, 30, Status.BREACH),
    ],
)
def test_verdicts_follow_the_evidence(given: Given, n: int, bad: int, expected: Status) -> None:
    estimate = estimate_share(callers(n, bad), LIMITS, given())
    assert status(estimate) is expected
    assert (estimate.n, estimate.bad) == (n, bad)


def test_for_every_n_up_to_200_one_failure_is_no_breach(given: Given) -> None:
    statuses = {status(estimate_share(callers(n, 1), LIMITS, given())) for n in range(1, 201)}
    assert statuses == {Status.UNKNOWN}


def test_one_caller_that_retries_a_hundred_times_is_no_breach(given: Given) -> None:
    estimate = estimate_share(clusters([1.0] * 100 + [100.0], [0.0] * 100 + [100.0]), LIMITS, given())
    assert estimate.value == 0.5
    assert status(estimate) is Status.UNKNOWN


class TestHoles:
    def test_half_a_window_of_good_requests_is_partial(self, given: Given) -> None:
        estimate = estimate_share(callers(5_000, 0), LIMITS, given(coverage=0.5))
        assert estimate.value == 0.0
        assert estimate.if_missing_bad is not None
        assert estimate.if_missing_bad >= 0.5
        assert status(estimate) is Status.PARTIAL

    def test_a_breach_that_holds_with_the_rest_good_is_a_breach(self, given: Given) -> None:
        estimate = estimate_share(callers(5_000, 1_000), LIMITS, given(coverage=0.5))
        assert estimate.if_missing_good is not None
        assert 0.005 < estimate.if_missing_good < estimate.low
        assert status(estimate) is Status.BREACH

    def test_one_that_the_missing_part_could_undo_is_not(self, given: Given) -> None:
        estimate = estimate_share(callers(5_000, 60), LIMITS, given(coverage=0.05))
        assert estimate.low > 0.001
        assert status(estimate) is Status.PARTIAL

    def test_an_ok_that_holds_with_the_rest_bad_is_ok(self, given: Given) -> None:
        estimate = estimate_share(callers(100_000, 0), LIMITS, given(coverage=0.9999))
        assert status(estimate) is Status.OK

    def test_without_a_hole_there_is_no_missing_part(self, given: Given) -> None:
        estimate = estimate_share(callers(100, 1), LIMITS, given())
        assert (estimate.if_missing_good, estimate.if_missing_bad) == (None, None)

    @pytest.mark.parametrize("coverage", [0.99, 0.9, 0.5, 0.1, 0.01])
    @pytest.mark.parametrize("bad", [0, 1, 40])
    def test_a_larger_hole_widens_both_sides(self, given: Given, coverage: float, bad: int) -> None:
        smaller = estimate_share(callers(400, bad), LIMITS, given(coverage=min(1.0, coverage * 1.001)))
        larger = estimate_share(callers(400, bad), LIMITS, given(coverage=coverage))
        assert larger.if_missing_good is not None
        assert larger.if_missing_bad is not None
        assert larger.if_missing_good <= larger.low
        assert larger.if_missing_bad >= larger.high
        assert larger.if_missing_bad >= (smaller.if_missing_bad or 0.0) - 1e-9


def test_unknown_sampling_is_a_reason_of_its_own_beside_the_others(given: Given) -> None:
    one = clusters([1.0], [0.0], sampled_unknown=True)
    assert estimate_share(one, LIMITS, given(reasons=("hole",))).reasons == ("hole", "sampling_unknown")


def test_what_would_settle_it_does(given: Given) -> None:
    """The number asked for, had it come without a failure, makes the verdict ok."""
    for n in (0, 10, 100, 500):
        estimate = estimate_share(callers(n, 0), LIMITS, given())
        assert estimate.needs is not None
        more = int(estimate.needs.more)
        assert status(estimate_share(callers(n + more, 0), LIMITS, given())) is Status.OK


def test_an_estimate_says_how_it_was_made(given: Given) -> None:
    estimate = estimate_share(callers(100, 1), LIMITS, given())
    assert estimate.unit == "ratio"
    assert estimate.method.startswith("betting on clusters below, Clopper-Pearson above")
    assert estimate.level_low == pytest.approx(1 - 1.147e-6)
    assert estimate.level_high == 0.95
    assert estimate.parts["design_effect"] >= 1.0
    assert estimate.evidence == given().evidence
