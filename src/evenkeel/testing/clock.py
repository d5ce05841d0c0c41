"""A clock that tests set."""

from __future__ import annotations

from evenkeel.kernel.time import US_PER_SECOND

_START_US = 1_767_225_600 * US_PER_SECOND  # 2026-01-01T00:00Z


class SimClock:
    """Stands still until told to move; wall time may be stepped, monotonic time only advances.

    >>> clock = SimClock(0)
    >>> clock.advance(1.5)
    >>> clock.step(-10.0)
    >>> clock.now_us(), clock.monotonic_s()
    (-8500000, 1.5)
    """

    def __init__(self, start_us: int = _START_US) -> None:
        self._now_us = start_us
        self._monotonic_s = 0.0

    def now_us(self) -> int:
        """Wall time in microseconds since 1970."""
        return self._now_us

    def monotonic_s(self) -> float:
        """Seconds advanced since the clock was made."""
        return self._monotonic_s

    def advance(self, seconds: float) -> None:
        """Let time pass. Raises ValueError when `seconds` is negative: that is a `step`."""
        if seconds < 0:
            msg = f"time does not pass by {seconds} s; use step"
            raise ValueError(msg)
        self._monotonic_s += seconds
        self._now_us += round(seconds * US_PER_SECOND)

    def step(self, seconds: float) -> None:
        """Set the wall clock forward or back, as NTP or an operator may."""
        self._now_us += round(seconds * US_PER_SECOND)
