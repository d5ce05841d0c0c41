"""The difference of two means of the same rows, by the score: Tango 1998 (Statistics in Medicine 17:8).

Each bound is the difference at which the rows would be just as surprising as `level` allows, with the chance of a
change estimated as if that difference were true. So a gate that asks whether something is worse by a margin errs as
often as it says; intervals whose variance is that of the rows seen err twice as often where nearly all changes go one
way.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.stats.normal import two_sided_z

#: Halvings until a bound is exact to more digits than anybody reads.
_HALVINGS = 50


def paired_score(only_first: float, only_other: float, n: float, level: float = 0.95) -> Bounded:
    """The first share minus the other one, where `only_first` of `n` rows are hits of the first alone.

    Raises ValueError where the disagreements are not within 0 and `n`.

    >>> [round(number, 4) for number in paired_score(20, 5, 100)]
    [0.15, 0.0562, 0.2488]
    """
    if min(only_first, only_other) < 0 or only_first + only_other > n * (1.0 + 1e-9):
        msg = f"of {n} rows {only_first} and {only_other} cannot differ: give counts of at least 0, together at most n"
        raise ValueError(msg)
    if n == 0:
        return Bounded(0.0, -1.0, 1.0)
    value, z = (only_first - only_other) / n, two_sided_z(level)
    high = _largest(value, lambda difference: _score(only_first, only_other, n, difference) >= -z)
    low = -_largest(-value, lambda difference: _score(only_other, only_first, n, difference) >= -z)
    return Bounded(value, low, high)


def paired_mean(changes: Mapping[float, float], level: float = 0.95) -> Bounded:
    """The mean of `changes[difference]` rows each, of differences between -1 and 1.

    Rows that change by parts are told as fewer that change by all of a step, with the same mean and variance; the step
    takes in one row more that changes by 1, so that a few small changes do not pass for proof that there are no large
    ones. Raises ValueError for a difference beyond 1 or a negative count.

    >>> paired_mean({1.0: 20, -1.0: 5, 0.0: 75}) == paired_score(20, 5, 100)
    True
    """
    if any(abs(change) > 1.0 + 1e-9 or not rows >= 0 for change, rows in changes.items()):
        msg = "differences are between -1 and 1, each of at least 0 rows"
        raise ValueError(msg)
    gained = math.fsum(change * rows for change, rows in changes.items() if change > 0)
    lost = math.fsum(-change * rows for change, rows in changes.items() if change < 0)
    squares = math.fsum(change * change * rows for change, rows in changes.items())
    step = (squares + 1.0) / (gained + lost + 1.0)
    found = paired_score(gained / step, lost / step, float(sum(changes.values())), level)
    return Bounded(*(step * each for each in found))


def _largest(value: float, holds: Callable[[float], bool]) -> float:
    """The largest difference from `value` to 1 at which it still holds."""
    low, high = value, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2.0
        low, high = (middle, high) if holds(middle) else (low, middle)
    return high


def _score(only_first: float, only_other: float, n: float, difference: float) -> float:
    """How far the rows are from a difference, in standard errors as they are where it is true."""
    b = (2.0 * n - only_first + only_other) * difference - only_first - only_other
    c = -only_other * difference * (1.0 - difference)
    chance = (math.sqrt(max(0.0, b * b - 8.0 * n * c)) - b) / (4.0 * n)
    variance = n * (2.0 * chance + difference * (1.0 - difference))
    away = only_first - only_other - n * difference
    if variance <= 0.0:
        return 0.0 if away == 0.0 else math.copysign(math.inf, away)
    return away / math.sqrt(variance)
