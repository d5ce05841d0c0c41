"""Virtual keys: what a caller of the gateway may do with the secret it was given (SPEC GW-10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class VirtualKey:
    """What a key may be used for; None: anything."""

    id: str
    name: str
    team: str = ""
    environment: str = "production"
    service: str = ""  # what a request is for that names no service
    services: frozenset[str] | None = None
    models: frozenset[str] | None = None
    expires_at_us: int | None = None

    def allows(self, service: str) -> bool:
        """Whether requests of this service may be sent with the key."""
        return self.services is None or service in self.services


@dataclass(frozen=True, slots=True)
class KeyTable:
    """All keys in force by the SHA-256 of their secret."""

    generation: int = 0
    keys: Mapping[str, VirtualKey] = field(default_factory=dict[str, VirtualKey])
