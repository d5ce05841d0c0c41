"""A table that an engine reads, however long it is: column by column, with its levels counted beside the data."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import count, islice
from pathlib import Path
from tempfile import gettempdir
from typing import Any, Final

import duckdb
import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.profile.column import Column, Values, read_column, read_levels
from evenkeel.kernel.profile.model import Apart, Kind
from evenkeel.library.table import LEVELS_COUNTED_MAX, no_type

_NUMBERS: Final = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UTINYINT", "USMALLINT", "UINTEGER",
                   "UBIGINT", "UHUGEINT", "FLOAT", "DOUBLE", "DECIMAL")  # fmt: skip
#: Those that an array does not hold as they are.
_EXACT: Final = ("DECIMAL", "HUGEINT", "UHUGEINT")
_MOMENTS: Final = ("DATE", "TIMESTAMP")
_LEVELS: Final = ("VARCHAR", "ENUM", "UUID")
#: A written column is one of numbers where so many of its values are: a few words such as "n/a" do not make it another.
NUMBERS_MIN: Final = 0.9
_MEMORY: Final = "256MB"


#: Two engines in one folder would write the same files.
_ENGINES: Final = count()


def new_engine() -> duckdb.DuckDBPyConnection:
    """One of its own for each table: what does not fit into its memory goes to disk, where temporary files belong.

    The engine makes its folder when it needs it, and takes it away at its end.
    """
    folder = Path(gettempdir()) / f"evenkeel-{os.getpid()}-{next(_ENGINES)}"
    settings: dict[str, Any] = {
        "memory_limit": _MEMORY,
        "preserve_insertion_order": "false",
        "temp_directory": str(folder),
    }
    return duckdb.connect(config=settings)


class EngineTable:
    """A relation of an engine, which it keeps alive.

    `is_written` where types were told from how values are written: one word among numbers makes all of them text then.
    """

    def __init__(self, engine: duckdb.DuckDBPyConnection, relation: Any, *, is_written: bool = False) -> None:
        self._engine = engine
        self._all = relation
        self._is_written = is_written
        self.columns: Mapping[str, str] = dict(zip(relation.columns, map(str, relation.types), strict=True))
        self.rows = int(relation.count("*").fetchall()[0][0])

    def read(self, name: str, kind: Kind | None = None) -> Column:
        """One column. Raises InvalidInputError for one of lists, structs or bytes."""
        of, column = self.columns[name], _identifier(name)
        if kind in (None, Kind.NUMERIC) and self._is_of_numbers(name, NUMBERS_MIN if kind is None else 0.0):
            return self._numbers(name)
        if _is_one(of, _LEVELS) and kind in (None, Kind.CATEGORICAL):
            return self._levels(column, Kind.CATEGORICAL)
        if of == "BOOLEAN" and kind in (None, Kind.BOOLEAN):
            return self._levels(column, Kind.BOOLEAN)
        if _is_one(of, _LEVELS) or of == "BOOLEAN":  # of another kind than is asked for: sorted out value by value
            return read_column([value for (value,) in self._all.project(column).fetchall()], kind)
        if not _is_one(of, _NUMBERS + _MOMENTS):
            raise no_type(name, of)
        # NaN is looked for in the array: the engine answers no to isnan() on Parquet whose statistics omit it.
        as_read = f"{column}::DOUBLE" if of.startswith(_EXACT) else column
        as_read = f"{column}::TIMESTAMP" if of.startswith(_MOMENTS) else as_read
        found: Any = self._all.project(f"{as_read} AS v").fetchnumpy()["v"]
        if not isinstance(found, np.ma.MaskedArray):
            return read_column(found, kind)
        given: NDArray[Any] = np.asarray(found.compressed())  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]  numpy's masks
        read = read_column(given, kind)
        return replace(read, apart=replace(read.apart, missing=read.apart.missing + int(found.size - given.size)))

    def sample(self, name: str, at_most: int) -> Values:
        """Rows of a column, evenly over it, as they come; the others pass by."""
        step = -(-self.rows // at_most) or 1
        return [value for (value,) in islice(self._all.project(_identifier(name)).iter_rows(), None, None, step)]

    def values(self, names: Sequence[str]) -> list[Values]:
        """Columns side by side: read together, as two readings may come in two orders."""
        columns = [_as_number(name) if self._is_of_numbers(name, NUMBERS_MIN) else _identifier(name) for name in names]
        asked = [f"{column} AS v{place}" for place, column in enumerate(columns)]
        read: Any = self._all.project(", ".join(asked)).fetchnumpy()
        return [_unmasked(read[f"v{place}"]) for place in range(len(names))]

    def _is_of_numbers(self, name: str, least: float) -> bool:
        """Whether a written column is called text, but at least this share of its values, and one, are numbers."""
        if not self._is_written or self.columns[name] != "VARCHAR":
            return False
        given, numbers = self._all.aggregate(f"count({_identifier(name)}), count({_as_number(name)})").fetchall()[0]
        return 0 < numbers >= least * given

    def _numbers(self, name: str) -> Column:
        found: Any = self._all.filter(f"{_identifier(name)} IS NOT NULL").project(f"{_as_number(name)} AS v")
        array = found.fetchnumpy()["v"]
        numbers = read_column(np.asarray(np.ma.MaskedArray(array).compressed()), Kind.NUMERIC)
        given = len(array)
        apart = replace(numbers.apart, missing=self.rows - given, mistyped=given - int(np.ma.count(array)))
        return replace(numbers, apart=apart)

    def _levels(self, column: str, kind: Kind) -> Column:
        # Of so many distinct values that no profile holds them, those with most rows are counted one by one.
        by_level = self._all.aggregate(f"{column}::VARCHAR AS v, count(*) AS n")
        counted: list[tuple[str | None, int]] = by_level.order("n DESC, v").limit(LEVELS_COUNTED_MAX + 1).fetchall()
        missing = sum(rows for level, rows in counted if level is None)
        levels = {level: rows for level, rows in counted if level is not None}
        seen = missing + sum(levels.values())
        if seen < self.rows:
            levels[_OTHERS] = self.rows - seen
        return replace(read_levels(levels, kind), apart=Apart(missing=missing))


#: Stands for the rarest of more levels than are counted.
_OTHERS: Final = "(others)"


def _unmasked(found: Any) -> Values:
    """What is masked becomes None, among numbers NaN."""
    if not isinstance(found, np.ma.MaskedArray):
        return found
    masked: Any = found  # pyright: ignore[reportUnknownVariableType]  numpy's masks
    is_number = masked.dtype.kind in "iuf"
    return np.asarray(masked.astype(float if is_number else object).filled(np.nan if is_number else None))


def _is_one(of: str, types: tuple[str, ...]) -> bool:
    """Whether it is one value of these types, and no list of them."""
    return of.startswith(types) and not of.endswith("]")


def _as_number(name: str) -> str:
    return f"TRY_CAST({_identifier(name)} AS DOUBLE)"


def _identifier(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
