"""Simulated months, minute by minute: how many requests, how many of them bad.

The share of bad ones is `share` in expectation in every pattern:
- independent: each request on its own;
- by minute: the requests of a minute share their luck, beta-binomial with rho = 0.1;
- retry: a request that fails is sent again by its caller, 20 times within 40 seconds, and fails each time;
- by caller: 20 named callers, the requests of a caller and hour share their luck, beta-binomial with rho = 0.1.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
RHO: Final = 0.1
RETRIES: Final = 20
RETRY_SPREAD_S: Final = 40
CALLERS: Final = 20
PATTERNS: Final = ("independent", "by minute", "retry", "by caller")


def minutes(
    rng: np.random.Generator, pattern: str, per_hour: float, share: float, length: int
) -> tuple[Floats, Floats]:
    """(requests, bad ones) per minute, shape (length,) or (length, callers)."""
    if pattern == "by caller":
        return _by_caller(rng, per_hour, share, length)
    if pattern == "retry" and share < 1:
        return _retry(rng, per_hour, share, length)
    total = rng.poisson(per_hour / 60, length)
    luck = _luck(rng, share, length) if pattern == "by minute" else share
    return total.astype(float), rng.binomial(total, luck).astype(float)


def _luck(rng: np.random.Generator, share: float, size: int | tuple[int, ...]) -> Floats:
    if share >= 1:
        return np.ones(size)
    strength = (1 - RHO) / RHO
    return rng.beta(share * strength, (1 - share) * strength, size)


def _retry(rng: np.random.Generator, per_hour: float, share: float, length: int) -> tuple[Floats, Floats]:
    """First calls fail with the chance that makes `share` of all calls, retries included, bad."""
    sent = 1 + RETRIES
    first = share / (sent - RETRIES * share)
    calls = rng.poisson(per_hour / 60 / (1 + RETRIES * first), length)
    failing = rng.binomial(calls, first)
    begun = np.repeat(np.arange(length), failing)
    second = rng.uniform(0, 60, begun.size)
    bad = np.zeros(length + 2)
    for number in range(sent):
        at = begun + (second + number * RETRY_SPREAD_S / RETRIES) // 60
        np.add.at(bad, at.astype(int), 1.0)
    bad = bad[:length]
    return calls - failing + bad, bad


def _by_caller(rng: np.random.Generator, per_hour: float, share: float, length: int) -> tuple[Floats, Floats]:
    total = rng.poisson(per_hour / 60 / CALLERS, (length, CALLERS))
    luck = np.repeat(_luck(rng, share, (length // 60 + 1, CALLERS)), 60, axis=0)[:length]
    bad = np.zeros(total.shape)
    busy = total > 0
    bad[busy] = rng.binomial(total[busy], luck[busy])
    return total.astype(float), bad
