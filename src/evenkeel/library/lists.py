"""A table as plain Python has it: a mapping of names to lists."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.column import Column, Values, read_column
from evenkeel.kernel.profile.model import Kind
from evenkeel.library.table import no_type


class ListTable:
    """Columns of one length each: lists, tuples, or arrays of numpy."""

    def __init__(self, columns: Mapping[object, object]) -> None:
        self._columns = {str(name): _values(str(name), values) for name, values in columns.items()}
        lengths = {name: len(values) for name, values in self._columns.items()}
        self.rows = next(iter(lengths.values()), 0)
        odd = next((name for name, length in lengths.items() if length != self.rows), None)
        if odd is not None:
            first = next(iter(lengths))
            message = f"Column {odd!r} has {lengths[odd]} rows, and column {first!r} has {self.rows}."
            raise InvalidInputError(message, hint="All columns of a table have as many.", seen=lengths[odd])

    @property
    def columns(self) -> Mapping[str, str]:
        """Name -> type of its values."""
        return {name: _type_of(values) for name, values in self._columns.items()}

    def read(self, name: str, kind: Kind | None = None) -> Column:
        """One column. Raises InvalidInputError for one of vectors."""
        values = self._columns[name]
        if isinstance(values, np.ndarray) and values.ndim > 1:
            raise no_type(name, _type_of(values))
        return read_column(values, kind)

    def sample(self, name: str, at_most: int) -> Values:
        """Rows of a column, evenly over it."""
        return self._columns[name][:: -(-self.rows // at_most) or 1]

    def values(self, names: Sequence[str]) -> list[Values]:
        """Columns side by side."""
        return [self._columns[name] for name in names]


def _values(name: str, values: object) -> Values:
    if isinstance(values, np.ndarray):
        array = cast("NDArray[Any]", values)
        if array.ndim in (1, 2):  # of two, each row is a vector
            return array
    elif isinstance(values, Sequence) and not isinstance(values, str | bytes):
        return cast("Sequence[object]", values)
    of = type(cast("object", values)).__name__
    message = f"Column {name!r} is {of}: no list of values."
    raise InvalidInputError(
        message, hint="Give a list, a tuple, or an array of one dimension, or two for vectors.", seen=of
    )


def _type_of(values: Values) -> str:
    if isinstance(values, np.ndarray):
        return str(values.dtype) if values.ndim == 1 else f"{values.dtype}[{values.shape[1]}]"
    return next((type(value).__name__ for value in values if value is not None), "nothing")
