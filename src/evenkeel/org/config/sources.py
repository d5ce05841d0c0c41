"""How sources outside are configured, from which counts are pulled (SPEC OBS-5)."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import Field

from evenkeel.org.config.fields import Section, Seconds
from evenkeel.org.config.probes import Headers, Url

SOURCES_MAX: Final = 20
#: Counts are per minute; asking more often than twice a minute, or less often than hourly, is of no use.
EVERY_S: Final = (30, 3_600)


class PulledConfig(Section):
    """An SLI of a service whose counts are pulled: `total`, and of `good` and `bad` one.

    Each query yields one number per minute: how many there were in the minute that ends then.
    """

    total: str = Field(
        min_length=1,
        max_length=10_000,
        description="How many there were, per minute.",
        examples=["sum(increase(http_requests_total[1m]))"],
    )
    good: str = Field(default="", max_length=10_000, description="How many of them were good.")
    bad: str = Field(
        default="",
        max_length=10_000,
        description="How many of them were bad.",
        examples=['sum(increase(http_requests_total{code=~"5.."}[1m])) or vector(0)'],
    )


class SourceConfig(Section):
    """A Prometheus, or what speaks its HTTP API: Thanos, Mimir, VictoriaMetrics."""

    type: Literal["prometheus"] = Field(default="prometheus", description="What it speaks.", examples=["prometheus"])
    url: Url = Field(description="Its address, without /api/v1.", examples=["http://prometheus.internal:9090"])
    headers: Headers = Field(
        default_factory=dict,
        description="Sent with every query; a secret is named as env:NAME or file:PATH.",
        examples=[{"authorization": "Bearer env:PROMETHEUS_TOKEN", "X-Scope-OrgID": "shop"}],
    )
    every: Annotated[Seconds, Field(ge=EVERY_S[0], le=EVERY_S[1])] = Field(
        default=60, description="How often it is asked.", examples=["1m"]
    )
    delay: Annotated[Seconds, Field(le=3_600)] = Field(
        default=60, description="How long after its end a minute is complete there.", examples=["30s"]
    )
    backfill_days: int = Field(
        default=7, ge=0, le=90, description="How many days are read when a query is new.", examples=[30]
    )


Sources = Annotated[dict[str, SourceConfig], Field(max_length=SOURCES_MAX)]
