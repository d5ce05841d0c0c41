"""From a judged service to its SLOs: those of its objectives, refined by the configuration, and its own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from evenkeel.judge.objectives.model import JudgedService, Objective
from evenkeel.judge.slo.catalogue import parse_rules
from evenkeel.judge.slo.model import (
    BudgetWindow,
    CompositeSli,
    ErrorsSli,
    LatencySli,
    Method,
    MinutesSli,
    ProbesSli,
    Sli,
    Slo,
    SourceSli,
)
from evenkeel.kernel.time import parse_duration_s
from evenkeel.org.config.model import OrgConfig
from evenkeel.org.config.probes import ProbeConfig
from evenkeel.org.config.rules import CatalogueConfig
from evenkeel.org.config.slo import CALENDAR, DEFAULT_SLOS, SliConfig, SloConfig

_TITLES: Final = {"error_rate": "Requests without error", "availability": "Available minutes"}


def resolve_slos(
    service: JudgedService,
    configured: Mapping[str, SloConfig],
    org: OrgConfig,
    catalogues: Mapping[str, CatalogueConfig] | None = None,
    probes: Mapping[str, ProbeConfig] | None = None,
) -> tuple[Slo, ...]:
    """The SLOs of a service that is judged; none of one that is not.

    An objective whose target leaves no budget (100 % of anything) is judged as an objective only. `configured` has
    passed `read.check`, which refuses composites of what is not there. `catalogues` are burn rules that SLOs name.
    Of named `probes` those of the service's environment count; an SLO with none there is one of another environment.
    """
    if not service.judged:
        return ()
    objectives = {objective.name: objective for objective in service.objectives}
    # A promise refined at the SLO stands without the objective too, as far as it says what it counts.
    found = [
        slo
        for name in dict.fromkeys([*DEFAULT_SLOS, *configured])
        if (slo := _resolve(service, name, configured.get(name, SloConfig()), objectives.get(name), org)) is not None
    ]
    if probes is not None:
        found = [placed for slo in found if (placed := _with_probes(slo, probes)) is not None]
    present = {slo.name for slo in found}
    return tuple(_with_rules(slo, catalogues or {}) for slo in found if _parts(slo) <= present)


def _resolve(
    service: JudgedService, name: str, given: SloConfig, objective: Objective | None, org: OrgConfig
) -> Slo | None:
    default = None if objective is None else _default(objective)
    sli = sli_of(given.sli) if given.sli is not None else default[0] if default else None
    target = given.target if given.target is not None else default[1] if default else None
    if not given.enabled or sli is None or target is None or not 0.0 < target < 1.0:
        return None
    return Slo(
        key=service.key,
        name=name,
        title=given.title or _title(name, sli),
        sli=sli,
        target=target,
        method=_method(given, sli),
        slice_s=given.slice,
        slice_target=given.slice_target,
        window=window_of(given.window, org.timezone),
        catalogue=given.alerts if isinstance(given.alerts, str) else "",
        rules=parse_rules(given.alerts) if not isinstance(given.alerts, str) else (),
    )


def _with_rules(slo: Slo, catalogues: Mapping[str, CatalogueConfig]) -> Slo:
    """The SLO with the rules of the configured catalogue that it names."""
    named = catalogues.get(slo.catalogue)
    return slo if named is None else replace(slo, rules=parse_rules(named.rules))


def _with_probes(slo: Slo, probes: Mapping[str, ProbeConfig]) -> Slo | None:
    """The SLO with those of its probes that are of its environment; None where it names others only."""
    if not isinstance(slo.sli, ProbesSli) or not slo.sli.names:
        return slo
    names = tuple(name for name in slo.sli.names if name in probes and probes[name].environment == slo.key.environment)
    return replace(slo, sli=ProbesSli(names)) if names else None


def _default(objective: Objective) -> tuple[Sli, float] | None:
    """What an objective counts as an SLO, and the share of it that must be good."""
    match objective.name:
        case "availability":
            return MinutesSli(), objective.target
        case "error_rate":
            return ErrorsSli(), round(1.0 - objective.target, 12)
        case "latency_p95" | "latency_p99":
            return LatencySli(objective.target), objective.definition.quantile or 0.0
        case _:
            return None


def sli_of(given: SliConfig) -> Sli:
    """The SLI that a configuration means."""
    if given.latency_under is not None:
        return LatencySli(given.latency_under)
    if given.composite:
        return CompositeSli(tuple(given.composite.items()))
    if given.source is not None:
        source = given.source
        return SourceSli(
            source.name, source.total, source.good, source.bad, source.raw, raw_failure=source.raw_is == "failure"
        )
    if given.probes:
        return ProbesSli(tuple(dict.fromkeys(given.probes)))
    return {"availability": MinutesSli(), "probes": ProbesSli()}.get(given.counted or "", ErrorsSli())


def window_of(text: str, timezone: str) -> BudgetWindow:
    """The window that a configuration means.

    >>> window_of("30d", "UTC").rolling_s, window_of("month", "Europe/Berlin").calendar
    (2592000, 'month')
    """
    if text in CALENDAR:
        return BudgetWindow(calendar=text, timezone=timezone)
    return BudgetWindow(rolling_s=parse_duration_s(text), timezone=timezone)


def _method(given: SloConfig, sli: Sli) -> Method:
    if given.method is not None:
        return Method(given.method)
    return Method.TIMESLICES if isinstance(sli, MinutesSli) or given.slice_target is not None else Method.OCCURRENCES


def _title(name: str, sli: Sli) -> str:
    if isinstance(sli, LatencySli):
        return f"Requests within {sli.threshold_s:g} s"
    return _TITLES.get(name, name.replace("_", " ").replace("-", " ").capitalize())


def _parts(slo: Slo) -> set[str]:
    return {name for name, _ in slo.sli.parts} if isinstance(slo.sli, CompositeSli) else set()
