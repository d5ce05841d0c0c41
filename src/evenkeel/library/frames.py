"""A data frame of pandas, polars, Arrow or another library that narwhals knows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.column import Column, Values, read_column, read_levels
from evenkeel.kernel.profile.model import Kind
from evenkeel.library.table import no_type


class FrameTable:
    """Columns are read as arrays where they are numbers, and counted where they are levels."""

    def __init__(self, data: object) -> None:
        try:
            frame: Any = nw.from_native(cast("Any", data), pass_through=False)
        except nw.exceptions.DuplicateError:
            raise _same_names() from None
        except TypeError:
            message = f"{type(data).__name__} is no table."
            hint = "Give a data frame of pandas, polars or Arrow, a mapping of lists, or a file's path."
            raise InvalidInputError(message, hint=hint, seen=type(data).__name__) from None
        self._frame: nw.DataFrame[Any] = _named(frame.collect() if isinstance(frame, nw.LazyFrame) else frame)
        self.rows = len(self._frame)

    @property
    def columns(self) -> Mapping[str, str]:
        """Name -> type."""
        return {name: str(of) for name, of in self._frame.schema.items()}

    def read(self, name: str, kind: Kind | None = None) -> Column:
        """One column. Raises InvalidInputError for one of lists, structs or bytes."""
        series = self._frame[name]
        missing = int(series.is_null().sum())
        given = series.drop_nulls() if missing else series
        of = series.dtype
        if of.is_numeric() or of.is_temporal():
            column = read_column(_array(given), kind)
        elif isinstance(of, nw.Boolean) and kind in (None, Kind.BOOLEAN):
            rows = int(given.sum())
            column = read_levels({"true": rows, "false": len(given) - rows}, Kind.BOOLEAN)
        elif isinstance(of, nw.String | nw.Categorical | nw.Enum) and kind in (None, Kind.CATEGORICAL):
            counted = given.cast(nw.String).value_counts(name="rows")
            levels = zip(counted[name].to_list(), counted["rows"].to_list(), strict=True)
            column = read_levels(dict(levels))
        elif isinstance(of, nw.String | nw.Categorical | nw.Enum | nw.Boolean | nw.Object | nw.Unknown):
            column = read_column(given.to_list(), kind)
        else:
            raise no_type(name, str(of))
        return replace(column, apart=replace(column.apart, missing=column.apart.missing + missing))

    def sample(self, name: str, at_most: int) -> Values:
        """Rows of a column, evenly over it."""
        return self._frame[name].gather_every(-(-self.rows // at_most) or 1).to_list()

    def values(self, names: Sequence[str]) -> list[Values]:
        """Columns side by side."""
        return [_values(self._frame[name]) for name in names]


def _named(frame: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """The same, its columns called by texts: those of pandas may be numbers."""
    names: list[Any] = list(frame.columns)
    if len({str(name) for name in names}) < len(names):
        raise _same_names()
    return frame if all(isinstance(name, str) for name in names) else frame.rename({name: str(name) for name in names})


def _same_names() -> InvalidInputError:
    return InvalidInputError("This table has two columns of one name.", hint="Rename one of them.")


def _values(series: nw.Series[Any]) -> Values:
    if not series.dtype.is_numeric():
        return series.to_list()
    return np.asarray((series.cast(nw.Float64) if series.is_null().any() else series).to_numpy())


def is_frame(data: object) -> bool:
    """Whether narwhals knows its library."""
    return isinstance(nw.from_native(cast("Any", data), pass_through=True), nw.DataFrame | nw.LazyFrame)


def _array(series: nw.Series[Any]) -> NDArray[Any]:
    if isinstance(series.dtype, nw.Date | nw.Datetime):
        return np.asarray(series.cast(nw.Datetime("us")).to_numpy()).astype("datetime64[us]")
    return np.asarray(series.to_numpy())
