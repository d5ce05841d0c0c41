"""Who may do what (SPEC SEC-1, SEC-2)."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from evenkeel.kernel.time import US_PER_DAY


class Role(StrEnum):
    """What a person may do; each includes looking at everything."""

    VIEWER = "viewer"
    OPERATOR = "operator"
    APPROVER = "approver"
    AUDITOR = "auditor"
    ADMIN = "admin"


class Scope(StrEnum):
    """What a key may be used for."""

    INTAKE = "intake"  # send telemetry
    GATEWAY = "gateway"  # ask models through the gateway
    READ = "read"  # read the API
    ADMIN = "admin"  # everything an admin may


class KeyState(StrEnum):
    """Whether a key can be used."""

    ACTIVE = "active"
    EXPIRING = "expires soon"
    EXPIRED = "expired"
    REVOKED = "revoked"


#: A key that ends within this time is to be looked after: a week has a working day in it everywhere.
SOON_US: Final = 7 * US_PER_DAY

#: What only some roles may do.
MANAGE_KEYS: Final = frozenset((Role.ADMIN, Role.OPERATOR))
#: Acknowledge, silence and comment on alerts.
RESPOND: Final = frozenset((Role.ADMIN, Role.OPERATOR, Role.APPROVER))
#: Send tests to channels.
TEST_CHANNELS: Final = frozenset((Role.ADMIN, Role.OPERATOR))
#: Enter maintenance and call it off.
KEEP_CALENDAR: Final = frozenset((Role.ADMIN, Role.OPERATOR))
#: Say what drift is measured from.
SET_REFERENCES: Final = frozenset((Role.ADMIN, Role.OPERATOR))
#: Change what the gateway routes, limits and switches off.
RULE_GATEWAY: Final = frozenset((Role.ADMIN, Role.OPERATOR))
#: Read what the guard holds, and decide on it.
REVIEW: Final = frozenset((Role.ADMIN, Role.APPROVER))
#: Read stored answers to rate them, and ask others to.
RATE: Final = frozenset((Role.ADMIN, Role.APPROVER))
#: Sign the monthly audit of a model.
SIGN_AUDITS: Final = frozenset((Role.ADMIN, Role.APPROVER, Role.AUDITOR))
#: Let a change pass that the error budget refuses.
OVERRIDE_GATE: Final = frozenset((Role.ADMIN, Role.APPROVER))


@dataclass(frozen=True, slots=True)
class User:
    """A person who can sign in."""

    id: str
    name: str
    role: Role


@dataclass(frozen=True, slots=True)
class Session:
    """A signed-in browser."""

    user: User
    csrf: str
    expires_at_us: int


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key, without its secret: only a hash of that is kept."""

    id: str
    name: str
    scope: Scope
    environments: tuple[str, ...] | None
    services: tuple[str, ...] | None
    created_by: str
    created_at_us: int
    expires_at_us: int | None
    revoked_at_us: int | None
    team: str = ""  # whose limits and whose records it counts in
    models: tuple[str, ...] | None = None  # that may be asked for; None: any
    rotated_at_us: int | None = None  # when its secret was replaced the last time
    previous_until_us: int | None = None  # the secret before this one is taken until then

    def is_active(self, now_us: int) -> bool:
        """Whether it can be used now."""
        return self.revoked_at_us is None and (self.expires_at_us is None or now_us < self.expires_at_us)

    def state(self, now_us: int) -> KeyState:
        """How it stands now."""
        if self.revoked_at_us is not None:
            return KeyState.REVOKED
        if self.expires_at_us is None or now_us < self.expires_at_us - SOON_US:
            return KeyState.ACTIVE
        return KeyState.EXPIRING if now_us < self.expires_at_us else KeyState.EXPIRED
