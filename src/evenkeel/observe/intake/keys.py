"""Who may send: keys as control publishes them, looked up by hash (SPEC SEC-2)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.kernel.bearer import find_key

TABLE_NAME = "intake.json"
_HEADERS: Final = (b"authorization", b"x-evenkeel-key")  # the last one wins
_HINT: Final = "Send a key of this evenkeel as `Authorization: Bearer ek_…` (Settings, or `evenkeel keys create`)."


@dataclass(frozen=True, slots=True)
class IntakeKey:
    """What a key may send; None: anything."""

    id: str
    environments: frozenset[str] | None = None
    services: frozenset[str] | None = None
    expires_at_us: int | None = None

    def allows(self, environment: str, service: str) -> bool:
        """Whether events of this service may be sent with the key."""
        return (self.environments is None or environment in self.environments) and (
            self.services is None or service in self.services
        )


@dataclass(frozen=True, slots=True)
class IntakeTable:
    """All keys by the SHA-256 of their secret, and the services whose content is kept."""

    keys: Mapping[str, IntakeKey] = field(default_factory=dict[str, IntakeKey])
    content_services: frozenset[str] = frozenset()

    @classmethod
    def parse(cls, document: Mapping[str, Any]) -> IntakeTable:
        """From the published document. Raises KeyError, TypeError or ValueError when it is not one."""
        keys = {
            str(row["hash"]): IntakeKey(
                id=str(row["id"]),
                environments=None if row["environments"] is None else frozenset(row["environments"]),
                services=None if row["services"] is None else frozenset(row["services"]),
                expires_at_us=row["expires_at"],
            )
            for row in document["keys"]
        }
        return cls(keys, frozenset(document["content_services"]))

    def authenticate(self, headers: Mapping[bytes, bytes], now_us: int) -> IntakeKey:
        """The key a request was sent with. Raises UnauthorizedError; never repeats what was sent."""
        return find_key(headers, _HEADERS, self.keys, now_us, hint=_HINT)
