"""What an SLO counted, piece by piece, and what of it lies in a window without the time that is excluded. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from evenkeel.judge.slo.budget import Tally
from evenkeel.judge.slo.stream import Buckets, Floats, Moments
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window


@dataclass(frozen=True, slots=True)
class Ledger:
    """Pieces of time that do not overlap, in order: start and length in microseconds, how many, how many bad."""

    at: Moments
    width: Moments
    total: Floats
    bad: Floats

    @classmethod
    def of(cls, hours: Buckets, minutes: Buckets, *, slice_us: int = US_PER_MINUTE, worth: float = 1.0) -> Ledger:
        """Hours, and from the first minute on minutes, or slices `slice_us` long; each count is worth `worth`."""
        if minutes.at.size:
            first = int(minutes.at[0])
            hours = hours.within(Window(0, first // US_PER_HOUR * US_PER_HOUR))
        at = np.concatenate((hours.at, minutes.at)).astype(np.int64)
        width = np.concatenate((np.full(hours.at.size, US_PER_HOUR), np.full(minutes.at.size, slice_us)))
        total = np.concatenate((hours.total, minutes.total)) * worth
        bad = np.concatenate((hours.bad, minutes.bad)) * worth
        return cls(at, width.astype(np.int64), total, bad)

    def refined(self, hour_us: int, minutes: Buckets, *, slice_us: int, worth: float) -> Ledger:
        """The same with one hour told by its minutes."""
        kept = self.at != hour_us
        fresh = Ledger.of(Buckets.none(), minutes, slice_us=slice_us, worth=worth)
        at = np.concatenate((self.at[kept], fresh.at))
        order = np.argsort(at, kind="stable")
        return Ledger(
            at[order],
            np.concatenate((self.width[kept], fresh.width))[order],
            np.concatenate((self.total[kept], fresh.total))[order],
            np.concatenate((self.bad[kept], fresh.bad))[order],
        )

    def counted(self, window: Window, excluded: Sequence[Window] = ()) -> tuple[float, float]:
        """(total, bad) in `window` without `excluded` (merged); of a piece that is cut, its part in time."""
        share = self._shares(window, excluded)
        return float(share @ self.total), float(share @ self.bad)

    def cut_hours(self, edges: Iterable[int]) -> list[int]:
        """The hours held as one piece that these moments cut."""
        found: set[int] = set()
        for edge in edges:
            place = int(np.searchsorted(self.at, edge, side="right")) - 1
            if place >= 0 and self.width[place] == US_PER_HOUR and 0 < edge - int(self.at[place]) < US_PER_HOUR:
                found.add(int(self.at[place]))
        return sorted(found)

    def _shares(self, window: Window, excluded: Sequence[Window]) -> Floats:
        inside = self._overlap(window)
        for span in excluded:
            start, end = max(span.start_us, window.start_us), min(span.end_us, window.end_us)
            if start < end:
                inside = inside - self._overlap(Window(start, end))
        return np.maximum(inside, 0) / self.width

    def _overlap(self, window: Window) -> Moments:
        start = np.maximum(self.at, window.start_us)
        return np.maximum(np.minimum(self.at + self.width, window.end_us) - start, 0)


def minutes_of(window: Window, excluded: Sequence[Window]) -> float:
    """Minutes of `window` that are not excluded (merged spans)."""
    out = sum(max(0, min(span.end_us, window.end_us) - max(span.start_us, window.start_us)) for span in excluded)
    return window.minutes - out / US_PER_MINUTE


def find_silences(heard: Iterable[Window], window: Window, cadence_s: float) -> tuple[Window, ...]:
    """The parts of `window` between `heard` (in order) that are longer than twice the usual interval.

    >>> find_silences([Window(0, 60_000_000), Window(600_000_000, 660_000_000)], Window(0, 700_000_000), 30.0)
    (Window(start_us=60000000, end_us=600000000),)
    """
    spans = list(heard)
    starts = np.array([span.start_us for span in spans], np.int64)
    ends = np.array([span.end_us for span in spans], np.int64)
    return find_gaps(starts, ends, window, cadence_s)


def find_gaps(start_us: Moments, end_us: Moments, window: Window, cadence_s: float) -> tuple[Window, ...]:
    """The same where what was heard, in order, is columns."""
    allowed_us = max(2.0 * cadence_s * US_PER_SECOND, US_PER_MINUTE)
    again_us = np.minimum(np.append(start_us, window.end_us), window.end_us)
    until_us = np.maximum.accumulate(np.minimum(np.concatenate(([window.start_us], end_us)), window.end_us))
    places = np.flatnonzero(again_us - until_us > allowed_us)
    return tuple(Window(int(until_us[place]), int(again_us[place])) for place in places)


def tally_minutes(ledger: Ledger, window: Window, excluded: Sequence[Window]) -> Tally:
    """Minutes seen, bad, and without evidence, which may have been either."""
    total, bad = ledger.counted(window, excluded)
    whole = minutes_of(window, excluded)
    total = min(total, whole)
    return Tally(total, min(bad, total), max(0.0, whole - total))


def tally_events(ledger: Ledger, window: Window, excluded: Sequence[Window], holes: Sequence[Window]) -> Tally:
    """Events seen, bad, and those that would have come in `holes` at the rate of the rest; at least one of them."""
    # A window that ends now cuts the running minute, which holds nothing beyond now.
    whole = Window(window.start_us, -(-window.end_us // US_PER_MINUTE) * US_PER_MINUTE)
    total, bad = ledger.counted(whole, excluded)
    missing = sum(minutes_of(hole, excluded) for hole in holes)
    heard = minutes_of(window, excluded) - missing
    if missing <= 0.0 or total <= 0.0:
        return Tally(total, bad)
    return Tally(total, bad, max(1.0, total * missing / max(heard, 1.0)))
