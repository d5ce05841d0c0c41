"""What can be configured: the one source of schema, documentation and help (DESIGN §8)."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

from evenkeel.kernel.time import parse_duration_s

_QUANTITY: Final = re.compile(r"^\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>%|ms|s|min|m)?\s*$")
_SCALE: Final = {"%": 0.01, "ms": 0.001, "s": 1.0, "min": 60.0, "m": 60.0, None: 1.0}


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
    return float(f"{float(found['number']) * _SCALE[found['unit']]:.12g}")


def _duration(value: object) -> object:
    return parse_duration_s(value.replace(" ", "")) if isinstance(value, str) else value


def _zone(value: str) -> str:
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        msg = f"{value!r} is no time zone; write one of the IANA names, e.g. Europe/Berlin"
        raise ValueError(msg) from error
    return value


Quantity = Annotated[float, BeforeValidator(parse_quantity, json_schema_input_type=float | str), Field(ge=0)]
Seconds = Annotated[int, BeforeValidator(_duration, json_schema_input_type=int | str), Field(gt=0)]
Days = Annotated[int, Field(gt=0, le=36_500)]


class Section(BaseModel):
    """A mapping in which every key is known."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ObjectiveConfig(Section):
    """Refines one objective of a service; what is left out keeps its default."""

    target: Quantity | None = Field(default=None, description="What we want: a share (0.1 %) or a time (2 s).")
    alert: Quantity | None = Field(
        default=None, description="Where it becomes a breach; never stricter than the target."
    )
    page: Seconds | None = Field(default=None, description="Length of the window that pages, e.g. 5m.")
    verdict: Seconds | None = Field(default=None, description="Shortest window the verdict is given over, e.g. 1h.")
    enabled: bool = Field(default=True, description="false: do not judge this.")


class CapacityConfig(Section):
    """What the service is built for."""

    requests_per_minute: float = Field(gt=0, description="Requests per minute it can serve.")


class ServiceConfig(Section):
    """A service by name, in all environments it appears in unless `environments` says otherwise."""

    kind: Literal["llm", "rag", "chat", "agent", "ml", "other"] | None = Field(
        None, description="What it is; inferred from its events when left out."
    )
    environments: tuple[str, ...] | None = Field(
        default=None, description="Where this applies; default: where it is judged."
    )
    owner: str = Field(default="", description="Who answers for it.")
    team: str = Field(default="", description="The team behind it.")
    tier: str = Field(default="", description="How important it is, in your words.")
    cost_centre: str = Field(default="", description="Who pays.")
    capacity: CapacityConfig | None = Field(default=None, description="Needed to judge throughput.")
    heartbeat_every: Seconds | None = Field(default=None, description="How often it is heard from at least, e.g. 1m.")
    content: Literal["off", "on"] = Field(default="off", description="on: keep prompts and answers with its events.")
    judged: bool | None = Field(default=None, description="Judge it, or do not; default: the admission rule decides.")
    objectives: dict[str, ObjectiveConfig] = Field(default_factory=dict, description="Objectives by indicator.")


class PriceConfig(Section):
    """Your own price of a model, per million tokens."""

    input: float = Field(ge=0, description="Per million input tokens.")
    output: float = Field(ge=0, description="Per million output tokens.")
    cached: float | None = Field(default=None, ge=0, description="Per million input tokens read from the cache.")
    currency: str = Field(default="USD", pattern="^[A-Z]{3}$", description="ISO 4217.")
    since: str = Field(
        default="", pattern=r"^$|^\d{4}-\d{2}-\d{2}$", description="First day of this price; default: ever."
    )


class RetentionConfig(Section):
    """Days each class of data is kept; what is left out keeps its default."""

    events: Days = 30
    counters_minute: Days = 40
    counters_hour: Days = 400
    sketches_hour: Days = 90
    sketches_day: Days = 400


class OrgConfig(Section):
    """The organisation."""

    timezone: Annotated[str, AfterValidator(_zone)] = Field(default="UTC", description="Decides days and months.")
    fiscal_year_start: int = Field(default=1, ge=1, le=12, description="Month in which the fiscal year begins.")


class AdmissionConfig(Section):
    """Which services are judged by default objectives without being named."""

    environments: tuple[str, ...] = Field(default=("production",), description="Environments judged by default.")
    require_ai: bool = Field(default=True, description="Only services that emit AI events.")


class Config(Section):
    """The whole configuration."""

    services: dict[str, ServiceConfig] = Field(default_factory=dict, description="Services by name.")
    prices: dict[str, PriceConfig] = Field(default_factory=dict, description="Own prices by model.")
    retention: RetentionConfig = Field(default_factory=RetentionConfig)
    org: OrgConfig = Field(default_factory=OrgConfig)
    admission: AdmissionConfig = Field(default_factory=AdmissionConfig)


def json_schema() -> dict[str, Any]:
    """The JSON Schema that editors check a configuration with."""
    schema = Config.model_json_schema()
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": "evenkeel configuration", **schema}
