"""What is pulled from sources outside: counts per minute of an SLI (SPEC OBS-5)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PulledQuery:
    """What an SLI asks of a source: a total, and of `good`, `bad` and `raw` one.

    Each query yields one number per minute, e.g. `sum(increase(http_requests_total[1m]))`; `raw` yields a share,
    of failures when `raw_failure`, else of successes, and each of its minutes counts once.
    """

    source: str  # name of the source in the configuration
    total: str = ""
    good: str = ""
    bad: str = ""
    raw: str = ""
    raw_failure: bool = False

    @property
    def id(self) -> str:
        """Identity of everything that decides: another query is another history, read from the beginning.

        >>> PulledQuery("prometheus", "a", bad="b").id == PulledQuery("prometheus", "a", good="b").id
        False
        """
        parts = (self.source, self.total, self.good, self.bad, self.raw, str(self.raw_failure))
        return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()

    @property
    def part(self) -> str:
        """The query beside `total`, or the only one."""
        return self.good or self.bad or self.raw


@dataclass(frozen=True, slots=True)
class SourceMinute:
    """One minute as a source counted it. A minute that it knows nothing of is absent, never zero."""

    at_us: int  # start of the minute
    total: float
    bad: float


@dataclass(frozen=True, slots=True)
class PullState:
    """How far a query has been pulled, and what is wrong with it since when."""

    query_id: str
    source: str
    pulled_until_us: int  # end of the last minute that was asked for
    pulled_at_us: int
    minutes: int = 0  # known in the last answer
    trouble: str = ""  # a sentence; empty when all is well
    trouble_since_us: int | None = None
