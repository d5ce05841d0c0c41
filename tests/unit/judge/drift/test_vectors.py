"""Both samples over the same cells, with what lies beyond the grid."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Kind, LevelGrid

ROWS = st.lists(st.one_of(st.none(), st.floats(), st.text(max_size=1), st.integers(0, 3)), min_size=1, max_size=40)


@settings(deadline=None)
@given(ROWS, ROWS)
def test_no_row_is_lost(reference: list[object], window: list[object]) -> None:
    profile = build_profile(reference)
    both = align(profile.grid, profile.counts, count_values(window, profile.grid))
    assert (both.reference_n, both.window_n) == (len(reference), len(window))
    assert both.reference.size == both.window.size
    assert not both.names or len(both.names) == both.reference.size


def test_infinities_are_the_outermost_cells() -> None:
    profile = build_profile([1.0, 2.0])
    both = align(profile.grid, profile.counts, count_values([math.inf, -math.inf, -math.inf], profile.grid))
    assert (both.window[0], both.window[-1], both.window_absent) == (2, 1, 0)


def test_an_infinity_is_no_level() -> None:
    profile = build_profile(["a"])
    both = align(profile.grid, profile.counts, count_values([math.inf, "a"], profile.grid))
    assert (both.window.tolist(), both.window_absent, both.window_n) == ([1, 0], 1, 2)


def test_a_reference_of_merged_windows_may_hold_levels_that_its_grid_does_not_know() -> None:
    grid = build_profile(["a"]).grid
    reference = merge([count_values(["a", "b"], grid), count_values(["c"], grid)])
    both = align(grid, reference, count_values(["b", "d"], grid))
    assert both.names == ("a", "", "b", "c", "d")
    assert (both.reference.tolist(), both.window.tolist()) == ([1, 0, 1, 1, 0], [0, 0, 1, 0, 1])


def test_too_many_new_levels_are_one_cell() -> None:
    profile = build_profile(["a"])
    both = align(profile.grid, profile.counts, count_values([f"new {i}" for i in range(1_200)], profile.grid))
    assert (both.names[-1], both.window[-1]) == ("", 200)


def test_levels_that_are_kept_by_luck_share_a_cell_and_those_that_are_not_keep_theirs() -> None:
    rng = np.random.default_rng(1)
    rows = [[*(f"rare {i}" for i in rng.integers(0, 5_000, size=20_000).tolist()), *["often"] * 500] for _ in range(2)]
    profile = build_profile(rows[0])
    both = align(profile.grid, profile.counts, count_values(rows[1], profile.grid))
    own = [name for name, cell in zip(both.names, both.reference, strict=True) if name and cell]
    assert own == ["often"]
    assert both.reference_n == both.window_n == 20_500


def test_another_grid_is_refused() -> None:
    one, two = build_profile([1.0, 2.0]), build_profile([1.0, 3.0])
    with pytest.raises(InvalidInputError, match="not on grid"):
        align(one.grid, one.counts, two.counts)


def test_levels_of_which_none_is_frequent_enough_for_a_cell_of_its_own_share_cells() -> None:
    grid = LevelGrid(Kind.CATEGORICAL, (), 500)
    reference, window = (count_values([f"{place}" for place in range(rows)], grid) for rows in (500, 300))
    both = align(grid, reference, window)
    assert (both.reference_n, both.window_n, set(both.names)) == (500, 300, {""})
