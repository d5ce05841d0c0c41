"""Windows that depend on each other: false alarms stay where they are promised, and the price is paid in power."""

from __future__ import annotations

import math

import numpy as np
import pytest
from numpy.typing import NDArray

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.design import SEASONS_MIN, compare_in_season, compute_statistics, measure_design
from evenkeel.judge.drift.model import Comparison, Reason, Signal
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts, Grid

GRID = build_profile(np.random.default_rng(0).normal(size=5_000)).grid
LEVELS = build_profile(["a", "b", "c"] * 100).grid


def _days(rng: np.random.Generator, level: float, days: int = 29, rows: int = 200) -> list[Counts]:
    """Windows of independent rows whose mean is another one each day."""
    return [count_values(rng.normal(rng.normal() * level, 1.0, size=rows), GRID) for _ in range(days)]


def compare(grid: Grid, seasons: list[Counts], window: Counts) -> Comparison:
    return compare_in_season(grid, align(grid, merge(seasons), window), measure_design(grid, seasons, window.n))


@pytest.mark.parametrize("level", [0.0, 0.3])
def test_windows_that_differ_as_days_do_are_seldom_taken_for_drift(level: float) -> None:
    rng = np.random.default_rng(1)
    runs, hits, naive = 40, 0, 0
    for _ in range(runs):
        *seasons, window = _days(rng, level)
        hits += compare(GRID, seasons, window).p <= 0.05
        naive += compare_feature(GRID, align(GRID, merge(seasons), window), None).p <= 0.05
    assert hits / runs <= 0.05 + 3 * math.sqrt(0.05 * 0.95 / runs)
    assert naive / runs > 0.5 or level == 0.0


def test_a_shift_beyond_the_usual_is_still_found() -> None:
    rng = np.random.default_rng(2)
    found = compare(GRID, _days(rng, 0.1, 28), count_values(rng.normal(1.0, 1.0, size=200), GRID))
    assert found.p < 1e-4
    assert {part.signal for part in found.parts} == {Signal.LOCATION, Signal.SHAPE}


def test_independent_windows_have_hardly_an_effect() -> None:
    design = measure_design(GRID, _days(np.random.default_rng(3), 0.0, 60), 200)
    assert design is not None
    assert 1.0 <= design.location < 1.5
    assert 1.0 <= design.shape < 1.2


def test_a_larger_window_shares_more_of_its_luck() -> None:
    seasons = _days(np.random.default_rng(4), 0.3)
    small, large = (measure_design(GRID, seasons, m) for m in (200, 2_000))
    assert small is not None
    assert large is not None
    assert large.location - 1.0 == pytest.approx(10.0 * (small.location - 1.0))
    assert large.log_mean > small.log_mean


def test_fewer_than_seven_windows_tell_nothing() -> None:
    seasons = _days(np.random.default_rng(5), 0.0, SEASONS_MIN - 1)
    assert measure_design(GRID, seasons, 200) is None
    assert measure_design(GRID, [*seasons, count_values([], GRID)], 200) is None
    both = align(GRID, merge(seasons), seasons[0])
    assert compare_in_season(GRID, both, None).reason is Reason.FEW_SEASONS
    assert compare_in_season(GRID, align(GRID, merge(seasons), count_values([], GRID)), None).m == 0


def test_it_is_never_bolder_than_for_independent_rows() -> None:
    rng = np.random.default_rng(6)
    seasons = _days(rng, 0.0, 28)
    window = count_values(rng.normal(0.0, 1.3, size=200), GRID)
    both = align(GRID, merge(seasons), window)
    shape = next(part for part in compare(GRID, seasons, window).parts if part.signal is Signal.SHAPE)
    assert shape.p >= compute_statistics(GRID, both).shape.p


def _levels(rng: np.random.Generator, gaps: float) -> list[object]:
    rows: NDArray[np.str_] = np.array(["a", "b", "c"])[rng.integers(0, 3, size=200)]
    return [None if rng.uniform() < gaps else str(level) for level in rows]


def test_levels_and_gaps_have_their_design_too() -> None:
    rng = np.random.default_rng(7)
    seasons = [count_values(_levels(rng, rng.uniform(0.0, 0.2)), LEVELS) for _ in range(28)]
    usual, more = (compare(LEVELS, seasons, count_values(_levels(rng, gaps), LEVELS)) for gaps in (0.15, 0.9))
    assert usual.p > 0.05
    assert min(more.parts, key=lambda part: part.weighted).signal is Signal.MISSINGNESS
    assert more.p < 1e-4


def test_windows_that_are_all_alike_leave_the_test_of_independent_rows() -> None:
    same = count_values([1.0] * 50, GRID)
    found = compare(GRID, [same] * 10, same)
    assert found.p == 1.0


@pytest.mark.parametrize("rows", [1, 5, 50])
def test_a_window_with_too_few_rows_for_any_level_shows_no_drift(rows: int) -> None:
    draw = np.random.default_rng(7)
    grid = build_profile(draw.choice(list("abcdefghijklmnopqrst"), 2_000).tolist()).grid
    days = [count_values(draw.choice(list("abcdefghijklmnopqrst"), 300).tolist(), grid) for _ in range(SEASONS_MIN)]
    window = count_values(draw.choice(list("abcdefghijklmnopqrst"), rows).tolist(), grid)
    found = compare_in_season(grid, align(grid, merge(days), window), measure_design(grid, days, rows))
    assert found.p > 0.05


def test_a_reference_without_any_value_tells_no_levels_apart() -> None:
    grid = build_profile(["a", "b"] * 500).grid
    days = [count_values([None] * 300, grid) for _ in range(SEASONS_MIN)]
    found = compare_in_season(
        grid, align(grid, merge(days), count_values([None] * 300, grid)), measure_design(grid, days, 300)
    )
    assert found.p == 1.0


def test_one_row_of_a_new_level_is_as_rare_as_independent_rows_make_it() -> None:
    grid = build_profile(["a", "b"] * 500).grid
    days = [count_values(["a", "b"] * 150, grid) for _ in range(SEASONS_MIN)]
    found = compare_in_season(grid, align(grid, merge(days), count_values(["c"], grid)), measure_design(grid, days, 1))
    (new,) = [part.p for part in found.parts if part.signal is Signal.NEW_LEVELS]
    assert new == pytest.approx(1 / 2_101)
