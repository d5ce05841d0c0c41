"""Values counted on a grid that exists already."""

from __future__ import annotations

import heapq
from collections.abc import Mapping

import numpy as np

from evenkeel.kernel.profile.column import Column, Values, read_column
from evenkeel.kernel.profile.model import LEVELS_MAX, Counts, Grid, LevelGrid, NumericGrid, hash_of


def count_values(values: Values, grid: Grid) -> Counts:
    """How a column falls into a grid's buckets; whatever is beyond the reference's range or new to it is kept.

    A column of another type than the grid's is counted as `mistyped`, no rows at all as zeros.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> grid = build_profile(["de", "en"]).grid
    >>> counts = count_values(["en", "es", None], grid)
    >>> counts.buckets, counts.new, counts.apart.missing
    ((0, 1, 0), {'es': 1}, 1)
    """
    return count_column(read_column(values, grid.kind), grid)


def count_column(column: Column, grid: Grid) -> Counts:
    """The same, of a column that was read already as the grid's kind."""
    if isinstance(grid, NumericGrid):
        upto = column.ranks.upto(grid.edges)
        rows = np.diff(np.concatenate([[0], upto, [column.ranks.size]]))
        return Counts(grid.id, tuple(rows.tolist()), column.apart)
    return _count_levels(column, grid)


def _count_levels(column: Column, grid: LevelGrid) -> Counts:
    buckets = [0] * grid.size
    others: dict[str, int] = {}
    for level, rows in column.levels.items():
        place = grid.places.get(level)
        if place is None:
            others[level] = rows
        else:
            buckets[place] = rows
    if grid.rest_levels:  # nobody can tell its rare levels from new ones
        for level, rows in others.items():
            buckets[grid.shared_place(level)] += rows
        return Counts(grid.id, tuple(buckets), column.apart)
    new, rest = keep_levels(others)
    return Counts(grid.id, tuple(buckets), column.apart, new, rest)


def keep_levels(levels: Mapping[str, int]) -> tuple[dict[str, int], int]:
    """At most `LEVELS_MAX` levels, and the rows of the others.

    Those with the smallest hashes are kept: a level that is among them at last was among them in every part that held
    it, so what is kept has exact counts in whatever order parts are merged.

    >>> keep_levels({"es": 2, "fr": 1})
    ({'es': 2, 'fr': 1}, 0)
    """
    if len(levels) <= LEVELS_MAX:
        return dict(sorted(levels.items())), 0
    kept = set(heapq.nsmallest(LEVELS_MAX, levels, key=hash_of))
    rest = sum(rows for level, rows in levels.items() if level not in kept)
    return {level: levels[level] for level in sorted(kept)}, rest
