"""How often a verdict on quality is a false breach: simulated months of hourly looks at true value = target = alert.

Accuracy is a share of wrong predictions, ratings are a mean on a scale; both are bad from 0 to 1. Each look decides
over the last 24 hours and over the month so far, from what `indicators.trials` decides by: the wealth of clusters at
the limit (`kernel.stats.clusters`). A false breach is a stretch of hours in which either of them reads breach.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from bench.report import Row

from evenkeel.kernel.stats.clusters import TIME_HITS_MIN, wealth
from evenkeel.kernel.stats.poisson import poisson_interval
from evenkeel.kernel.stats.spending import BUDGET_PER_MONTH, alpha_for

HEADING = "False breaches of quality per objective and month at true value = target = alert (95 % upper bound)"
SEED: Final = 20_261_129
MONTHS: Final = 32  # without a single false breach, enough to exclude more than 0.094 a month
HOURS: Final = 720
DAY: Final = 24
GOAL: Final = -math.log(alpha_for("verdict", is_hourly=True))

Draw = Callable[[np.random.Generator, int], np.ndarray]


@dataclass(frozen=True, slots=True)
class Case:
    """What is bad of one trial, at the limit."""

    name: str
    limit: float
    draw: Draw


def _wrong(rng: np.random.Generator, n: int) -> np.ndarray:
    return (rng.random(n) < CASES[0].limit).astype(float)


def _rated(rng: np.random.Generator, n: int) -> np.ndarray:
    """Ratings 5, 4, 3, 2, 1 whose mean is 4: people are of two minds."""
    return rng.choice([0.0, 0.25, 0.5, 0.75, 1.0], n, p=[0.55, 0.2, 0.05, 0.1, 0.1])


CASES: Final = (Case("accuracy 90 %", 0.10, _wrong), Case("ratings 4 of 5", 0.25, _rated))
PATTERNS: Final = ("independent", "by caller", "by minute", "sampled")
RATES: Final = (5, 50)


def measure(*, full: bool = False) -> Sequence[Row]:
    """All cells; with `full`, ten times the months."""
    months = MONTHS * (10 if full else 1)
    return [false_breaches(case, pattern, rate, months) for case in CASES for pattern in PATTERNS for rate in RATES]


def false_breaches(case: Case, pattern: str, rate: int, months: int = MONTHS) -> Row:
    """Stretches of breach in `months`, with `rate` trials an hour."""
    rng = np.random.default_rng([SEED, CASES.index(case), PATTERNS.index(pattern), rate])
    found = 0
    for _ in range(months):
        hours = [_hour(rng, case, pattern, rate) for _ in range(DAY + HOURS)]
        reads = [_is_breach(hours[at - DAY : at], case, pattern) for at in range(DAY, DAY + HOURS)]
        reads = [day or _is_breach(hours[DAY : DAY + at + 1], case, pattern) for at, day in enumerate(reads)]
        found += sum(now and not before for before, now in zip([False, *reads], reads, strict=False))
    upper = poisson_interval(found, alpha_low=0.05, alpha_high=0.05)[1] / months
    what = f"{case.name}, {pattern}, {rate}/h"
    return Row(what, upper, "per month", BUDGET_PER_MONTH, at_most=True, beside=f"{found} in {months} months")


def _hour(rng: np.random.Generator, case: Case, pattern: str, rate: int) -> tuple[np.ndarray, np.ndarray]:
    """(weight, badness) of each cluster of an hour. In a burst all trials are as bad as the first one."""
    if pattern in ("independent", "sampled"):
        n = int(rng.poisson(rate))
        weight = rng.choice([1.0, 10.0], n) if pattern == "sampled" else np.ones(n)
        return weight, weight * case.draw(rng, n)
    bursts = int(rng.poisson(rate / 5))
    total = 1.0 + rng.geometric(0.25, bursts)
    return total, total * case.draw(rng, bursts)


def _is_breach(hours: Sequence[tuple[np.ndarray, np.ndarray]], case: Case, pattern: str) -> bool:
    total, bad = (np.concatenate(parts) for parts in zip(*hours, strict=True))
    n, failed = float(total.sum()), float(bad.sum())
    hits_min = TIME_HITS_MIN if pattern == "by minute" else 1
    if n <= 0 or n * _entropy(failed / n, case.limit) < GOAL or np.count_nonzero(bad) < hits_min:
        return False  # not even single, independent trials could prove it
    return wealth(total.tolist(), bad.tolist(), case.limit) >= GOAL


def _entropy(share: float, limit: float) -> float:
    """The most that a trial's wealth grows by on average."""
    if share <= limit:
        return 0.0
    rest = (1.0 - share) * math.log((1.0 - share) / (1.0 - limit)) if share < 1.0 else 0.0
    return share * math.log(share / limit) + rest


def proof(case: Case, worse: float, rate: int = 50) -> int:
    """After how many trials a service that is this bad (0 to 1) reads breach, all of them independent; seeded."""
    rng = np.random.default_rng(SEED)
    bad = (rng.random(100 * rate) < worse).astype(float)
    for n in range(1, bad.size + 1):
        if _is_breach([(np.ones(n), bad[:n])], case, "independent"):
            return n
    return bad.size
