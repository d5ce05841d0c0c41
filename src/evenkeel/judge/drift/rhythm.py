"""Days of a reference weighted so that their hours weigh what they do in the window that is compared. Pure.

Nights are unlike noons. A day of which only the night has come in, or whose traffic has moved to the evening, is
compared with days whose rows are of those hours: each hour's rows are weighted by its share in the window over its
share in the reference. A day counts as many rows as weighted ones are worth (Kish 1965), in whole numbers that are
drawn so that nothing is lost on average: rare levels would be, if they were rounded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import Final

import numpy as np

from evenkeel.kernel.profile.model import Apart, Counts, Floats
from evenkeel.kernel.stats.monte_carlo import Chance
from evenkeel.kernel.stats.tails import chi2_upper
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR

#: Hours that differ less than this chance explains are left as they are: weights cost rows.
_SURE: Final = 0.001
_HOURS: Final = 24


def of_same_rhythm(
    hours: Mapping[int, Counts], days: Sequence[int], window: Mapping[int, int], chance: Chance
) -> tuple[Counts, ...] | None:
    """The days, weighted by the hours of a window; None where its hours weigh what those of the days do.

    Empty where that cannot be known, since no hours of the days are. `hours` are counts and `window` rows, by the
    start of their hour.

    >>> night, noon = Counts("g", (100, 0)), Counts("g", (0, 100))
    >>> hours = {day * US_PER_DAY + hour * US_PER_HOUR: noon if hour else night for day in range(7) for hour in (0, 12)}
    >>> days = [day * US_PER_DAY for day in range(7)]
    >>> weighted = of_same_rhythm(hours, days, {9 * US_PER_DAY: 100}, np.random.default_rng(1))
    >>> weighted[0].buckets
    (100, 0)
    """
    now = np.zeros(_HOURS)
    for at, rows in window.items():
        now[_hour(at)] += rows
    then = np.zeros((len(days), _HOURS))
    for row, day in enumerate(days):
        for hour in range(_HOURS):
            counts = hours.get(day + hour * US_PER_HOUR)
            then[row, hour] = 0 if counts is None else counts.n
    usual = then.sum(axis=0)
    if now.sum() > 0 and usual.sum() == 0:
        return ()
    if now.sum() == 0 or _is_alike(now, usual):
        return None
    weights = np.divide(now / now.sum(), usual / usual.sum(), out=np.zeros(_HOURS), where=usual > 0)
    found: list[Counts] = []
    for row, day in enumerate(days):
        held = [(weights[hour], counts) for hour in range(_HOURS) if (counts := hours.get(day + hour * US_PER_HOUR))]
        total, squares = float(weights @ then[row]), float(weights**2 @ then[row])
        if total > 0.0:
            found.append(_weighted(held, total / squares, chance))
    return tuple(found)


def _is_alike(now: Floats, usual: Floats) -> bool:
    """Whether the shares of hours differ no more than chance explains."""
    pooled = now + usual
    seen = pooled > 0
    n, m = usual.sum(), now.sum()
    statistic = ((np.sqrt(n / m) * now - np.sqrt(m / n) * usual)[seen] ** 2 / pooled[seen]).sum()
    return chi2_upper(float(statistic), max(1, int(seen.sum()) - 1)) > _SURE


def _weighted(held: Sequence[tuple[float, Counts]], scale: float, chance: Chance) -> Counts:
    first = held[0][1]
    buckets, apart, rest = np.zeros(len(first.buckets)), np.zeros(len(astuple(Apart()))), 0.0
    new: dict[str, float] = {}
    for weight, counts in held:
        buckets += weight * counts.vector
        apart += weight * np.array(astuple(counts.apart))
        rest += weight * counts.new_rest
        for level, rows in counts.new.items():
            new[level] = new.get(level, 0.0) + weight * rows
    levels = dict(zip(new, _whole(np.array([*new.values()]) * scale, chance), strict=True))
    return Counts(
        first.grid_id,
        tuple(_whole(buckets * scale, chance)),
        Apart(*_whole(apart * scale, chance)),
        {level: rows for level, rows in levels.items() if rows},
        _whole(np.array([rest * scale]), chance)[0],
    )


def _whole(numbers: Floats, chance: Chance) -> list[int]:
    """Whole numbers whose mean is what they were."""
    return np.floor(numbers + chance.random(len(numbers))).astype(np.int64).tolist()


def _hour(at_us: int) -> int:
    return at_us % US_PER_DAY // US_PER_HOUR
