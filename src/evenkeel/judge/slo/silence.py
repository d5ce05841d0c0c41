"""When services were not heard from although they should have been: from their counters, however old they are."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.judge.slo.ledger import find_gaps
from evenkeel.judge.slo.stream import Moments
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window, floor_hour
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.store.telemetry.series import CountSeries

#: Signs of life are read anew after this long; that a service is silent now is known without.
KEPT_US: Final = 10 * US_PER_MINUTE
#: Services and days that signs of life are remembered for.
KEPT_MAX: Final = 5_000
#: Services whose minutes of a day are read at once: some 10 MB.
AT_ONCE_MAX: Final = 100
_MINUTES_PER_HOUR: Final = 60
_NOTHING: Final[Moments] = np.empty(0, np.int64)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Whose silences are asked for: from an hour's start on, with how often it is heard from."""

    key: ServiceKey
    start_us: int
    cadence_s: float


class Silences:
    """Remembers the silences of services. Safe to use from any thread."""

    def __init__(self, telemetry: Telemetry, cadence_s: Callable[[ServiceKey], float]) -> None:
        self._telemetry = telemetry
        self._cadence_s = cadence_s
        self._known: dict[tuple[ServiceKey, int], tuple[int, tuple[Window, ...]]] = {}
        self._lock = threading.Lock()

    def read(self, keys: Iterable[tuple[ServiceKey, int]], end_us: int) -> None:
        """Read what is not known of these (service, start), all of them together: it is asked for next."""
        places = {(key, _day_of(start_us)) for key, start_us in keys}
        with self._lock:
            missing = [place for place in places if not _is_fresh(self._known.get(place), end_us)]
        if missing:
            self._read(sorted(missing, key=lambda place: (place[1], place[0].environment, place[0].service)), end_us)

    def of(self, key: ServiceKey, window: Window) -> tuple[Window, ...]:
        """The silences of a service; from the start of the day in which `window` starts."""
        place = (key, _day_of(window.start_us))
        with self._lock:
            known = self._known.get(place)
        if known is not None and _is_fresh(known, window.end_us):
            return known[1]
        (silences,) = self._read([place], window.end_us)
        return silences

    def _read(self, places: Sequence[tuple[ServiceKey, int]], end_us: int) -> list[tuple[Window, ...]]:
        wanted = [Wanted(key, start_us, self._cadence_s(key)) for key, start_us in places]
        found = read_silences(self._telemetry, wanted, end_us)
        with self._lock:
            if len(self._known) + len(found) > KEPT_MAX:
                self._known.clear()
            self._known.update({place: (end_us, mine) for place, mine in zip(places, found, strict=True)})
        return found


def read_silences(telemetry: Telemetry, wanted: Sequence[Wanted], end_us: int) -> list[tuple[Window, ...]]:
    """The parts of the time until `end_us` in which each was silent for longer than twice its cadence.

    The last day is told by its minutes. So is an hour before that held less than it might, as far back as minutes
    are kept: otherwise what nobody saw would be forgotten a day later.
    """
    found: list[tuple[Window, ...]] = []
    for first in range(0, len(wanted), AT_ONCE_MAX):
        found += _read_together(telemetry, wanted[first : first + AT_ONCE_MAX], end_us)
    return found


def _read_together(telemetry: Telemetry, wanted: Sequence[Wanted], end_us: int) -> list[tuple[Window, ...]]:
    day_us = floor_hour(end_us - US_PER_DAY)
    start_us = min(each.start_us for each in wanted)
    keys = list(dict.fromkeys(each.key for each in wanted))
    today = telemetry.counts(Window(max(start_us, day_us), end_us), step_minutes=1, keys=keys)
    hours: Mapping[ServiceKey, CountSeries] = {}
    if start_us < day_us:
        hours = telemetry.counts(Window(start_us, day_us), step_minutes=60, keys=keys)
    thin = [_thin_hours(each, hours.get(each.key)) for each in wanted]
    told = _minutes_of(telemetry, [(each.key, mine) for each, mine in zip(wanted, thin, strict=True)])
    found: list[tuple[Window, ...]] = []
    for each, mine in zip(wanted, thin, strict=True):
        minutes = told.get(each.key, _NOTHING)
        minutes = minutes[np.isin(_hours_of(minutes), mine)]
        before = _since(hours.get(each.key), each.start_us)
        untold = before[~np.isin(before, _hours_of(minutes))]
        latest = _since(today.get(each.key), each.start_us)
        at = np.concatenate((untold, minutes, latest))
        length = np.where(np.arange(at.size) < untold.size, US_PER_HOUR, US_PER_MINUTE)
        order = np.argsort(at, kind="stable")
        window = Window(each.start_us, end_us)
        found.append(find_gaps(at[order], (at + length)[order], window, each.cadence_s))
    return found


def _thin_hours(wanted: Wanted, series: CountSeries | None) -> Moments:
    """The hours that held less than they might: a silence may lie in them."""
    if series is None:
        return _NOTHING
    # A silence may lie across the edge of two hours, and be half as long in each.
    missing = max(1.0, wanted.cadence_s / 60.0)
    return series.at[(_MINUTES_PER_HOUR - series.minutes_known >= missing) & (series.at >= wanted.start_us)]


def _minutes_of(telemetry: Telemetry, hours: Sequence[tuple[ServiceKey, Moments]]) -> Mapping[ServiceKey, Moments]:
    """The minutes in which each was heard on the days of these hours: day by day, so that few are held at once."""
    by_day: dict[int, set[ServiceKey]] = {}
    for key, at in hours:
        for day_us in np.unique(at // US_PER_DAY * US_PER_DAY):
            by_day.setdefault(int(day_us), set()).add(key)
    found: dict[ServiceKey, list[Moments]] = {}
    for day_us, keys in sorted(by_day.items()):
        for key, series in telemetry.counts(
            Window(day_us, day_us + US_PER_DAY), step_minutes=1, keys=list(keys)
        ).items():
            found.setdefault(key, []).append(series.at)
    return {key: np.concatenate(parts) for key, parts in found.items()}


def _since(series: CountSeries | None, start_us: int) -> Moments:
    return _NOTHING if series is None else series.at[series.at >= start_us]


def _hours_of(at: Moments) -> Moments:
    return at // US_PER_HOUR * US_PER_HOUR


def _day_of(at_us: int) -> int:
    return at_us // US_PER_DAY * US_PER_DAY


def _is_fresh(known: tuple[int, tuple[Window, ...]] | None, end_us: int) -> bool:
    return known is not None and end_us - known[0] <= KEPT_US
