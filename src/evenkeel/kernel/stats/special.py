"""Incomplete beta and gamma functions and their inverses: what exact bounds are made of.

Continued fractions by Lentz's method and the power series (DLMF 8.17.22, 8.7.1, 8.9.2; Gil, Segura,
Temme 2012), inverses by Newton steps kept inside a bracket, all on the scale of logarithms so that tails
of 1e-12 keep their digits. Tests compare with scipy.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Final

_TINY: Final = 1e-300
_EPSILON: Final = 1e-15
_STEPS_MAX: Final = 100_000


def beta_tails(a: float, b: float, x: float) -> tuple[float, float]:
    """(P(X <= x), P(X > x)) of a Beta(a, b); each is computed itself where it is the small one.

    >>> beta_tails(1, 1, 0.25)
    (0.25, 0.75)
    """
    if x <= 0.0:
        return 0.0, 1.0
    if x >= 1.0:
        return 1.0, 0.0
    front = math.exp(a * math.log(x) + b * math.log1p(-x) - log_beta(a, b))
    if x <= (a + 1.0) / (a + b + 2.0):
        lower = front * _beta_fraction(a, b, x) / a
        return lower, 1.0 - lower
    upper = front * _beta_fraction(b, a, 1.0 - x) / b
    return 1.0 - upper, upper


def log_beta(a: float, b: float) -> float:
    """The logarithm of the beta function."""
    return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)


def _beta_fraction(a: float, b: float, x: float) -> float:
    c, d = 1.0, 1.0 - (a + b) * x / (a + 1.0)
    d = 1.0 / (d if abs(d) > _TINY else _TINY)
    h = d
    for m in range(1, _STEPS_MAX):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        for term in (even, odd):
            d = 1.0 + term * d
            d = 1.0 / (d if abs(d) > _TINY else _TINY)
            c = 1.0 + term / c
            c = c if abs(c) > _TINY else _TINY
            h *= d * c
        if abs(d * c - 1.0) < _EPSILON:
            break
    return h


def beta_quantile(a: float, b: float, tail: float, *, upper: bool) -> float:
    """x with P(X <= x) = tail, or with P(X > x) = tail where `upper`, of a Beta(a, b).

    >>> round(beta_quantile(3, 5, 0.05, upper=False), 6)
    0.128756
    """
    side = 1 if upper else 0
    log_density = log_beta(a, b)

    def at(x: float) -> tuple[float, float]:
        density = math.exp((a - 1) * math.log(x) + (b - 1) * math.log1p(-x) - log_density)
        return beta_tails(a, b, x)[side], density if not upper else -density

    mean = a / (a + b)
    spread = math.sqrt(mean * (1 - mean) / (a + b + 1)) * _normal_deviate(tail)
    start = mean + spread if upper else mean - spread
    return _solve(at, tail, (0.0, 1.0), start if 0.0 < start < 1.0 else mean, rising=not upper)


def gamma_tails(a: float, x: float) -> tuple[float, float]:
    """(P(X <= x), P(X > x)) of a Gamma(a) with scale 1.

    >>> [round(tail, 6) for tail in gamma_tails(1.0, 2.0)]
    [0.864665, 0.135335]
    """
    if x <= 0.0:
        return 0.0, 1.0
    front = math.exp(a * math.log(x) - x - math.lgamma(a))
    if x < a + 1.0:
        lower = front * _gamma_series(a, x)
        return lower, 1.0 - lower
    upper = front * _gamma_fraction(a, x)
    return 1.0 - upper, upper


def _gamma_series(a: float, x: float) -> float:
    term = total = 1.0 / a
    for step in range(1, _STEPS_MAX):
        term *= x / (a + step)
        total += term
        if term < total * _EPSILON:
            break
    return total


def _gamma_fraction(a: float, x: float) -> float:
    b = x + 1.0 - a
    c = 1.0 / _TINY
    d = 1.0 / b
    h = d
    for step in range(1, _STEPS_MAX):
        an = -step * (step - a)
        b += 2.0
        d = an * d + b
        d = 1.0 / (d if abs(d) > _TINY else _TINY)
        c = b + an / c
        c = c if abs(c) > _TINY else _TINY
        h *= d * c
        if abs(d * c - 1.0) < _EPSILON:
            break
    return h


def gamma_quantile(a: float, tail: float, *, upper: bool) -> float:
    """x with P(X <= x) = tail, or with P(X > x) = tail where `upper`, of a Gamma(a) with scale 1.

    >>> round(gamma_quantile(4, 0.025, upper=False), 6)
    1.089865
    """
    side = 1 if upper else 0
    log_norm = math.lgamma(a)

    def at(x: float) -> tuple[float, float]:
        density = math.exp((a - 1) * math.log(x) - x - log_norm)
        return gamma_tails(a, x)[side], density if not upper else -density

    deviate = _normal_deviate(tail) * (1 if upper else -1)
    # Wilson and Hilferty's cube root, a good first guess except far out in the lower tail.
    cube = 1.0 - 1.0 / (9.0 * a) + deviate / (3.0 * math.sqrt(a))
    start = a * cube**3 if cube > 0.1 else a * 0.01
    return _solve(at, tail, (0.0, max(50.0, a * 10.0 + 20.0 * deviate**2)), start, rising=not upper)


def _normal_deviate(tail: float) -> float:
    """About how many standard deviations out the tail begins; only a first guess."""
    smaller = min(tail, 1.0 - tail)
    t = math.sqrt(-2.0 * math.log(max(smaller, _TINY)))
    z = t - (2.30753 + 0.27061 * t) / (1.0 + 0.99229 * t + 0.04481 * t * t)
    return z if tail < 0.5 else -z


def _solve(
    at: Callable[[float], tuple[float, float]],
    wanted: float,
    bracket: tuple[float, float],
    start: float,
    *,
    rising: bool,
) -> float:
    """x in the bracket where the monotone tail at(x)[0] equals `wanted`; at(x)[1] is its slope."""
    (low, high), x, goal = bracket, start, math.log(wanted)
    for _ in range(200):
        tail, slope = at(x)
        if (tail > wanted) == rising:
            high = x
        else:
            low = x
        if high <= _TINY:
            return 0.0
        following = low
        if tail > _TINY and slope != 0.0:
            following = x - (math.log(tail) - goal) * tail / slope
        if not low < following < high:
            # By orders of magnitude: a tail of 1e-12 of a small shape lies a hundred of them below 1.
            following = math.sqrt(low * high) if low > 0.0 else high * 1e-4
        if abs(following - x) <= 4e-15 * abs(x) or high - low <= 4e-16 * high:
            return following
        x = following
    return x
