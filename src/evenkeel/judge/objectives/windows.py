"""Which spans of time an objective is judged over at a given moment. Pure."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, Window, floor_hour, floor_minute, to_datetime, to_us

#: The verdict window doubles until it holds enough, but never beyond a day: older is not "how are we".
VERDICT_MAX_S: Final = 86_400

#: The same of objectives that are looked at by the hour (SPEC C: "or enough labels, at most 7 days").
ASSESSED_MAX_S: Final = 7 * 86_400

#: Share of requests that must name their caller for callers to be the unit of chance.
CALLERS_NAMED: Final = 0.9


def page_window(page_s: int, now_us: int) -> Window:
    """The last `page_s` seconds, from the start of a minute (the starts that alpha is spent on)."""
    start = floor_minute(now_us - page_s * US_PER_SECOND) + 60 * US_PER_SECOND
    return Window(min(start, floor_minute(now_us)), now_us)


def verdict_windows(verdict_s: int, now_us: int) -> list[Window]:
    """The windows tried in turn until one holds enough: `verdict_s`, twice that, … up to a day.

    >>> [int(window.minutes) for window in verdict_windows(3_600, 10 * US_PER_DAY)]
    [60, 120, 240, 480, 960, 1440]
    """
    lengths = [verdict_s]
    while lengths[-1] < VERDICT_MAX_S:
        lengths.append(min(2 * lengths[-1], VERDICT_MAX_S))
    return [Window(floor_minute(now_us - length * US_PER_SECOND), now_us) for length in lengths]


def assessed_window(length_s: int, end_us: int) -> Window:
    """At least `length_s` seconds up to `end_us`, from the start of an hour."""
    return Window(floor_hour(end_us - length_s * US_PER_SECOND), end_us)


def assessed_windows(verdict_s: int, end_us: int) -> list[Window]:
    """The windows tried in turn for an objective that is looked at by the hour: up to a week, or `verdict_s`.

    >>> [round(window.minutes / 1_440) for window in assessed_windows(86_400, 30 * US_PER_DAY)]
    [1, 2, 4, 7]
    """
    lengths = [verdict_s]
    while lengths[-1] < ASSESSED_MAX_S:
        lengths.append(min(2 * lengths[-1], ASSESSED_MAX_S))
    return [assessed_window(length, end_us) for length in lengths]


def report_window(now_us: int, timezone: str = "UTC") -> Window:
    """The calendar month so far, in the organisation's time zone."""
    zone = ZoneInfo(timezone)
    local = to_datetime(now_us).astimezone(zone)
    start = datetime(local.year, local.month, 1, tzinfo=zone)
    return Window(min(to_us(start), now_us), now_us)


def quarter_window(now_us: int, timezone: str = "UTC") -> Window:
    """The calendar quarter so far, in the organisation's time zone.

    >>> round(quarter_window(45 * US_PER_DAY).minutes / 1_440)  # the 15th of February
    45
    """
    zone = ZoneInfo(timezone)
    local = to_datetime(now_us).astimezone(zone)
    start = datetime(local.year, 3 * ((local.month - 1) // 3) + 1, 1, tzinfo=zone)
    return Window(min(to_us(start), now_us), now_us)


def group_by(window: Window, *, caller_share: float) -> str:
    """What may fail together in a window: a caller where requests name theirs, else a minute or an hour.

    Requests that name none are grouped by minute beside them.
    """
    if window.end_us - window.start_us > 2 * US_PER_DAY:
        return "hour"
    return "caller" if caller_share >= CALLERS_NAMED else "minute"


def since(window: Window, first_us: int) -> Window:
    """`window` from when the service was first seen: before that there is nothing to miss."""
    start = max(window.start_us, min(floor_minute(first_us), window.end_us))
    return Window(start, window.end_us)
