"""Levels one by one."""

from __future__ import annotations

import numpy as np

from evenkeel.judge.drift.design import SEASONS_MIN, compare_in_season, measure_design
from evenkeel.judge.drift.levels import measure_levels, score_levels
from evenkeel.judge.drift.model import Signal
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.build import build_level_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts

PROFILE = build_level_profile({"en": 980, "de": 20})
GRID = PROFILE.grid


def _counts(rng: np.random.Generator, share: float, name: str = "de", rows: int = 1_000) -> Counts:
    return count_values([name if each < share else "en" for each in rng.uniform(size=rows)], GRID)


def _p(seasons: list[Counts], window: Counts, signal: Signal) -> float:
    both = align(GRID, merge(seasons), window)
    found = compare_in_season(GRID, both, measure_design(GRID, seasons, window.n))
    return min(part.weighted for part in found.parts if part.signal is signal)


def test_two_levels_are_enough_to_see_a_share_that_moved() -> None:
    rng = np.random.default_rng(1)
    seasons = [_counts(rng, 0.02) for _ in range(SEASONS_MIN)]
    assert _p(seasons, _counts(rng, 0.25), Signal.SHAPE) < 1e-3
    assert _p(seasons, _counts(rng, 0.02), Signal.SHAPE) > 0.05


def test_a_share_that_always_moves_is_no_drift() -> None:
    rng = np.random.default_rng(2)
    seasons = [_counts(rng, share) for share in (0.05, 0.3, 0.1, 0.4, 0.2, 0.15, 0.35)]
    assert _p(seasons, _counts(rng, 0.3), Signal.SHAPE) > 0.05


def test_a_share_that_doubles_and_halves_may_do_so_again() -> None:
    rng = np.random.default_rng(4)
    seasons = [_counts(rng, share, rows=20_000) for share in (0.01, 0.02, 0.005, 0.03, 0.01, 0.04, 0.008)]
    assert _p(seasons, _counts(rng, 0.08, rows=20_000), Signal.SHAPE) > 0.01


def test_levels_that_are_new_every_day_are_no_drift_and_new_ones_where_there_were_none_are() -> None:
    rng = np.random.default_rng(3)
    usual = [_counts(rng, 0.05, f"fad {day}") for day in range(SEASONS_MIN)]
    assert _p(usual, _counts(rng, 0.05, "fad of today"), Signal.NEW_LEVELS) > 0.05
    quiet = [_counts(rng, 0.02) for _ in range(SEASONS_MIN)]
    assert _p(quiet, _counts(rng, 0.25, "es"), Signal.NEW_LEVELS) < 1e-4


def test_nothing_is_scored_of_nothing() -> None:
    found = score_levels(align(GRID, PROFILE.counts, count_values([], GRID)))
    assert (found.large, dict(found.by_level), dict(measure_levels([]))) == ((), {}, {})
