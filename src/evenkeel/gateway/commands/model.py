"""What may be changed in the data path while it runs: the one list of commands (SPEC GW-3)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from evenkeel.gateway.limits.model import Limit
from evenkeel.gateway.routes.model import Route, Upstream


@dataclass(frozen=True, slots=True)
class Effective:
    """What workers go by: as configured, with what was changed live."""

    routes: Mapping[str, Route] = field(default_factory=dict[str, Route])  # by `Route.name`
    limits: Mapping[str, Limit] = field(default_factory=dict[str, Limit])  # by id


@dataclass(frozen=True, slots=True)
class Own:
    """Routes that evenkeel keeps for itself, to prove on them that workers obey: nobody's service, nobody's history."""

    effective: Effective = field(default_factory=Effective)
    upstreams: Mapping[str, Upstream] = field(default_factory=dict[str, Upstream])


@dataclass(frozen=True, slots=True)
class SetWeights:
    """Shares the traffic of a service; a version that is not named takes none."""

    environment: str
    service: str
    weights: Mapping[str, float]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetShadow:
    """Asks a version beside the one that answers; none: nobody any more."""

    environment: str
    service: str
    version: str | None
    share: float = 1.0  # of requests, 0 to 1
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetFallback:
    """Which versions are asked, in order, when the chosen one cannot answer."""

    environment: str
    service: str
    versions: tuple[str, ...]
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KillService:
    """Stops a service, with what is in flight. It needs a reason: callers are told it."""

    environment: str
    service: str
    reason: str


@dataclass(frozen=True, slots=True)
class ReviveService:
    """Lets a killed service answer again."""

    environment: str
    service: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Changes how much a limit allows; what was used of it stays used."""

    limit: str  # id
    amount: int  # in whole units; money in nano-units
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PurgeCache:
    """Removes kept answers that all of this fits; what is empty is not asked. Nothing undoes it."""

    environment: str = ""
    service: str = ""
    version: str = ""
    users: tuple[int, ...] | None = None  # pseudonyms of one user, under every key there ever was
    reason: str = ""


#: What is in force afterwards, and can be undone. A purge leaves nothing in force.
Command = SetWeights | SetShadow | SetFallback | KillService | ReviveService | SetLimit
