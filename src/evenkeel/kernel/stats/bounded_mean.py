"""The mean of values between two limits: ratings from 1 to 5, ranks' reciprocals, gains from 0 to 1.

A mean on a scale is treated as a share of it. How many yes-or-no trials would be as variable as these values says how
much evidence they are, and Wilson's interval of that share keeps to the scale, is lopsided near its ends, and has a
width where all values are the same (the effective sample size of Korn and Graubard 1998, Survey Methodology 24:2, with
Wilson's interval). The variance takes in one more value at either limit, so that a short run of equal values does
not pass for certainty.
"""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.stats.normal import two_sided_z


def mean_of_counts(
    counts: Mapping[float, float], limits: tuple[float, float] = (0.0, 1.0), level: float = 0.95
) -> Bounded:
    """The mean of `counts[value]` values each, on a scale from `limits[0]` to `limits[1]`, in the scale's unit.

    Of nothing the middle of the scale is given, with all of it as interval. Raises ValueError for a value that is not
    on the scale, a negative count, or a scale without length.

    >>> [round(number, 2) for number in mean_of_counts({5: 60, 4: 25, 1: 15}, (1, 5))]
    [4.15, 3.84, 4.39]
    """
    lowest, highest = limits
    if not lowest < highest:
        msg = f"a scale goes up: from {lowest} to {highest} there is none"
        raise ValueError(msg)
    for value, count in counts.items():
        if not lowest <= value <= highest or not count >= 0:
            msg = f"{count} × {value} is not on the scale from {lowest} to {highest}: give counts of values on it"
            raise ValueError(msg)
    span, n = highest - lowest, float(sum(counts.values()))
    if n == 0:
        return Bounded(lowest + span / 2.0, lowest, highest)
    share = sum((value - lowest) / span * count for value, count in counts.items()) / n
    effective = max(1.0, _effective(counts, limits, n))
    low, high = wilson_interval(share * effective, effective, two_sided_z(level))
    return Bounded(lowest + span * share, lowest + span * min(low, share), lowest + span * max(high, share))


def _effective(counts: Mapping[float, float], limits: tuple[float, float], n: float) -> float:
    """How many yes-or-no trials are as variable as these values."""
    lowest, span = limits[0], limits[1] - limits[0]
    taken = {0.0: 1.0, 1.0: 1.0}
    for value, count in counts.items():
        at = (value - lowest) / span
        taken[at] = taken.get(at, 0.0) + count
    total = n + 2.0
    mean = sum(at * count for at, count in taken.items()) / total
    variance = sum((at - mean) ** 2 * count for at, count in taken.items()) / (total - 1.0)
    return n * mean * (1.0 - mean) / variance
