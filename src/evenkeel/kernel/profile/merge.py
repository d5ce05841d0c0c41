"""Counts of parts make the counts of the whole: merging is addition."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from functools import reduce
from operator import add

import numpy as np

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.count import keep_levels
from evenkeel.kernel.profile.model import Apart, Counts, Grid, refuse_other_grid


def merge(parts: Sequence[Counts]) -> Counts:
    """The counts of all parts together, in whatever order.

    Raises InvalidInputError where there is no part, or parts were counted on different grids.

    >>> hour = Counts("g", (1, 2))
    >>> merge([hour, hour]).buckets
    (2, 4)
    """
    if not parts:
        raise InvalidInputError(
            "There are no counts to merge.", hint="Give the counts of one window or more.", seen=0, allowed="1 or more"
        )
    first = parts[0]
    for part in parts:
        _refuse_mixture(first, part)
    buckets = np.asarray([part.buckets for part in parts], dtype=np.int64).sum(axis=0)
    apart = reduce(add, (part.apart for part in parts), Apart())
    new: Counter[str] = Counter()
    for part in parts:
        new.update(part.new)
    kept, rest = keep_levels(new)
    rest += sum(part.new_rest for part in parts)
    return Counts(first.grid_id, tuple(buckets.tolist()), apart, kept, rest)


def empty_counts(grid: Grid) -> Counts:
    """No rows, on this grid: what merging starts from.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> empty_counts(build_profile(["de"]).grid).n
    0
    """
    counts = Counts(grid.id, (0,) * grid.size)
    refuse_other_grid(grid, counts)
    return counts


def _refuse_mixture(first: Counts, other: Counts) -> None:
    if first.grid_id != other.grid_id or len(first.buckets) != len(other.buckets):
        raise InvalidInputError(
            f"Counts of grid {first.grid_id} and of grid {other.grid_id} cannot be merged.",
            hint="Merge windows that were counted on the same grid; count the others' rows again.",
            seen=other.grid_id,
            allowed=first.grid_id,
        )
