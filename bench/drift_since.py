"""Since when: how often the interval holds the beginning of a change, and how often there is one without a change.

Windows are hours of a normal feature or of twelve levels, beside a reference of 2,000 rows; where rows of a window move
together, each window has a mean of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from bench.drift_columns import Rng, of_levels, of_numbers, zipf
from bench.report import Row

from evenkeel.judge.drift.model import FALSE_ALARMS_MAX
from evenkeel.judge.drift.since import Since, find_since
from evenkeel.kernel.profile.build import profile_of
from evenkeel.kernel.profile.column import Column
from evenkeel.kernel.profile.count import count_column

HEADING = "Since when: beginnings found, and intervals that hold the true one"
SEED: Final = 20_261_129
REFERENCE: Final = 2_000
HELD_MIN: Final = 90.0
FALSE_AT: Final = 0.05


@dataclass(frozen=True, slots=True)
class Series:
    """So many windows of about so many rows; by how much they change, and by how much each moves by itself."""

    name: str
    windows: int
    rows: int
    change: float
    shared: float = 0.0
    is_levels: bool = False

    def draw(self, rng: Rng, rows: int, change: float) -> Column:
        """One window, `change` away from the reference."""
        if self.is_levels:
            shares = zipf(12)
            shares[0] *= np.exp(change)
            return of_levels(shares)(rng, rows)
        mean = change + self.shared * rng.normal()
        return of_numbers(lambda rng, rows: rng.normal(mean, 1.0, size=rows))(rng, rows)


SERIES: Final = (
    Series("24 windows of 50, + 0.5 sd", 24, 50, 0.5),
    Series("24 windows of 50, + 1 sd", 24, 50, 1.0),
    Series("24 windows of 50, first of 12 levels x 2", 24, 50, 0.7, is_levels=True),
    Series("48 windows of 8, + 0.8 sd", 48, 8, 0.8),
    Series("30 windows of 500 that move by 0.1 sd, + 0.5 sd", 30, 500, 0.5, shared=0.1),
    Series("24 windows of 100 that move by 0.2 sd, + 0.7 sd", 24, 100, 0.7, shared=0.2),
)


def measure(*, full: bool = False) -> Sequence[Row]:
    """Each kind of series: 40 with a change, 300 without, which take less; with `full`, five times as many."""
    times = 5 if full else 1
    return [row for each in SERIES for row in (_held(each, 40 * times), _false(each, 300 * times))]


def _held(each: Series, many: int) -> Row:
    found = held = exact = width = 0
    for number in range(many):
        rng = np.random.default_rng([SEED, 1, number])
        begins = int(rng.integers(1, each.windows - 2))
        since = _since(each, rng, begins)
        if since is None or not since.is_beyond_chance:
            continue
        found += 1
        held += since.earliest <= begins <= since.latest
        exact += since.first == begins
        width += since.latest - since.earliest + 1
    seen = max(1, found)
    beside = f"{100 * found / many:.0f} % found, {100 * exact / seen:.0f} % to the window, {width / seen:.1f} wide"
    return Row(f"{each.name}: held", 100 * held / seen if found else None, "%", HELD_MIN, beside=beside)


def _false(each: Series, many: int) -> Row:
    alarms = decided = 0
    for number in range(many):
        since = _since(each, np.random.default_rng([SEED, 2, number]), each.windows)
        alarms += since is not None and since.p <= FALSE_AT
        decided += since is not None and since.is_beyond_chance
    what = f"{each.name.rpartition(',')[0]}, none: p ≤ {FALSE_AT}"
    error = 100 * (max(alarms, 1) * (many - alarms) / many) ** 0.5 / many
    beside = f"of {many:,}, SE {error:.2g}; {decided} at p ≤ {FALSE_ALARMS_MAX}"
    return Row(what, 100 * alarms / many, "%", 100 * FALSE_AT, at_most=True, beside=beside)


def _since(each: Series, rng: Rng, begins: int) -> Since | None:
    profile = profile_of(each.draw(rng, REFERENCE, 0.0) if each.is_levels else _still(rng))
    windows = [
        count_column(each.draw(rng, int(rng.poisson(each.rows)), each.change * (number >= begins)), profile.grid)
        for number in range(each.windows)
    ]
    return find_since(profile.grid, profile.counts, windows, rng)


def _still(rng: Rng) -> Column:
    """A reference is many windows: what moves them evens out."""
    return of_numbers(lambda rng, rows: rng.normal(size=rows))(rng, REFERENCE)
