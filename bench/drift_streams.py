"""Streams whose rows depend on each other: hourly windows against reference windows of the same hour.

A world has 28 reference days, or a week of them, and one day under test, 24 windows each, and 20 columns that are drawn
alike. `rhythm` is a daily one of half a standard deviation, AR the correlation of a row with the one before, `hourly` a
level of each hour that depends on the level of the hour before.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from bench.report import Row
from numpy.typing import NDArray

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.design import compare_in_season, measure_design
from evenkeel.judge.drift.model import FALSE_ALARMS_MAX
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.build import build_level_profile, build_profile
from evenkeel.kernel.profile.column import read_levels
from evenkeel.kernel.profile.count import count_column, count_values
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.stats.false_discovery import adjusted_p

Floats = NDArray[np.float64]

DAYS: Final = 28
WEEK: Final = 7
COLUMNS: Final = 20
HOURS_TESTED: Final = (0, 6, 12, 18)  # four of a day, so that more worlds are seen in the same time
SEED: Final = 20_261_131
ALLOWED_PERCENT: Final = 1.5
SHIFT_SD: Final = 0.5


@dataclass(frozen=True, slots=True)
class Stream:
    """How rows depend on each other; levels and rhythm in standard deviations of a row."""

    rows: int
    rhythm: float = 0.0
    correlation: float = 0.0
    days: int = DAYS  # of the reference
    hourly: float = 0.0  # standard deviation of the level of an hour, which has correlation 0.9 with the one before


STREAMS: Final[Mapping[str, Stream]] = {
    "independent, 200/h": Stream(200),
    "rhythm, 200/h": Stream(200, rhythm=0.5),
    "AR .5, 200/h": Stream(200, correlation=0.5),
    "AR .9, 200/h": Stream(200, correlation=0.9),
    "rhythm, AR .5, 200/h": Stream(200, rhythm=0.5, correlation=0.5),
    "rhythm, AR .9, 200/h": Stream(200, rhythm=0.5, correlation=0.9),
    "rhythm, hourly .1, 200/h": Stream(200, rhythm=0.5, hourly=0.1),
    "rhythm, hourly .1, 1,000/h": Stream(1_000, rhythm=0.5, hourly=0.1),
    "rhythm, hourly .3, 200/h": Stream(200, rhythm=0.5, hourly=0.3),
    "AR .9, 200/h, a week": Stream(200, correlation=0.9, days=WEEK),
    "rhythm, hourly .1, 200/h, a week": Stream(200, rhythm=0.5, hourly=0.1, days=WEEK),
    "rhythm, hourly .3, 200/h, a week": Stream(200, rhythm=0.5, hourly=0.3, days=WEEK),
}


def simulate(rng: np.random.Generator, stream: Stream) -> Floats:
    """Rows of the reference's days and one more: (hours, rows of an hour)."""
    hours = (stream.days + 1) * 24
    noise = _correlated(rng, hours * stream.rows, stream.correlation).reshape(hours, stream.rows)
    level = stream.rhythm * np.sin(2.0 * np.pi * np.arange(hours) / 24.0)
    if stream.hourly:
        level = level + stream.hourly * _correlated(rng, hours, 0.9)
    return noise + level[:, None]


def _correlated(rng: np.random.Generator, length: int, correlation: float) -> Floats:
    """A first-order autoregression with variance 1, by doubling steps."""
    values = rng.normal(size=length) * math.sqrt(1.0 - correlation**2)
    values[0] = rng.normal()
    step, factor = 1, correlation
    while step < length and factor > 1e-18:
        values[step:] = values[step:] + factor * values[:-step]
        step, factor = 2 * step, factor * factor
    return values


def false_alarms_by_the_hour(name: str, worlds: int) -> Row:
    """Windows of 20 columns with any detection although nothing drifts; beside it without the remedy."""
    alarmed = naive = windows = 0
    rng = np.random.default_rng([SEED, list(STREAMS).index(name)])
    for _ in range(worlds):
        columns = [_p_values(rng, STREAMS[name], shift=0.0) for _ in range(COLUMNS)]
        for hour in range(len(HOURS_TESTED)):
            windows += 1
            alarmed += min(adjusted_p([column[hour][0] for column in columns])) <= FALSE_ALARMS_MAX
            naive += min(adjusted_p([column[hour][1] for column in columns])) <= FALSE_ALARMS_MAX
    beside = f"{100.0 * naive / windows:.0f} % as if rows were independent; {worlds} worlds, {windows} windows"
    return Row(f"{name}: false alarms", 100.0 * alarmed / windows, "% windows", ALLOWED_PERCENT, True, beside)


def power_by_the_hour(name: str, worlds: int) -> Row:
    """Windows in which one column of 20 is detected that moved by half a deviation; beside it without remedy."""
    rng = np.random.default_rng([SEED, 1, list(STREAMS).index(name)])
    alpha = FALSE_ALARMS_MAX / COLUMNS
    found = [each for _ in range(4 * worlds) for each in _p_values(rng, STREAMS[name], shift=SHIFT_SD)]
    share, naive = (100.0 * sum(each[which] <= alpha for each in found) / len(found) for which in (0, 1))
    return Row(f"{name}: + 0.5 sd detected", share, "% windows", beside=f"{naive:.0f} % as if rows were independent")


@dataclass(frozen=True, slots=True)
class Levels:
    """Levels whose odds vary from day to day by so many standard deviations of their logarithm."""

    levels: int
    rows: int
    deviation: float


LEVELS: Final[Mapping[str, Levels]] = {
    "3 levels, 1,000/day, log odds vary by .3": Levels(3, 1_000, 0.3),
    "50 levels, 1,000/day, log odds vary by .3": Levels(50, 1_000, 0.3),
    "50 levels, 5,000/day, log odds vary by 1": Levels(50, 5_000, 1.0),
}


def false_alarms_of_levels(name: str, windows: int) -> Row:
    """Days of 20 categories with any detection against a week although nothing drifts."""
    rng = np.random.default_rng([SEED, 2, list(LEVELS).index(name)])
    alarmed = 0
    for _ in range(windows):
        found = [_p_of_levels(rng, LEVELS[name]) for _ in range(COLUMNS)]
        alarmed += min(adjusted_p(found)) <= FALSE_ALARMS_MAX
    return Row(
        f"{name}: false alarms", 100.0 * alarmed / windows, "% windows", ALLOWED_PERCENT, True, f"{windows} days"
    )


def _p_of_levels(rng: np.random.Generator, how: Levels) -> float:
    days: list[dict[str, int]] = []
    for _ in range(WEEK + 1):
        odds = rng.normal(-np.log(np.arange(1, how.levels + 1)), how.deviation)
        shares = np.exp(odds) / np.exp(odds).sum()
        rows = rng.multinomial(how.rows, shares).tolist()
        days.append({f"level {number}": many for number, many in enumerate(rows) if many})
    whole = Counter[str]()
    for day in days[:-1]:
        whole.update(day)
    grid = build_level_profile(whole).grid
    *seasons, window = (count_column(read_levels(day), grid) for day in days)
    both = align(grid, merge(seasons), window)
    return compare_in_season(grid, both, measure_design(grid, seasons, window.n)).p


def _p_values(rng: np.random.Generator, stream: Stream, *, shift: float) -> list[tuple[float, float]]:
    """(with the design effect, without) of each hour tested of one column, against the same hour of other days."""
    rows = simulate(rng, stream)
    reference = rows[: stream.days * 24]
    grid = build_profile(reference.ravel()).grid
    found: list[tuple[float, float]] = []
    for hour in HOURS_TESTED:
        seasons = [count_values(day, grid) for day in reference[hour::24]]
        window = count_values(rows[stream.days * 24 + hour] + shift, grid)
        both = align(grid, merge(seasons), window)
        design = measure_design(grid, seasons, window.n)
        found.append((compare_in_season(grid, both, design).p, compare_feature(grid, both, None).p))
    return found
