"""References good and bad: each has a profile, or is refused by name."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.build import build_level_profile, build_profile, grid_from_quantiles
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.document import profile_to_json
from evenkeel.kernel.profile.model import LEVELS_MAX, Kind, LevelGrid, NumericGrid

ANYTHING = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=3), st.datetimes(), st.lists(st.integers())
)


def test_a_reference_without_rows_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"This reference has no rows\. A reference needs at least one row"):
        build_profile([])


@settings(deadline=None, max_examples=100)
@given(st.lists(ANYTHING, min_size=1, max_size=30), st.sampled_from([None, *Kind]))
def test_every_row_of_whatever_is_counted_once(values: list[object], kind: Kind | None) -> None:
    profile = build_profile(values, kind)
    assert profile.counts.n == len(values)
    assert count_values(values, profile.grid) == profile.counts


@settings(deadline=None, max_examples=100)
@given(st.lists(st.floats(-1.7e308, 1.7e308), min_size=1, max_size=200))
def test_edges_rise_and_nothing_of_the_reference_lies_beyond_the_body(values: list[float]) -> None:
    profile = build_profile(values)
    grid = profile.grid
    assert isinstance(grid, NumericGrid)
    assert (np.diff(grid.edges) > 0).all()
    first, last = np.searchsorted(grid.edges, [grid.body[0], grid.body[-1]])
    assert sum(profile.counts.buckets[first + 1 : last + 1]) == len(values)


def test_a_constant_reference_tells_a_ten_thousandth_from_itself() -> None:
    grid = build_profile([5.0] * 100).grid
    window = count_values([5.0001] * 10, grid)
    assert np.flatnonzero(window.vector) != np.flatnonzero(count_values([5.0], grid).vector)


def test_a_reference_of_nothing_has_one_bucket() -> None:
    profile = build_profile([None, None, float("nan")])
    assert (profile.grid.size, profile.counts.present, profile.counts.n) == (1, 0, 3)


def test_no_bucket_but_an_atom_holds_much_of_the_reference() -> None:
    values = np.concatenate([np.zeros(600), np.random.default_rng(3).lognormal(size=600)])
    profile = build_profile(values)
    largest = sorted(profile.counts.buckets)[-2:]
    assert largest[1] == 600
    assert largest[0] <= 11


@settings(deadline=None, max_examples=200)
@given(st.lists(st.integers(0, 60), min_size=1, max_size=400))
def test_each_value_with_a_hundred_and_twentieth_of_the_rows_has_a_bucket_of_its_own(values: list[int]) -> None:
    profile = build_profile([float(value) for value in values])
    assert isinstance(profile.grid, NumericGrid)
    rows = {value: values.count(value) for value in values if values.count(value) > 1}
    for value in (value for value, many in rows.items() if many * 120 >= len(values)):
        place = int(np.searchsorted(profile.grid.edges, float(value)))
        assert profile.counts.buckets[place] == rows[value], value


def test_whole_numbers_of_few_values_have_a_bucket_each() -> None:
    profile = build_profile(np.arange(100).repeat(20))
    assert sorted(profile.counts.buckets)[-100:] == [20] * 100


def test_ten_thousand_levels_keep_the_most_frequent_and_a_rest() -> None:
    levels = {f"l{place:05}": 10_000 - place for place in range(10_000)}
    profile = build_level_profile(levels)
    grid = profile.grid
    assert isinstance(grid, LevelGrid)
    assert (len(grid.levels), grid.rest_levels) == (LEVELS_MAX, 9_000)
    assert grid.levels[-1] == "l00999"
    assert profile.counts.present == sum(levels.values())
    window = count_values(["l00001", "l09999", "brand new"], grid)
    assert (window.buckets[1], sum(window.buckets[LEVELS_MAX:]), window.new) == (1, 2, {})


def test_a_profile_is_a_few_kilobytes() -> None:
    profile = build_profile(np.random.default_rng(4).normal(size=100_000))
    assert len(json.dumps(profile_to_json(profile))) < 6_000


def test_quantiles_from_an_engine_give_the_same_grid_as_the_rows() -> None:
    values = np.random.default_rng(5).normal(size=5_000)
    grid = grid_from_quantiles(Kind.NUMERIC, np.quantile(values, np.arange(121) / 120), np.empty(0))
    assert grid.id == build_profile(values).grid.id


@pytest.mark.parametrize("rows", [1, 2, 7, 121, 5_000])
def test_quantiles_are_those_of_numpy(rows: int) -> None:
    values = np.random.default_rng(rows).normal(size=rows)
    grid = build_profile(values).grid
    assert isinstance(grid, NumericGrid)
    assert set(np.quantile(values, np.arange(1, 121) / 120).tolist()) <= set(grid.body)


def test_a_range_beyond_a_float_is_cut_at_values() -> None:
    profile = build_profile([-1.7e308, 1.7e308, 0.0])
    assert profile.counts.present == 3
