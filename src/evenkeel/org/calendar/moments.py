"""Moments as people write them: with an offset, or on the clock of the organisation. Pure."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import to_us


def read_moment(text: str, timezone: str) -> int:
    """Microseconds since 1970 of an ISO 8601 moment; without an offset it is on the clock of `timezone`.

    >>> read_moment("1970-01-01T01:00", "Europe/Berlin"), read_moment("1970-01-01T00:00:02Z", "Europe/Berlin")
    (0, 2000000)

    Raises InvalidInputError.
    """
    try:
        at = datetime.fromisoformat(text.strip())
        return to_us(at if at.tzinfo else at.replace(tzinfo=ZoneInfo(timezone)))
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(
            f"{text[:40]!r} is no moment.", hint="Write e.g. 2026-03-01T22:00, or with an offset 2026-03-01T22:00Z."
        ) from error
