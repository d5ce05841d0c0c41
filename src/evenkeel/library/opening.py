"""Whatever holds a table is opened as one."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Final, cast

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.library.arrays import SUFFIX, open_array
from evenkeel.library.lists import ListTable
from evenkeel.library.table import Table

# What reads files, and what reads data frames, is loaded when there is one: each takes longer than a small table does.

#: Columns of one table: more is a matrix, not a table of features.
COLUMNS_MAX: Final = 10_000


def open_table(data: object) -> Table:
    """The table that `data` is: a path of Parquet, CSV, JSON lines or .npy, or a frame of pandas, polars or Arrow.

    Raises InvalidInputError for anything else, for a file that is not there, and for a table without columns.

    >>> table = open_table({"age": [31, 44, None], "country": ["de", "en", "en"]})
    >>> table.rows, list(table.columns)
    (3, ['age', 'country'])
    """
    if isinstance(data, str | os.PathLike):
        path = Path(cast("str | os.PathLike[str]", data))
        if path.suffix.lower() == SUFFIX:
            return _checked(open_array(path))
        from evenkeel.library.files import open_file

        return _checked(open_file(path))
    if isinstance(data, Mapping):
        return _checked(ListTable(cast("Mapping[object, object]", data)))
    from evenkeel.library.frames import FrameTable, is_frame

    if hasattr(data, "__arrow_c_stream__") and not is_frame(data):
        return _checked(_of_arrow(data))
    return _checked(FrameTable(data))


def _of_arrow(data: object) -> Table:
    """Whatever speaks Arrow's interface for streams: what can be read but once is kept."""
    from evenkeel.library.engine import EngineTable, new_engine

    engine = new_engine()
    relation = engine.from_arrow(data)
    relation.create("stream")
    return EngineTable(engine, engine.table("stream"))


def _checked(table: Table) -> Table:
    columns = len(table.columns)
    if not columns:
        raise InvalidInputError("This table has no columns.", hint="Give one with a column or more.", seen=0)
    if columns > COLUMNS_MAX:
        message = f"This table has {columns} columns; {COLUMNS_MAX} may be."
        raise InvalidInputError(message, hint="Choose those that are features.", seen=columns, allowed=COLUMNS_MAX)
    return table
