"""Writing our SLOs as OpenSLO v1, with a list of what it cannot carry."""

from __future__ import annotations

import re
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import yaml

from evenkeel.judge.interop.draft import of_minute
from evenkeel.judge.interop.naming import distinct
from evenkeel.judge.interop.openslo import extension
from evenkeel.judge.interop.openslo.grammar import API_VERSION, NAME_MAX
from evenkeel.judge.slo.catalogue import Catalogue, choose_catalogue
from evenkeel.judge.slo.model import BudgetWindow, BurnRule, CompositeSli, Method, Slo, SourceSli

#: A calendar period as OpenSLO writes it, and a day on which all of them begin but weeks, which begin on Mondays.
_CALENDAR: Final = {"day": "1d", "week": "1w", "month": "1M", "quarter": "1Q", "year": "1Y"}
_EPOCH: Final = "2024-01-01 00:00:00"  # a Monday, and the first day of a year
_NOT_DNS: Final = re.compile(r"[^a-z0-9-]+")
#: Burn rates are judged a minute at a time, and alerts wait for nothing else.
_AFTER: Final = "0m"
_Key = TypeVar("_Key", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Lost:
    """Something that the document says only to those who read our annotations, or to nobody."""

    slo: str  # environment/service/name; empty: of all
    what: str
    kept_in: str  # annotation; empty: lost


@dataclass(frozen=True, slots=True)
class Export:
    """OpenSLO objects, and what they lost."""

    objects: Sequence[dict[str, Any]]
    lost: Sequence[Lost]

    @property
    def text(self) -> str:
        """The objects as YAML documents."""
        return yaml.safe_dump_all(self.objects, sort_keys=False, allow_unicode=True, width=120, explicit_start=True)


def write_openslo(slos: Sequence[Slo]) -> Export:
    """The SLOs with their services, sources and alert policies; it is in order in both strictness modes."""
    lost: list[Lost] = []
    names = _Names.of(slos)
    objects = [_object("Service", label, {extension.SERVICE: name}, {}) for name, label in names.services.items()]
    objects += [
        _object("DataSource", label, {}, {"type": "Prometheus", "connectionDetails": {"source": name}})
        for name, label in names.sources.items()
    ]
    objects += _alerting(names.policies)
    siblings = {(slo.key, slo.name): slo for slo in slos}
    for slo in slos:
        objects.append(_slo(slo, names, siblings, lost))
    if slos:
        lost.append(Lost("", "bounds, exact tests at low traffic, hard-outage rule and fixed thresholds", ""))
    return Export(objects, lost)


@dataclass(frozen=True, slots=True)
class _Names:
    """What everything is called: OpenSLO's names are shorter and have fewer letters than ours, and must differ."""

    services: Mapping[str, str]
    sources: Mapping[str, str]
    slos: Mapping[Slo, str]
    policies: Mapping[tuple[str, BurnRule], str]  # by catalogue and rule: rules of one's own share a catalogue's name

    @classmethod
    def of(cls, slos: Sequence[Slo]) -> _Names:
        catalogues = [found for slo in slos if (found := choose_catalogue(slo)) is not None]
        sources = [slo.sli.source for slo in slos if isinstance(slo.sli, SourceSli)]
        return cls(
            _distinct({slo.key.service: slo.key.service for slo in slos}),
            _distinct({source: source for source in sources}),
            _distinct({slo: f"{slo.key.environment}-{slo.key.service}-{slo.name}" for slo in slos}),
            _distinct({(each.name, rule): policy_name(each, rule) for each in catalogues for rule in each.rules}),
        )


def _distinct(texts: Mapping[_Key, str]) -> dict[_Key, str]:
    """A DNS label for each, and no two the same."""
    return distinct({key: dns_label(text) for key, text in texts.items()}, NAME_MAX)


def dns_label(text: str) -> str:
    """A name that OpenSLO takes.

    >>> dns_label("Support Bot"), dns_label("production-bot-latency_p95")
    ('support-bot', 'production-bot-latency-p95')
    """
    return _NOT_DNS.sub("-", text.lower())[:NAME_MAX].strip("-") or "x"


def _object(kind: str, name: str, annotations: dict[str, str], spec: dict[str, Any], title: str = "") -> dict[str, Any]:
    metadata: dict[str, Any] = {"name": name}
    if title:
        metadata["displayName"] = title[:NAME_MAX]
    if annotations:
        metadata["annotations"] = annotations
    return {"apiVersion": API_VERSION, "kind": kind, "metadata": metadata, "spec": spec}


def _slo(slo: Slo, names: _Names, siblings: dict[tuple[Any, str], Slo], lost: list[Lost]) -> dict[str, Any]:
    catalogue = choose_catalogue(slo)
    where = f"{slo.key}/{slo.name}"
    annotations = {
        extension.SERVICE: slo.key.service,
        extension.ENVIRONMENT: slo.key.environment,
        extension.SLO: slo.name,
        extension.ALERTS: slo.catalogue or extension.AUTO,
    }
    spec: dict[str, Any] = {"service": names.services[slo.key.service]}
    if isinstance(slo.sli, CompositeSli):
        annotations[extension.TARGET] = f"{slo.target:.12g}"
        lost.append(Lost(where, "the target of the whole: parts have targets of their own", extension.TARGET))
        spec["objectives"] = [
            _part(siblings[slo.key, name], weight, slo, names)
            for name, weight in slo.sli.parts
            if (slo.key, name) in siblings
        ]
    else:
        spec["indicator"] = {"metadata": {"name": dns_label(slo.name)}, "spec": _sli(slo.sli, names)}
        spec["objectives"] = [_objective(slo, slo)]
    spec["budgetingMethod"] = slo.method.value
    spec["timeWindow"] = [_window(slo.window)]
    if catalogue is not None:
        spec["alertPolicies"] = [{"alertPolicyRef": names.policies[catalogue.name, rule]} for rule in catalogue.rules]
        lost.append(Lost(where, "the second window of its burn rules", extension.SHORT_WINDOW))
    if slo.window.calendar:
        lost.append(Lost(where, "that its periods follow the organisation's time zone when that changes", ""))
    lost.append(Lost(where, "its environment", extension.ENVIRONMENT))
    if len(slo.title) > NAME_MAX:
        lost.append(Lost(where, f"its title beyond {NAME_MAX} characters", ""))
    if slo.rules and not slo.catalogue:
        lost.append(Lost(where, "that its burn rules are its own: read back, they come from a catalogue", ""))
    return _object("SLO", names.slos[slo], annotations, spec, slo.title)


def _part(part: Slo, weight: float, whole: Slo, names: _Names) -> dict[str, Any]:
    metadata = {"name": dns_label(part.name), "annotations": {extension.PART: part.name}}
    indicator = {"metadata": metadata, "spec": _sli(part.sli, names)}
    return {**_objective(part, whole), "indicator": indicator, "compositeWeight": weight}


def _objective(slo: Slo, whole: Slo) -> dict[str, Any]:
    """The objective of `slo`; its slices as the budgeting method of `whole` needs them."""
    found: dict[str, Any] = {"displayName": (slo.title or slo.name)[:NAME_MAX], "target": slo.target}
    if whole.method is Method.TIMESLICES:
        found["timeSliceTarget"] = slo.target if slo.slice_target is None else slo.slice_target
    if whole.method is not Method.OCCURRENCES:
        found["timeSliceWindow"] = f"{slo.slice_s // 60}m"
    return found


def _sli(sli: Any, names: _Names) -> dict[str, Any]:
    if not isinstance(sli, SourceSli):
        return {"ratioMetric": extension.ratio_of(sli)}

    def metric(query: str) -> dict[str, Any]:
        return {"metricSource": {"metricSourceRef": names.sources[sli.source], "spec": {"query": of_minute(query)}}}

    if sli.raw:
        raw_type = "failure" if sli.raw_failure else "success"
        return {"ratioMetric": {"raw": metric(sli.raw), "rawType": raw_type}}
    part = "good" if sli.good else "bad"
    return {"ratioMetric": {"counter": False, part: metric(sli.good or sli.bad), "total": metric(sli.total)}}


def _window(window: BudgetWindow) -> dict[str, Any]:
    if window.rolling_s is not None:
        return {"duration": f"{window.rolling_s // 86_400}d", "isRolling": True}
    calendar = {"startTime": _EPOCH, "timeZone": window.timezone}
    return {"duration": _CALENDAR[window.calendar], "isRolling": False, "calendar": calendar}


def policy_name(catalogue: Catalogue, rule: BurnRule) -> str:
    """The AlertPolicy of a burn rule."""
    return dns_label(f"evenkeel-{catalogue.name}-{rule.severity.value}-{rule.name}")


def _alerting(policies: Mapping[tuple[str, BurnRule], str]) -> list[dict[str, Any]]:
    """A policy and a condition for each burn rule, and one target for each severity."""
    rules = {name: rule for (_, rule), name in policies.items()}
    severities = {rule.severity.value: None for rule in rules.values()}
    found = [
        _object("AlertNotificationTarget", f"evenkeel-{severity}", {}, {"target": "evenkeel"})
        for severity in severities
    ]
    for name, rule in rules.items():
        policy = {
            "alertWhenBreaching": True,
            "alertWhenResolved": True,
            "conditions": [{"conditionRef": name}],
            "notificationTargets": [{"targetRef": f"evenkeel-{rule.severity.value}"}],
        }
        condition = {
            "kind": "burnrate",
            "op": "gt",
            "threshold": rule.factor,
            "lookbackWindow": shorthand(rule.long_s),
            "alertAfter": _AFTER,
        }
        short = {extension.SHORT_WINDOW: shorthand(rule.short_s)}
        found.append(_object("AlertCondition", name, short, {"severity": rule.severity.value, "condition": condition}))
        found.append(_object("AlertPolicy", name, {}, policy))
    return found


def shorthand(seconds: int) -> str:
    """A length as OpenSLO writes it; burn windows are whole minutes.

    >>> shorthand(300), shorthand(3_600), shorthand(259_200)
    ('5m', '1h', '3d')
    """
    for unit, size in (("d", 86_400), ("h", 3_600)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds // 60}m"
