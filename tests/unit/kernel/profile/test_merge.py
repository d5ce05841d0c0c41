"""Merging is addition, in whatever order."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile import count
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.merge import empty_counts, merge
from evenkeel.kernel.profile.model import Kind

ROWS = st.lists(st.one_of(st.none(), st.sampled_from([f"level {i}" for i in range(20)])), max_size=30)
NUMBERS = st.lists(st.one_of(st.none(), st.floats(), st.just("word")), max_size=30)
NUMERIC = build_profile([float(i % 17) for i in range(300)]).grid
LEVELS = build_profile(["level 1", "level 2"]).grid


@settings(deadline=None)
@given(NUMBERS, NUMBERS)
def test_the_whole_is_the_sum_of_its_parts(left: list[object], right: list[object]) -> None:
    parts = [count_values(left, NUMERIC), count_values(right, NUMERIC)]
    assert merge(parts) == merge(parts[::-1]) == count_values([*left, *right], NUMERIC)


@settings(deadline=None)
@given(ROWS, ROWS, ROWS)
def test_order_and_grouping_do_not_matter_even_where_levels_are_too_many(
    first: list[object], second: list[object], third: list[object]
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(count, "LEVELS_MAX", 3)
        one, two, three = (count_values(rows, LEVELS) for rows in (first, second, third))
        whole = count_values([*first, *second, *third], LEVELS)
        assert (
            merge([merge([one, two]), three]) == merge([one, merge([three, two])]) == merge([one, two, three]) == whole
        )


def test_nothing_is_neutral() -> None:
    counts = count_values([1.0, None], NUMERIC)
    assert merge([empty_counts(NUMERIC), counts]) == counts


def test_different_grids_are_refused_by_name() -> None:
    other = build_profile([1.0, 2.0]).counts
    with pytest.raises(InvalidInputError, match=r"cannot be merged\. Merge windows that were counted on the same grid"):
        merge([empty_counts(NUMERIC), other])


def test_no_parts_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="no counts to merge"):
        merge([])


def test_a_kind_is_part_of_a_grid() -> None:
    boolean = build_profile([True, False], Kind.BOOLEAN).counts
    category = build_profile(["true", "false"]).counts
    with pytest.raises(InvalidInputError):
        merge([boolean, category])
