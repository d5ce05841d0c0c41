"""Answers kept to be given again (SPEC GW-5)."""

from __future__ import annotations

from dataclasses import dataclass

from evenkeel.gateway.metering.model import Metered
from evenkeel.kernel.facts import fact


@dataclass(frozen=True, slots=True)
class CachePolicy:
    """Which answers of a service are kept, and for how long."""

    ttl_s: float
    is_per_user: bool = False  # nobody is given what another user asked for
    keeps_sampled: bool = False  # also answers that chance had a part in: temperature above 0, several choices
    keeps_tools: bool = False  # also answers to requests that offer tools
    answer_bytes_max: int = 262_144
    asked_again_share: float = 0.0  # of the hits: how many are asked again, to show how often a hit is wrong
    is_shared: bool = False  # kept in a store that machines share, not in each worker


@fact
class Partition:
    """Whom an answer may be given to again; nothing crosses from one to another."""

    tenant: str  # the key's team, or the key itself
    environment: str
    service: str
    version: str
    user: int | None = None  # pseudonym, where the policy keeps users apart


@dataclass(frozen=True, slots=True)
class Purge:
    """Answers that are to be given to nobody any more: those that all of these fit; what is empty is not asked."""

    seq: int  # rises by one with every purge that control publishes
    environment: str = ""
    service: str = ""
    version: str = ""
    user: int | None = None  # pseudonym

    def covers(self, partition: Partition) -> bool:
        """Whether an answer of that partition may be one that was meant."""
        return (
            (not self.environment or self.environment == partition.environment)
            and (not self.service or self.service == partition.service)
            and (not self.version or self.version == partition.version)
            and (self.user is None or partition.user is None or self.user == partition.user)
        )


@fact
class CachedAnswer:
    """A whole answer as it was sent: replayed byte by byte. Kept packed (`cache.packed`)."""

    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    chunks: tuple[bytes, ...]  # one for a plain answer; the pieces of a stream as they came
    metered: Metered
    kept_at_us: int
    until_us: int


@dataclass(frozen=True, slots=True)
class CacheStats:
    """What a cache did since its process began, and what it holds now."""

    hits: int = 0
    misses: int = 0
    bytes: int = 0  # held now
    entries: int = 0  # held now
    saved_tokens_in: int = 0  # of the answers given again, where their usage is known
    saved_tokens_out: int = 0
    evicted: int = 0  # made room for others before their time was over
    expired: int = 0
    bytes_max: int = 0  # that it may hold


@dataclass(frozen=True, slots=True)
class StoreUse:
    """What a worker had of the store that machines share, since it began."""

    is_up: bool  # it answers now
    hits: int = 0
    misses: int = 0
    unkept: int = 0  # answers that it was not given, or did not take
