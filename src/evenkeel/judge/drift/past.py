"""References out of a service's own past that somebody chose: certain days, or the same time of the last weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.judge.drift.design import SEASONS_MIN
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, Window, isoformat

#: More days tell no more of how much days differ, and each is read.
DAYS_MAX: Final = 92
#: Weeks of which there are counts by the hour, which are kept 90 days.
WEEKS_MAX: Final = 12
WEEK_US: Final = 7 * US_PER_DAY


@dataclass(frozen=True, slots=True)
class PastDays:
    """The days (UTC) of a window that is over, such as the same month of last year."""

    start_us: int
    end_us: int

    def describe(self) -> str:
        """In words, the last day included."""
        return f"the days from {isoformat(self.start_us)[:10]} to {isoformat(self.end_us - US_PER_DAY)[:10]}"


@dataclass(frozen=True, slots=True)
class LastWeeks:
    """The same weekday and hours of so many weeks before whatever is judged: it moves along with time."""

    weeks: int

    def describe(self) -> str:
        """In words."""
        return f"the same weekday and hours of the {self.weeks} weeks before"


Past = PastDays | LastWeeks


def choose_days(start_us: int, end_us: int, now_us: int) -> PastDays:
    """The days of a window. Raises InvalidInputError for too few, too many, or days that are not over.

    >>> choose_days(0, 10 * US_PER_DAY, 20 * US_PER_DAY).describe()
    'the days from 1970-01-01 to 1970-01-10'
    """
    days = (end_us - start_us) // US_PER_DAY
    if start_us % US_PER_DAY or end_us % US_PER_DAY or not SEASONS_MIN <= days <= DAYS_MAX:
        raise InvalidInputError(
            f"A reference of {days} days cannot be compared with.",
            hint=f"Name {SEASONS_MIN} to {DAYS_MAX} whole days: fewer do not tell how much days differ.",
            seen=days,
            allowed=f"{SEASONS_MIN} to {DAYS_MAX}",
        )
    if end_us > now_us:
        raise InvalidInputError("These days are not over yet.", hint="Choose days that end before today (UTC).")
    return PastDays(start_us, end_us)


def choose_weeks(weeks: int) -> LastWeeks:
    """Raises InvalidInputError for too few or too many.

    >>> choose_weeks(8).describe()
    'the same weekday and hours of the 8 weeks before'
    """
    if not SEASONS_MIN <= weeks <= WEEKS_MAX:
        raise InvalidInputError(
            f"{weeks} weeks cannot be compared with.",
            hint=f"Name {SEASONS_MIN} to {WEEKS_MAX}: fewer do not tell how much weeks differ, hours of more are gone.",
            seen=weeks,
            allowed=f"{SEASONS_MIN} to {WEEKS_MAX}",
        )
    return LastWeeks(weeks)


def past_to_json(past: Past) -> dict[str, int]:
    """Plain values."""
    if isinstance(past, PastDays):
        return {"start_us": past.start_us, "end_us": past.end_us}
    return {"weeks": past.weeks}


def past_from_json(document: Mapping[str, Any]) -> Past:
    """What `past_to_json` gave."""
    if "weeks" in document:
        return LastWeeks(document["weeks"])
    return PastDays(document["start_us"], document["end_us"])


def matching_days(days: Sequence[int], at_us: int) -> tuple[int, ...]:
    """Of the days of a reference those of the same weekday, where there are seven of them; else all.

    >>> [len(matching_days([day * US_PER_DAY for day in range(many)], 0)) for many in (31, 56)]
    [31, 8]
    """
    alike = tuple(day for day in days if (day - at_us // US_PER_DAY * US_PER_DAY) % WEEK_US == 0)
    return alike if len(alike) >= SEASONS_MIN else tuple(days)


def weeks_before(window: Window, weeks: int) -> list[Window]:
    """The same window in each of the weeks before it, the latest first."""
    return [
        Window(window.start_us - number * WEEK_US, window.end_us - number * WEEK_US) for number in range(1, weeks + 1)
    ]
