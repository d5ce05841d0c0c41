"""How large is the difference, and would a difference that matters have been seen?"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Final

import numpy as np

from evenkeel.judge.drift.model import FALSE_ALARMS_MAX, Change, Effect
from evenkeel.judge.drift.vectors import Vectors
from evenkeel.kernel.profile.model import Grid, Ints, LevelGrid, NumericGrid
from evenkeel.kernel.stats.homogeneity import group_levels
from evenkeel.kernel.stats.psi import Psi, plain_psi, psi
from evenkeel.kernel.stats.rank_sum import rank_location
from evenkeel.kernel.stats.tails import NORMAL, student_critical

#: Changes of levels that are told.
_CHANGES_MAX: Final = 3

#: How well ranks see a normal shift, beside the mean (Pitman efficiency of Wilcoxon's test).
_EFFICIENCY: Final = 3.0 / math.pi

#: The index of a normal shift d on deciles is about this times d squared, where it is near 0.2.
_PSI_PER_SD2: Final = 0.945

_POWER_Z: Final = 0.8416212335729143  # 80 % of cases


def measure_effect(grid: Grid, both: Vectors, *, features: int = 1, design_effect: float = 1.0) -> Effect:
    """The effect of one feature in a window of so many `features`, whose rows are worth 1 / `design_effect` each.

    >>> from evenkeel.judge.drift.vectors import align
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile([float(i % 100) for i in range(1_000)])
    >>> window = count_values([float(i % 100) + 20.0 for i in range(500)], profile.grid)
    >>> effect = measure_effect(profile.grid, align(profile.grid, profile.counts, window))
    >>> effect.median_before, effect.median_after, round(effect.shift_sd, 2), effect.psi.low > 0.2
    (49.0, 69.0, 0.66, True)
    """
    absent = both.reference_absent, both.window_absent
    found: tuple[float | None, float | None, float | None, float | None] = (None, None, None, None)
    changes: tuple[Change, ...] = ()
    if isinstance(grid, NumericGrid):
        found = _shift(grid, both)
    else:
        changes = _changes(both)
    auc, shift_sd, median_before, median_after = found
    return Effect(
        psi=measure_psi(grid, both, design_effect=design_effect),
        psi_plain=plain_psi(*_bins(grid, both, is_plain=True)) if both.window_n else math.nan,
        auc=auc,
        shift_sd=shift_sd,
        median_before=median_before,
        median_after=median_after,
        absent_before=absent[0] / max(1, both.reference_n),
        absent_after=absent[1] / max(1, both.window_n),
        changes=changes,
        detectable_sd=detectable_sd(both.reference_n, both.window_n, features=features),
    )


def measure_psi(grid: Grid, both: Vectors, *, design_effect: float = 1.0) -> Psi:
    """The index alone, on bins that are large enough, with a bin for rows without a value where there are any."""
    return psi(*_bins(grid, both, is_plain=False), design_effect=design_effect)


def detectable_sd(n: int, m: int, *, features: int = 1, windows: int | None = None) -> float:
    """The normal shift, in standard deviations, that is found in 80 of 100 cases; infinite without rows.

    Where chance was learned from so many `windows`, Student's t decides, and less is seen.

    >>> round(detectable_sd(200, 200, features=20), 3)
    0.47
    """
    if n == 0 or m == 0:
        return math.inf
    alpha = FALSE_ALARMS_MAX / features * 0.5  # the weight of the middle's test, about
    beyond = NORMAL.inv_cdf(1.0 - alpha / 2.0) if windows is None else _critical(alpha, windows - 1)
    reach = beyond + _POWER_Z
    return reach * math.sqrt((1.0 / n + 1.0 / m) / _EFFICIENCY)


@lru_cache(maxsize=1_024)
def _critical(alpha: float, df: int) -> float:
    return student_critical(alpha, df)


def shift_of_psi(limit: float) -> float:
    """The normal shift, in standard deviations, whose index is `limit`.

    >>> round(shift_of_psi(0.2), 2)
    0.46
    """
    return math.sqrt(limit / _PSI_PER_SD2)


def psi_of_shift(shift_sd: float) -> float:
    """The index of a normal shift by so many standard deviations.

    >>> round(psi_of_shift(0.46), 2)
    0.2
    """
    return _PSI_PER_SD2 * shift_sd**2


def needed_rows(n: int, limit: float, *, features: int = 1, design_effect: float = 1.0) -> int | None:
    """The rows that a window needs to find what has an index of `limit`; None where the reference has too few for any.

    `n` are rows of the reference that are independent; `design_effect` as many of the window are worth one.

    >>> needed_rows(10_000, 0.2, features=20), needed_rows(50, 0.2, features=20)
    (106, None)
    """
    squared = (shift_of_psi(limit) / detectable_sd(1, 1, features=features)) ** 2 * 2.0
    left = squared - 1.0 / n if n else 0.0
    return math.ceil(design_effect / left) if left > 0.0 else None


def _bins(grid: Grid, both: Vectors, *, is_plain: bool) -> tuple[Ints, Ints]:
    """Deciles of an ordered feature; of levels those that are frequent enough, or all that anyone has seen."""
    if isinstance(grid, NumericGrid):
        cells = _deciles(grid, both.reference), _deciles(grid, both.window)
    else:
        cells = _seen(both) if is_plain else group_levels(*_new_together(grid, both))
    if both.reference_absent + both.window_absent == 0:
        return cells
    return np.append(cells[0], both.reference_absent), np.append(cells[1], both.window_absent)


def _deciles(grid: NumericGrid, cells: Ints) -> Ints:
    """Rows between the reference's deciles. The first cell holds -infinity, the last one +infinity."""
    starts = np.where(grid.decile_starts == 0, 0, grid.decile_starts + 1)
    return np.add.reduceat(cells, starts)


def _shift(grid: NumericGrid, both: Vectors) -> tuple[float | None, float | None, float | None, float | None]:
    """(AUC, shift in standard deviations, median before, median after), None where a sample has no values."""
    if both.reference.sum() == 0 or both.window.sum() == 0:
        return None, None, _median(grid, both.reference), _median(grid, both.window)
    auc = rank_location(both.reference, both.window).auc
    # Samples that do not overlap would be infinitely far apart; a row more on the other side bounds it.
    edge = 0.5 / (min(both.reference_n, both.window_n) + 1)
    shift = math.sqrt(2.0) * NORMAL.inv_cdf(min(max(auc, edge), 1.0 - edge))
    return auc, shift, _median(grid, both.reference), _median(grid, both.window)


def _median(grid: NumericGrid, cells: Ints) -> float | None:
    total = int(cells.sum())
    if total == 0 or not grid.body:  # without a body there is one bucket for everything
        return None
    place = int(np.searchsorted(np.cumsum(cells), total / 2.0))
    middles = np.concatenate([[-np.inf], grid.middles, [np.inf]])
    return float(middles[place])


def _new_together(grid: LevelGrid, both: Vectors) -> tuple[Ints, Ints]:
    """Levels that the reference does not have as one: each may be rare, and together they may be half of the window.

    A sample of the reference would have some, too: about as many rows as it has levels of one row (Good and Turing),
    each of which is new to the other rows. Where rare levels share cells, nobody can tell new ones.
    """
    if grid.rest_levels:
        return both.reference, both.window
    is_new, is_single = both.reference == 0, both.reference == 1
    before = np.append(np.where(is_single, 0, both.reference), np.count_nonzero(is_single))
    after = np.append(np.where(is_new, 0, both.window), both.window[is_new].sum())
    return before, after


def _seen(both: Vectors) -> tuple[Ints, Ints]:
    """Levels that anyone has seen."""
    is_seen = both.reference + both.window > 0
    return both.reference[is_seen], both.window[is_seen]


def _changes(both: Vectors) -> tuple[Change, ...]:
    n, m = int(both.reference.sum()), int(both.window.sum())
    if n == 0 or m == 0:
        return ()
    before, after = both.reference / n, both.window / m
    largest: list[int] = np.argsort(-np.abs(after - before), kind="stable")[:_CHANGES_MAX].tolist()
    return tuple(
        Change(both.names[place] or "others", float(before[place]), float(after[place]))
        for place in largest
        if before[place] != after[place]
    )
