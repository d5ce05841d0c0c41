"""Both samples as vectors over the same cells, with what lies beyond every grid: infinities, new levels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.kernel.profile.model import Counts, Grid, Ints, LevelGrid, NumericGrid, refuse_other_grid

#: Standard deviations by which a level's rows must exceed the cut.
_SURE_DEVIATIONS: Final = 6.0


@dataclass(frozen=True)
class Vectors:
    """Rows per cell. Cells of an ordered feature are in order; `absent` are rows without a value to compare."""

    reference: Ints
    window: Ints
    names: tuple[str, ...]  # of cells that are levels
    reference_absent: int
    window_absent: int

    @property
    def reference_n(self) -> int:
        """All rows of the reference."""
        return int(self.reference.sum()) + self.reference_absent

    @property
    def window_n(self) -> int:
        """All rows of the window."""
        return int(self.window.sum()) + self.window_absent


def align(grid: Grid, reference: Counts, window: Counts) -> Vectors:
    """Two counts of one grid, cell by cell. Raises InvalidInputError where either was made on another grid.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile(["de", "en"])
    >>> both = align(profile.grid, profile.counts, count_values(["en", "es", None], profile.grid))
    >>> both.names, both.reference.tolist(), both.window.tolist(), both.window_absent
    (('de', 'en', '', 'es'), [1, 1, 0, 0], [0, 1, 0, 1], 1)
    """
    for counts in (reference, window):
        refuse_other_grid(grid, counts)
    if isinstance(grid, NumericGrid):
        a, b = (np.concatenate([[c.apart.below], c.vector, [c.apart.above]]) for c in (reference, window))
        names: tuple[str, ...] = ()
    else:
        names, a, b = _levels(grid, reference, window)
    return Vectors(a, b, names, _absent(grid, reference), _absent(grid, window))


def _share_near_the_cut(grid: LevelGrid, reference: Ints, window: Ints) -> None:
    """Move levels to shared cells, in place, that have a bucket of their own by little more than luck.

    The reference's most frequent levels have buckets of their own, and of those near the cut the luckiest in this very
    sample: in any other they have fewer rows. A level stays where its rows in both samples together are so many that
    it would have had a bucket anyway; that is no look at who is in which sample.
    """
    own = len(grid.levels)
    cut = float(reference[:own].min())
    total, n = float(reference.sum() + window.sum()), max(1.0, float(reference.sum()))
    expected = cut * total / n
    needed = expected + _SURE_DEVIATIONS * np.sqrt(expected) + _SURE_DEVIATIONS**2
    for place in np.flatnonzero(reference[:own] + window[:own] < needed).tolist():
        shared = grid.shared_place(grid.levels[place])
        for rows in (reference, window):
            rows[shared] += rows[place]
            rows[place] = 0


def _absent(grid: Grid, counts: Counts) -> int:
    """Rows without a value to compare: infinities are values of numbers, and no level."""
    compared = counts.apart.below + counts.apart.above if isinstance(grid, NumericGrid) else 0
    return counts.apart.total - compared


def _levels(grid: LevelGrid, reference: Counts, window: Counts) -> tuple[tuple[str, ...], Ints, Ints]:
    """The reference may be a merge of windows and so hold levels that the grid does not know, too."""
    new = sorted({*reference.new, *window.new})
    rows = [
        np.concatenate([c.vector, [c.new.get(level, 0) for level in new], [c.new_rest]]).astype(np.int64)
        for c in (reference, window)
    ]
    if grid.rest_levels and grid.levels:  # without a level of its own there is nothing to share
        _share_near_the_cut(grid, rows[0], rows[1])
    names = (*grid.levels, *[""] * (grid.size - len(grid.levels)), *new, "")
    if not (reference.new_rest or window.new_rest):
        names, rows = names[:-1], [each[:-1] for each in rows]
    return names, rows[0], rows[1]
