"""The table of indicators: what can be measured of a service, and how a smaller or larger value reads.

Objectives name indicators by their key here; configuration, documentation and the engine read this one
table. Defaults per kind of service are data, in `defaults.toml` beside it.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Final

from evenkeel.judge.indicators.audits import AUDITS
from evenkeel.judge.indicators.model import Indicator, Measure
from evenkeel.judge.indicators.quality import QUALITY

INDICATORS: Final[tuple[Indicator, ...]] = (
    Indicator(
        "availability",
        "Availability",
        "ratio",
        Measure.MINUTES,
        larger_is_worse=False,
        counts="minutes",
        definition="Good minutes of all minutes. A minute is bad when at least half of its logical requests"
        " fail or two probes in a row fail; a minute without evidence is unknown.",
    ),
    Indicator(
        "latency_p95",
        "Latency p95",
        "s",
        Measure.LATENCY,
        larger_is_worse=True,
        counts="requests",
        definition="The latency that 95 % of logical requests do not exceed; excluded requests are left out.",
        quantile=0.95,
    ),
    Indicator(
        "latency_p99",
        "Latency p99",
        "s",
        Measure.LATENCY,
        larger_is_worse=True,
        counts="requests",
        definition="The latency that 99 % of logical requests do not exceed; excluded requests are left out.",
        quantile=0.99,
    ),
    Indicator(
        "error_rate",
        "Error rate",
        "ratio",
        Measure.SHARE,
        larger_is_worse=True,
        counts="requests",
        definition="Bad logical requests of good and bad ones, by the outcome table.",
    ),
    Indicator(
        "throughput",
        "Throughput",
        "ratio",
        Measure.LOAD,
        larger_is_worse=True,
        counts="requests",
        definition="Requests per minute in the busiest five minutes, as a share of the declared capacity."
        " The target leaves room for the peak and half as much again.",
    ),
    *QUALITY,
    *AUDITS,
)

BY_NAME: Final = {indicator.name: indicator for indicator in INDICATORS}


@dataclass(frozen=True, slots=True)
class Default:
    """What an indicator is judged by when nobody said otherwise."""

    indicator: str
    target: float
    alert: float | None
    page_s: int | None  # None: judged over no page window
    verdict_s: int


@cache
def load_defaults() -> tuple[tuple[str, Default], ...]:
    """(kind of service or `any`, default objective) in the order they are shown."""
    text = files("evenkeel.judge.indicators").joinpath("defaults.toml").read_text(encoding="utf-8")
    rows: list[dict[str, Any]] = tomllib.loads(text)["objective"]
    return tuple(
        (
            str(row["kind"]),
            Default(
                indicator=BY_NAME[row["indicator"]].name,
                target=float(row["target"]),
                alert=None if row.get("alert") is None else float(row["alert"]),
                page_s=None if row.get("page_s") is None else int(row["page_s"]),
                verdict_s=int(row["verdict_s"]),
            ),
        )
        for row in rows
    )
