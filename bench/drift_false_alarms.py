"""How often drift is detected where there is none: windows of 20 columns through the rule that decides.

Each window has its own reference, from which its own grid is made, as the product makes it. A false alarm is a window
in which any column is detected. The counts are drawn without their rows (`drift_counts`), which changes nothing but the
time it takes: half an hour of one core with `full`, most of it the rule itself.
"""

from __future__ import annotations

import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import numpy as np
from bench.drift_columns import Floats
from bench.drift_counts import TABLES, compare_counts
from bench.report import Row

from evenkeel.judge.drift.model import FALSE_ALARMS_MAX
from evenkeel.kernel.stats.binomial import upper_bound
from evenkeel.kernel.stats.false_discovery import adjusted_p

HEADING = "Windows of 20 columns in which anything is detected although nothing drifts"
SIZES: Final = ((200, 200), (1_000, 1_000), (5_000, 5_000), (50_000, 50_000), (50_000, 200), (50_000, 1_000))
SEED: Final = 20_261_129
WINDOWS: Final = 200
WINDOWS_FULL: Final = 5_000
ALLOWED_PERCENT: Final = 1.0
_CHANCE: Final = 0.05


def measure(*, full: bool = False) -> Sequence[Row]:
    """All tables at all sizes; with `full`, 5,000 windows of each."""
    windows = WINDOWS_FULL if full else WINDOWS
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        work = [pool.submit(false_alarms, name, sizes, windows) for name in TABLES for sizes in SIZES]
        return [future.result() for future in work]


def false_alarms(name: str, sizes: tuple[int, int], windows: int) -> Row:
    """The share of windows with any alarm, in percent, with its upper 95 % bound."""
    began = time.process_time()
    alarmed = int(sum(min(adjusted_p(row)) <= FALSE_ALARMS_MAX for row in p_values(name, sizes, windows).tolist()))
    spent = 1_000.0 * (time.process_time() - began) / windows
    what = f"{name}, {sizes[0]:,} against {sizes[1]:,}"
    bound = 100.0 * upper_bound(alarmed, windows, _CHANCE)
    beside = f"{alarmed} of {windows:,} windows, at most {bound:.2g} %, {spent:.0f} ms of CPU each"
    return Row(what, 100.0 * alarmed / windows, "% windows", ALLOWED_PERCENT, True, beside)


def p_values(name: str, sizes: tuple[int, int], windows: int) -> Floats:
    """The p-value of each column (20) of each window."""
    rng = np.random.default_rng([SEED, list(TABLES).index(name), *sizes])
    return np.array([[compare_counts(source, rng, sizes).p for source in TABLES[name]] for _ in range(windows)])
