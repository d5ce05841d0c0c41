"""The difference of two shares of the same rows: Bonett and Price 2012 (J. Educational and Behavioral Statistics 37:4).

Only rows where the two disagree say anything; one is added to either kind of disagreement, which keeps the interval
valid where there is none.
"""

from __future__ import annotations

import math

from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.stats.normal import two_sided_z


def paired_difference(only_first: float, only_other: float, n: float, level: float = 0.95) -> Bounded:
    """The first share minus the other one, where `only_first` of `n` rows are hits of the first alone.

    Raises ValueError where the disagreements are not within 0 and `n`.

    >>> [round(number, 4) for number in paired_difference(20, 5, 100)]
    [0.15, 0.0514, 0.2427]
    """
    if min(only_first, only_other) < 0 or only_first + only_other > n:
        msg = f"of {n} rows {only_first} and {only_other} cannot differ: give counts of at least 0, together at most n"
        raise ValueError(msg)
    if n == 0:
        return Bounded(0.0, -1.0, 1.0)
    first, other = (only_first + 1.0) / (n + 2.0), (only_other + 1.0) / (n + 2.0)
    half = two_sided_z(level) * math.sqrt((first + other - (first - other) ** 2) / (n + 2.0))
    value = (only_first - only_other) / n
    low, high = max(-1.0, first - other - half), min(1.0, first - other + half)
    return Bounded(value, min(low, value), max(high, value))
