"""What was made of a service's drift, kept as long as nothing of what it rests on changes.

Nothing of a judgement depends on the minute: windows are of whole hours or days, and what lies in the last one is told
by the store. So the same window, up to the same hour, of the same counts, reference and names is the same answer.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from evenkeel.judge.drift.limits import DriftLimits
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.retired import Retired
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.port import ServiceKey, Telemetry

Made = TypeVar("Made")

#: Looks that are kept: a page has five spans, and few pages are open at once. One of 200 features takes 3.6 MB.
LOOKS_MAX: Final = 12


@dataclass(frozen=True, slots=True)
class Said:
    """What people say of a service: what it is compared with, what no longer is, and how large a difference matters."""

    given: Callable[[ServiceKey], GivenReference | None]
    retired: Callable[[ServiceKey], Mapping[str, Retired]]
    limits: Callable[[ServiceKey], DriftLimits]


@dataclass(frozen=True)
class _RestsOn:
    """Compared as a whole; the reference by itself, as a new one is another object."""

    last_change: int
    reference: int
    said: tuple[Any, ...]


class KeptLooks:
    """Answers by service and window. Safe to use from any thread."""

    def __init__(self, telemetry: Telemetry, said: Said) -> None:
        self._telemetry = telemetry
        self._said = said
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[Any, ...], tuple[_RestsOn, GivenReference | None, Any]] = OrderedDict()

    def once(self, name: str, key: ServiceKey, window: Window, make: Callable[[], Made]) -> Made:
        """What `make` gives of a window that ends now, made again only where something has changed.

        `make` may ask for nothing but what a `DriftJudge` answers of this service and window; nobody changes what it
        gave.
        """
        hours, minutes_us = divmod(window.end_us, US_PER_HOUR)
        place = name, key, window.start_us, hours, minutes_us == 0
        given = self._said.given(key)
        rests_on = _RestsOn(self._telemetry.feature_changes(key).last, id(given), self._told(key))
        with self._lock:
            held = self._held.get(place)
            if held is not None and held[0] == rests_on:
                self._held.move_to_end(place)
                return held[2]
        made = make()
        with self._lock:
            self._held[place] = rests_on, given, made  # the reference is held, too: no other one gets its id
            self._held.move_to_end(place)
            while len(self._held) > LOOKS_MAX:
                self._held.popitem(last=False)
        return made

    def _told(self, key: ServiceKey) -> tuple[Any, ...]:
        """What else is told: features that wait or are retired, which version came when, and what matters."""
        telemetry, said = self._telemetry, self._said
        versions = tuple(span.version for span in telemetry.version_spans(key))
        waiting = tuple(telemetry.waiting_features(key))
        return (
            telemetry.refused_features(key),
            waiting,
            versions,
            tuple(sorted(said.retired(key).items())),
            said.limits(key),
        )
