"""The time an error budget is for: rolling, or a day, week, month, quarter or year of a time zone. Pure."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from evenkeel.judge.slo.budget import MINUTES_30D
from evenkeel.judge.slo.model import BudgetWindow
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_SECOND, Window, to_datetime, to_us

_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


def period_at(window: BudgetWindow, now_us: int) -> Window:
    """The period that `now_us` lies in, to its end; of a rolling window the time up to now.

    >>> period = period_at(BudgetWindow(calendar="month", timezone="Europe/Berlin"), 1_711_929_600_000_000)
    >>> to_datetime(period.start_us).isoformat(), period.minutes / 1440  # April 2024, after the clocks went forward
    ('2024-03-31T22:00:00+00:00', 30.0)

    Raises InvalidInputError for a calendar that is not known.
    """
    if window.rolling_s:
        return Window(now_us - window.rolling_s * US_PER_SECOND, now_us)
    zone = ZoneInfo(window.timezone)
    today = to_datetime(now_us).astimezone(zone).date()
    start, end = _calendar(window.calendar, today)
    return Window(_midnight(start, zone), _midnight(end, zone))


def budget_minutes(window: BudgetWindow, period: Window, *, fixed_30d: bool) -> float:
    """The minutes a budget is computed for: the period's own, or those of 30 days where every month counts so."""
    return MINUTES_30D if fixed_30d and window.calendar == "month" else period.minutes


def months_before(now_us: int, timezone: str, count: int) -> list[Window]:
    """This month and the ones before it, `count` in all, the latest first.

    >>> [month.minutes / 1440 for month in months_before(1_711_929_600_000_000, "UTC", 3)]
    [30.0, 31.0, 29.0]
    """
    zone = ZoneInfo(timezone)
    start = to_datetime(now_us).astimezone(zone).date().replace(day=1)
    found: list[Window] = []
    for _ in range(count):
        found.append(Window(_midnight(start, zone), _midnight(_add_months(start, 1), zone)))
        start = _add_months(start, -1)
    return found


def _calendar(name: str, today: date) -> tuple[date, date]:
    if name == "day":
        return today, today + timedelta(days=1)
    if name == "week":
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=7)
    if name not in _MONTHS:
        raise InvalidInputError(
            f"{name!r} is no period of the calendar.", hint="There are day, week, month, quarter, year."
        )
    length = _MONTHS[name]
    first = today.replace(month=(today.month - 1) // length * length + 1, day=1)
    return first, _add_months(first, length)


def _add_months(first: date, months: int) -> date:
    total = first.year * 12 + first.month - 1 + months
    return date(total // 12, total % 12 + 1, 1)


def _midnight(day: date, zone: ZoneInfo) -> int:
    return to_us(datetime(day.year, day.month, day.day, tzinfo=zone))
