"""How soon a rate that rises from 10 to 15 or 20 % is noticed, and how often one that does not rises an alarm.

Beside the stated bound stands what ADWIN did on streams of the same kind (river 0.26.1, November 2026, medians of 10
to 20 streams). ADWIN is told nothing of the rate before; the monitor is told the rate, or its upper bound as measured
on a reference. Batches of 25 observations.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
from bench.report import Row
from numpy.typing import NDArray

from evenkeel.kernel.stats.binomial import upper_bound
from evenkeel.kernel.stats.rate_monitor import RateMonitor, Watch, Within, is_alarm, observe

HEADING = "A rate that rises: observations until the alarm, false alarms in 20,000"
SEED: Final = 20_261_129
BATCH: Final = 25
HORIZON: Final = 20_000
#: One false alarm in a million observations: at most 2 % of streams of 20,000.
BETWEEN: Final = 1_000_000
BASE: Final = 0.10
LEAD: Final = 5_000
RISES: Final = (("15", 0.15, 700.0, "ADWIN 680-740"), ("20", 0.20, 311.0, "ADWIN 295-311"))


def measure(*, full: bool = False) -> Sequence[Row]:
    """The rate known, then measured; with `full`, ten times the streams."""
    streams = 2_000 if full else 200
    known = RateMonitor(BASE, BETWEEN / BATCH)
    rows = [false_alarms("10 % known", known, streams)]
    rows += [delay(f"10 % known, then {name} %", known, rate, (goal, adwin)) for name, rate, goal, adwin in RISES]
    for n in (20_000, 5_000):
        measured = RateMonitor(upper_bound(BASE * n, n, 0.05), BETWEEN / BATCH)
        rows += [
            delay(f"10 % measured on {n:,}, then {name} %", measured, rate, (None, adwin))
            for name, rate, _, adwin in RISES
        ]
    careful = RateMonitor(BASE, BETWEEN / BATCH, Within.DEPENDENT)
    rows.append(false_alarms("10 % known, batches that hang together", careful, streams))
    rows += [
        delay(f"10 % known, batches that hang together, then {name} %", careful, rate, (None, adwin))
        for name, rate, _, adwin in RISES
    ]
    return rows


def alarm(monitor: RateMonitor, bad: NDArray[np.int64]) -> int | None:
    """The batch of the first alarm, counted from 1."""
    watch = Watch()
    for number, count in enumerate(bad.tolist(), 1):
        watch = observe(monitor, watch, count, BATCH)
        if is_alarm(monitor, watch):
            return number
    return None


def false_alarms(what: str, monitor: RateMonitor, streams: int) -> Row:
    """The share of streams of 20,000 observations at the baseline that raise one."""
    chance = np.random.default_rng([SEED, 1])
    found = (
        sum(alarm(monitor, chance.binomial(BATCH, BASE, HORIZON // BATCH)) is not None for _ in range(streams))
        / streams
    )
    error = math.sqrt(max(found, 1 / streams) / streams)
    stated = 100 * HORIZON / BETWEEN
    return Row(
        f"{what}: streams with a false alarm", 100 * found, "%", stated, at_most=True,
        beside=f"of {streams:,}, ± {100 * error:.2g} standard error; ADWIN 0 of 20",
    )  # fmt: skip


def delay(what: str, monitor: RateMonitor, rate: float, beside: tuple[float | None, str]) -> Row:
    """The median number of observations after the rise, of 200 streams that ran for 5,000 before."""
    chance = np.random.default_rng([SEED, 2, round(rate * 1_000)])
    taken: list[float] = []
    for _ in range(200):
        before = chance.binomial(BATCH, BASE, LEAD // BATCH)
        found = alarm(monitor, np.concatenate([before, chance.binomial(BATCH, rate, 8_000 // BATCH)]))
        taken.append(math.inf if found is None else found * BATCH - LEAD)
    late = [each for each in taken if each > 0]
    early = len(taken) - len(late)
    goal, adwin = beside
    said = f"{adwin}; {early} of {len(taken)} before it rose"
    return Row(what, float(np.median(late)), "obs.", goal, at_most=True, beside=said)
