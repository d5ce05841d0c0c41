"""A breaker opens on evidence, lets one trial through, heeds Retry-After, and does not open for noise."""

from __future__ import annotations

import random

import pytest

from evenkeel.gateway.routes.breaker import LOAD_S, BreakerRules, Breakers


def opened(now_s: float = 0.0, rules: BreakerRules | None = None) -> Breakers:
    """Breakers of which `eu` has just opened."""
    breakers = Breakers(rules)
    for _ in range(5):
        breakers.failed("eu", now_s)
    assert breakers.state("eu", now_s) == "open"
    return breakers


def test_an_upstream_nobody_asked_is_well_and_closed() -> None:
    breakers = Breakers()
    assert breakers.is_well("eu", 0.0)
    assert breakers.state("eu", 0.0) == "closed"
    breakers.succeeded("eu", 0.0)
    breakers.abandoned("eu", 0.0)
    assert breakers.load("eu", 0.0) == 0.0


def test_five_failures_in_a_row_open_it_and_a_success_between_them_does_not() -> None:
    breakers = Breakers()
    for _ in range(4):
        breakers.failed("eu", 0.0)
    breakers.succeeded("eu", 0.0)
    for _ in range(4):
        breakers.failed("eu", 0.0)
    assert breakers.state("eu", 0.0) == "closed"
    breakers.failed("eu", 0.0)
    assert breakers.state("eu", 0.0) == "open"
    assert breakers.state("us", 0.0) == "closed"


def test_half_of_twenty_open_it_though_never_two_fail_in_a_row() -> None:
    breakers = Breakers()
    states: list[str] = []
    for request in range(20):
        (breakers.failed if request % 2 else breakers.succeeded)("eu", request / 10)
        states.append(breakers.state("eu", request / 10))
    assert states == ["closed"] * 19 + ["open"]


def test_failures_older_than_the_window_are_forgotten() -> None:
    breakers = Breakers()
    for request in range(18):
        (breakers.failed if request % 2 else breakers.succeeded)("eu", 0.0)
    for _ in range(20):
        breakers.succeeded("eu", 31.0)
    breakers.failed("eu", 31.0)
    assert breakers.state("eu", 31.0) == "closed"


def test_failures_of_the_half_window_before_still_count() -> None:
    breakers = Breakers()
    for request in range(18):
        (breakers.failed if request % 2 else breakers.succeeded)("eu", 14.0)
    breakers.succeeded("eu", 16.0)
    breakers.failed("eu", 16.0)
    assert breakers.state("eu", 16.0) == "open"


def test_an_open_one_lets_nobody_through_and_then_exactly_one() -> None:
    breakers = opened()
    assert not breakers.is_well("eu", 4.9)
    assert not breakers.begin("eu", 4.9)
    assert breakers.is_well("eu", 5.0)
    assert breakers.state("eu", 5.0) == "half_open"
    assert [breakers.begin("eu", 5.0) for _ in range(100)] == [True] + [False] * 99
    assert not breakers.is_well("eu", 5.0)


def test_the_trial_decides() -> None:
    breakers = opened()
    assert breakers.begin("eu", 5.0)
    breakers.succeeded("eu", 5.5)
    assert breakers.state("eu", 5.5) == "closed"
    for _ in range(4):
        breakers.failed("eu", 6.0)
    assert breakers.state("eu", 6.0) == "closed"  # it begins anew


def test_each_trial_that_fails_doubles_the_wait_up_to_its_limit_and_a_success_resets_it() -> None:
    breakers = opened()
    now_s = 0.0
    waits: list[float] = []
    for _ in range(6):
        began_s = now_s
        while not breakers.begin("eu", now_s):
            now_s += 0.5
        waits.append(now_s - began_s)
        breakers.failed("eu", now_s)
    assert waits == [5.0, 10.0, 20.0, 40.0, 60.0, 60.0]
    assert breakers.begin("eu", now_s + 60.0)
    breakers.succeeded("eu", now_s + 60.0)
    for _ in range(5):
        breakers.failed("eu", now_s + 61.0)
    assert breakers.state("eu", now_s + 66.0) == "half_open"


def test_a_trial_without_outcome_does_not_keep_everybody_out() -> None:
    breakers = opened()
    assert breakers.begin("eu", 5.0)
    assert not breakers.begin("eu", 14.9)
    assert breakers.begin("eu", 15.0)
    breakers.abandoned("eu", 15.5)  # its caller went
    assert breakers.begin("eu", 15.5)


def test_what_began_before_it_opened_neither_closes_it_nor_prolongs_its_wait() -> None:
    breakers = opened()
    breakers.succeeded("eu", 1.0)
    breakers.failed("eu", 4.0)
    assert breakers.state("eu", 4.0) == "open"
    assert breakers.begin("eu", 5.0)


def test_retry_after_lets_it_rest_but_does_not_refuse_when_nobody_else_can_answer() -> None:
    breakers = Breakers()
    breakers.failed("eu", 0.0, retry_after_s=30.0)
    assert breakers.state("eu", 29.9) == "resting"
    assert not breakers.is_well("eu", 29.9)
    assert breakers.begin("eu", 29.9)
    assert breakers.is_well("eu", 30.0)


def test_an_open_one_stays_open_for_as_long_as_retry_after_says() -> None:
    breakers = Breakers()
    for _ in range(5):
        breakers.failed("eu", 0.0, retry_after_s=40.0)
    assert not breakers.begin("eu", 39.9)
    assert breakers.begin("eu", 40.0)
    late = opened()
    late.failed("eu", 1.0, retry_after_s=40.0)
    assert not late.begin("eu", 40.9)
    assert late.begin("eu", 41.0)


@pytest.mark.parametrize(("said_s", "rests_s"), [(86_400.0, 300.0), (0.0, 0.0), (-5.0, 0.0), (float("inf"), 300.0)])
def test_a_senseless_retry_after_costs_no_day(said_s: float, rests_s: float) -> None:
    breakers = Breakers()
    breakers.failed("eu", 0.0, retry_after_s=said_s)
    assert breakers.is_well("eu", rests_s)


def test_load_is_about_the_rate_of_the_last_ten_seconds() -> None:
    breakers = Breakers()
    for request in range(1000):
        breakers.begin("eu", request / 10)
    assert breakers.load("eu", 99.9) == pytest.approx(10 * LOAD_S, rel=0.02)
    assert breakers.load("eu", 99.9 + 10 * LOAD_S) < 0.01


def test_names_that_come_and_go_do_not_fill_memory_and_open_ones_are_not_forgotten() -> None:
    breakers = opened()
    for number in range(10_000):
        breakers.begin(f"u{number}", 0.0)
    assert len(breakers._known) <= 4096  # pyright: ignore[reportPrivateUsage] # no other way to see it
    assert breakers.state("eu", 0.0) == "open"


@pytest.mark.parametrize(
    ("failure_share", "requests", "openings_max"),
    # 1 %: 5 in a row 1e-10 a request, expected 0.0001 in a million. 10 %: 9e-6 a request, expected 0.9 in 100,000.
    [(0.01, 1_000_000, 0), (0.10, 100_000, 5)],
)
def test_it_does_not_open_for_noise(failure_share: float, requests: int, openings_max: int) -> None:
    seeded = random.Random(11)
    breakers = Breakers()
    openings = 0
    for request in range(requests):
        now_s = request / 20
        if seeded.random() < failure_share:
            breakers.failed("eu", now_s)
            if breakers.state("eu", now_s) == "open":
                openings += 1
                breakers = Breakers()
        else:
            breakers.succeeded("eu", now_s)
    assert openings <= openings_max


@pytest.mark.parametrize(("failure_share", "within"), [(1.0, 5), (0.7, 60), (0.6, 100)])
def test_it_opens_within_so_many_requests_when_most_fail(failure_share: float, within: int) -> None:
    seeded = random.Random(12)
    for _ in range(100):
        breakers = Breakers()
        for request in range(within):
            failed = seeded.random() < failure_share
            (breakers.failed if failed else breakers.succeeded)("eu", request / 20)
            if breakers.state("eu", request / 20) == "open":
                break
        else:
            pytest.fail(f"still closed after {within} requests")


def test_only_who_is_left_alone_is_named() -> None:
    breakers = opened(0.0)
    breakers.begin("well", 0.0)
    breakers.failed("busy", 0.0, retry_after_s=9.0)
    (name,) = {*breakers.left_alone(1.0)} - {"busy"}
    assert breakers.left_alone(1.0) == {"busy": "resting", name: "open"}
    assert breakers.left_alone(8.0) == {"busy": "resting", name: "half_open"}
