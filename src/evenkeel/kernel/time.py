"""Time inside evenkeel: UTC, as integer microseconds since 1970 (`_us`) or aware datetimes (`_at`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

US_PER_SECOND = 1_000_000
US_PER_MINUTE = 60 * US_PER_SECOND
US_PER_HOUR = 60 * US_PER_MINUTE
US_PER_DAY = 24 * US_PER_HOUR


def to_datetime(at_us: int) -> datetime:
    """The aware UTC datetime of `at_us`.

    >>> to_datetime(0).isoformat()
    '1970-01-01T00:00:00+00:00'
    """
    seconds, micro = divmod(at_us, US_PER_SECOND)
    return datetime.fromtimestamp(seconds, UTC).replace(microsecond=micro)


def to_us(at: datetime) -> int:
    """Microseconds since 1970 of an aware datetime. Raises ValueError for a naive one."""
    if at.tzinfo is None:
        msg = f"{at.isoformat()} has no time zone; write it as {at.isoformat()}+00:00"
        raise ValueError(msg)
    delta = at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * US_PER_SECOND + delta.microseconds


def isoformat(at_us: int) -> str:
    """ISO 8601 with Z, to the millisecond.

    >>> isoformat(1_500_000)
    '1970-01-01T00:00:01.500Z'
    """
    return to_datetime(at_us).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def floor_minute(at_us: int) -> int:
    """The start of the minute that holds `at_us`."""
    return at_us - at_us % US_PER_MINUTE


def floor_hour(at_us: int) -> int:
    """The start of the UTC hour that holds `at_us`."""
    return at_us - at_us % US_PER_HOUR


@dataclass(frozen=True, slots=True)
class Window:
    """The half-open span of event time [start_us, end_us).

    >>> Window(0, 5 * US_PER_MINUTE).minutes
    5.0
    """

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us < self.start_us:
            msg = f"a window cannot end ({self.end_us}) before it starts ({self.start_us})"
            raise ValueError(msg)

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return (self.end_us - self.start_us) / US_PER_SECOND

    @property
    def minutes(self) -> float:
        """Length in minutes."""
        return (self.end_us - self.start_us) / US_PER_MINUTE

    def contains(self, at_us: int) -> bool:
        """Whether `at_us` lies in the window."""
        return self.start_us <= at_us < self.end_us


_UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400, "w": 604_800}


def parse_duration_s(text: str) -> int:
    """Seconds of a duration such as `90s`, `5m`, `1h`, `30d`, `2w`. Raises ValueError.

    >>> parse_duration_s("5m"), parse_duration_s("30d")
    (300, 2592000)
    """
    number, unit = text.strip()[:-1], text.strip()[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdigit()) or int(number) == 0:
        msg = f"{text!r} is not a duration; write a whole number and one of s m h d w, e.g. 5m, 1h, 30d"
        raise ValueError(msg)
    return int(number) * _UNITS[unit]


def format_duration(seconds: float) -> str:
    """The length people say: `45 s`, `5 min`, `6 h`, `30 d`.

    >>> format_duration(300), format_duration(21_600), format_duration(2_592_000)
    ('5 min', '6 h', '30 d')
    """
    for unit, size in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= size * (1 if unit == "min" else 2) or seconds == size:
            value = seconds / size
            return f"{value:.0f} {unit}" if value >= 10 or value == int(value) else f"{value:.1f} {unit}"
    return f"{seconds:.0f} s" if seconds >= 10 or seconds == int(seconds) else f"{seconds:.1f} s"
