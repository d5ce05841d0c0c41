"""How often a receiver may be called, and how long to wait before trying again; pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.ports import Random

#: The first wait after a failure, doubled with each that follows, up to the last.
BACKOFF_FIRST_S: Final = 1.0
BACKOFF_MAX_S: Final = 300.0


@dataclass(frozen=True, slots=True)
class Pace:
    """At most so many calls in any span of so many seconds."""

    calls: int
    seconds: float


class Pacer:
    """Remembers the calls of one span.

    >>> pacer = Pacer(Pace(calls=2, seconds=60.0))
    >>> [pacer.take(at) for at in (0.0, 10.0, 20.0)]
    [0.0, 0.0, 40.0]
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._taken: deque[float] = deque(maxlen=pace.calls)

    def take(self, now_s: float) -> float:
        """Seconds to wait before the next call, which is counted as made then."""
        at_s = now_s
        if len(self._taken) == self._pace.calls:
            at_s = max(now_s, self._taken[0] + self._pace.seconds)
        self._taken.append(at_s)
        return at_s - now_s


def retry_delay_s(attempts: int, asked_s: float | None, chance: Random) -> float:
    """Seconds until the next attempt, after so many failed ones: what was asked for, else longer each time.

    Chance spreads it over half to all of the wait, so that what failed together does not come back together.
    """
    spread = 0.5 + 0.5 * chance.random()
    if asked_s is not None:
        return asked_s + BACKOFF_FIRST_S * (spread - 0.5)
    exponent = min(max(attempts - 1, 0), 16)
    return min(BACKOFF_MAX_S, BACKOFF_FIRST_S * 2**exponent) * spread
