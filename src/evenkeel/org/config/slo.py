"""What is configured of SLOs: what counts, how much of it must be good, over which time."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Final, Literal, Self, cast

from pydantic import (
    AfterValidator,
    BeforeValidator,
    Discriminator,
    Field,
    StringConstraints,
    Tag,
    TypeAdapter,
    WithJsonSchema,
    model_validator,
)

from evenkeel.kernel.time import format_duration, parse_duration_s
from evenkeel.org.config.fields import Seconds, Section, Time, parse_quantity, unit_of
from evenkeel.org.config.probes import ProbeName
from evenkeel.org.config.rules import Rules

#: SLOs that every judged service has, from its objectives of the same name; configured ones refine them.
DEFAULT_SLOS: Final = ("availability", "error_rate", "latency_p95", "latency_p99")
#: Periods of the calendar, in the organisation's time zone.
CALENDAR: Final = ("day", "week", "month", "quarter", "year")
_DAY_S: Final = 86_400
ROLLING_MAX_S: Final = 366 * _DAY_S
_ROLLING: Final = r"^\s*[0-9]+\s*[hdw]\s*$"
#: Budgets are counted a minute at a time and summed up by the hour, so slices are minutes that fill an hour.
_SLICE_MAX_S: Final = 3_600


def _target(value: object) -> float:
    share = parse_quantity(value)
    if unit_of(value) == "s":
        msg = f"{value!r} is a time; a target is a share of good ones, e.g. 99.9 %"
        raise ValueError(msg)
    if share == 1.0:
        msg = "a target of 100 % has no error budget: one bad event is too many, every burn rate infinite; write 99.9 %"
        raise ValueError(msg)
    if share <= 0.0:
        msg = f"a target of {value} promises nothing; write a share between 0 and 100 %, e.g. 99.9 %"
        raise ValueError(msg)
    if share > 1.0:
        msg = f"{value} is a share above 100 %; write it with a percent sign, e.g. 99.9 %"
        raise ValueError(msg)
    return share


def _slice(seconds: int) -> int:
    if seconds % 60 or _SLICE_MAX_S % seconds:
        msg = f"{format_duration(seconds)} is no slice; write whole minutes that fill an hour, e.g. 1m, 5m, 15m or 1h"
        raise ValueError(msg)
    return seconds


def _window(value: object) -> object:
    if value in CALENDAR or not isinstance(value, str):
        return value
    if not re.match(_ROLLING, value):
        msg = f"{value!r} is no window; write a length such as 30d, or one of {', '.join(CALENDAR)}"
        raise ValueError(msg)
    seconds = parse_duration_s(value.replace(" ", ""))
    if not _DAY_S <= seconds <= ROLLING_MAX_S:
        msg = f"{format_duration(seconds)} is no window of a budget; write 1d to 366d"
        raise ValueError(msg)
    return value.replace(" ", "")


def _alerts(value: object) -> object:
    if not isinstance(value, (str, list, tuple)):
        msg = "write the name of a catalogue, or a list of rules, e.g. 28d or [page 1h 5m 14.4]"
        raise ValueError(msg)  # noqa: TRY004 the one that pydantic makes a problem of
    return cast("object", value)


Target = Annotated[
    float,
    BeforeValidator(_target),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
                {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$"},
            ]
        }
    ),
]
#: A slice may be asked to hold nothing bad at all.
SliceTarget = Annotated[
    float,
    BeforeValidator(lambda value: 1.0 if parse_quantity(value) == 1.0 and unit_of(value) != "s" else _target(value)),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "number", "exclusiveMinimum": 0, "maximum": 1},
                {"type": "string", "pattern": r"^\s*[0-9]+(\.[0-9]+)?\s*%?\s*$"},
            ]
        }
    ),
]
Slice = Annotated[Seconds, AfterValidator(_slice)]
BudgetWindowText = Annotated[
    str,
    BeforeValidator(_window),
    WithJsonSchema({"anyOf": [{"enum": list(CALENDAR)}, {"type": "string", "pattern": _ROLLING}]}),
]
#: In brackets: no part of the place that is told when something is wrong there.
Alerts = Annotated[
    Annotated[str, Tag("[name]")] | Annotated[Rules, Tag("[rules]")],
    Discriminator(lambda value: "[rules]" if isinstance(value, (list, tuple)) else "[name]"),
    BeforeValidator(_alerts),
    WithJsonSchema({"anyOf": [{"type": "string"}, TypeAdapter(Rules).json_schema()]}),
]
SloName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?$")]
#: Heavier than this, and the others of a composite weigh nothing.
WEIGHT_MAX: Final = 1_000
Weight = Annotated[float, Field(gt=0, le=WEIGHT_MAX)]


class SourceSliConfig(Section):
    """Counts that a source outside knows, per minute."""

    name: str = Field(description="The source, as it is configured.", examples=["prometheus"])
    good: str = Field(
        default="", description="Query of the good ones.", examples=['sum(increase(ok_total{job="bot"}[1m]))']
    )
    bad: str = Field(default="", description="Query of the bad ones.", examples=["sum(increase(failed_total[1m]))"])
    raw: str = Field(default="", description="Query of a share of good ones, 0 to 1.", examples=["avg(up)"])
    raw_is: Literal["success", "failure"] = Field(
        default="success", description="What the share `raw` is of.", examples=["failure"]
    )
    total: str = Field(
        default="", description="Query of all; `raw` needs none.", examples=["sum(increase(all_total[1m]))"]
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        given = [name for name in ("good", "bad", "raw") if getattr(self, name)]
        if len(given) != 1:
            said = " and ".join(given) or "none of them"
            msg = f"a source counts by exactly one of good, bad and raw; this says {said}"
            raise ValueError(msg)
        if given != ["raw"] and not self.total:
            msg = f"{given[0]} is a part of something; say of what with `total`"
            raise ValueError(msg)
        return self


class SliConfig(Section):
    """What is counted; exactly one of these."""

    counted: Literal["errors", "availability", "probes"] | None = Field(
        default=None, description="Our own telemetry; `sli: errors` says the same, shorter.", examples=["errors"]
    )
    latency_under: Time | None = Field(
        default=None, gt=0, description="Requests answered within this time are good.", examples=["2 s"]
    )
    probes: tuple[ProbeName, ...] = Field(
        default=(),
        description="Runs of these probes of the service, of any kind: known questions, certificates, dependencies.",
        examples=[["shop-returns"]],
    )
    source: SourceSliConfig | None = Field(default=None, description="Counts of a source outside.")
    composite: dict[SloName, Weight] = Field(
        default_factory=dict,
        description="SLOs of the same service that burn together, with their weights.",
        examples=[{"availability": 1, "error_rate": 0.5}],
    )

    @model_validator(mode="after")
    def _one_of(self) -> Self:
        given = [name for name in ("counted", "latency_under", "probes", "source", "composite") if getattr(self, name)]
        if len(given) != 1:
            said = " and ".join(given) or "none of them"
            msg = (
                "an SLI is exactly one of errors, availability, probes (all, or by name), latency_under, source and"
                " composite;"
                f" this says {said}"
            )
            raise ValueError(msg)
        return self


def _sli(value: object) -> object:
    return {"counted": value} if isinstance(value, str) else value


class SloConfig(Section):
    """An SLO of a service; one named as an objective refines that objective's SLO."""

    title: str = Field(default="", description="What people call it.", examples=["Answers within two seconds"])
    sli: Annotated[
        SliConfig | None,
        BeforeValidator(_sli, json_schema_input_type=Literal["errors", "availability", "probes"] | SliConfig | None),
    ] = Field(
        default=None,
        description="What is counted: errors, availability, probes, or a mapping with latency_under, probes by name,"
        " source or composite; default: what the objective of that name counts.",
        examples=["errors", {"latency_under": "2 s"}, {"probes": ["shop-returns"]}],
    )
    target: Target | None = Field(
        default=None,
        description="Share of good ones, more than 0 and less than 100 %; default: that of the objective.",
        examples=["99.9 %"],
    )
    method: Literal["Occurrences", "Timeslices", "RatioTimeslices"] | None = Field(
        default=None,
        description="How the budget is spent: by each bad event, each bad slice, or each slice's share of bad ones;"
        " default: Occurrences, of availability Timeslices.",
        examples=["Timeslices"],
    )
    slice: Slice = Field(default=60, description="Length of a slice.", examples=["5m"])
    slice_target: SliceTarget | None = Field(
        default=None,
        description="Timeslices only: a slice with a smaller share of good ones is bad; default: the target.",
        examples=["95 %"],
    )
    window: BudgetWindowText = Field(
        default="month",
        description="What the budget is for: the last so many days (1d to 366d), or day, week, month, quarter or year"
        " in the organisation's time zone.",
        examples=["30d", "month"],
    )
    alerts: Alerts = Field(
        default="",
        description="Catalogue of burn rules (30d, 28d, 7d, quality, one of `catalogues`), none, or rules of its own;"
        " default: the catalogue that fits target and window.",
        examples=["28d", ["page 1h 5m 14.4", "ticket 3d 6h 1"]],
    )
    enabled: bool = Field(default=True, description="false: no such SLO.", examples=[False])

    @model_validator(mode="after")
    def _slices(self) -> Self:
        if self.slice_target is not None and self.method in ("Occurrences", "RatioTimeslices"):
            msg = f"slice_target says when a slice is bad; {self.method} has no bad slices. Write method: Timeslices"
            raise ValueError(msg)
        return self


Note = Callable[[tuple[str, ...], str], None]


def check_slos(service: Mapping[str, Any], note: Note) -> None:
    """Tell `note` (path below the service, message) what only all SLOs of a service together can tell."""
    slos = _mapping(service.get("slos"))
    gone = {name for name, slo in slos.items() if _mapping(slo).get("enabled") is False}
    known = [name for name in dict.fromkeys([*DEFAULT_SLOS, *slos]) if name not in gone]
    for name, raw in slos.items():
        slo = _mapping(raw)
        if isinstance(raw, dict) and name in known and name not in DEFAULT_SLOS:
            _check_own(name, slo, note)
        for part in _parts(slo):
            path = ("slos", name, "sli", "composite", part)
            if part == name or _parts(slos.get(part)):
                note(path, f"{part} is itself a composite; name SLOs that count something")
            elif part not in known:
                note(path, f"this service has no SLO {part}; it has {', '.join(n for n in known if n != name)}")


def _check_own(name: str, slo: Mapping[str, Any], note: Note) -> None:
    """An SLO that no objective stands behind says everything itself."""
    for needed, example in (("sli", "errors"), ("target", "99.9 %")):
        if slo.get(needed) is None:
            note(("slos", name), f"an SLO of one's own needs `{needed}`, e.g. {needed}: {example}")


def check_probes(service: str, slos: Any, probes: Mapping[str, Any], note: Note) -> None:
    """Tell `note` (path below the service, message) of probes that are named and not those of `service`."""
    mine = [name for name, probe in probes.items() if _mapping(probe).get("service") == service]
    for slo, raw in _mapping(slos).items():
        names = _mapping(_mapping(raw).get("sli")).get("probes")
        for n, name in enumerate(cast("list[Any]", names) if isinstance(names, list) else []):
            if name in mine:
                continue
            known = f"it has {', '.join(mine)}" if mine else "it has none"
            whose = str(_mapping(probes.get(name)).get("service", "")) if isinstance(name, str) else ""
            said = f"{name} is a probe of {whose}" if whose else f"there is no probe {name}"
            note(("slos", slo, "sli", "probes", str(n)), f"{said}; name probes of {service}: {known}")


def _parts(slo: Any) -> Mapping[str, Any]:
    return _mapping(_mapping(_mapping(slo).get("sli")).get("composite"))


def _mapping(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}
