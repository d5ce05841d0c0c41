"""The bounds that decide about a share: no false red, no false green."""

from __future__ import annotations

import pytest

from evenkeel.kernel.stats.binomial import upper_bound, wilson_interval
from evenkeel.kernel.stats.clusters import TIME_HITS_MIN
from evenkeel.kernel.stats.shares import ShareBounds, needed_to_settle, share_bounds
from evenkeel.kernel.stats.spending import ALPHA_OK, alpha_for

TARGET = 0.001  # an error rate below 0.1 %


def bounds(total: list[float], bad: list[float], window: str = "page") -> ShareBounds:
    return share_bounds(total, bad, alpha_low=alpha_for(window), alpha_high=ALPHA_OK)


@pytest.mark.parametrize("n", [35, 40])
def test_one_error_in_35_or_40_requests_is_no_breach_of_a_tenth_of_a_percent(n: int) -> None:
    found = bounds([1.0] * n, [1.0] + [0.0] * (n - 1))
    assert found.value > 20 * TARGET
    assert found.low <= TARGET
    assert found.high > TARGET


@pytest.mark.parametrize("window", ["page", "verdict", "report"])
def test_for_every_n_up_to_200_a_single_failure_is_never_a_breach(window: str) -> None:
    for n in range(1, 201):
        by_caller = bounds([1.0] * n, [0.0] * (n - 1) + [1.0], window)
        in_one_minute = bounds([float(n)], [1.0], window)
        assert max(by_caller.low, in_one_minute.low) <= TARGET, n


def test_one_caller_or_one_minute_alone_proves_nothing_however_bad() -> None:
    for size in (1.0, 100.0, 1e6):
        assert bounds([size], [size]).low <= TARGET
        assert bounds([1.0] * 50 + [size], [0.0] * 50 + [size]).low <= TARGET


def test_failures_of_many_callers_are_proof() -> None:
    lows = [bounds([1.0] * 40, [1.0] * bad + [0.0] * (40 - bad)).low for bad in range(1, 9)]
    assert lows == sorted(lows)
    assert lows[4] > TARGET
    assert lows[7] > 10 * TARGET


def test_independent_requests_have_the_exact_upper_bound() -> None:
    found = bounds([1.0] * 400, [1.0] + [0.0] * 399)
    assert found.deff == pytest.approx(1.0, abs=0.01)
    assert found.high == pytest.approx(upper_bound(1 / found.deff, 400 / found.deff, ALPHA_OK))
    assert (found.shown_low, found.shown_high) == wilson_interval(1 / found.deff, 400 / found.deff)
    assert "design effect" not in found.method


def test_bursts_widen_the_bounds_and_say_so() -> None:
    calm = bounds([10.0] * 100, [1.0] * 50 + [0.0] * 50)
    burst = bounds([10.0] * 100, [10.0] * 5 + [0.0] * 95)
    assert calm.value == burst.value == 0.05
    assert burst.deff > 5
    assert burst.high > calm.high
    assert burst.low < calm.low
    assert burst.shown_high - burst.shown_low > calm.shown_high - calm.shown_low
    assert f"design effect {burst.deff:.2g}" in burst.method


def test_of_nothing_nothing_is_known() -> None:
    found = bounds([], [])
    assert (found.n, found.value, found.low, found.high) == (0.0, 0.0, 0.0, 1.0)


def test_everything_failing_is_bounded_by_one() -> None:
    found = bounds([1.0] * 30, [1.0] * 30)
    assert found.value == found.high == 1.0
    assert 0.3 < found.low < 1.0


def test_bounds_enclose_the_value_in_order() -> None:
    for k in range(31):
        found = bounds([2.0] * 30, [2.0] * k + [0.0] * (30 - k))
        assert 0.0 <= found.low <= found.value <= found.high <= 1.0
        assert found.shown_low <= found.value <= found.shown_high


def test_one_burst_across_the_edge_of_two_minutes_proves_nothing_and_a_third_bad_minute_does() -> None:
    def low(bad_minutes: int) -> float:
        bad = [11.0] * bad_minutes + [0.0] * (5 - bad_minutes)
        levels = {"alpha_low": alpha_for("page"), "alpha_high": ALPHA_OK}
        return share_bounds([11.0] * 5, bad, **levels, hits_min=TIME_HITS_MIN).low

    assert low(2) == 0.0
    assert low(3) > TARGET


@pytest.mark.parametrize("alert", [0.001, 0.005, 0.05])
@pytest.mark.parametrize("share", [0.0, 0.0005, 0.002, 0.01, 0.2])
def test_what_would_settle_it_does_when_it_goes_on_like_that(alert: float, share: float) -> None:
    """From any undecided sample, as many more of the same as were asked for (and a half more) decide."""
    alphas = (alpha_for("page"), ALPHA_OK)

    def sample(n: int) -> ShareBounds:
        failed = round(share * n)
        return bounds([1.0] * n, [1.0] * failed + [0.0] * (n - failed))

    n = 60
    for _ in range(40):
        seen = sample(n)
        if seen.low > TARGET or seen.high <= alert:
            break
        n += max(1, round(1.5 * needed_to_settle(seen, TARGET, beyond=seen, alert=alert, alphas=alphas)))
    else:
        pytest.fail(f"{n} requests, and it is still not settled")
    assert n < 60_000


def test_nobody_is_told_that_one_more_request_settles_what_a_thousand_did_not() -> None:
    seen = bounds([250.0] * 4, [5.0, 0.0, 0.0, 0.0])
    assert seen.low <= TARGET < 0.005 < seen.high
    assert needed_to_settle(seen, TARGET, beyond=seen, alert=0.005, alphas=(1e-6, ALPHA_OK)) >= 100
