"""A table, whoever holds it: its columns are read one at a time, so that no more than one is in memory."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Final, Protocol

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.column import Column, Values
from evenkeel.kernel.profile.model import Kind

#: Levels that are counted one by one; a column with more is an identity or a text, and its rarest levels say nothing.
LEVELS_COUNTED_MAX: Final = 200_000


class Table(Protocol):
    """Rows and named columns."""

    @property
    def rows(self) -> int:
        """How many there are."""
        ...

    @property
    def columns(self) -> Mapping[str, str]:
        """Name -> type, as its holder calls it, in the table's order."""
        ...

    def read(self, name: str, kind: Kind | None = None) -> Column:
        """One column. Raises InvalidInputError for a type of which nothing can be told."""
        ...

    def sample(self, name: str, at_most: int) -> Values:
        """So many rows of a column, or all, evenly over the table; raises InvalidInputError as `read` does."""
        ...

    def values(self, names: Sequence[str]) -> list[Values]:
        """Columns side by side, in one order of rows: numbers as floats where any are missing, as NaN; else None."""
        ...


def find_column(table: Table, name: str) -> str:
    """The column of that name. Raises InvalidInputError that names the nearest."""
    if name in table.columns:
        return name
    near = difflib.get_close_matches(name, table.columns, 1)
    hint = f"Did you mean {near[0]!r}?" if near else f"It has {', '.join(list(table.columns)[:20])}."
    raise InvalidInputError(f"This table has no column {name!r}.", hint=hint, seen=name)


def no_type(name: str, of: str) -> InvalidInputError:
    """What is said of a column of which nothing can be told."""
    return InvalidInputError(
        f"Column {name!r} is of type {of}: neither numbers nor levels, truths or moments.",
        hint="Take a number or a text out of it first.",
        seen=of,
    )
