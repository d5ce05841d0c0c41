"""Counting by group from columns: against a loop, and what columns may not hold."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from evenkeel.judge.fairness.count import count_groups
from evenkeel.judge.fairness.model import GROUPS_MAX, NOT_STATED, GroupCounts, GroupTable
from evenkeel.kernel.errors import InvalidInputError

_ANSWERS = some.sampled_from([0, 1, None])
_ROWS = some.lists(
    some.tuples(some.sampled_from(["f", "m", None]), some.integers(1, 3), _ANSWERS, _ANSWERS), min_size=1
)


@given(_ROWS)
def test_it_is_what_a_loop_over_the_rows_counts(rows: list[tuple[str | None, int, int | None, int | None]]) -> None:
    sex, race, predicted, truth = (list(column) for column in zip(*rows, strict=True))
    table = count_groups({"sex": sex, "race": race}, predicted, truth)
    names: dict[Any, str] = {
        (1, 1): "tp",
        (1, 0): "fp",
        (0, 0): "tn",
        (0, 1): "fn",
        (1, None): "positive",
        (0, None): "negative",
    }
    expected: dict[tuple[str, ...], GroupCounts] = {}
    for one, other, said, true in rows:
        if said is not None:
            group = (one or NOT_STATED, str(other))
            expected[group] = expected.get(group, GroupCounts()) + GroupCounts(**{names[said, true]: 1})
    assert table == GroupTable(("sex", "race"), expected, sum(said is None for said in predicted))


@given(_ROWS, _ROWS)
def test_parts_counted_apart_and_merged_are_the_whole(one: list[Any], other: list[Any]) -> None:
    def counted(rows: list[Any]) -> GroupTable:
        sex, _, predicted, truth = (list(column) for column in zip(*rows, strict=True))
        return count_groups({"sex": sex}, predicted, truth)

    assert counted(one) + counted(other) == counted(one + other)


@pytest.mark.parametrize(
    "groups",
    [
        ["1", "2", "1"],
        [1, 2, 1],
        [1.0, 2.0, 1.0],
        [1, "2", 1.0],
        np.array([1, 2, 1]),
        np.array([1, 2, 1], dtype=np.uint8),
        np.array([1.0, 2.0, 1.0]),
        np.array(["1", "2", "1"]),
        np.array(["1", "2", "1"], dtype=object),
    ],
    ids=repr,
)
def test_a_group_is_the_same_however_its_column_is_stored(groups: Any) -> None:
    assert set(count_groups({"sex": groups}, [1, 0, 1]).counts) == {("1",), ("2",)}


def test_booleans_and_negative_codes_are_groups_too() -> None:
    assert set(count_groups({"at": np.array([True, False])}, [1, 0]).counts) == {("1",), ("0",)}
    assert set(count_groups({"at": np.array([-1, 1])}, [1, 0]).counts) == {("-1",), ("1",)}


@pytest.mark.parametrize("missing", [[None, math.nan, ""], np.array([math.nan] * 3), ["  ", None, None]], ids=repr)
def test_whoever_has_no_stated_group_is_counted_apart(missing: Any) -> None:
    assert count_groups({"sex": missing}, [1, 1, 0]).counts == {(NOT_STATED,): GroupCounts(positive=2, negative=1)}


@pytest.mark.parametrize("kind", [bool, int, float, np.int8, np.float32])
def test_answers_may_be_of_any_kind_of_number(kind: Any) -> None:
    table = count_groups({"sex": ["f", "f"]}, np.array([1, 0]).astype(kind), np.array([1, 1]).astype(kind))
    assert table.counts == {("f",): GroupCounts(tp=1, fn=1)}


def test_a_missing_truth_is_one_that_has_not_come_and_a_missing_prediction_is_unusable() -> None:
    table = count_groups({"sex": ["f"] * 3}, [1.0, 0.0, math.nan], [math.nan, 1.0, 1.0])
    assert (table.counts, table.unusable) == ({("f",): GroupCounts(positive=1, fn=1)}, 1)


def test_no_rows_and_no_attributes_are_counted_too() -> None:
    assert count_groups({"sex": []}, []) == GroupTable(("sex",), {})
    assert count_groups({}, [1, 0]).counts == {(): GroupCounts(positive=1, negative=1)}


@pytest.mark.parametrize(
    "wrong", [[1, 2], [0.5, 1], ["yes", "no"], [1, "1"], [math.inf, 0], [-1, 0], [{}, 1]], ids=repr
)
def test_what_is_neither_yes_nor_no_is_refused_with_what_to_do(wrong: list[Any]) -> None:
    with pytest.raises(InvalidInputError, match=r"neither 0 nor 1.*compare a score with its threshold first"):
        count_groups({"sex": ["f", "m"]}, wrong)
    with pytest.raises(InvalidInputError, match="The truth"):
        count_groups({"sex": ["f", "m"]}, [1, 0], wrong)


def test_columns_of_other_lengths_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="The column sex has 1 rows, the predictions have 2"):
        count_groups({"sex": ["f"]}, [1, 0])
    with pytest.raises(InvalidInputError, match="The column truth has 3 rows"):
        count_groups({"sex": ["f", "m"]}, [1, 0], [1, 0, 1])
    with pytest.raises(InvalidInputError, match="2 dimensions"):
        count_groups({"sex": ["f", "m"]}, np.array([[1, 0], [0, 1]]))


def test_lists_in_place_of_values_are_refused() -> None:
    with pytest.raises(InvalidInputError, match="The prediction is no column"):
        count_groups({"sex": ["f", "m"]}, [[1, 0], 1])
    with pytest.raises(InvalidInputError, match="A group is a list"):
        count_groups({"sex": [["f"], "m"]}, [1, 0])


def test_an_identifier_is_no_attribute() -> None:
    rows = GROUPS_MAX + 1
    with pytest.raises(InvalidInputError, match=r"10,001 values.*Join values into fewer groups"):
        count_groups({"user": [f"u{number}" for number in range(rows)]}, np.ones(rows))
