"""Data frames: categories, enumerations and objects of any kind."""

from __future__ import annotations

from typing import Any

import pandas as pd
import polars as pl
import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.model import Kind
from evenkeel.library.frames import FrameTable


def test_categories_and_enumerations_are_levels() -> None:
    categories = pd.DataFrame({"plan": pd.Categorical(["s", "m", None, "m"])})
    enumeration = pl.DataFrame({"plan": pl.Series(["s", "m", None, "m"], dtype=pl.Enum(["s", "m", "l"]))})
    for frame in (categories, enumeration):
        column = FrameTable(frame).read("plan")
        assert column.levels == {"s": 1, "m": 2}
        assert column.apart.missing == 1


def test_a_column_of_anything_is_sorted_out_value_by_value() -> None:
    column = FrameTable(pd.DataFrame({"mixed": [1, "two", 3.5, None, b"4"]})).read("mixed", Kind.NUMERIC)
    assert column.numbers.tolist() == [1.0, 3.5]
    assert (column.apart.mistyped, column.apart.missing) == (2, 1)


def test_columns_that_are_called_by_numbers_are_found_by_their_text() -> None:
    table = FrameTable(pd.DataFrame([[1.5, "a"], [2.5, "b"]]))
    assert list(table.columns) == ["0", "1"]
    assert table.read("0").numbers.tolist() == [1.5, 2.5]


@pytest.mark.parametrize("names", [["age", "age"], [1, "1"]])
def test_two_columns_of_one_name_are_refused(names: list[Any]) -> None:
    with pytest.raises(InvalidInputError, match="two columns of one name"):
        FrameTable(pd.DataFrame([[1, 2]], columns=pd.Index(names, dtype=object)))
