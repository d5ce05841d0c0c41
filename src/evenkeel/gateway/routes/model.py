"""Routes: which version of a service answers a request, and where that version runs (SPEC GW-2).

Values only. Control compiles them from the configuration and from commands, publishes them as one table, and
every worker decides by the newest table it has read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from evenkeel.kernel.facts import fact

#: Workers keep to this many of each; a table beyond them is refused where it is made.
VERSIONS_MAX: Final = 16
UPSTREAMS_MAX: Final = 16


class Dialect(StrEnum):
    """How an upstream is spoken to."""

    OPENAI = "openai"
    ANTHROPIC = "anthropic"
    MLFLOW = "mlflow"  # POST /invocations
    V2 = "v2"  # Open Inference Protocol, /v2/models/…


class Sticky(StrEnum):
    """What keeps a caller with the version that answered before."""

    NONE = "none"
    USER = "user"
    SESSION = "session"


class Balance(StrEnum):
    """Which of a version's upstreams is asked first."""

    ORDERED = "ordered"  # the first that is well; the others stand by
    SPREAD = "spread"  # each in turn
    PREFIX = "prefix"  # the same for the same beginning of a prompt: the provider's prompt cache stays warm


@dataclass(frozen=True, slots=True)
class Timeouts:
    """How long an upstream is waited for, seconds."""

    connect_s: float = 5.0
    first_byte_s: float = 120.0
    idle_s: float = 60.0  # between two bytes of an answer
    total_s: float = 600.0


@dataclass(frozen=True, slots=True)
class Upstream:
    """One place where a model answers."""

    name: str  # unique within the table
    url: str  # base, e.g. https://api.openai.com/v1; no trailing slash
    dialect: Dialect
    provider: str = ""  # as the price book calls it
    key: str = ""  # reference to its secret (env:NAME, file:PATH); never the secret
    model: str = ""  # asked for instead of the model the caller named; empty: as the caller says
    timeouts: Timeouts = field(default_factory=Timeouts)


@dataclass(frozen=True, slots=True)
class Version:
    """A version of a service and its share of the traffic."""

    name: str
    weight: float  # of the sum of all weights; 0 takes no traffic of its own
    upstreams: tuple[str, ...]  # names; at least one


@dataclass(frozen=True, slots=True)
class Shadow:
    """A version that is asked as well, and whose answers nobody gets."""

    version: str
    share: float  # of requests, 0 to 1


@dataclass(frozen=True, slots=True)
class Kill:
    """A service that answers nothing any more, on purpose."""

    reason: str
    actor: str
    at_us: int


@dataclass(frozen=True, slots=True)
class ModelRule:
    """Sends requests that are simple enough to a cheaper model (SPEC GW-6). What is None is not asked."""

    name: str
    model: str  # asked for instead
    characters_max: int | None = None  # of all that is said to the model
    has_tools: bool | None = None
    languages: frozenset[str] | None = None  # ISO 639-1
    tags: frozenset[str] | None = None  # any of these, from the header x-evenkeel-tags
    minutes: tuple[int, int] | None = None  # of the day in the organisation's zone: first, and the first after it
    budget_left_max_ratio: float | None = None  # of the tightest money cap that the request falls under


@dataclass(frozen=True, slots=True)
class Route:
    """How requests of one service are answered."""

    environment: str
    service: str
    versions: tuple[Version, ...]
    sticky: Sticky = Sticky.NONE
    balance: Balance = Balance.ORDERED
    shadow: Shadow | None = None
    fallback: tuple[str, ...] = ()  # versions asked, in order, when the chosen one cannot answer
    retries_max: int = 1  # further upstreams or attempts, where a retry is safe
    testers: frozenset[str] = frozenset()  # ids of the keys that may name a version themselves
    models: tuple[ModelRule, ...] = ()  # the first that fits decides; none: as the caller says
    kill: Kill | None = None

    @property
    def name(self) -> str:
        """How tables and events call it."""
        return f"{self.environment}/{self.service}"

    def version(self, name: str) -> Version | None:
        """The version of that name."""
        return next((version for version in self.versions if version.name == name), None)


@dataclass(frozen=True, slots=True)
class RouteTable:
    """All routes in force. A higher generation replaces a lower one."""

    generation: int = 0
    at_us: int = 0  # when control made it
    routes: Mapping[str, Route] = field(default_factory=dict[str, Route])  # by `Route.name`
    upstreams: Mapping[str, Upstream] = field(default_factory=dict[str, Upstream])


@fact
class Asked:
    """What a choice goes by: facts of one request, no content."""

    request_id: bytes  # 16 bytes
    user: int | None = None  # pseudonym
    session: int | None = None  # pseudonym
    key_id: str = ""
    version: str = ""  # named by a tester's header
    prefix: int = 0  # hash of the beginning of the prompt


@fact
class Choice:
    """Who is asked, in order: (version, upstream) pairs, the first unless it cannot answer."""

    attempts: tuple[tuple[str, str], ...]
    shadow: str | None = None  # version to ask beside it
    why: str = ""  # weight | sticky | tester | fallback
