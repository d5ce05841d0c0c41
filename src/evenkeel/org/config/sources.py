"""How sources outside are configured, from which counts are pulled (SPEC OBS-5)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from evenkeel.org.config.fields import Seconds, Section
from evenkeel.org.config.probes import Headers, Url

SOURCES_MAX: Final = 20
#: Counts are per minute; asking more often than twice a minute, or less often than hourly, is of no use.
EVERY_S: Final = (30, 3_600)


class SourceConfig(Section):
    """A Prometheus, or what speaks its HTTP API: Thanos, Mimir, VictoriaMetrics."""

    type: Literal["prometheus"] = Field(default="prometheus", description="What it speaks.", examples=["prometheus"])
    url: Url = Field(description="Its address, without /api/v1.", examples=["http://prometheus.internal:9090"])
    token: Annotated[str, Field(pattern=r"^$|^(env:[A-Za-z_][A-Za-z0-9_]*|file:\S+)$")] = Field(
        default="",
        description="Sent as Bearer; named as env:NAME or file:PATH, never written here.",
        examples=["env:PROMETHEUS_TOKEN"],
    )
    headers: Headers = Field(
        default_factory=dict, description="Sent with every query.", examples=[{"X-Scope-OrgID": "shop"}]
    )
    every: Annotated[Seconds, Field(ge=EVERY_S[0], le=EVERY_S[1])] = Field(
        default=60, description="How often it is asked.", examples=["1m"]
    )
    delay: Annotated[Seconds, Field(le=3_600)] = Field(
        default=60, description="How long after its end a minute is complete there.", examples=["30s"]
    )
    backfill_days: int = Field(
        default=7,
        ge=1,
        le=90,
        description="How many days are read when a query is new, or after an absence.",
        examples=[30],
    )


Sources = Annotated[dict[str, SourceConfig], Field(max_length=SOURCES_MAX)]
