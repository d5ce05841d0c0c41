"""Which account a request falls under: a limit's period that holds a moment.

Minutes and hours are those of UTC, so that every machine agrees; days and months are the organisation's own, by
its time zone: a day may have 23 or 25 hours.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from evenkeel.gateway.limits.model import Account, Limit, Period
from evenkeel.kernel.time import US_PER_HOUR, US_PER_MINUTE, to_datetime, to_us

#: The end of a period that has none; fits the signed 64 bits it is stored in.
NEVER_US: Final = 1 << 62
_DAYS_IN_MONTH_MAX: Final = 31


def account_of(limit: Limit, holder: str, now_us: int, zone: str) -> Account:
    """The account of `limit` for `holder` at `now_us` (µs since 1970, UTC).

    >>> from evenkeel.gateway.limits.model import Holder, Measure
    >>> limit = Limit("l1", Holder.KEY, "*", Measure.REQUESTS, Period.MINUTE, 10)
    >>> account = account_of(limit, "k1", 90_000_000, "Europe/Berlin")
    >>> account.from_us, account.until_us
    (60000000, 120000000)
    """
    return Account(limit, holder, *period_of(limit.period, now_us, zone))


def period_of(period: Period, now_us: int, zone: str) -> tuple[int, int]:
    """(first moment, first moment after it) of the period that holds `now_us`, µs. Raises ValueError for no zone.

    >>> begin, end = period_of(Period.DAY, 1_774_742_400_000_000, "Europe/Berlin")  # 2026-03-29: clocks go forward
    >>> (end - begin) // US_PER_HOUR
    23
    """
    if period is Period.EVER:
        return 0, NEVER_US
    if period in (Period.MINUTE, Period.HOUR):
        size = US_PER_MINUTE if period is Period.MINUTE else US_PER_HOUR
        begin = now_us - now_us % size
        return begin, begin + size
    clock = zone_of(zone)
    today = to_datetime(now_us).astimezone(clock).date()
    first = today if period is Period.DAY else today.replace(day=1)
    return _midnight_us(first, clock), _midnight_us(_after(first, period), clock)


@lru_cache(maxsize=64)
def zone_of(name: str) -> ZoneInfo:
    """The time zone of a name such as `Europe/Berlin`. Raises ValueError when there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"{name!r} is not a time zone of the IANA database, such as Europe/Berlin or UTC") from None


def _after(first: date, period: Period) -> date:
    if period is Period.DAY:
        return first + timedelta(days=1)
    return (first + timedelta(days=_DAYS_IN_MONTH_MAX)).replace(day=1)


def _midnight_us(day: date, clock: ZoneInfo) -> int:
    """When a day begins. A midnight that is left out is the moment the clocks go forward; of two, the first."""
    return to_us(datetime(day.year, day.month, day.day, tzinfo=clock))
