"""How often drift is detected where there is none: windows of 20 columns through the rule that decides.

Each window has its own reference, from which its own grid is made, as the product makes it: rows are drawn, profiled,
counted and compared. A false alarm is a window in which any column is detected.
"""

from __future__ import annotations

import math
import os
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Final

import numpy as np
from bench.drift_columns import TABLES, compare_drawn
from bench.report import Row

from evenkeel.judge.drift.model import FALSE_ALARMS_MAX
from evenkeel.kernel.stats.false_discovery import adjusted_p

HEADING = "Windows of 20 columns in which anything is detected although nothing drifts"
SIZES: Final = ((200, 200), (1_000, 1_000), (5_000, 5_000), (50_000, 50_000), (50_000, 200), (50_000, 1_000))
SEED: Final = 20_261_129
WINDOWS: Final = 200
WINDOWS_FULL: Final = 5_000
ALLOWED_PERCENT: Final = 1.0


def measure(*, full: bool = False) -> Sequence[Row]:
    """All tables at all sizes; with `full`, 5,000 windows of each (an hour on two cores)."""
    windows = WINDOWS_FULL if full else WINDOWS
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        work = [pool.submit(false_alarms, name, sizes, windows) for name in TABLES for sizes in SIZES]
        return [future.result() for future in work]


def false_alarms(name: str, sizes: tuple[int, int], windows: int) -> Row:
    """The share of windows with any alarm, in percent, with its standard error."""
    rng = np.random.default_rng([SEED, list(TABLES).index(name), *sizes])
    began = time.process_time()
    alarmed = 0
    for _ in range(windows):
        p_values = [compare_drawn(draw, draw, rng, sizes).p for draw in TABLES[name]]
        alarmed += min(adjusted_p(p_values)) <= FALSE_ALARMS_MAX
    share = alarmed / windows
    error = 100.0 * math.sqrt(max(share, 1.0 / windows) * (1.0 - share) / windows)
    spent = 1_000.0 * (time.process_time() - began) / windows
    what = f"{name}, {sizes[0]:,} against {sizes[1]:,}"
    beside = f"SE {error:.2g} of {windows:,} windows, {spent:.0f} ms of CPU each"
    return Row(what, 100.0 * share, "% windows", ALLOWED_PERCENT, True, beside)
