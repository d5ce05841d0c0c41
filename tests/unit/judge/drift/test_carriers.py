"""Which segment carries a drift: told where it is so, and not where it is not."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from evenkeel.judge.drift.carriers import Level, describe_carrier, find_carriers
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.merge import empty_counts
from evenkeel.kernel.profile.model import Grid
from evenkeel.kernel.stats.monte_carlo import Drawing

_COUNTRIES: tuple[str, ...] = ("DE", "ES", "FR", "IT")


def _made(seed: int, shifts: Mapping[str, float], rows: int = 800) -> tuple[Grid, list[Level], Drawing]:
    rng = np.random.default_rng(seed)
    grid = build_profile(rng.normal(size=3_000)).grid
    levels: list[Level] = []
    for name in _COUNTRIES:
        before = count_values(rng.normal(size=rows), grid)
        after = count_values(rng.normal(shifts.get(name, 0.0), 1.0, size=rows), grid)
        levels.append(Level("country", name, before, after))
    return grid, levels, Drawing(rng)


def test_the_one_level_that_changed_carries_the_drift() -> None:
    grid, levels, drawing = _made(1, {"ES": 3.0})
    (found,) = find_carriers(grid, levels, drawing)
    assert (found.segment, found.level, found.is_share_other) == ("country", "ES", False)
    assert found.left_high < 0.1 < found.within.debiased
    assert describe_carrier(found).startswith("without country = ES nothing that matters is left (PSI 0")


def test_what_changed_everywhere_and_what_needs_two_levels_is_carried_by_none() -> None:
    for shifts in (dict.fromkeys(_COUNTRIES, 1.0), {"ES": 3.0, "DE": 3.0}, {}):
        grid, levels, drawing = _made(2, shifts)
        assert find_carriers(grid, levels, drawing) == ()


def test_where_nothing_drifts_no_level_is_told_however_many_are_looked_at() -> None:
    for seed in range(20):
        grid, levels, drawing = _made(100 + seed, {}, rows=100)
        assert find_carriers(grid, levels, drawing) == ()


def test_too_few_rows_beside_it_prove_nothing() -> None:
    grid, levels, drawing = _made(3, {"ES": 3.0})
    few = [level if level.name == "ES" else _cut(grid, level) for level in levels]
    assert find_carriers(grid, few, drawing) == ()
    assert find_carriers(grid, [levels[1]], drawing) == ()


def _cut(grid: Grid, level: Level) -> Level:
    nothing = empty_counts(grid)
    return Level(level.segment, level.name, nothing, nothing)


def test_a_level_that_grew_carries_what_it_brought() -> None:
    rng = np.random.default_rng(4)
    profile = build_profile(np.concatenate([rng.normal(size=1_900), rng.normal(4.0, 1.0, size=100)]))

    def level(name: str, mean: float, before: int, after: int) -> Level:
        counts = [count_values(rng.normal(mean, 1.0, size=rows), profile.grid) for rows in (before, after)]
        return Level("plan", name, counts[0], counts[1])

    (found,) = find_carriers(profile.grid, [level("old", 0.0, 1_900, 1_200), level("new", 4.0, 100, 800)], Drawing(rng))
    assert (found.level, found.is_share_other) == ("new", True)
    assert "whose share went from 5 % to 40 %, nothing that matters is left" in describe_carrier(found)


def test_what_has_no_name_of_its_own_is_part_of_the_rest() -> None:
    grid, levels, drawing = _made(5, {"ES": 3.0})
    unnamed = [Level(e.segment, e.name, e.reference, e.window, is_named=e.name != "ES") for e in levels]
    assert find_carriers(grid, unnamed, drawing) == ()
