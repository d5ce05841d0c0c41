"""Plain lists and arrays."""

from __future__ import annotations

import numpy as np
import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.lists import ListTable


def test_types_are_told_as_python_and_numpy_call_them() -> None:
    table = ListTable({"a": [None, 1], "b": np.zeros(2), "c": (None, None)})
    assert table.columns == {"a": "int", "b": "float64", "c": "nothing"}


def test_a_matrix_is_a_column_of_vectors_and_what_has_more_dimensions_is_none() -> None:
    table = ListTable({"m": np.zeros((2, 3))})
    assert (table.rows, table.columns) == (2, {"m": "float64[3]"})
    with pytest.raises(InvalidInputError, match=r"Column 'm' is of type float64\[3\]"):
        table.read("m")
    with pytest.raises(InvalidInputError, match="Column 'm' is ndarray"):
        ListTable({"m": np.zeros((2, 2, 2))})
