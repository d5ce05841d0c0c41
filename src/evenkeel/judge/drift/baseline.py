"""What a feature of a running service is compared with: its first whole week, day by day. Pure.

A day is the unit: days of a week differ as much as days do without drift. The reference never reaches into the window
that is judged, and it does not move with time, so that slow drift cannot hide in it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.drift.design import SEASONS_MIN
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.feature_port import FeatureCounts

#: Whole days with rows that make a reference; the season needs as many.
DAYS: Final = SEASONS_MIN


@dataclass(frozen=True, slots=True)
class Baseline:
    """Days that a feature is compared with; `is_whole` once there are seven."""

    days: tuple[int, ...]  # starts of days (UTC) that hold rows, earliest first

    @property
    def is_whole(self) -> bool:
        """Whether it is the reference for good."""
        return len(self.days) >= DAYS

    @property
    def ends_us(self) -> int:
        """When its last day ended."""
        return self.days[-1] + US_PER_DAY

    def before(self, at_us: int) -> Baseline:
        """What of it lies before a moment."""
        return Baseline(tuple(day for day in self.days if day + US_PER_DAY <= at_us))


def choose_baseline(days: Mapping[int, Counts], now_us: int) -> Baseline:
    """The first seven whole days with rows. The day in which a feature appeared is not whole, nor is today.

    A day holds rows where a value was given in one of them; days before the first value tell nothing.

    >>> day = Counts("g", (5,))
    >>> choose_baseline({n * US_PER_DAY: day for n in range(30)}, 30 * US_PER_DAY).days[0] // US_PER_DAY
    1
    """
    first = min((at for at, counts in days.items() if counts.n > counts.apart.missing), default=None)
    if first is None:
        return Baseline(())
    whole = [at for at in sorted(days) if at > first and at + US_PER_DAY <= now_us and days[at].n > 0]
    return Baseline(tuple(whole[:DAYS]))


def days_within(days: Mapping[int, Counts], window: Window) -> Baseline:
    """The days of a window that hold a value: a reference that somebody chose.

    >>> from evenkeel.kernel.profile.model import Apart
    >>> day, gap = Counts("g", (5,)), Counts("g", (0,), Apart(missing=5))
    >>> days_within({0: day, US_PER_DAY: gap, 9 * US_PER_DAY: day}, Window(0, 7 * US_PER_DAY)).days
    (0,)
    """
    inside = (at for at in sorted(days) if window.contains(at))
    return Baseline(tuple(at for at in inside if days[at].n > days[at].apart.missing))


def judged_window(baseline: Baseline, window: Window) -> tuple[Baseline, Window]:
    """(what a window is compared with, what of it is judged).

    A window that reaches into a whole reference is judged from its end on; while there is no whole one before it, what
    lies before the window is taken.

    >>> week = Baseline(tuple(n * US_PER_DAY for n in range(1, 8)))
    >>> found, judged = judged_window(week, Window(5 * US_PER_DAY, 10 * US_PER_DAY))
    >>> found.is_whole, judged.start_us // US_PER_DAY
    (True, 8)
    >>> found, judged = judged_window(week, Window(5 * US_PER_DAY, 8 * US_PER_DAY))
    >>> len(found.days), judged.start_us // US_PER_DAY
    (4, 5)
    """
    if baseline.is_whole and baseline.ends_us < window.end_us:
        return baseline, Window(max(window.start_us, baseline.ends_us), window.end_us)
    return baseline.before(window.start_us), window


def of_same_hours(hours: Mapping[int, Counts], days: Sequence[int], window: Window) -> tuple[Counts, ...]:
    """What the hours of a window, less than a day long, held on each of these days."""
    found: list[Counts] = []
    start_us = window.start_us % US_PER_DAY
    places = range(start_us, start_us + window.end_us - window.start_us, _HOUR_US)
    for day in days:
        parts = [hours[at] for place in places if (at := day + place % US_PER_DAY) in hours]
        if parts:
            found.append(merge(parts))
    return tuple(found)


_HOUR_US: Final = US_PER_DAY // 24


def by_feature(rows: Iterable[FeatureCounts], version: str | None = None) -> dict[str, dict[int, Counts]]:
    """Counts of each feature by the start of their step: of one version, or of all together."""
    parts: defaultdict[str, defaultdict[int, list[Counts]]] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        if version in (None, row.version):
            parts[row.feature][row.at].append(row.counts)
    return {
        name: {at: found[0] if len(found) == 1 else merge(found) for at, found in steps.items()}
        for name, steps in parts.items()
    }
