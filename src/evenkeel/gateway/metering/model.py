"""What an attempt used, and how we know (SPEC GW-8)."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from evenkeel.kernel.facts import fact
from evenkeel.observe.events.context import Priced, Usage


class UsageSource(StrEnum):
    """Where a usage comes from, best first."""

    PROVIDER = "provider"  # the provider's own final figure
    COUNTED = "counted"  # counted by us from what passed through, within a stated error
    UPPER_BOUND = "upper_bound"  # no more than this
    NONE = "none"  # certain that nothing was used: it never left us


@fact
class Metered:
    """The usage of one attempt. What is not said is not 0: `source` tells how much a figure is worth."""

    usage: Usage
    source: UsageSource
    tokens_reasoning: int | None = None  # part of `usage.tokens_out`
    model: str = ""  # as the upstream calls what answered
    finish: str = ""  # finish reason; empty when the answer did not come to its end
    response_id: str = ""
    tier: str = ""  # service tier: batch, flex, priority …
    tokens_cache_write_1h: int | None = None  # of those written to the cache: kept for an hour, at twice the price

    @classmethod
    def nothing(cls) -> Metered:
        """What an attempt used that never left us."""
        return cls(Usage(), UsageSource.NONE)


@dataclass(slots=True)
class Attempt:
    """One call of an upstream, also one that failed, was cancelled, answered from the cache, or was a shadow."""

    upstream: str
    version: str
    provider: str
    model_asked: str
    began_us: int
    ended_us: int
    first_byte_us: int | None
    status: int | None  # None: no answer
    error: str = ""  # our word for what went wrong: timeout, connect, reset, garbage, client_cancelled, kill_switch …
    metered: Metered = field(default_factory=lambda: Metered(Usage(), UsageSource.NONE))
    is_shadow: bool = False
    is_cached: bool = False
    asked_again: str = ""  # a shadow of an answer out of the cache: whether it says the same
    retry: int = 0  # 0: the first attempt of its request
    answer: str | None = field(default=None, repr=False, compare=False)  # in memory only, for who evaluates it
    body: bytes | bytearray | None = field(default=None, repr=False, compare=False)  # the same, of one that is no text
    priced: Priced | None = field(default=None, init=False, compare=False)  # by `cost.price_attempt`
