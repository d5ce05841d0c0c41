"""An interval of a sum from the intervals of its terms.

MOVER, the method of variance estimates recovery (Zou and Donner 2008, Statistics in Medicine 27:10; Donner and Zou
2012, Statistical Methods in Medical Research 21:4): each term's own interval, lopsided as it may be, says how
variable that term is towards each side. With good intervals of the terms, the sum's stays valid near 0 and 1, where
a standard error does not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Bounded(NamedTuple):
    """A value and its interval, all in one unit."""

    value: float
    low: float
    high: float


def weighted_sum(terms: Iterable[tuple[float, Bounded]]) -> Bounded:
    """The sum of weight × value over independent terms, at the level of their intervals.

    >>> half = Bounded(0.5, 0.4, 0.6)
    >>> [round(number, 3) for number in weighted_sum([(1.0, half), (-1.0, half)])]
    [0.0, -0.141, 0.141]
    """
    value = below = above = 0.0
    for weight, term in terms:
        value += weight * term.value
        down, up = term.value - term.low, term.high - term.value
        if weight < 0.0:
            down, up = up, down
        below += (weight * down) ** 2
        above += (weight * up) ** 2
    return Bounded(value, value - math.sqrt(below), value + math.sqrt(above))


def difference(one: Bounded, other: Bounded) -> Bounded:
    """`one` minus `other`, which are independent.

    >>> [round(number, 3) for number in difference(Bounded(0.1, 0.0, 0.2), Bounded(0.5, 0.5, 0.5))]
    [-0.4, -0.5, -0.3]
    """
    return weighted_sum([(1.0, one), (-1.0, other)])
