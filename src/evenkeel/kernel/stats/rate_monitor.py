"""Watching a rate for the moment it gets worse: evidence at every batch, false alarms bounded over any horizon.

For every batch j at which the rate may have begun to be worse, a bettor starts with one unit and multiplies it by the
likelihood ratio of a higher rate to the `baseline`, batch by batch. While the rate is at most the baseline, none is
expected to win. The sum of all of them, averaged over several higher rates,

    M_t = mean over higher rates of (M_{t-1} + 1) x ratio of batch t

therefore exceeds the number of batches by nothing on average, so that, by Doob's inequality,

    P(M reaches A within the first T batches) <= T / A   for every T,

and the mean time to a false alarm is at least A batches (Shiryaev 1963 and Roberts 1966; as an e-detector for any
rate up to the baseline Shin, Ramdas and Rinaldo 2024, New England Journal of Statistics in Data Science 2).

Within `Within.DEPENDENT` batches the bet is on the share of the whole batch instead: it then does not matter how
observations of one batch hang together, at the price of a slower alarm.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import numpy as np

#: How many times the baseline's odds are bet on.
ODDS: Final = (1.25, 1.5, 2.0, 3.0, 6.0)
#: Stakes on a batch's share, as parts of the largest possible one.
_STAKES: Final = (0.95, 0.5, 0.25, 0.12, 0.06)


class Within(StrEnum):
    """How observations of one batch hang together."""

    INDEPENDENT = "independent"
    DEPENDENT = "dependent"


@dataclass(frozen=True, slots=True)
class RateMonitor:
    """What is watched: a rate of bad ones that is at most `baseline`, as long as nothing is wrong.

    In any T batches the chance of a false alarm is at most T / `batches_between_false_alarms`. A baseline that was
    itself measured is to be its upper bound.

    Raises ValueError unless the baseline lies between 0 and 1 and the batches are at least 1.
    """

    baseline: float
    batches_between_false_alarms: float
    within: Within = Within.INDEPENDENT

    def __post_init__(self) -> None:
        if not 0.0 < self.baseline < 1.0 or not self.batches_between_false_alarms >= 1.0:
            msg = (
                f"a baseline between 0 and 1 and at least one batch between false alarms are needed, "
                f"not {self.baseline} and {self.batches_between_false_alarms}"
            )
            raise ValueError(msg)


@dataclass(frozen=True, slots=True)
class Watch:
    """Where a monitor stands after `batches`: the evidence per higher rate, and since which batch each has grown."""

    log_wealth: tuple[float, ...] = ()
    since: tuple[int, ...] = ()
    batches: int = 0


def observe(monitor: RateMonitor, watch: Watch, bad: float, n: float) -> Watch:
    """The watch after one more batch, of `n` observations of which `bad` are bad. Of none, nothing is learnt.

    Raises ValueError where `bad` is not between 0 and `n`.

    >>> monitor, watch = RateMonitor(0.1, 10_000.0), Watch()
    >>> for bad in (3, 2, 14, 12, 15, 13, 16):
    ...     watch = observe(monitor, watch, bad, 30)
    >>> is_alarm(monitor, watch), worse_since(watch)
    (True, 2)
    """
    if not 0.0 <= bad <= n:
        msg = f"a batch has between 0 and n bad ones, not {bad} of {n}"
        raise ValueError(msg)
    if n == 0:
        return watch
    ratios = _log_ratios(monitor, bad, n)
    before = watch.log_wealth or (-math.inf,) * len(ratios)
    since = watch.since or (0,) * len(ratios)
    # A bettor with less than one unit left is overtaken by the one that starts now.
    since = tuple(watch.batches if old < 0.0 else at for old, at in zip(before, since, strict=True))
    after = tuple(float(np.logaddexp(old, 0.0)) + ratio for old, ratio in zip(before, ratios, strict=True))
    return Watch(after, since, watch.batches + 1)


def _log_ratios(monitor: RateMonitor, bad: float, n: float) -> tuple[float, ...]:
    base = monitor.baseline
    if monitor.within is Within.DEPENDENT:
        return tuple(math.log1p(stake * (bad / n - base) / base) for stake in _STAKES)
    odds = base / (1.0 - base)
    rates = [odds * times / (1.0 + odds * times) for times in ODDS]
    return tuple(bad * math.log(rate / base) + (n - bad) * math.log1p((base - rate) / (1.0 - base)) for rate in rates)


def log_evidence(watch: Watch) -> float:
    """The logarithm of the evidence that the rate is worse now."""
    if not watch.log_wealth:
        return -math.inf
    return float(np.logaddexp.reduce(watch.log_wealth)) - math.log(len(watch.log_wealth))


def is_alarm(monitor: RateMonitor, watch: Watch) -> bool:
    """Whether the evidence is as rare as was asked for. Whoever acts on it starts a new watch."""
    return log_evidence(watch) >= math.log(monitor.batches_between_false_alarms)


def worse_since(watch: Watch) -> int | None:
    """From which batch on, counted from 0, the strongest evidence has grown; None before the first."""
    if not watch.log_wealth:
        return None
    return watch.since[int(np.argmax(watch.log_wealth))]
