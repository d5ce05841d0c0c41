"""Grids: buckets, atoms, tails, and an id made of their content."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.model import SHARED_BUCKETS, Apart, Kind, LevelGrid, NumericGrid, Profile, hash_of


def test_an_atom_has_a_bucket_that_holds_nothing_else() -> None:
    values = np.concatenate([np.zeros(500), np.random.default_rng(1).normal(size=500)])
    grid = build_profile(values).grid
    assert isinstance(grid, NumericGrid)
    near = count_values([0.0, np.nextafter(0.0, 1.0), np.nextafter(0.0, -1.0)], grid)
    assert sorted(rows for rows in near.buckets if rows) == [1, 1, 1]
    assert 0.0 in grid.middles


def test_deciles_are_edges_and_cut_the_reference_into_tenths() -> None:
    values = np.random.default_rng(2).lognormal(size=1_200)
    profile = build_profile(values)
    grid = profile.grid
    assert isinstance(grid, NumericGrid)
    assert grid.deciles == tuple(np.quantile(values, np.arange(1, 10) / 10))
    assert np.add.reduceat(profile.counts.vector, grid.decile_starts).tolist() == [120] * 10


def test_distances_beyond_the_reference_double() -> None:
    grid = build_profile(np.arange(121.0)).grid
    assert isinstance(grid, NumericGrid)
    beyond = grid.edges[grid.edges > 120.0] - 120.0
    assert beyond[:4].tolist() == [1.0, 2.0, 4.0, 8.0]
    assert beyond[-1] == 2.0**39


def test_the_middle_of_an_open_bucket_is_its_edge() -> None:
    grid = NumericGrid(Kind.NUMERIC, (0.0, 1.0), 1.0, ())
    assert grid.middles[0] == grid.edges[0]
    assert grid.middles[-1] == grid.edges[-1]
    assert NumericGrid(Kind.NUMERIC, (), 1.0, ()).middles.tolist() == [0.0]


def test_grids_of_the_same_content_have_the_same_id_and_others_have_not() -> None:
    assert build_profile([1.0, 2.0]).grid.id == build_profile([2.0, 1.0]).grid.id
    assert build_profile([1.0, 2.0]).grid.id != build_profile([1.0, 3.0]).grid.id
    assert LevelGrid(Kind.CATEGORICAL, ("a",)).id != LevelGrid(Kind.BOOLEAN, ("a",)).id


def test_counts_of_another_grid_are_refused_by_name() -> None:
    here, there = build_profile([1.0, 2.0]), build_profile([1.0, 3.0])
    with pytest.raises(InvalidInputError, match=r"not on grid .* Compare a window with the reference"):
        Profile(here.grid, there.counts)


def test_a_name_that_is_no_text_has_a_hash_too() -> None:
    assert hash_of("\ud800") != hash_of("")


def test_rare_levels_share_buckets_by_their_names() -> None:
    grid = LevelGrid(Kind.CATEGORICAL, ("a", "b"), rest_levels=500)
    assert grid.size == 2 + SHARED_BUCKETS
    shared = {grid.shared_place(f"rare {place}") for place in range(500)}
    assert shared == set(range(2, grid.size))
    assert LevelGrid(Kind.CATEGORICAL, ("a", "b")).shared_place("c") == 2


def test_rows_apart_are_added_sort_by_sort() -> None:
    one = Apart(1, 2, 3, 4, 5)
    assert (one + one) == Apart(2, 4, 6, 8, 10)
    assert one.total == 15
