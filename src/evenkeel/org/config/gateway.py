"""How the gateway is configured: upstreams, routes over them (SPEC GW-2, GW-5 to GW-7)."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from evenkeel.kernel.language.detect import LANGUAGES
from evenkeel.org.config.fields import Seconds, Section, Share, Time
from evenkeel.org.config.gateway_limits import LIMITS_MAX, LimitConfig, StoreConfig, StoreUrl
from evenkeel.org.config.notify import Secret
from evenkeel.org.config.probes import Url

#: What workers keep to (`gateway.routes.model`, which this floor cannot import; a test compares them).
VERSIONS_MAX: Final = 16
UPSTREAMS_MAX: Final = 16
RETRIES_MAX: Final = 10
WEIGHT_MAX: Final = 1_000_000
_RULES_MAX: Final = 100
#: Environments that begin so are evenkeel's own: it proves on their routes that workers obey.
OWN_PREFIX: Final = "evenkeel:"
#: Each drill writes tables that every worker reads anew.
_DRILL_MIN_S: Final = 5
_NAME: Final = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
_HOURS: Final = re.compile(r"\s*([01]?[0-9]|2[0-3]):([0-5][0-9])\s*-\s*([01]?[0-9]|2[0-4]):([0-5][0-9])\s*")
_DAY_MIN: Final = 24 * 60

Name = Annotated[str, Field(pattern=_NAME)]


def _base(value: str) -> str:
    if "?" in value or "#" in value:
        msg = "a base address has no query and no fragment; write e.g. https://api.openai.com/v1"
        raise ValueError(msg)
    return value.rstrip("/")


def _hours(value: str) -> str:
    minutes_of(value)
    return value


def _language(value: str) -> str:
    if value not in LANGUAGES:
        msg = f"{value!r} is no language that evenkeel can tell; write one of {', '.join(sorted(LANGUAGES))}"
        raise ValueError(msg)
    return value


def _environment(value: str) -> str:
    if "/" in value or not value.strip():
        msg = f"{value!r} is no environment; write a name without a slash"
        raise ValueError(msg)
    if value.startswith(OWN_PREFIX):
        msg = f"{value!r} is one of evenkeel's own; write a name that does not begin with {OWN_PREFIX}"
        raise ValueError(msg)
    return value


def _pace(value: float) -> float:
    if 0 < value < _DRILL_MIN_S:
        msg = f"{value:g} s between drills is too little; write {_DRILL_MIN_S} s or more, or 0 for never"
        raise ValueError(msg)
    return value


def minutes_of(hours: str) -> tuple[int, int]:
    """The first minute of the day and the first one after, of hours as people write them. Raises ValueError.

    >>> minutes_of("22:00-06:30")
    (1320, 390)
    """
    found = _HOURS.fullmatch(hours)
    first, after = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (0, 0)
    if first == after or not 0 < after <= _DAY_MIN:
        msg = f"{hours!r} are no hours of a day; write e.g. 22:00-06:00"
        raise ValueError(msg)
    return first, after


class TimeoutsConfig(Section):
    """How long an upstream is waited for."""

    connect: Annotated[Time, Field(gt=0)] = Field(default=5.0, description="For a connection.", examples=["5 s"])
    first_byte: Annotated[Time, Field(gt=0)] = Field(
        default=120.0, description="For the beginning of an answer.", examples=["30 s"]
    )
    idle: Annotated[Time, Field(gt=0)] = Field(
        default=60.0, description="Between two pieces of an answer.", examples=["20 s"]
    )
    total: Annotated[Time, Field(gt=0)] = Field(default=600.0, description="For the whole answer.", examples=["5 min"])


class UpstreamConfig(Section):
    """A place where a model answers."""

    url: Annotated[Url, AfterValidator(_base)] = Field(
        description="Its base address.", examples=["https://api.openai.com/v1"]
    )
    dialect: Literal["openai", "anthropic", "mlflow", "v2"] = Field(
        description="How it is spoken to; v2 is the Open Inference Protocol.", examples=["openai"]
    )
    provider: str = Field(
        default="", max_length=100, description="Who runs it, as the price book says.", examples=["openai"]
    )
    key: Secret = Field(
        default="", description="Its secret, by name; it never stands here.", examples=["env:OPENAI_API_KEY"]
    )
    model: str = Field(
        default="", max_length=200, description="Asked for instead of what the caller names.", examples=["gpt-5-mini"]
    )
    timeouts: TimeoutsConfig = Field(default_factory=TimeoutsConfig, description="How long it is waited for.")


class VersionConfig(Section):
    """A version of a service, and where it runs."""

    weight: float = Field(
        default=1.0,
        ge=0,
        le=WEIGHT_MAX,
        description="Its part of the sum of all weights; 0: no traffic of its own.",
        examples=[90],
    )
    upstreams: tuple[str, ...] = Field(
        min_length=1, max_length=UPSTREAMS_MAX, description="Names of upstreams, in order.", examples=[["openai"]]
    )


class ShadowConfig(Section):
    """A version that is asked as well; nobody gets its answers."""

    version: str = Field(description="Which.", examples=["v2"])
    share: Share = Field(default=1.0, description="Of the requests.", examples=["5 %"])


class ModelRuleConfig(Section):
    """Requests that fit all of it ask for a cheaper model; what is left out is not looked at."""

    name: Name = Field(description="What the rule is called in events.", examples=["short"])
    model: str = Field(min_length=1, max_length=200, description="Asked for instead.", examples=["gpt-5-nano"])
    characters_max: int | None = Field(
        default=None, ge=0, description="Of all that is said to the model.", examples=[2000]
    )
    has_tools: bool | None = Field(default=None, description="Whether tools are offered.", examples=[False])
    languages: tuple[Annotated[str, Field(pattern="^[a-z]{2}$"), AfterValidator(_language)], ...] | None = Field(
        default=None,
        min_length=1,
        description="Of the user's newest text, ISO 639-1: one of those that evenkeel can tell.",
        examples=[["en", "de"]],
    )
    tags: tuple[str, ...] | None = Field(
        default=None, min_length=1, description="Any of these, from x-evenkeel-tags.", examples=[["batch"]]
    )
    hours: Annotated[str, AfterValidator(_hours)] | None = Field(
        default=None, description="Of the day, on the organisation's clock.", examples=["22:00-06:00"]
    )
    budget_left_max: Share | None = Field(
        default=None,
        description="Only when no more than this is left of the tightest limit of money; where there is none, never.",
        examples=["10 %"],
    )


class CacheStoreConfig(Section):
    """A Redis or Valkey in which several machines keep answers together."""

    url: StoreUrl = Field(
        description="Its address; with a password, where the address is: env:NAME or file:PATH.",
        examples=["redis://cache.internal:6379/1"],
    )


class CacheConfig(Section):
    """Answers that are given again, byte by byte, to the same request of the same team."""

    ttl: Seconds = Field(description="How long an answer is kept.", examples=["1h"])
    per_user: bool = Field(default=False, description="Nobody is given what another user asked for.", examples=[True])
    sampled: bool = Field(default=False, description="Also answers that chance had a part in.", examples=[True])
    tools: bool = Field(default=False, description="Also answers to requests that offer tools.", examples=[True])
    answer_bytes_max: int = Field(
        default=262_144, gt=0, le=16_777_216, description="Larger answers are not kept.", examples=[65536]
    )
    asked_again: Share = Field(
        default=0.0,
        description="Hits that are also asked at the upstream once the caller has its answer, to see how often one is"
        " wrong; none where the guard looks at outputs.",
        examples=["1 %"],
    )
    shared: bool = Field(
        default=False,
        description="Kept in `gateway: cache_store`, for all machines, and not in each worker.",
        examples=[True],
    )


GuardAction = Literal["log", "redact", "hold", "block"]
Side = Literal["input", "output"]


#: A caller is not kept waiting longer (`gateway.holds.table`; a test compares them).
HOLD_WAIT_S_MAX: Final = 300
_HOLD_EXPIRES_S_MAX: Final = 7 * 86_400


#: What an editor is told: the word is read before the number is.
_WAIT: Final = WithJsonSchema(
    {
        "anyOf": [
            {"type": "integer", "exclusiveMinimum": 0, "maximum": HOLD_WAIT_S_MAX},
            {"type": "string", "pattern": r"^\s*[0-9]+\s*[smhdw]\s*$"},
            {"const": "poll"},
            {"type": "null"},
        ]
    }
)


def _wait(value: object) -> object:
    return None if value == "poll" else value


class HoldConfig(Section):
    """How long callers and people have, where the guard holds something for a person."""

    wait: Annotated[Annotated[Seconds, Field(le=HOLD_WAIT_S_MAX)] | None, BeforeValidator(_wait), _WAIT] = Field(
        default=None,
        description="How long the caller waits before it is told to ask again; poll, or nothing: at once.",
        examples=["30s"],
    )
    expires: Annotated[Seconds, Field(ge=1, le=_HOLD_EXPIRES_S_MAX)] = Field(
        default=3600, description="When nobody has decided by then, it is refused.", examples=["1h"]
    )

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.wait is not None and self.wait > self.expires:
            msg = "`wait` is longer than `expires`; a caller would wait for what is over"
            raise ValueError(msg)
        return self


class GuardConfig(Section):
    """What is looked for in what goes in and out, and what is done about it."""

    profile: Literal["chat", "telemetry"] = Field(
        default="chat", description="Which findings, how strict.", examples=["telemetry"]
    )
    actions: dict[str, GuardAction] = Field(
        default_factory=dict,
        description="By finding (email, iban) or group (pii, secrets, injection); what is not named is let through.",
        examples=[{"secrets": "block", "email": "redact"}],
    )
    deny_topics: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(), max_length=_RULES_MAX, description="Topics that are refused.", examples=[["weapons"]]
    )
    input_chars_max: int = Field(
        default=200_000, gt=0, description="Longest input that is looked at.", examples=[50000]
    )
    output_chars_max: int = Field(
        default=200_000, gt=0, description="Longest output that is looked at.", examples=[50000]
    )
    sides: tuple[Side, ...] = Field(
        default=("input", "output"), min_length=1, description="Which way.", examples=[["input"]]
    )
    fail_open: bool = Field(
        default=False, description="true: what could not be looked at passes all the same.", examples=[True]
    )
    hold_back_chars: int = Field(
        default=256, ge=0, le=10_000, description="Of a stream: what waits, at most, until it is known.", examples=[64]
    )
    hold: HoldConfig = Field(
        default_factory=HoldConfig, description="How long what an action `hold` holds waits for a person."
    )


class GatewayRouteConfig(Section):
    """How requests of a service are answered."""

    service: str = Field(
        default="",
        max_length=200,
        description="The service, where the route is called otherwise: one per environment.",
        examples=["bot"],
    )
    environment: Annotated[str, AfterValidator(_environment)] = Field(
        default="production", max_length=200, description="Where.", examples=["staging"]
    )
    versions: dict[Name, VersionConfig] = Field(
        min_length=1,
        max_length=VERSIONS_MAX,
        description="Its versions by name.",
        examples=[{"v1": {"upstreams": ["openai"]}}],
    )
    sticky: Literal["none", "user", "session"] = Field(
        default="none", description="What keeps a caller with the version that answered before.", examples=["user"]
    )
    balance: Literal["ordered", "spread", "prefix"] = Field(
        default="ordered",
        description="Which upstream of a version is asked first: the first that is well, each in turn, or the same for"
        " the same beginning of a prompt.",
        examples=["prefix"],
    )
    shadow: ShadowConfig | None = Field(default=None, description="A version that is tried beside.")
    fallback: tuple[str, ...] = Field(
        default=(), description="Versions asked, in order, when the chosen one cannot answer.", examples=[["v2"]]
    )
    retries: int = Field(
        default=1, ge=0, le=RETRIES_MAX, description="Further attempts, where a retry is safe.", examples=[2]
    )
    testers: tuple[str, ...] = Field(
        default=(), description="Ids of keys that may name a version themselves.", examples=[["0123456789ab"]]
    )
    models: tuple[ModelRuleConfig, ...] = Field(
        default=(),
        max_length=_RULES_MAX,
        description="Cheaper models for simple requests; the first that fits decides.",
        examples=[[{"name": "short", "model": "gpt-5-nano", "characters_max": 2000}]],
    )
    cache: CacheConfig | None = Field(default=None, description="Answers that are given again; default: none.")
    guard: GuardConfig | None = Field(default=None, description="What is looked for in texts; default: nothing.")


class GatewayConfig(Section):
    """The gateway: what answers which service, and how much of it there is."""

    routes: dict[Annotated[str, Field(min_length=1, max_length=200)], GatewayRouteConfig] = Field(
        default_factory=dict, description="Routes by the name of their service."
    )
    limits: dict[Name, LimitConfig] = Field(
        default_factory=dict, max_length=LIMITS_MAX, description="Limits by an id that stays the same."
    )
    store: StoreConfig | None = Field(
        default=None, description="Where accounts of limits are kept; default: by each machine for itself."
    )
    cache_store: CacheStoreConfig | None = Field(
        default=None, description="Where answers of a `shared` cache are kept; default: no cache is shared."
    )
    drill: Annotated[Time, AfterValidator(_pace)] = Field(
        default=60.0,
        description="How often a flip, a kill and a new key are proven in every worker, on a route of evenkeel's own;"
        " 0: never.",
        examples=["5 min"],
    )

    @model_validator(mode="after")
    def _has_a_store(self) -> Self:
        shared = sorted(name for name, route in self.routes.items() if route.cache is not None and route.cache.shared)
        if shared and self.cache_store is None:
            msg = f"the cache of {shared[0]} is shared, and there is no cache_store; write cache_store: {{url: …}}"
            raise ValueError(msg)
        return self


Upstreams = dict[Name, UpstreamConfig]
