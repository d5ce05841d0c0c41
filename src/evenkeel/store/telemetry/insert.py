"""Rows put into a table from Arrow: a thousand rows one by one would take a second."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from arro3.core import Array, DataType, Field, Schema, Table
from numpy.typing import NDArray


def insert_rows(
    con: Any, table: str, names: tuple[str, ...], rows: Sequence[tuple[Any, ...]], *, verb: str = "INSERT"
) -> None:
    """Insert rows of int, float, str and None; a column without any value is one of numbers."""
    if not rows:
        return
    with rows_as(con, "rows_to_insert", names, rows):
        con.execute(f"{verb} INTO {table}({', '.join(names)}) SELECT * FROM rows_to_insert")


@contextmanager
def rows_as(con: Any, name: str, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> Generator[None]:
    """At least one row of int, float, str and None, to be selected from by this name."""
    kinds = {
        int: DataType.int64(),
        float: DataType.float64(),
        str: DataType.string(),
        type(None): DataType.int64(),
    }
    columns = list(zip(*rows, strict=True))
    types = [kinds[type(next((cell for cell in column if cell is not None), None))] for column in columns]
    arrays = [Array(list(column), type=kind) for column, kind in zip(columns, types, strict=True)]
    fields = [Field(name, kind) for name, kind in zip(names, types, strict=True)]
    con.register(name, Table.from_arrays(arrays, schema=Schema(fields)))  # pyright: ignore[reportUnknownMemberType] typed with numpy's
    try:
        yield
    finally:
        con.unregister(name)


def insert_columns(con: Any, table: str, columns: Mapping[str, NDArray[np.int64]]) -> None:
    """Insert columns of whole numbers, all as long as each other."""
    arrays = [Array.from_numpy(column) for column in columns.values()]
    con.register("columns_to_insert", Table.from_arrays(arrays, names=list(columns)))  # pyright: ignore[reportUnknownMemberType] typed with numpy's
    try:
        selected = ", ".join('make_timestamp("at")' if name == "at" else name for name in columns)
        names = ", ".join(f'"{name}"' for name in columns)
        con.execute(f"INSERT INTO {table}({names}) SELECT {selected} FROM columns_to_insert")
    finally:
        con.unregister("columns_to_insert")
