"""Windows that depend on each other: how much more they differ without drift than independent rows would.

Rows of an hour share their luck, and hours their rhythm. So a window is compared with reference windows of its own
season (the same hour of other days), and each of those windows against the others tells how large statistics get
without drift. The middle's squared deviation is divided by how many times it exceeds that of independent rows, the
design effect (Kish 1965; Rao and Scott 1992), and judged by Student's t, which allows for how few windows it was
learned from. The shape's chi-square is a mixture with a heavy tail where windows move as a whole; its logarithm is
judged by the prediction interval of the next one. With few levels that logarithm varies so much that nothing would
ever be beyond it, so each frequent level's share, and that of levels new to the reference, is judged as the middle is.
It is never judged more boldly than for independent rows.

What is exact for independent rows only (range) does not decide here, nor does the spread, whose deviations are lopsided
where windows move: the shape sees it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.judge.drift.levels import (
    NEW,
    LevelScores,
    LevelSpread,
    judge_new,
    measure_levels,
    reach_of_level,
    score_levels,
)
from evenkeel.judge.drift.model import Comparison, Part, Reason, Signal
from evenkeel.judge.drift.vectors import Vectors, align
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts, Grid, Ints, NumericGrid
from evenkeel.kernel.stats.homogeneity import Homogeneity, compare_cells, group_levels, group_ordered
from evenkeel.kernel.stats.rank_sum import rank_location
from evenkeel.kernel.stats.tails import student_two_sided
from evenkeel.kernel.stats.unseen import new_levels_p

#: Fewer windows of the same season cannot tell how much they differ. A week of days is enough: Student's t and the
#: prediction interval allow for how few they are (`python -m bench drift_streams` measures 28 days and 7).
SEASONS_MIN: Final = 7

_LOCATION, _SHAPE, _MISSING = 0.65, 0.30, 0.05
_LEVELS, _NEW = 0.80, 0.15
#: Of the levels' weight, what their shares have one by one; the chi-square of all has the rest.
_ONE_BY_ONE: Final = 0.75
#: Levels with fewer of the rows do not decide which shift would have been seen.
_FREQUENT_RATIO: Final = 0.05

#: Below, a chi-square per degree of freedom says no more than that there is no difference.
_RATIO_MIN: Final = 1e-3


@dataclass(frozen=True, slots=True)
class Design:
    """By how many times squared deviations, or the chi-square, exceed those of independent rows.

    `log_mean` and `log_deviation` are of the logarithm of the chi-square per degree of freedom.
    """

    location: float
    shape: float
    missing: float
    log_mean: float
    log_deviation: float
    windows: int
    levels: Mapping[str, tuple[LevelSpread, float]]  # with its effect; a level that is not there never was


@dataclass(frozen=True, slots=True)
class Statistics:
    """Standard deviations of chance of each score, and the shape's chi-square."""

    location: float
    missing: float
    shape: Homogeneity
    levels: LevelScores | None = None


@dataclass(frozen=True, slots=True)
class Spread:
    """How much windows of one season differ among themselves; `n` are their rows together.

    Mean squares of scores, the mean chi-square per degree of freedom, and the mean and standard deviation of its
    logarithm.
    """

    location: float
    shape: float
    missing: float
    log_mean: float | None  # None where no window had bins to compare
    log_deviation: float
    windows: int
    n: int
    levels: Mapping[str, LevelSpread]

    def allow(self, m: int) -> Design:
        """What that means for a window of `m` rows: what windows share weighs more in a window of more rows."""
        larger = max(1.0, m * self.windows / self.n)

        def effect(mean_square: float) -> float:
            return 1.0 + (max(1.0, mean_square) - 1.0) * larger

        return Design(
            location=effect(self.location),
            shape=effect(self.shape),
            missing=effect(self.missing),
            log_mean=0.0 if self.log_mean is None else self.log_mean + math.log(larger),
            log_deviation=self.log_deviation,
            windows=self.windows,
            levels={name: (spread, effect(spread.square)) for name, spread in self.levels.items()},
        )


def measure_spread(grid: Grid, seasons: Sequence[Counts]) -> Spread | None:
    """How much windows of one season differ, each against the rest of them; None for fewer than 7.

    It does not depend on what is judged by it, so it can be kept.
    """
    filled = [counts for counts in seasons if counts.n > 0]
    if len(filled) < SEASONS_MIN:
        return None
    whole = merge(filled)
    found = [compute_statistics(grid, _without(align(grid, whole, counts))) for counts in filled]
    ratios = np.array([each.shape.statistic / each.shape.df for each in found if each.shape.df > 0])
    logs = np.log(np.maximum(ratios, _RATIO_MIN))
    scores = [each.levels for each in found if each.levels is not None]
    levels = measure_levels(scores)
    frequent = scores[0].frequent(_FREQUENT_RATIO) if scores else ()
    location = max((levels[name].square for name in frequent), default=1.0)
    return Spread(
        location=location if scores else _mean([each.location**2 for each in found]),
        shape=_mean(ratios.tolist() or [1.0]),
        missing=_mean([each.missing**2 for each in found]),
        log_mean=float(logs.mean()) if logs.size else None,
        log_deviation=float(logs.std(ddof=1)) if logs.size > 1 else 0.0,
        windows=len(filled),
        n=whole.n,
        levels=levels,
    )


def measure_design(grid: Grid, seasons: Sequence[Counts], m: int) -> Design | None:
    """What windows of one season say about their own differences, for a window of `m` rows; None for fewer than 7.

    >>> import numpy as np
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> rng = np.random.default_rng(1)
    >>> grid = build_profile(rng.normal(size=5_000)).grid
    >>> shifted = [count_values(rng.normal(rng.normal(), 1.0, size=200), grid) for _ in range(20)]
    >>> measure_design(grid, shifted, 200).location > 50
    True
    """
    spread = measure_spread(grid, seasons)
    return None if spread is None else spread.allow(m)


def compare_in_season(grid: Grid, both: Vectors, design: Design | None) -> Comparison:
    """The tests of one feature against its season; of an unknown design only that it is unknown."""
    if both.window_n == 0:
        return Comparison((), both.reference_n, 0, Reason.EMPTY_WINDOW)
    if design is None:
        return Comparison((), both.reference_n, both.window_n, Reason.FEW_SEASONS)
    seen = compute_statistics(grid, both)
    days = design.windows - 1

    def two_sided(z: float, effect: float) -> float:
        return student_two_sided(z / math.sqrt(effect), days)

    shape = _shape_p(seen.shape, design)
    has_missing = both.reference_absent + both.window_absent > 0
    spare = 0.0 if has_missing else _MISSING
    parts: tuple[Part, ...] = ()
    if isinstance(grid, NumericGrid):
        parts = (
            Part(Signal.LOCATION, two_sided(seen.location, design.location), _LOCATION + spare, seen.location),
            Part(Signal.SHAPE, shape, _SHAPE),
        )
    else:
        parts = _judge_levels(seen, both, design, (shape, spare))
    if has_missing:
        parts += (Part(Signal.MISSINGNESS, two_sided(seen.missing, design.missing), _MISSING, seen.missing),)
    return Comparison(parts, both.reference_n, both.window_n)


def compute_statistics(grid: Grid, both: Vectors) -> Statistics:
    """The statistics of one window, before anything is said of chance."""
    a, b = both.reference, both.window
    if isinstance(grid, NumericGrid):
        starts = group_ordered(a, b)
        cells = np.add.reduceat(a, starts), np.add.reduceat(b, starts)
        location = rank_location(a, b).z
        levels = None
    else:
        cells = group_levels(a, b)
        location, levels = 0.0, score_levels(both)
    missing = 0.0
    if both.reference_absent + both.window_absent:
        missing = rank_location(_present_or_not(a, both.reference_absent), _present_or_not(b, both.window_absent)).z
    return Statistics(location, missing, compare_cells(*cells), levels)


def _judge_levels(seen: Statistics, both: Vectors, design: Design, given: tuple[float, float]) -> tuple[Part, ...]:
    """The shares of levels one by one and all together, and levels that the reference does not know.

    `given` are the shape's p-value, and the weight that missing values leave.
    """
    shape, spare = given
    if seen.levels is None:
        return (Part(Signal.SHAPE, shape, 1.0 - _MISSING + spare),)
    found, windows = seen.levels.by_level, design.windows
    known = ((found[name], design.levels.get(name, (None, 1.0))) for name in seen.levels.large)
    reach = max((reach_of_level(score, *learned, windows) for score, learned in known), default=0.0)
    one = student_two_sided(reach, windows - 1)
    looks = max(1, len(seen.levels.large))  # none has rows enough to be judged: that is no chance of 0
    all_together = min(1.0, one * looks / _ONE_BY_ONE, shape / (1.0 - _ONE_BY_ONE))
    new = 1.0
    if NEW in found and NEW in design.levels:
        spread, effect = design.levels[NEW]
        new = judge_new(found[NEW], spread, effect, windows)
        if new < _NEW:  # of a row or two the normal distribution says too much: the exact chance of independent rows
            new = max(new, new_levels_p(both.reference, both.window))
    return Part(Signal.SHAPE, all_together, _LEVELS + spare), Part(Signal.NEW_LEVELS, new, _NEW)


def _shape_p(seen: Homogeneity, design: Design) -> float:
    """One-sided: whether the next logarithm would be as large, given those of the season."""
    if not seen.df or design.log_deviation <= 0.0:
        return seen.p
    spread = design.log_deviation * math.sqrt(1.0 + 1.0 / design.windows)
    t = (math.log(max(seen.statistic / seen.df, _RATIO_MIN)) - design.log_mean) / spread
    tail = student_two_sided(t, design.windows - 1) / 2.0
    return max(seen.p, tail if t > 0.0 else 1.0 - tail)


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values)


def _present_or_not(cells: Ints, absent: int) -> Ints:
    return np.array([cells.sum(), absent], dtype=np.int64)


def _without(both: Vectors) -> Vectors:
    """The window against the rest of what it is a part of."""
    return Vectors(
        both.reference - both.window,
        both.window,
        both.names,
        both.reference_absent - both.window_absent,
        both.window_absent,
    )
