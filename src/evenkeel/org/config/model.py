"""What can be configured: the one source of schema, documentation and help (DESIGN §8)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema

from evenkeel.kernel.time import format_duration, parse_duration_s

_QUANTITY: Final = re.compile(r"^\s*([0-9]+(?:\.[0-9]+)?)\s*(%|ms|s|min|m)?\s*$")
#: Windows begin at the start of a minute, and one service's last day is what is kept at hand.
WINDOW_MIN_S: Final = 60
WINDOW_MAX_S: Final = 86_400

#: Per million tokens, in any currency: a thousand times the dearest model in the weakest one.
PRICE_MAX: Final = 10_000_000_000

_SCALE: Final = {"%": 0.01, "ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, None: 1.0}


def unit_of(value: object) -> str:
    """ratio or s when a quantity is written with its unit, else empty.

    >>> unit_of("0.1 %"), unit_of("2 s"), unit_of(0.999)
    ('ratio', 's', '')
    """
    found = _QUANTITY.match(str(value))
    unit = found[2] if found else None
    return "" if unit is None else "ratio" if unit == "%" else "s"


def parse_quantity(value: object) -> float:
    """A ratio or a number of seconds as people write it.

    >>> parse_quantity("0.1 %"), parse_quantity("500 ms"), parse_quantity(0.999)
    (0.001, 0.5, 0.999)

    Raises ValueError for anything else.
    """
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return float(value)
    found = _QUANTITY.match(str(value))
    if found is None:
        msg = f"{value!r} is neither a share nor a time; write e.g. 0.1 %, 99.9 %, 2 s or 500 ms"
        raise ValueError(msg)
    # Through the decimal text: 99.9 % is 0.999, not 0.9990000000000001.
    return float(f"{float(found[1]) * _SCALE[found[2]]:.12g}")


def _duration(value: object) -> object:
    return parse_duration_s(value.replace(" ", "")) if isinstance(value, str) else value


def _window(seconds: int) -> int:
    if not WINDOW_MIN_S <= seconds <= WINDOW_MAX_S:
        msg = f"{format_duration(seconds)} is no window that is judged; write 1m to 1d"
        raise ValueError(msg)
    return seconds


def _switch(value: object) -> object:
    return {True: "on", False: "off"}[value] if isinstance(value, bool) else value  # YAML reads on and off as these


def _day(value: object) -> object:
    return value.isoformat() if isinstance(value, date) else value  # YAML reads 2026-01-01 as a date


def _real_day(value: str) -> str:
    try:
        return value and date.fromisoformat(value).isoformat()
    except ValueError as error:
        msg = f"{value!r} is no day"
        raise ValueError(msg) from error


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"{value!r} is no time zone; write one of the IANA names, e.g. Europe/Berlin"
        raise ValueError(msg) from error
    return value


def _number_or_text(number: Mapping[str, Any], pattern: str) -> WithJsonSchema:
    return WithJsonSchema({"anyOf": [dict(number), {"type": "string", "pattern": pattern}]})


Quantity = Annotated[
    float,
    BeforeValidator(parse_quantity),
    Field(ge=0),
    _number_or_text({"type": "number", "minimum": 0}, _QUANTITY.pattern),
]
Seconds = Annotated[
    int,
    BeforeValidator(_duration),
    Field(gt=0),
    _number_or_text({"type": "integer", "exclusiveMinimum": 0}, r"^\s*[0-9]+\s*[smhdw]\s*$"),
]
WindowSeconds = Annotated[Seconds, AfterValidator(_window)]
Switch = Literal["off", "on"] | bool
Days = Annotated[int, Field(gt=0, le=36_500)]


class Section(BaseModel):
    """A mapping in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class ObjectiveConfig(Section):
    """Refines one objective of a service; what is left out keeps its default."""

    target: Quantity | None = Field(
        default=None, description="What we want: a share or a time.", examples=["0.1 %", "1500 ms"]
    )
    alert: Quantity | None = Field(
        default=None,
        description="Where it becomes a breach; never stricter than the target.",
        examples=["0.5 %", "2 s"],
    )
    page: WindowSeconds | None = Field(default=None, description="Length of the window that pages.", examples=["5m"])
    verdict: WindowSeconds | None = Field(
        default=None, description="Shortest window the verdict is given over.", examples=["1h"]
    )
    enabled: bool = Field(default=True, description="false: do not judge this.", examples=[False])


class CapacityConfig(Section):
    """What the service is built for."""

    requests_per_minute: float = Field(gt=0, description="Requests per minute it can serve.", examples=[600])


class ServiceConfig(Section):
    """A service by name, in all environments it appears in unless `environments` says otherwise."""

    kind: Literal["llm", "rag", "chat", "agent", "ml", "other"] | None = Field(
        default=None, description="What it is; inferred from its events when left out.", examples=["rag"]
    )
    environments: tuple[str, ...] | None = Field(
        default=None, description="Where this applies; default: where it is judged.", examples=[["production"]]
    )
    owner: str = Field(default="", description="Who answers for it.", examples=["jo@example.org"])
    team: str = Field(default="", description="The team behind it.", examples=["customer care"])
    tier: str = Field(default="", description="How important it is, in your words.", examples=["gold"])
    cost_centre: str = Field(default="", description="Who pays.", examples=["CC-4711"])
    capacity: CapacityConfig | None = Field(default=None, description="Needed to judge throughput.")
    heartbeat_every: Seconds | None = Field(
        default=None, description="How often it is heard from at least.", examples=["1m"]
    )
    content: Annotated[Literal["off", "on"], BeforeValidator(_switch, json_schema_input_type=Switch)] = Field(
        default="off", description="on: keep prompts and answers with its events.", examples=["on"]
    )
    judged: bool | None = Field(
        default=None, description="Judge it, or do not; default: the admission rule decides.", examples=[True]
    )
    objectives: dict[str, ObjectiveConfig] = Field(default_factory=dict, description="Objectives by indicator.")


class PriceConfig(Section):
    """Your own price of a model, per million tokens."""

    input: float = Field(ge=0, le=PRICE_MAX, description="Per million input tokens.", examples=[0.10])
    output: float = Field(ge=0, le=PRICE_MAX, description="Per million output tokens.", examples=[0.40])
    cached: float | None = Field(
        default=None, ge=0, le=PRICE_MAX, description="Per million input tokens read from the cache.", examples=[0.05]
    )
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$", description="ISO 4217.", examples=["EUR"])
    since: Annotated[str, BeforeValidator(_day), AfterValidator(_real_day)] = Field(
        default="",
        pattern=r"^$|^\d{4}-\d{2}-\d{2}$",
        description="First day of this price; default: ever.",
        examples=["2026-01-01"],
    )


class RetentionConfig(Section):
    """Days each class of data is kept; what is left out keeps its default."""

    events: Days = Field(default=30, description="Events, counted from their arrival.", examples=[60])
    counters_minute: Days = Field(default=40, description="Counters per minute.", examples=[60])
    counters_hour: Days = Field(default=400, description="Counters per hour.", examples=[800])
    sketches_hour: Days = Field(default=90, description="Latency sketches per hour.", examples=[120])
    sketches_day: Days = Field(default=400, description="Latency sketches per day.", examples=[800])


class OrgConfig(Section):
    """The organisation."""

    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        default="UTC", description="Decides days and months; an IANA name.", examples=["Europe/Berlin"]
    )
    fiscal_year_start: int = Field(
        default=1, ge=1, le=12, description="Month in which the fiscal year begins.", examples=[4]
    )


class AdmissionConfig(Section):
    """Which services are judged by default objectives without being named."""

    environments: tuple[str, ...] = Field(
        default=("production",), description="Environments judged by default.", examples=[["production", "beta"]]
    )
    require_ai: bool = Field(default=True, description="Only services that emit AI events.", examples=[False])


class Config(Section):
    """The whole configuration."""

    services: dict[str, ServiceConfig] = Field(default_factory=dict, description="Services by name.")
    prices: dict[str, PriceConfig] = Field(default_factory=dict, description="Own prices by model.")
    retention: RetentionConfig = Field(default_factory=RetentionConfig, description="Days each class is kept.")
    org: OrgConfig = Field(default_factory=OrgConfig, description="The organisation.")
    admission: AdmissionConfig = Field(default_factory=AdmissionConfig, description="Which services are judged.")


def json_schema(indicators: Iterable[str]) -> dict[str, Any]:
    """The JSON Schema that editors check a configuration with; `indicators` are the names objectives may have."""
    schema = Config.model_json_schema()
    schema["$defs"]["ServiceConfig"]["properties"]["objectives"]["propertyNames"] = {"enum": list(indicators)}
    return schema | {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "evenkeel configuration"}
