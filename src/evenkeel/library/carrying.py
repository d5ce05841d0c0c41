"""Rows of two tables by segment: which country, plan or device carries what has drifted."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Final, cast

import numpy as np

from evenkeel.judge.drift.carriers import Carrier, Level, find_carriers
from evenkeel.judge.drift.chance import seeded
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.profile.count import count_column, count_values
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.profile.table import TableProfile
from evenkeel.kernel.stats.monte_carlo import Drawing
from evenkeel.library.table import Table
from evenkeel.library.text_columns import TEXTS_MAX
from evenkeel.library.texts import derive

#: Levels of a segment that are looked at, the most frequent first; the others are among the rest.
LEVELS_LOOKED_AT_MAX: Final = 20

#: What a row without a value of its segment is called.
NO_LEVEL: Final = "(none)"
_OTHERS: Final = "(others)"


def carriers_of(
    known: TableProfile, tables: tuple[Table, Table], feature: str, segments: Sequence[str], psi_limit: float
) -> tuple[Carrier, ...]:
    """The levels that carry the drift of one feature, given the reference's own table and the window's.

    >>> from evenkeel.library.lists import ListTable
    >>> from evenkeel.library.profiling import profile
    >>> before = {"land": ["DE", "ES"] * 500, "n": list(range(10)) * 100}
    >>> after = {**before, "n": [n + 30 if land == "ES" else n for land, n in zip(before["land"], before["n"])]}
    >>> tables = ListTable(before), ListTable(after)
    >>> [found.level for found in carriers_of(profile(before).table, tables, "n", ["land"], 0.2)]
    ['ES']
    """
    derived = known.derived.get(feature)
    column = feature if derived is None else derived.column
    sides = [table.values([*segments, column]) for table in tables]
    if derived is not None:
        sides = [[values[:: -(-len(values) // TEXTS_MAX) or 1] for values in side] for side in sides]
    levels: list[Level] = []
    for place, segment in enumerate(segments):
        named = [_names(side[place]) for side in sides]
        most = {name for name, _ in Counter([*named[0], *named[1]]).most_common(LEVELS_LOOKED_AT_MAX)}
        split = [_split(names, side[-1], most) for names, side in zip(named, sides, strict=True)]
        for name in sorted({*split[0], *split[1]}):
            counts = [_count(known, feature, each.get(name, [])) for each in split]
            levels.append(Level(segment, name, counts[0], counts[1], is_named=name in most))
    return find_carriers(known.features[feature].grid, levels, Drawing(seeded()), psi_limit=psi_limit)


def _count(known: TableProfile, feature: str, values: Values) -> Counts:
    derived, grid = known.derived.get(feature), known.features[feature].grid
    return count_values(values, grid) if derived is None else count_column(derive(list(values), derived), grid)


def _names(values: Values) -> list[str]:
    return [_name(value) for value in cast("Sequence[object]", values)]


def _name(value: object) -> str:
    """A level as text; a whole float is the whole number, as a gap in a column turns one into the other."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return NO_LEVEL
    if isinstance(value, float):  # numpy's are, too
        return NO_LEVEL if math.isnan(value) else str(int(value)) if value.is_integer() else str(float(value))
    return str(value)


def _split(names: Sequence[str], values: Values, most: set[str]) -> dict[str, Values]:
    """The values of each of the most frequent levels, and of all others."""
    rows: dict[str, list[int]] = {}
    for row, name in enumerate(names):
        rows.setdefault(name if name in most else _OTHERS, []).append(row)
    if isinstance(values, np.ndarray):
        return {name: cast("Values", values[places]) for name, places in rows.items()}
    return {name: [values[row] for row in places] for name, places in rows.items()}
