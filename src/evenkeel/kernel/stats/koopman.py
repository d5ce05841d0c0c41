"""The ratio of two shares: Koopman 1984 (Biometrics 40:2), the score interval.

All ratios that Pearson's chi-squared does not refute, with both shares as likely as that ratio allows. It holds with
zeros too: of 0 hits the ratio's lower bound is 0, against 0 hits its upper bound is infinite.
"""

from __future__ import annotations

import math
from collections.abc import Callable

from evenkeel.kernel.stats.mover import Bounded
from evenkeel.kernel.stats.normal import two_sided_z

_BISECTIONS = 60
_DOUBLINGS_MAX = 200


def share_ratio(hits: float, n: float, other_hits: float, other_n: float, level: float = 0.95) -> Bounded:
    """The first share divided by the other one, of independent samples.

    Where both have no hit, or a side no row, anything is possible: from 0 to infinity, and the value is not a number.

    >>> [round(number, 3) for number in share_ratio(36, 40, 16, 80)]
    [4.5, 2.94, 7.152]
    """
    if n <= 0 or other_n <= 0 or (hits <= 0 and other_hits <= 0):
        return Bounded(math.nan, 0.0, math.inf)
    limit = two_sided_z(level) ** 2

    def refuted(ratio: float) -> bool:
        return chi_squared(hits, n, other_hits, other_n, ratio) > limit

    value = math.inf if other_hits <= 0 else hits / n / (other_hits / other_n)
    # From where nothing is refuted outwards; a value of 0 or infinity is approached from the other side.
    inside = value if 0.0 < value < math.inf else _inside(refuted, 1.0, 2.0 if value else 0.5)
    low = 0.0 if hits <= 0 else _edge(refuted, inside, 0.5)
    high = math.inf if other_hits <= 0 else _edge(refuted, inside, 2.0)
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


def _inside(refuted: Callable[[float], bool], start: float, factor: float) -> float:
    """The first ratio from `start` in steps of `factor` that is not refuted."""
    ratio = start
    for _ in range(_DOUBLINGS_MAX):
        if not refuted(ratio):
            break
        ratio *= factor
    return ratio


def _edge(refuted: Callable[[float], bool], inside: float, factor: float) -> float:
    """Where ratios begin to be refuted, looking from `inside` in steps of `factor`."""
    outside = inside
    for _ in range(_DOUBLINGS_MAX):
        if refuted(outside):
            break
        outside *= factor
    for _ in range(_BISECTIONS):
        middle = math.sqrt(inside * outside)
        if refuted(middle):
            outside = middle
        else:
            inside = middle
    return outside
