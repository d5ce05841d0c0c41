"""What is read of a column, whatever it is made of."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal

import numpy as np
import pytest

from evenkeel.kernel.profile.column import Values, read_column, read_levels
from evenkeel.kernel.profile.model import Apart, Kind


class NAType:
    """As pandas names its missing value, which refuses to be compared."""

    def __bool__(self) -> bool:
        raise TypeError

    def __hash__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([1, 2.5, None], Kind.NUMERIC),
        ([True, False, None], Kind.BOOLEAN),
        (["a", "b"], Kind.CATEGORICAL),
        (["a", 1], Kind.CATEGORICAL),
        (["a", 1, 2], Kind.NUMERIC),
        ([date(2026, 1, 1), None], Kind.DATETIME),
        ([None, None], Kind.NUMERIC),
        ([], Kind.NUMERIC),
        (np.array(["a"]), Kind.CATEGORICAL),
        (np.array([True]), Kind.BOOLEAN),
        (np.array(["2026-01-01"], dtype="datetime64[D]"), Kind.DATETIME),
        (np.array([3], dtype=np.uint8), Kind.NUMERIC),
    ],
)
def test_the_kind_is_that_of_most_values(values: Values, kind: Kind) -> None:
    assert read_column(values).kind is kind


def test_an_array_and_a_list_of_the_same_numbers_are_read_alike() -> None:
    values = [3.0, float("nan"), float("-inf"), 1.0, float("inf"), 3.0]
    listed, array = read_column(values), read_column(np.array(values))
    assert listed.numbers.tolist() == array.numbers.tolist() == [1.0, 3.0, 3.0]
    assert listed.apart == array.apart == Apart(nan=1, above=1, below=1)


def test_a_column_of_the_wrong_type_is_mistyped_not_dropped() -> None:
    assert read_column(["1", "2"], Kind.NUMERIC).apart == Apart(mistyped=2)
    assert read_column(np.array([1.0, 2.0]), Kind.DATETIME).apart == Apart(mistyped=2)
    assert read_column(np.array(["2026-01-01"], dtype="datetime64[D]"), Kind.NUMERIC).apart == Apart(mistyped=1)
    assert read_column([True, 1], Kind.NUMERIC).apart == Apart(mistyped=1)
    assert read_column([["a", "list"], {"a": 1}, 1j, b"x"], Kind.CATEGORICAL).apart == Apart(mistyped=4)


def test_what_a_float_cannot_hold_is_mistyped() -> None:
    assert read_column([10**400, 1]).apart == Apart(mistyped=1)
    assert read_column([Decimal("1.5"), Decimal("NaN")]).numbers.tolist() == [1.5]


def test_levels_are_named_alike_by_whole_numbers_of_either_type() -> None:
    assert read_column([1, 1.0, "1", np.int64(1), None, float("nan")], Kind.CATEGORICAL).levels == {"1": 4}
    assert read_column([1.5, True], Kind.CATEGORICAL).levels == {"1.5": 1, "true": 1}


def test_truths_are_read_as_databases_write_them() -> None:
    column = read_column([True, 0, 1.0, "TRUE", "false", "maybe", 2], Kind.BOOLEAN)
    assert (column.levels, column.apart.mistyped) == ({"true": 3, "false": 2}, 2)


def test_moments_are_seconds_in_utc() -> None:
    there = timezone(timedelta(hours=2))
    moments = [datetime(1970, 1, 1, 2, tzinfo=there), datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2), "soon"]
    column = read_column(moments, Kind.DATETIME)
    assert column.numbers.tolist() == [0.0, 0.0, 86_400.0]
    assert column.apart.mistyped == 1
    array = np.array(["1970-01-02", "NaT"], dtype="datetime64[ns]")
    assert read_column(array).numbers.tolist() == [86_400.0]
    assert read_column(array).apart.missing == 1
    assert read_column([np.datetime64("1970-01-02"), np.datetime64("NaT")]).numbers.tolist() == [86_400.0]


def test_missing_values_of_other_libraries_are_missing() -> None:
    assert read_column([NAType(), None, 1.0]).apart == Apart(missing=2)


def test_a_table_of_one_column_is_that_column() -> None:
    assert read_column(np.array([[1.0], [2.0]])).numbers.tolist() == [1.0, 2.0]


def test_levels_without_rows_are_none() -> None:
    assert read_levels({"a": 0, "b": 2}, missing=3).levels == {"b": 2}
    assert read_levels({"a": 0}, missing=3).apart.missing == 3
