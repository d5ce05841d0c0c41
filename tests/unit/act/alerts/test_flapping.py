from __future__ import annotations

from evenkeel.act.alerts.flapping import (
    FLAPS_US,
    HOLD_US,
    SAME_US,
    SETTLE_US,
    is_flapping,
    is_same,
    recent_flaps,
    settle_us,
)


def test_three_times_within_an_hour_is_flapping() -> None:
    assert not is_flapping((1, 2), 3)
    assert is_flapping((1, 2, 3), 4)
    assert not is_flapping((1, 2, 3), FLAPS_US + 1)
    assert recent_flaps((1, 2, 3), FLAPS_US + 2) == (3,)


def test_the_end_of_what_flaps_is_held_back_longer() -> None:
    assert settle_us((), 9) == SETTLE_US < settle_us((1, 2, 3), 9) == HOLD_US


def test_the_same_alert_is_one_that_ended_less_than_ten_minutes_ago() -> None:
    assert is_same(0, SAME_US - 1)
    assert not is_same(0, SAME_US)
    assert SAME_US < HOLD_US  # an alert that flaps can never be resolved and told in turns
