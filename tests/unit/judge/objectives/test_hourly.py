"""What is compared with is read once: then only what is new, and all anew after a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.hourly import HourlySums
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.testing.feeder import NOON_US, Feeder


@pytest.fixture
def occasion(telemetry: Any, feeder: Feeder) -> Occasion:
    feeder.fold(feeder.event())
    (state,) = telemetry.services()
    return Occasion(telemetry, state, NOON_US, "UTC")


def hours(first: int, last: int) -> Window:
    return Window(NOON_US - first * US_PER_HOUR, NOON_US - last * US_PER_HOUR)


def test_only_hours_that_were_not_read_are_read_until_a_day_is_over(occasion: Occasion) -> None:
    asked: list[Window] = []

    def read(_: Occasion, window: Window) -> Iterator[tuple[int, int]]:
        asked.append(window)
        yield from ((at, at) for at in range(window.start_us, window.end_us, US_PER_HOUR))

    sums = HourlySums[int](read)
    assert len(sums.within(occasion, hours(10, 4))) == 6
    assert len(sums.within(occasion, hours(12, 3))) == 9
    assert [at for at, _ in sums.within(occasion, hours(6, 4))] == [
        NOON_US - 6 * US_PER_HOUR,
        NOON_US - 5 * US_PER_HOUR,
    ]
    assert asked == [hours(10, 4), hours(12, 10), hours(4, 3)]
    later = replace(occasion, now_us=NOON_US + US_PER_DAY)
    assert len(sums.within(later, hours(12, 3))) == 9
    assert asked[3:] == [hours(12, 3)]
    assert sums.within(later, hours(3, 3)) == []
