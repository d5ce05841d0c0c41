"""Over how long, and of which services, figures of the gateway are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window

#: What can be asked for; the first unless said otherwise.
SPANS_US: Final[Mapping[str, int]] = {
    "24h": US_PER_DAY,
    "1h": US_PER_HOUR,
    "7d": 7 * US_PER_DAY,
    "30d": 30 * US_PER_DAY,
}
DEFAULT_SPAN: Final = next(iter(SPANS_US))


def window_of(span: str, now_us: int) -> Window:
    """The time that figures are about. Raises InvalidInputError for a span that is none.

    >>> window_of("1h", US_PER_HOUR).start_us
    0
    """
    span = span or DEFAULT_SPAN
    if span not in SPANS_US:
        raise InvalidInputError(f"There is no span {span[:20]!r}.", hint=f"Use one of {', '.join(SPANS_US)}.")
    return Window(now_us - SPANS_US[span], now_us + 1)


@dataclass(frozen=True, slots=True)
class FiguresFilter:
    """Which services are shown, and over how long; what is empty is not asked for."""

    span: str = ""
    environment: str = ""
    service: str = ""

    def fits(self, environment: str, service: str) -> bool:
        """Whether a service is shown."""
        return self.environment in ("", environment) and self.service in ("", service)


def read_filter(query: Mapping[str, str]) -> FiguresFilter:
    """What the address of a page asks for."""
    return FiguresFilter(query.get("span", ""), query.get("environment", ""), query.get("service", ""))
