"""How often receivers are called, and how long failures wait."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.act.notify.pacing import BACKOFF_MAX_S, Pace, Pacer, retry_delay_s


@given(
    st.integers(1, 10),
    st.floats(0.1, 60.0),
    st.lists(st.floats(0.0, 20.0), min_size=1, max_size=60),
)
def test_no_span_holds_more_calls_than_the_pace_allows(calls: int, seconds: float, gaps: list[float]) -> None:
    pacer, now_s, made = Pacer(Pace(calls, seconds)), 0.0, list[float]()
    for gap in gaps:
        now_s += gap
        wait_s = pacer.take(now_s)
        assert wait_s >= 0.0
        now_s += wait_s  # whoever calls waits
        made.append(now_s)
    for first, after in zip(made, made[calls:], strict=False):
        assert after - first >= seconds - 1e-9


def test_calls_below_the_pace_wait_for_nothing() -> None:
    pacer = Pacer(Pace(2, 1.0))
    assert [pacer.take(at_s) for at_s in (0.0, 0.6, 1.2, 1.8)] == [0.0, 0.0, 0.0, 0.0]


def test_waits_grow_with_each_failure_up_to_a_limit() -> None:
    class Always:
        def random(self) -> float:
            return 1.0

    waits = [retry_delay_s(attempts, None, Always()) for attempts in range(1, 12)]
    assert waits[:5] == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert waits[-1] == BACKOFF_MAX_S
    assert retry_delay_s(10_000, None, Always()) == BACKOFF_MAX_S


@given(st.integers(1, 100), st.none() | st.floats(0.0, 3_600.0), st.integers())
def test_a_wait_is_at_least_what_was_asked_for_and_never_hot(attempts: int, asked_s: float | None, seed: int) -> None:
    wait_s = retry_delay_s(attempts, asked_s, random.Random(seed))
    if asked_s is None:
        assert 0.5 <= wait_s <= BACKOFF_MAX_S
    else:
        assert asked_s <= wait_s <= asked_s + 0.5


def test_what_failed_together_does_not_come_back_together() -> None:
    chance = random.Random(1)
    waits = {round(retry_delay_s(5, asked_s, chance), 3) for asked_s in (None, 10.0) for _ in range(50)}
    assert len(waits) > 90


def test_a_receiver_that_asks_for_no_wait_gets_nearly_none() -> None:
    assert retry_delay_s(3, 0.0, random.Random(2)) == pytest.approx(0.25, abs=0.25)
