"""Counts that were read, kept as long as nothing changes of their day: what is looked at again is not read again."""

from __future__ import annotations

import threading
from collections import OrderedDict, defaultdict
from collections.abc import Iterable, Sequence
from typing import Final

from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.feature_port import FeatureChanges, FeatureCounts, Step
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

#: Counts that are kept of all services together; one takes some 3 KB: 63 MB at most. A service of 200 features has
#: 5,600 in 28 days.
COUNTS_MAX: Final = 20_000


class KeptCounts:
    """Counts of all features by day, or by the hours of a day. Safe to use from any thread.

    A day is read again once the store tells that it changed: a late event does, and so do a grid and an erasure.
    """

    def __init__(self, telemetry: Telemetry) -> None:
        self._telemetry = telemetry
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[ServiceKey, Step, int], tuple[int, Sequence[FeatureCounts]]] = OrderedDict()
        self._many = 0

    def read(
        self, key: ServiceKey, window: Window, *, step: Step = "hour", features: Sequence[str] | None = None
    ) -> Sequence[FeatureCounts]:
        """What `Telemetry.feature_counts` tells. What is read of some features only is not kept."""
        changes = self._telemetry.feature_changes(key)  # before anything is read: what comes meanwhile is read again
        days = days_of(window)
        found = {day: rows for day in days if (rows := self._find(key, step, day, changes)) is not None}
        rows = [row for each in found.values() for row in each if features is None or row.feature in features]
        for span in days_together(day for day in days if day not in found):
            if features is None:
                rows += self._keep(key, step, span, changes)
            else:
                inside = Window(max(span.start_us, window.start_us), min(span.end_us, window.end_us))
                rows += self._telemetry.feature_counts(key, inside, step=step, features=features)
        inside = [row for row in rows if window.contains(row.at)]
        return sorted(inside, key=lambda row: (row.feature, row.version, row.at))

    def _find(self, key: ServiceKey, step: Step, day: int, changes: FeatureChanges) -> Sequence[FeatureCounts] | None:
        with self._lock:
            held = self._held.get((key, step, day))
            if held is None or held[0] != changes.of_day(day):
                return None
            self._held.move_to_end((key, step, day))
            return held[1]

    def _keep(self, key: ServiceKey, step: Step, span: Window, changes: FeatureChanges) -> Sequence[FeatureCounts]:
        rows = self._telemetry.feature_counts(key, span, step=step)
        by_day: defaultdict[int, list[FeatureCounts]] = defaultdict(list)
        for row in rows:
            by_day[row.at // US_PER_DAY * US_PER_DAY].append(row)
        with self._lock:
            for day in range(span.start_us, span.end_us, US_PER_DAY):
                self._many -= _size(self._held.pop((key, step, day), None))
                made = self._held[key, step, day] = changes.of_day(day), by_day.get(day, [])
                self._many += _size(made)
            while self._many > COUNTS_MAX:
                self._many -= _size(self._held.popitem(last=False)[1])
        return rows


def days_of(window: Window) -> range:
    """The starts of the days (UTC) that a window touches."""
    return range(window.start_us // US_PER_DAY * US_PER_DAY, window.end_us, US_PER_DAY)


def days_together(days: Iterable[int]) -> list[Window]:
    """Days that follow each other, as windows: what lies between them is not read.

    >>> [(each.start_us // US_PER_DAY, each.end_us // US_PER_DAY) for each in days_together([0, US_PER_DAY])]
    [(0, 2)]
    """
    given = set(days)
    first = sorted(day for day in given if day - US_PER_DAY not in given)
    last = sorted(day for day in given if day + US_PER_DAY not in given)
    return [Window(start, end + US_PER_DAY) for start, end in zip(first, last, strict=True)]


def _size(held: tuple[int, Sequence[FeatureCounts]] | None) -> int:
    """A day without counts takes some room, too."""
    return 0 if held is None else 1 + len(held[1])
