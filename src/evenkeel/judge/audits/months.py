"""When a month's audit is due. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from evenkeel.judge.audits.model import Month, Standing, State
from evenkeel.kernel.time import US_PER_DAY, Window, to_datetime, to_us


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides how an audit stands."""

    first_us: int  # when the model was first heard from
    since_us: int  # audits are expected of months that end after this
    has_traffic: bool | None  # None: its counters are no longer kept
    signed: str = ""  # who signed and what they came to; empty: nobody
    timezone: str = "UTC"  # that days are told in


def month_of(at_us: int, timezone: str) -> Month:
    """The month of a moment in the organisation's time zone.

    >>> str(month_of(0, "America/New_York"))
    '1969-12'
    """
    local = to_datetime(at_us).astimezone(ZoneInfo(timezone))
    return Month(local.year, local.month)


def month_window(month: Month, timezone: str) -> Window:
    """A month in the organisation's time zone.

    >>> month_window(Month(2026, 2), "Europe/Berlin").minutes / 1_440
    28.0
    """
    zone = ZoneInfo(timezone)
    start, end = (to_us(datetime(each.year, each.number, 1, tzinfo=zone)) for each in (month, month.after))
    return Window(start, end)


def months_back(now_us: int, timezone: str, most: int) -> Iterator[Month]:
    """This month and those before it, `most` in all, the newest first.

    >>> [str(each) for each in months_back(0, "UTC", 2)]
    ['1970-01', '1969-12']
    """
    month = month_of(now_us, timezone)
    for _ in range(most):
        yield month
        month = month.before


def derive_standing(month: Month, window: Window, facts: Facts, due_days: int, now_us: int) -> Standing:
    """How the audit of a month stands: what is signed is done, and only whole months with traffic are due.

    >>> september, window = Month(2026, 9), month_window(Month(2026, 9), "UTC")
    >>> facts = Facts(first_us=0, since_us=0, has_traffic=True)
    >>> for days in (-1, 9, 10):
    ...     derive_standing(september, window, facts, 10, window.end_us + days * US_PER_DAY).state.value
    'not due'
    'due'
    'overdue'
    """
    until_us = window.end_us + due_days * US_PER_DAY
    first, since, until = (_day(at_us, facts.timezone) for at_us in (facts.first_us, facts.since_us, until_us))
    state, says, may_be_signed = State.NOT_DUE, "", False
    if facts.signed:
        state, says = State.DONE, facts.signed
    elif facts.first_us >= window.end_us:
        says = "The model did not run yet."
    elif facts.first_us > window.start_us:
        says = f"The model began within the month, on {first}: its first whole month is the first one due."
        may_be_signed = now_us >= window.end_us and facts.has_traffic is not False
    elif now_us < window.end_us:
        says = f"The month is not over; its audit is due before {until} if the model runs in all of it."
    elif facts.has_traffic is False:
        says = "The model had no traffic in this month."
    elif window.end_us <= facts.since_us:
        says = f"The month ended before audits were expected here, on {since}."
        may_be_signed = True
    elif now_us < until_us:
        state, says = State.DUE, f"Due before {until}."
        may_be_signed = True
    else:
        state, says = State.OVERDUE, f"Overdue since {until}."
        may_be_signed = True
    if may_be_signed and facts.has_traffic is None:
        says += " Its counters are no longer kept, so nobody knows how much traffic it had."
    return Standing(month, window, state, says, until_us, may_be_signed)


def _day(at_us: int, timezone: str) -> str:
    return to_datetime(at_us).astimezone(ZoneInfo(timezone)).date().isoformat()
