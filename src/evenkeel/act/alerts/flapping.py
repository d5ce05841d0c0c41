"""Flapping: when the end of an alert is said, and when firing again is the same alert.

That it fires is never delayed. That it is over is said once the condition has been clear for `SETTLE_US`; an alert
that fired again three times within an hour is only over after `HOLD_US`. One that fires again within `SAME_US` after
its end is the same alert: its history goes on, and people are told under the same key.
"""

from __future__ import annotations

from typing import Final

from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND

SETTLE_US: Final = 60 * US_PER_SECOND
HOLD_US: Final = 15 * US_PER_MINUTE
SAME_US: Final = 10 * US_PER_MINUTE
FLAPS_MIN: Final = 3
FLAPS_US: Final = US_PER_HOUR


def recent_flaps(flaps: tuple[int, ...], now_us: int) -> tuple[int, ...]:
    """Those of the last hour; one from the future is of a clock that was set back since, and counts.

    >>> recent_flaps((0, FLAPS_US), FLAPS_US + 1)
    (3600000000,)
    """
    return tuple(at_us for at_us in flaps if now_us - at_us < FLAPS_US)


def is_flapping(flaps: tuple[int, ...], now_us: int) -> bool:
    """Whether it fired again so often that each end is doubtful."""
    return len(recent_flaps(flaps, now_us)) >= FLAPS_MIN


def settle_us(flaps: tuple[int, ...], now_us: int) -> int:
    """How long the condition must be clear before the alert is over."""
    return HOLD_US if is_flapping(flaps, now_us) else SETTLE_US


def is_same(resolved_at_us: int, now_us: int) -> bool:
    """Whether firing now continues an alert that ended then."""
    return now_us - resolved_at_us < SAME_US
