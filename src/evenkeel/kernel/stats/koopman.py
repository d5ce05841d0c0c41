"""The ratio of two shares: Koopman 1984 (Biometrics 40:2), the score interval.

All ratios that Pearson's chi-squared does not refute, with both shares as likely as that ratio allows. It holds with
zeros too: of 0 hits the ratio's lower bound is 0, against 0 hits its upper bound is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.stats.normal import two_sided_z

_STEPS_MAX = 100
_DOUBLINGS_MAX = 200


def share_ratio(hits: float, n: float, other_hits: float, other_n: float, level: float = 0.95) -> Bounded:
    """The first share divided by the other one, of independent samples.

    Where both have no hit, or a side no row, anything is possible: from 0 to infinity, and the value is not a number.

    >>> [round(number, 3) for number in share_ratio(36, 40, 16, 80)]
    [4.5, 2.94, 7.152]
    """
    if n <= 0 or other_n <= 0 or (hits <= 0 and other_hits <= 0):
        return Bounded(math.nan, 0.0, math.inf)
    z = two_sided_z(level)

    def excess(ratio: float) -> float:
        return math.sqrt(chi_squared(hits, n, other_hits, other_n, ratio)) - z

    value = math.inf if other_hits <= 0 else hits / n / (other_hits / other_n)
    # From where nothing is refuted outwards; a value of 0 or infinity is approached from the other side.
    inside = value if 0.0 < value < math.inf else _inside(excess, 1.0, 2.0 if value else 0.5)
    low = 0.0 if hits <= 0 else _edge(excess, inside, 0.5)
    high = math.inf if other_hits <= 0 else _edge(excess, inside, 2.0)
    return Bounded(value, low, high)


def chi_squared(hits: float, n: float, other_hits: float, other_n: float, ratio: float) -> float:
    """Pearson's statistic against "the first share is `ratio` times the other one"; one degree of freedom.

    >>> round(chi_squared(36, 40, 16, 80, 4.5), 9)
    0.0
    """
    half = (ratio * (n + other_hits) + hits + other_n) / 2.0
    root = math.sqrt(max(0.0, half * half - (n + other_n) * ratio * (hits + other_hits)))
    first = min(1.0, (hits + other_hits) * ratio / (half + root))
    other = min(1.0, first / ratio)
    return _pearson(hits, n, first) + _pearson(other_hits, other_n, other)


def _pearson(hits: float, n: float, expected: float) -> float:
    surplus = hits - n * expected
    variance = n * expected * (1.0 - expected)
    if variance <= 0.0:
        return 0.0 if abs(surplus) <= 1e-9 * n else math.inf
    return surplus * surplus / variance


def _inside(excess: Callable[[float], float], start: float, factor: float) -> float:
    """The first ratio from `start` in steps of `factor` that is not refuted."""
    ratio = start
    for _ in range(_DOUBLINGS_MAX):
        if excess(ratio) <= 0.0:
            break
        ratio *= factor
    return ratio


def _edge(excess: Callable[[float], float], inside: float, factor: float) -> float:
    """Where ratios begin to be refuted, looking from `inside` in steps of `factor`.

    False position on the logarithm, where the score is nearly a straight line, with the Illinois rule (Dowell and
    Jarratt 1971, BIT 11).
    """
    low, at_low = math.log(inside), excess(inside)
    high, at_high = low, at_low
    for _ in range(_DOUBLINGS_MAX):
        if at_high > 0.0:
            break
        low, at_low = high, at_high
        high += math.log(factor)
        at_high = excess(math.exp(high))
    for _ in range(_STEPS_MAX):
        if abs(high - low) <= 1e-13 or at_high == at_low or math.isinf(at_high):
            break
        middle = high - at_high * (high - low) / (at_high - at_low)
        at_middle = excess(math.exp(middle))
        if abs(at_middle) <= 1e-12:
            return math.exp(middle)
        if (at_middle > 0.0) == (at_high > 0.0):
            at_low /= 2.0
        else:
            low, at_low = high, at_high
        high, at_high = middle, at_middle
    return math.exp(high)
