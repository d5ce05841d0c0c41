"""Rows on a grid that exists already."""

from __future__ import annotations

import numpy as np

from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values, keep_levels
from evenkeel.kernel.profile.model import LEVELS_MAX, Apart, NumericGrid


def test_counts_are_those_of_numpy() -> None:
    rng = np.random.default_rng(1)
    grid = build_profile(rng.normal(size=3_000)).grid
    assert isinstance(grid, NumericGrid)
    window = rng.normal(1.0, 3.0, size=2_000)
    expected = np.bincount(np.searchsorted(grid.edges, window, side="left"), minlength=grid.size)
    assert count_values(window, grid).buckets == tuple(expected)


def test_no_rows_are_zeros() -> None:
    assert count_values([], build_profile([1.0, 2.0]).grid).n == 0


def test_a_column_of_another_type_is_mistyped() -> None:
    assert count_values(["a", "b"], build_profile([1.0]).grid).apart == Apart(mistyped=2)


def test_new_levels_keep_their_names() -> None:
    counts = count_values(["x", "x", "a"], build_profile(["a"]).grid)
    assert (counts.buckets, counts.new, counts.new_rest, counts.n) == ((1, 0), {"x": 2}, 0, 3)


def test_too_many_new_levels_keep_their_number_of_rows() -> None:
    counts = count_values([f"new {i}" for i in range(5_000)], build_profile(["a"]).grid)
    assert len(counts.new) == LEVELS_MAX
    assert counts.new_rest == 4_000
    assert counts.n == 5_000


def test_levels_that_are_few_are_all_kept() -> None:
    assert keep_levels({"b": 1, "a": 2}) == ({"a": 2, "b": 1}, 0)
