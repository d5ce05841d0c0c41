"""A reference profile: the grid is made of the reference and never changes afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

import numpy as np

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.column import Column, Values, read_column, read_levels
from evenkeel.kernel.profile.count import count_column
from evenkeel.kernel.profile.model import LEVELS_MAX, QUANTILES, Floats, Grid, Kind, LevelGrid, NumericGrid, Profile
from evenkeel.kernel.profile.ranks import Ranks

#: The first distance beyond a reference of one single value, as a share of that value: small enough for 5 -> 5.0001.
_FIRST_STEP_RATIO: Final = 2.0**-20

#: What fewer people hold is not told by a grid that outlives their events.
PERSONS_MIN: Final = 5


def build_profile(values: Values, kind: Kind | None = None) -> Profile:
    """The profile of a reference column; without a `kind`, of what most of its values are.

    Raises InvalidInputError for a column without rows. A column in which nothing is given has a profile too: a grid of
    one bucket, on which whatever comes alive later is seen.

    >>> profile = build_profile([0.0] * 60 + [float(i) for i in range(1, 61)])
    >>> profile.grid.size, max(profile.counts.buckets), profile.counts.n
    (144, 60, 120)
    >>> build_profile(["de", "en", "en", None]).counts.buckets
    (1, 2, 0)
    """
    return profile_of(read_column(values, kind))


def build_level_profile(levels: Mapping[str, int], *, missing: int = 0) -> Profile:
    """The profile of a category of which the rows of each level are known.

    >>> build_level_profile({"de": 5, "en": 7}).counts.buckets
    (5, 7, 0)
    """
    return profile_of(read_levels(levels, missing=missing))


def profile_of(column: Column) -> Profile:
    """The profile of a column that was read already."""
    if column.present + column.apart.total == 0:
        raise InvalidInputError(
            "This reference has no rows.",
            hint="A reference needs at least one row; take a longer window or another table.",
            seen=0,
            allowed="1 or more",
        )
    grid = grid_of(column)
    return Profile(grid, count_column(column, grid))


def grid_of(column: Column) -> Grid:
    """The grid that a reference column gives."""
    if column.kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
        return _level_grid(column)
    if column.ranks.size == 0:
        return NumericGrid(column.kind, (), 1.0, ())
    return grid_from_quantiles(column.kind, _quantiles(column.ranks), _atoms(column.ranks))


def public_grid(column: Column, persons: Mapping[str, int] | None = None) -> Grid:
    """The grid of a column that comes from people, which tells nothing that fewer than `PERSONS_MIN` of them hold.

    `persons` says how many hold each level; without it, each row is one. Levels of fewer share buckets. Of numbers, the
    outermost `PERSONS_MIN` at either end are behind the first and the last edge.

    >>> column = read_column([float(i) for i in range(1000)])
    >>> grid = public_grid(column)
    >>> round(grid.body[0]), round(grid.body[-1])
    (4, 995)
    >>> public_grid(read_levels({"de": 9, "es": 5, "Ada Lovelace": 1})).levels
    ('de', 'es')
    """
    if column.kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
        held = column.levels if persons is None else persons
        named = {level: rows for level, rows in column.levels.items() if held.get(level, 0) >= PERSONS_MIN}
        grid = _level_grid(replace(column, levels=named))
        return replace(grid, rest_levels=len(column.levels) - len(grid.levels))
    ranks = column.ranks
    if ranks.size < 2 * PERSONS_MIN:
        return NumericGrid(column.kind, (), 1.0, ())
    quantiles = np.clip(_quantiles(ranks), *ranks.at(np.array([PERSONS_MIN - 1, ranks.size - PERSONS_MIN])))
    return grid_from_quantiles(column.kind, quantiles, _atoms(ranks, rows_min=PERSONS_MIN))


def grid_from_quantiles(kind: Kind, quantiles: Floats, atoms: Floats) -> NumericGrid:
    """The grid of 121 quantiles (0/120 to 120/120, the least and the largest value among them) and of atoms.

    It is all that a grid needs of a reference, so an engine that has seen more rows than fit into memory can make one.

    >>> grid = grid_from_quantiles(Kind.NUMERIC, np.linspace(0.0, 12.0, 121), np.empty(0))
    >>> [round(decile, 1) for decile in grid.deciles]
    [1.2, 2.4, 3.6, 4.8, 6.0, 7.2, 8.4, 9.6, 10.8]
    """
    least, largest = float(quantiles[0]), float(quantiles[-1])
    with np.errstate(over="ignore"):  # nothing is below the smallest float but -infinity, which is no edge
        below = np.nextafter(np.concatenate([[least], atoms]), -np.inf)
    edges = np.concatenate([below, quantiles[1:], atoms])
    body = np.unique(edges[np.isfinite(edges)])
    step = QUANTILES // 10
    deciles = np.unique(quantiles[step : QUANTILES - step + 1 : step])
    span = largest - least
    alone = abs(largest) * _FIRST_STEP_RATIO or _FIRST_STEP_RATIO
    unit = span / QUANTILES if 0.0 < span < np.inf else alone
    return NumericGrid(kind, tuple(body.tolist()), float(unit), tuple(deciles.tolist()))


def _quantiles(numbers: Ranks) -> Floats:
    """Those of `numpy.quantile`, to the last digit; known ranks need no search for them."""
    ranks = _places(numbers)
    below = np.floor(ranks).astype(np.int64)
    low, high = np.split(numbers.at(np.concatenate([below, np.minimum(below + 1, numbers.size - 1)])), 2)
    share = ranks - below
    with np.errstate(over="ignore", invalid="ignore"):
        gap = high - low
        found = np.where(share < 0.5, low + gap * share, high - gap * (1.0 - share))
    return np.where(np.isfinite(found), found, low)  # where the gap is beyond what a float holds


def _atoms(numbers: Ranks, rows_min: int = 2) -> Floats:
    """Values that repeat and have at least 1/120 of the rows."""
    some = numbers.at(np.floor(_places(numbers)).astype(np.int64))  # each value with so many rows is among them
    values = some[np.concatenate([[True], some[1:] != some[:-1]])]
    rows = numbers.upto(values) - numbers.below(values)
    return values[(rows >= rows_min) & (rows * QUANTILES >= numbers.size)]


def _places(numbers: Ranks) -> Floats:
    """The ranks of quantiles, with what lies between two; from one to the next are at most 1/120 of the rows."""
    return np.arange(QUANTILES + 1) / QUANTILES * (numbers.size - 1)


def _level_grid(column: Column) -> LevelGrid:
    levels = column.levels
    kept = sorted(levels, key=lambda level: (-levels[level], level))[:LEVELS_MAX]
    return LevelGrid(column.kind, tuple(sorted(kept)), len(levels) - len(kept))
