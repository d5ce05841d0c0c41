"""The difference of two shares: Newcombe 1998 (Statistics in Medicine 17:8), his method 10.

Wilson's interval of each share, joined by MOVER. It never leaves -1 to 1, and has a width where a share is 0 or 1.
"""

from __future__ import annotations

from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.stats.mover import Bounded, difference
from evenkeel.kernel.stats.normal import two_sided_z


def share_difference(hits: float, n: float, other_hits: float, other_n: float, level: float = 0.95) -> Bounded:
    """The first share minus the other one, of independent samples; within (-1, 1) of nothing.

    Without a row on a side its share is taken as 1/2, which its interval from 0 to 1 says nothing about.

    >>> [round(number, 4) for number in share_difference(56, 70, 48, 80)]
    [0.2, 0.0524, 0.3339]
    """
    z = two_sided_z(level)
    return difference(share(hits, n, z), share(other_hits, other_n, z))


def share(hits: float, n: float, z: float) -> Bounded:
    """A share with Wilson's interval of `z` standard deviations.

    >>> share(0, 0, 1.96)
    Bounded(value=0.5, low=0.0, high=1.0)
    """
    low, high = wilson_interval(hits, n, z)
    return Bounded(hits / n if n > 0 else 0.5, low, high)
