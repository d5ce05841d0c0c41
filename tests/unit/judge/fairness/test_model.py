"""Counts by group: adding, taking together, and what cannot be counted."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as some

from evenkeel.judge.fairness.model import GROUPS_MAX, RATES, Criterion, GroupCounts, GroupTable, add_all
from evenkeel.kernel.errors import InvalidInputError

_COUNTS = some.builds(GroupCounts, *[some.integers(0, 99)] * 6)
_GROUPS = some.tuples(some.sampled_from("fm"), some.sampled_from("abc"))
_TABLES = some.builds(GroupTable, some.just(("sex", "race")), some.dictionaries(_GROUPS, _COUNTS), some.integers(0, 9))


@given(_TABLES, _TABLES, _TABLES)
def test_windows_are_merged_in_any_order(one: GroupTable, two: GroupTable, three: GroupTable) -> None:
    assert one + two == two + one
    assert (one + two) + three == one + (two + three)


@given(_TABLES, _TABLES)
def test_taking_an_attribute_alone_loses_no_row_and_can_wait_until_after_merging(
    one: GroupTable, two: GroupTable
) -> None:
    assert one.by("race").total == one.total
    assert (one + two).by("race") == one.by("race") + two.by("race")
    assert one.by("race", "sex").by("sex", "race") == one


def test_an_intersection_is_a_group() -> None:
    table = GroupTable(("sex", "race"), {("f", "a"): GroupCounts(tp=1), ("m", "a"): GroupCounts(tp=2)})
    assert table.by("race").counts == {("a",): GroupCounts(tp=3)}
    assert table.by("race", "sex").name == "race × sex"


def test_of_no_counts_the_sum_is_zero() -> None:
    assert add_all([]) == GroupCounts() == GroupTable((), {}).total


@pytest.mark.parametrize("name", [each.name for each in fields(GroupCounts)])
def test_a_negative_count_is_refused_by_name(name: str) -> None:
    with pytest.raises(InvalidInputError, match=f"The count {name} of a group is -1"):
        GroupCounts(**{name: -1})


def test_more_groups_than_are_counted_are_refused_and_what_to_do_is_said() -> None:
    many = {(str(number),): GroupCounts() for number in range(GROUPS_MAX + 1)}
    with pytest.raises(InvalidInputError, match=r"10,001 groups of zip; at most 10,000 are counted\. Join values"):
        GroupTable(("zip",), many)


def test_a_group_without_a_name_for_each_attribute_is_refused() -> None:
    with pytest.raises(InvalidInputError, match=r"has 1 names for 2 attributes \(sex × race\)"):
        GroupTable(("sex", "race"), {("f",): GroupCounts()})


def test_counts_by_other_attributes_are_not_added() -> None:
    with pytest.raises(InvalidInputError, match="Counts by sex cannot be added to counts by race"):
        _ = GroupTable(("sex",), {}) + GroupTable(("race",), {})


def test_an_attribute_that_was_not_counted_is_named_with_those_that_were() -> None:
    with pytest.raises(InvalidInputError, match=r"Nothing was counted by 'age'\. There is sex × race"):
        GroupTable(("sex", "race"), {}).by("age")


def test_every_criterion_has_its_rates() -> None:
    assert set(RATES) == set(Criterion)
    assert all(RATES.values())
