"""Since when: from which of a series of windows on a feature differs from its reference, with an interval.

All windows before the change are taken to be as the reference, all from it on to be of one other distribution. For each
window at which that may have begun, the logarithm of the likelihood tells how much better two distributions fit than
one; the change is most likely where it is largest (Hinkley 1970, Biometrika 57). How large the largest gets without a
change is drawn: windows of the same sizes, of the pooled distribution. Beginnings whose log-likelihood is within
`_REACH` of the largest make the interval: were both distributions known, the true one would fall short by as much in at
most 5 of 100 cases (Ville's inequality, once for each side).

Where windows differ among themselves by more than chance, all is divided by how many times they do (quasi-likelihood);
that allows for what the rows of a window share, not for slow ups and downs over several.

Hours have a rhythm. Where it is known what is usual at each, rows are weighted so that a usual hour looks like all
hours together, cell by cell; so many rows are counted as weighted ones are worth (Kish 1965).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.judge.drift.model import FALSE_ALARMS_MAX
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.model import Counts, Floats, Grid, Ints, NumericGrid, refuse_other_grid
from evenkeel.kernel.stats.homogeneity import group_ordered
from evenkeel.kernel.stats.monte_carlo import Chance
from evenkeel.kernel.stats.tails import chi2_upper

#: More are a series to be added up first: days in place of hours.
WINDOWS_MAX: Final = 1_000

#: ln(2 / 5 %): by so much the true beginning falls short of the best one in at most 5 of 100 cases.
_REACH: Final = math.log(2.0 / 0.05)

#: Series drawn without a change: at most so many, and no more once so many were as extreme (Besag and Clifford 1991).
_DRAWS: Final = 10_000
_EXTREMES: Final = 20
_NUMBERS_AT_ONCE: Final = 2_000_000
#: Where the chi-square of all beginnings together says less than this, nothing is drawn: it could not be told from 0.
_TOO_SURE_TO_DRAW: Final = 1e-9
_SURE_P: Final = 1e-6

#: A row weighs at most so many times another, whatever an hour's counts say: these are few.
_WEIGHT_MAX: Final = 50.0

_LEVELS_MAX: Final = 9


@dataclass(frozen=True, slots=True)
class Since:
    """From which window on, counted from 0, and the interval that holds it in 95 of 100 cases.

    0 means: from the first window on, so that it may have begun before. `p` is the chance that windows without a change
    show as much; `excess` by how many times windows differ among themselves more than independent rows would.
    """

    first: int
    earliest: int
    latest: int
    p: float
    excess: float

    @property
    def is_beyond_chance(self) -> bool:
        """Whether there is a change at all; of several features the p-values are to be corrected first."""
        return self.p <= FALSE_ALARMS_MAX


@dataclass(frozen=True)
class Usual:
    """What is usual at the time of each window, such as an hour of the day, and of all these times together."""

    whole: Counts
    windows: Sequence[Counts]


def find_since(
    grid: Grid, reference: Counts, windows: Sequence[Counts], chance: Chance, usual: Usual | None = None
) -> Since | None:
    """The most likely beginning of a change that lasts; None where neither side holds any rows.

    Raises InvalidInputError for windows of another grid, and for more than 1,000.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> rng = np.random.default_rng(1)
    >>> profile = build_profile(rng.normal(size=2_000))
    >>> hours = [count_values(rng.normal(0.8 * (hour >= 16), 1.0, size=50), profile.grid) for hour in range(24)]
    >>> found = find_since(profile.grid, profile.counts, hours, rng)
    >>> found.first, found.earliest <= 16 <= found.latest, found.is_beyond_chance
    (16, True, True)
    """
    if len(windows) > WINDOWS_MAX:
        raise InvalidInputError(
            f"{len(windows):,} windows are too many to look for a change.",
            hint="Add hours up to days.",
            seen=len(windows),
            allowed=WINDOWS_MAX,
        )
    before, series = _cells(grid, reference, windows, usual)
    if before.sum() == 0 or series.sum() == 0:
        return None
    gains = _gains(before[None], series[None])[0]
    first = int(np.argmax(gains))
    excess = _excess(before, series, first)
    near = np.flatnonzero(gains[first] - gains <= _REACH * excess)
    p = _p(before, series, float(gains[first]) / excess, chance)
    return Since(first, int(near[0]), int(near[-1]), p, excess)


def describe_since(since: Since, name: Callable[[int], str]) -> str:
    """Since when, in words, where `name` tells the time of a window; why not, where there is no change.

    >>> describe_since(Since(16, 15, 17, 0.0001, 1.0), lambda hour: f"{hour}:00")
    'since 16:00 (95 % interval: 15:00 to 17:00)'
    >>> describe_since(Since(0, 0, 2, 0.0001, 1.0), str)
    'since 0 or before (95 % interval: up to 2)'
    """
    if not since.is_beyond_chance:
        return "no change beyond chance within these windows"
    if since.latest == 0:
        return f"since {name(0)} or before"
    if since.first == 0:
        return f"since {name(0)} or before (95 % interval: up to {name(since.latest)})"
    if since.earliest == since.latest:
        return f"since {name(since.first)} (95 % interval: that one alone)"
    early = f"{name(since.earliest)} or before" if since.earliest == 0 else name(since.earliest)
    return f"since {name(since.first)} (95 % interval: {early} to {name(since.latest)})"


def _cells(grid: Grid, reference: Counts, windows: Sequence[Counts], usual: Usual | None) -> tuple[Floats, Floats]:
    """Rows per cell of the reference, and of each window; cells are made of all rows together."""
    beside = () if usual is None else (usual.whole, *usual.windows)
    for counts in (reference, *windows, *beside):
        refuse_other_grid(grid, counts)
    rows = np.stack([_row(grid, counts) for counts in (reference, *windows, *beside)])
    values, absent = rows[:, :-1], rows[:, -1:]
    pooled = values[1 : len(windows) + 1].sum(axis=0)
    if isinstance(grid, NumericGrid):
        grouped = np.add.reduceat(values, group_ordered(values[0], pooled), axis=1)
    else:
        order = np.argsort(-(values[0] + pooled), kind="stable")
        most, others = values[:, order[:_LEVELS_MAX]], values[:, order[_LEVELS_MAX:]]
        grouped = np.concatenate([most, others.sum(axis=1, keepdims=True)], axis=1)
    cells = np.concatenate([grouped, absent], axis=1).astype(float)
    series = cells[1 : len(windows) + 1]
    return cells[0], series if usual is None else _weigh(series, cells[len(windows) + 1], cells[len(windows) + 2 :])


def _weigh(series: Floats, whole: Floats, usual: Floats) -> Floats:
    """Windows weighted so that what is usual at their time looks like the whole."""
    known = usual.sum(axis=1, keepdims=True) > 0
    shares = (whole + 0.5) / (whole + 0.5).sum()
    at_its_time = (usual + 0.5) / (usual + 0.5).sum(axis=1, keepdims=True)
    weights = np.where(known, np.clip(shares / at_its_time, 1.0 / _WEIGHT_MAX, _WEIGHT_MAX), 1.0)
    weighted = series * weights
    squares = np.maximum((series * weights**2).sum(axis=1, keepdims=True), 1e-300)
    return weighted * weighted.sum(axis=1, keepdims=True) / squares


def _row(grid: Grid, counts: Counts) -> Ints:
    """One window over the cells of the grid, with what is new to it in one cell, and no value in the last."""
    apart = counts.apart
    if isinstance(grid, NumericGrid):
        absent = apart.total - apart.below - apart.above
        return np.concatenate([[apart.below], counts.vector, [apart.above, absent]]).astype(np.int64)
    new = sum(counts.new.values()) + counts.new_rest
    return np.concatenate([counts.vector, [new, apart.total]]).astype(np.int64)


def _gains(before: Floats | Ints, series: Floats | Ints) -> Floats:
    """For each reference with its series, and each window at which the change may begin, the gain in log-likelihood."""
    after = np.cumsum(series[:, ::-1], axis=1)[:, ::-1].astype(float)
    whole = before[:, None].astype(float) + after[:, :1]
    return _log_likelihood(after) + _log_likelihood(whole - after) - _log_likelihood(whole)


def _log_likelihood(rows: Floats | Ints) -> Floats:
    """Of counts under their own shares."""
    total = rows.sum(axis=-1)
    logs = np.log(np.maximum(rows, 1.0))
    return (rows * logs).sum(axis=-1) - total * np.log(np.maximum(total, 1.0))


def _excess(before: Floats, series: Floats, first: int) -> float:
    """By how many times windows differ more than independent rows would, on either side of the change; at least 1.

    What windows share moves them one way or the other rather than every way, so it is looked for in all cells, and
    along the change that was found: there it would be taken for one.
    """
    ways = _change(before, series, first)
    squares, along, free, windows = 0.0, 0.0, 0, 0
    for part, rest in ((series[:first], before), (series[first:], np.zeros_like(before))):
        pooled = (part.sum(axis=0) + rest).astype(float)
        sizes = part.sum(axis=1).astype(float)
        held, sizes = part[sizes > 0], sizes[sizes > 0]
        if not held.size:
            continue
        shares = pooled / pooled.sum()
        filled = shares > 0
        off = held - sizes[:, None] * shares
        squares += float((off[:, filled] ** 2 / (sizes[:, None] * shares[filled])).sum())
        variance = float(shares @ ways**2 - (shares @ ways) ** 2)
        along += float(((off @ ways) ** 2 / sizes).sum()) / variance if variance > 0.0 else 0.0
        lost = 0 if rest.any() else 1
        free += (len(held) - lost) * (int(filled.sum()) - 1)
        windows += len(held) - lost
    return max(1.0, squares / max(1, free), along / max(1, windows))


def _change(before: Floats, series: Floats, first: int) -> Floats:
    """The score of each cell in which the two sides of a change differ most: the logarithm of its shares' ratio."""
    after = series[first:].sum(axis=0) + 0.5
    rest = before + series[:first].sum(axis=0) + 0.5
    return np.log(after / after.sum()) - np.log(rest / rest.sum())


def _p(before: Floats, series: Floats, seen: float, chance: Chance) -> float:
    """How often series without a change gain as much."""
    pooled = before + series.sum(axis=0)
    cells = int((pooled > 0).sum())
    if cells < 2:
        return 1.0
    if len(series) * chi2_upper(2.0 * seen, cells - 1) < _TOO_SURE_TO_DRAW:
        return _SURE_P
    shares = pooled / pooled.sum()
    sizes = np.rint(series.sum(axis=1)).astype(np.int64)
    many = max(1, min(1_000, _NUMBERS_AT_ONCE // max(1, series.size)))
    drawn = extreme = 0
    while drawn < _DRAWS:
        earlier = chance.multinomial(int(before.sum()), shares, size=many)
        later = np.stack([chance.multinomial(int(size), shares, size=many) for size in sizes], axis=1)
        gains = _gains(earlier, later)
        extreme += int((gains.max(axis=1) >= seen).sum())
        drawn += many
        if extreme >= _EXTREMES:
            break
    return (extreme + 1) / (drawn + 1)
