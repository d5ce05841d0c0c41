"""When truths are here, of classes and of numbers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from evenkeel.judge.objectives.arrivals import Arrivals, class_arrivals, number_arrivals
from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.testing.feeder import NOON_US, Feeder

RMSE = Objective("rmse", 1.0, 2.0, None, 86_400)


@pytest.fixture
def occasion(telemetry: Any, feeder: Feeder) -> Occasion:
    """Numbers every hour of nine days, each true one six hours later."""
    events: list[dict[str, Any]] = []
    for at in range(NOON_US - 9 * US_PER_DAY, NOON_US, US_PER_HOUR):
        base = {"subject": str(at), "value_kind": "number"}
        events.append(feeder.event(kind="prediction", role="request", value=1.0, at=at, **base))
        if at + 6 * US_PER_HOUR < NOON_US:
            events.append(feeder.event(kind="outcome", role="none", value=1.0, at=at + 6 * US_PER_HOUR, **base))
    feeder.fold(*events)
    (state,) = telemetry.services()
    return Occasion(telemetry, state, NOON_US, "UTC")


def last_day(found: Arrivals) -> Window:
    return found.windows(RMSE, WindowName.VERDICT)[0]


def test_windows_of_numbers_end_where_their_truths_are_here(occasion: Occasion) -> None:
    found = number_arrivals(occasion)
    assert (NOON_US - last_day(found).end_us) / US_PER_HOUR == 7
    assert found.doubts(last_day(found)) == ()


def test_without_any_of_the_kind_nobody_knows_when_truths_come(occasion: Occasion) -> None:
    found = class_arrivals(occasion)
    assert last_day(found).end_us == NOON_US
    assert found.doubts(last_day(found)) == ("label_arrival_unknown",)


def test_of_a_time_that_is_asked_about_only_the_part_whose_truths_are_here_is_looked_at_where_that_is_wanted(
    occasion: Occasion,
) -> None:
    asked = Window(NOON_US - 8 * US_PER_DAY, NOON_US)
    whole = number_arrivals(replace(occasion, asked=asked))
    assert whole.windows(RMSE, WindowName.REPORT) == [asked]
    assert whole.doubts(asked) != ()
    mature = number_arrivals(replace(occasion, asked=asked, only_mature=True))
    (window,) = mature.windows(RMSE, WindowName.REPORT)
    assert window == Window(asked.start_us, NOON_US // US_PER_DAY * US_PER_DAY - US_PER_DAY)
    assert mature.doubts(window) == ()
    old = Window(NOON_US - 40 * US_PER_DAY, NOON_US - 30 * US_PER_DAY)
    long_over = number_arrivals(replace(occasion, asked=old, only_mature=True))
    assert long_over.windows(RMSE, WindowName.REPORT)[0].end_us == old.end_us
