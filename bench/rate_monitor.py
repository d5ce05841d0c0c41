"""How soon a rate that rises from 10 to 15 or 20 % is noticed, and how often one that does not rises an alarm.

With `full`, ADWIN and DDM of river stand beside it on the same streams. They are told nothing of the rate before; the
monitor is told the rate, or its upper bound as measured on a reference. Batches of 25 observations.
"""

from __future__ import annotations

import math
import subprocess
from collections.abc import Sequence
from typing import Final

import numpy as np
from bench.report import Row
from bench.river_detectors import DETECTORS, RIVER, alarms
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
STREAMS: Final = 200
#: What the issue asks for: no later than ADWIN was on other streams.
RISES: Final = (("15", 0.15, 700.0), ("20", 0.20, 311.0))

Ints = NDArray[np.int64]


def measure(*, full: bool = False) -> Sequence[Row]:
    """The rate known, then measured; with `full`, ten times the streams without a rise, and other detectors."""
    streams = 10 * STREAMS if full else STREAMS
    known = RateMonitor(BASE, BETWEEN / BATCH)
    rows = [false_alarms("10 % known", known, streams)]
    rows += [delay(f"10 % known, then {name} %", known, rate, goal) for name, rate, goal in RISES]
    for n in (20_000, 5_000):
        measured = RateMonitor(upper_bound(BASE * n, n, 0.05), BETWEEN / BATCH)
        rows += [delay(f"10 % measured on {n:,}, then {name} %", measured, rate) for name, rate, _ in RISES]
    careful = RateMonitor(BASE, BETWEEN / BATCH, Within.DEPENDENT)
    said = "10 % known, batches that hang together"
    rows.append(false_alarms(said, careful, streams))
    rows += [delay(f"{said}, then {name} %", careful, rate) for name, rate, _ in RISES]
    return [*rows, *(others() if full else ())]


def others() -> list[Row]:
    """River's detectors at their defaults: false alarms, and observations until the alarm."""
    chance = np.random.default_rng([SEED, 3])
    try:
        still = alarms(steady(STREAMS), BATCH, chance)
        risen = {name: alarms(rising(rate), BATCH, chance) for name, rate, _ in RISES}
    except (OSError, subprocess.SubprocessError) as error:
        told = error.stderr if isinstance(error, subprocess.CalledProcessError) else ""
        return [Row(f"river {RIVER}", None, "obs.", beside=f"not run: {(told or str(error)).strip().splitlines()[-1]}")]
    rows: list[Row] = []
    for each in DETECTORS:
        found = sum(at is not None for at in still[each]) / STREAMS
        what = f"{each} of river {RIVER}"
        rows.append(Row(f"{what}: streams with a false alarm", 100 * found, "%", beside=f"of {STREAMS:,}"))
        for name, _, _ in RISES:
            taken = [math.inf if at is None else at - LEAD for at in risen[name][each]]
            rows.append(_delay(f"{what}, 10 %, then {name} %", taken))
    return rows


def alarm(monitor: RateMonitor, bad: NDArray[np.int64]) -> int | None:
    """The batch of the first alarm, counted from 1."""
    watch = Watch()
    for number, count in enumerate(bad.tolist(), 1):
        watch = observe(monitor, watch, count, BATCH)
        if is_alarm(monitor, watch):
            return number
    return None


def steady(streams: int) -> Ints:
    """So many streams of 20,000 observations at the baseline, as bad ones of each batch."""
    return np.random.default_rng([SEED, 1]).binomial(BATCH, BASE, (streams, HORIZON // BATCH))


def rising(rate: float) -> Ints:
    """Streams that run for 5,000 at the baseline, then for 8,000 at another rate."""
    chance = np.random.default_rng([SEED, 2, round(rate * 1_000)])
    before, after = LEAD // BATCH, 8_000 // BATCH
    return np.stack(
        [
            np.concatenate([chance.binomial(BATCH, BASE, before), chance.binomial(BATCH, rate, after)])
            for _ in range(STREAMS)
        ]
    )


def false_alarms(what: str, monitor: RateMonitor, streams: int) -> Row:
    """The share of streams of 20,000 observations at the baseline that raise one."""
    found = sum(alarm(monitor, bad) is not None for bad in steady(streams)) / streams
    error = math.sqrt(max(found, 1 / streams) / streams)
    stated = 100 * HORIZON / BETWEEN
    return Row(
        f"{what}: streams with a false alarm", 100 * found, "%", stated, at_most=True,
        beside=f"of {streams:,}, ± {100 * error:.2g} standard error",
    )  # fmt: skip


def delay(what: str, monitor: RateMonitor, rate: float, goal: float | None = None) -> Row:
    """The median number of observations after the rise."""
    found = [alarm(monitor, bad) for bad in rising(rate)]
    return _delay(what, [math.inf if at is None else at * BATCH - LEAD for at in found], goal)


def _delay(what: str, taken: Sequence[float], goal: float | None = None) -> Row:
    late = [each for each in taken if each > 0]
    never = sum(math.isinf(each) for each in late)
    missed = f", {never} never" if never else ""
    said = f"{len(taken) - len(late)} of {len(taken)} before it rose{missed}"
    median = float(np.median(late)) if late else math.inf
    return Row(what, None if math.isinf(median) else median, "obs.", goal, at_most=True, beside=said)
