"""What an SLI counted over time, hours and then minutes, as running sums: any window is two look-ups."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.slo.burn import Counts
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, Window

Floats = NDArray[np.float64]
Moments = NDArray[np.int64]

_MINUTES_PER_HOUR: Final = 60.0


@dataclass(frozen=True, slots=True)
class Buckets:
    """Counts of stretches of equal length that hold anything, in order: their starts, how many, how many bad."""

    at: Moments
    total: Floats
    bad: Floats

    @classmethod
    def none(cls) -> Buckets:
        """No stretch at all."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0))

    def within(self, window: Window) -> Buckets:
        """Those that begin in `window`."""
        first, last = np.searchsorted(self.at, (window.start_us, window.end_us))
        return Buckets(self.at[first:last], self.total[first:last], self.bad[first:last])

    def joined(self, later: Buckets) -> Buckets:
        """These and later ones."""
        return Buckets(
            np.concatenate((self.at, later.at)),
            np.concatenate((self.total, later.total)),
            np.concatenate((self.bad, later.bad)),
        )


def slices(minutes: Buckets, slice_s: int, slice_target: float) -> Buckets:
    """Slices of time with evidence, each one or none bad: whose share of good ones is below `slice_target`.

    >>> three = Buckets(np.array([0, US_PER_MINUTE, 5 * US_PER_MINUTE]), np.array([9.0, 1, 4]), np.array([0.0, 1, 2]))
    >>> slices(three, 300, 0.9).bad
    array([0., 1.])
    """
    summed = _by(minutes, slice_s * 1_000_000)
    is_bad = summed.bad > (1.0 - slice_target) * summed.total + 1e-9
    return Buckets(summed.at, np.ones(summed.at.size), is_bad.astype(np.float64))


def ratio_slices(minutes: Buckets, slice_s: int) -> Buckets:
    """Slices of time with evidence, each bad by its share of bad ones."""
    summed = _by(minutes, slice_s * 1_000_000)
    return Buckets(summed.at, np.ones(summed.at.size), summed.bad / summed.total)


def by_hour(minutes: Buckets) -> Buckets:
    """The same counts an hour at a time."""
    return _by(minutes, US_PER_HOUR)


def _by(minutes: Buckets, width_us: int) -> Buckets:
    kept = minutes.total > 0
    starts, place = np.unique(minutes.at[kept] // width_us * width_us, return_inverse=True)
    total, bad = (np.bincount(place, each[kept], starts.size) for each in (minutes.total, minutes.bad))
    return Buckets(starts, total.astype(np.float64), bad.astype(np.float64))


class Stream:
    """One SLI's hours up to a moment, and its minutes from then on."""

    def __init__(self, hours: Buckets, minutes: Buckets) -> None:
        first_minute = int(minutes.at[0]) if minutes.at.size else None
        if first_minute is not None:
            hours = hours.within(Window(0, first_minute // US_PER_HOUR * US_PER_HOUR))
        self.minutes = minutes
        self._at = np.concatenate((hours.at, minutes.at))
        self._width = np.concatenate(
            (np.full(hours.at.size, US_PER_HOUR, np.int64), np.full(minutes.at.size, US_PER_MINUTE, np.int64))
        )
        # An hour's requests are taken to come evenly (Poisson): the sum over its minutes of m^2 is n^2 / 60 + n.
        squares = np.concatenate((hours.total**2 / _MINUTES_PER_HOUR + hours.total, minutes.total**2))
        total, bad = np.concatenate((hours.total, minutes.total)), np.concatenate((hours.bad, minutes.bad))
        rows = np.vstack((total, bad, squares, bad > 0))
        self._sums = np.zeros((4, rows.shape[1] + 1))
        np.cumsum(rows, axis=1, out=self._sums[:, 1:])

    def counts(self, window: Window) -> Counts:
        """What `window` holds. Of a stretch that its start cuts, the part inside; its end cuts nothing off."""
        last = int(np.searchsorted(self._at, window.end_us))
        first = int(np.searchsorted(self._at, window.start_us, side="right")) - 1
        before = self._sums[:, max(first, 0)]
        if first >= 0:
            passed = min(1.0, (window.start_us - int(self._at[first])) / int(self._width[first]))
            before = before + passed * (self._sums[:, first + 1] - self._sums[:, first])
        held = np.maximum(self._sums[:, last] - before, 0.0)
        return Counts(*(float(each) for each in held))
