"""References that know the time: false alarms where a feature has a rhythm, and what is seen all the same.

A feature's mean goes up and down with the hour of the day by one standard deviation, and at weekends it is another one
still. Counts are of 60 rows an hour. A window is judged beside whole days, as if nobody knew the time, and beside its
own season.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

import numpy as np
from bench.report import Row

from evenkeel.judge.drift.family import judge_window
from evenkeel.judge.drift.model import Detected, Feature
from evenkeel.judge.drift.past import matching_days
from evenkeel.judge.drift.rhythm import of_same_rhythm
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts, Profile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR

HEADING = "Drift with seasons: false alarms with and without the time, and what is seen"
SEED: Final = 20_261_133
ALLOWED_PERCENT: Final = 1.5
ROWS: Final = 60
NIGHT: Final = 8  # hours
SHIFT_SD: Final = 0.5
WEEKEND_SD: Final = 1.0

Rng = np.random.Generator
Hours = Mapping[int, Counts]
Judge = Callable[[Rng, float, str], bool]
WHOLE, TIMED = "whole", "timed"
GRID: Final = build_profile(np.random.default_rng(SEED).normal(0.0, 1.3, size=5_000)).grid


def measure(*, full: bool = False) -> Sequence[Row]:
    """Of each window, alarms without drift and finds of half a standard deviation."""
    many = 1_000 if full else 100
    return [
        _row("a night beside whole days", _judge_night, WHOLE, many),
        _row("a night beside its hours", _judge_night, TIMED, many),
        _row("a night beside its hours", _judge_night, TIMED, many, SHIFT_SD),
        _row("a weekend beside all days", _judge_weekend, WHOLE, many),
        _row("a weekend beside all days", _judge_weekend, WHOLE, many, SHIFT_SD),
        _row("a weekend beside its weekday", _judge_weekend, TIMED, many),
        _row("a weekend beside its weekday", _judge_weekend, TIMED, many, SHIFT_SD),
    ]


def _row(what: str, judge: Judge, timing: str, many: int, shift: float = 0.0) -> Row:
    found = sum(judge(np.random.default_rng([SEED, number]), shift, timing) for number in range(many))
    required = ALLOWED_PERCENT if timing == TIMED and not shift else None
    name = f"{what}, + {shift:g} sd: found" if shift else f"{what}, no drift: alarms"
    return Row(name, 100 * found / many, "%", required, at_most=True, beside=f"of {many:,} windows")


def _counts(rng: Rng, hours: range, shift: float = 0.0, weekend: float = 0.0) -> Hours:
    """What hours hold, by their start."""
    found: dict[int, Counts] = {}
    for hour in hours:
        mean = np.sin(2.0 * np.pi * hour / 24.0) + weekend * (hour // 24 % 7 in (5, 6)) + shift
        found[hour * US_PER_HOUR] = count_values(rng.normal(mean, 1.0, size=ROWS), GRID)
    return found


def _judge_night(rng: Rng, shift: float, timing: str) -> bool:
    """A day of which only the night has come in, beside the days of a week."""
    hours, now = _counts(rng, range(24, 8 * 24)), _counts(rng, range(9 * 24, 9 * 24 + NIGHT), shift)
    days = [day * US_PER_DAY for day in range(1, 8)]
    seasons = [merge([hours[day + hour * US_PER_HOUR] for hour in range(24)]) for day in days]
    timed = of_same_rhythm(hours, days, now, rng) if timing == TIMED else None
    return _is_detected(timed or seasons, merge([*now.values()]))


def _judge_weekend(rng: Rng, shift: float, timing: str) -> bool:
    """The first hours of a day of a weekend, beside these of all days of eight weeks, or of its weekday alone."""
    first = range(61 * 24, 61 * 24 + NIGHT)
    days = [day * US_PER_DAY for day in range(56)]
    alike = matching_days(days, first.start * US_PER_HOUR) if timing == TIMED else days
    seasons = [
        merge([*_counts(rng, range(day, day + NIGHT), weekend=WEEKEND_SD).values()])
        for day in (at // US_PER_HOUR for at in alike)
    ]
    return _is_detected(seasons, merge([*_counts(rng, first, shift, WEEKEND_SD).values()]))


def _is_detected(seasons: Sequence[Counts], now: Counts) -> bool:
    feature = Feature("f", Profile(GRID, merge(seasons)), now, tuple(seasons))
    (found,) = judge_window([feature], None)
    return found.detected is Detected.YES
