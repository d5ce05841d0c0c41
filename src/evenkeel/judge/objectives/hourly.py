"""Sums by the hour of a past that hardly changes: read once, only what is new after that, and all anew once a day.

What a window is compared with lies weeks before it. Its truths are here; to read it at each look would cost as much as
everything else together. Truths that come later than nearly all, corrections and erasures are found within a day.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, TypeVar

from evenkeel.judge.objectives.assessing import Occasion
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey

T = TypeVar("T")

#: After this everything is read again.
RELOAD_US: Final = US_PER_DAY


@dataclass(slots=True)
class _Kept(Generic[T]):
    read_at_us: int
    window: Window
    sums: dict[int, T] = field(default_factory=dict[int, T])


class HourlySums(Generic[T]):
    """What `read` tells of the hours of a window, by when they begin; kept per service."""

    def __init__(self, read: Callable[[Occasion, Window], Iterable[tuple[int, T]]]) -> None:
        self._read = read
        self._kept: dict[ServiceKey, _Kept[T]] = {}

    def within(self, occasion: Occasion, window: Window) -> list[tuple[int, T]]:
        """The hours of a window (from hour to hour) that hold anything, in order."""
        if window.end_us <= window.start_us:
            return []
        key, now_us = occasion.state.key, occasion.now_us
        kept = self._kept.get(key)
        if kept is None or not 0 <= now_us - kept.read_at_us < RELOAD_US or _is_apart(kept.window, window):
            kept = self._kept[key] = _Kept(now_us, Window(window.start_us, window.start_us))
        start_us, end_us = kept.window.start_us, kept.window.end_us
        for first_us, last_us in ((window.start_us, start_us), (end_us, window.end_us)):
            if first_us < last_us:
                kept.sums.update(self._read(occasion, Window(first_us, last_us)))
        kept.window = Window(min(start_us, window.start_us), max(end_us, window.end_us))
        return sorted((at, each) for at, each in kept.sums.items() if window.start_us <= at < window.end_us)


def _is_apart(kept: Window, asked: Window) -> bool:
    return asked.end_us < kept.start_us or asked.start_us > kept.end_us
