"""Recording and alert rules for Prometheus in the naming of sloth, over the counters that `/metrics` exposes.

Dashboards and alert routes made for sloth work with them unchanged. One thing is different on purpose: sloth takes the
ratio over its whole period as the mean of its 5-minute ratios, in which a night of few requests weighs as much as a
day of many. Here every ratio is bad events over all events of its window, so that the budget is that of the events.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import yaml

from evenkeel.judge.interop.draft import bracketed
from evenkeel.judge.interop.naming import distinct
from evenkeel.judge.slo.catalogue import choose_catalogue
from evenkeel.judge.slo.model import (
    BurnRule,
    CompositeSli,
    LatencySli,
    Method,
    MinutesSli,
    ProbesSli,
    Severity,
    Sli,
    Slo,
    SourceSli,
)
from evenkeel.store.telemetry.port import ServiceKey

_Place = tuple[ServiceKey, str]
_Known = Mapping[_Place, Slo]
_Ids = Mapping[_Place, str]

#: Periods of the calendar have no PromQL window; their rules watch the last so many days.
_CALENDAR_DAYS: Final = {"day": 1, "week": 7, "month": 30, "quarter": 90, "year": 365}
#: Windows that sloth always records, whatever the alerts ask for.
_WINDOWS: Final = ("5m", "30m", "1h", "2h", "6h", "1d", "3d")
SPEC: Final = "prometheus/v1"
_DAY_S: Final = 86_400


class _Dumper(yaml.SafeDumper):
    """Expressions of several lines stand as they are."""


def _text(_: yaml.SafeDumper, data: str) -> yaml.ScalarNode:
    return yaml.ScalarNode("tag:yaml.org,2002:str", data, style="|" if "\n" in data else None)


_Dumper.add_representer(str, _text)


@dataclass(frozen=True, slots=True)
class Rules:
    """A rule file, and the SLOs that no rule can stand for, with the reason."""

    groups: Sequence[dict[str, Any]]
    left_out: Sequence[tuple[Slo, str]]

    @property
    def text(self) -> str:
        """The file."""
        return yaml.dump(
            {"groups": list(self.groups)}, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=4_096
        )


def prometheus_rules(slos: Iterable[Slo], *, version: str) -> Rules:
    """The rules of `slos`; `version` is ours, and stands in their info."""
    groups: list[dict[str, Any]] = []
    left_out: list[tuple[Slo, str]] = []
    given = list(slos)
    known = {(slo.key, slo.name): slo for slo in given}
    ids = distinct({place: slo_id(slo) for place, slo in known.items()})
    asked: dict[_Place, list[str]] = {}  # windows that composites read of their parts
    for slo in given:
        if not isinstance(slo.sli, CompositeSli):
            continue
        if why := _why_not(slo, slo.sli, known):
            left_out.append((slo, why))
            continue
        for name, _ in slo.sli.parts:
            asked.setdefault((slo.key, name), []).extend(_windows(slo))
    refused = {(slo.key, slo.name) for slo, _ in left_out}
    for place, slo in known.items():
        if place not in refused:
            windows = list(dict.fromkeys([*_windows(slo), *asked.get(place, ())]))
            groups += _groups(slo, windows, known, ids, version)
    return Rules(groups, left_out)


def _why_not(slo: Slo, sli: CompositeSli, known: _Known) -> str:
    """Why no rule can stand for SLOs that burn together; empty where one can."""
    for name, _ in sli.parts:
        part = known.get((slo.key, name))
        if part is None:
            return f"its part {name} is not exported"
        if isinstance(part.sli, CompositeSli):
            return f"its part {name} has no events of its own"
    return ""


def slo_id(slo: Slo) -> str:
    """What sloth calls an id: service and SLO. Other environments than production come first; several may share one."""
    prefix = "" if slo.key.environment == "production" else f"{slo.key.environment}-"
    return f"{prefix}{slo.key.service}-{slo.name}"


def period_of(slo: Slo) -> str:
    """The period as PromQL writes it.

    >>> from evenkeel.judge.slo.model import ErrorsSli
    >>> from evenkeel.store.telemetry.port import ServiceKey
    >>> period_of(Slo(ServiceKey("production", "bot"), "errors", "", ErrorsSli(), 0.999))
    '30d'
    """
    if slo.window.rolling_s is not None:
        return length(slo.window.rolling_s)
    return f"{_CALENDAR_DAYS[slo.window.calendar]}d"


def length(seconds: int) -> str:
    """A length as PromQL writes it.

    >>> length(300), length(7_200), length(259_200)
    ('5m', '2h', '3d')
    """
    for unit, size in (("d", _DAY_S), ("h", 3_600), ("m", 60)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds}s"


def error_ratio(slo: Slo, window: str) -> str:
    """PromQL of the share of bad ones over `window`, each event counted once."""
    if slo.method is Method.OCCURRENCES or isinstance(slo.sli, MinutesSli):
        return _ratio(slo.sli, _series(slo), window)
    width = length(slo.slice_s)
    inner = _ratio(slo.sli, _series(slo), width)
    if slo.method is Method.RATIO_TIMESLICES:
        return f"avg_over_time(({inner})[{window}:{width}])"
    least = slo.target if slo.slice_target is None else slo.slice_target
    return f"avg_over_time((({inner}) > bool {round(1 - least, 12):.12g})[{window}:{width}])"


def composite_ratio(slo: Slo, sli: CompositeSli, parts: Sequence[Slo], ids: _Ids, window: str) -> str:
    """PromQL of the share of bad ones of SLOs that burn together: their burn rates by weight, times the budget.

    A part without data has no sample, or NaN, and leaves the rest to speak, as for the alerts of evenkeel itself.
    """
    weights = dict(sli.parts)
    if slo.method is Method.OCCURRENCES:
        terms = [
            f"{weights[part.name] * slo.budget_ratio / part.budget_ratio:.12g} *"
            f" (slo:sli_error:ratio_rate{window}{_selector(part, ids)} >= 0)"
            for part in parts
        ]
        # Without its name and with the label of its SLO each term is a series of its own; `or` keeps all there are.
        return "sum(\n" + "\nor\n".join(terms) + "\n)"
    width = length(slo.slice_s)
    slices = [f"({_ratio(part.sli, _series(part), width)}) >= 0" for part in parts]
    if slo.method is Method.TIMESLICES:
        least = [part.target if part.slice_target is None else part.slice_target for part in parts]
        terms = [f"({one}) > bool {round(1 - good, 12):.12g}" for one, good in zip(slices, least, strict=True)]
        inner = f"max(\n{_apart(parts, terms)}\n)"
    else:
        terms = [f"{weights[part.name]:.12g} * ({one})" for part, one in zip(parts, slices, strict=True)]
        inner = f"clamp_max(sum(\n{_apart(parts, terms)}\n), 1)"
    return f"avg_over_time(({inner})[{window}:{width}])"


def _apart(parts: Sequence[Slo], terms: Sequence[str]) -> str:
    """Sums have no labels, and `or` would keep the first alone: each gets the name of its SLO."""
    named = zip(parts, terms, strict=True)
    return "\nor\n".join(f'label_replace({term}, "sloth_slo", {_quoted(part.name)}, "", "")' for part, term in named)


def _ratio(sli: Sli, series: str, window: str) -> str:
    if isinstance(sli, SourceSli):
        return _source_ratio(sli, window)
    bad, total = _counts(sli, series)
    return f"sum(increase({bad}[{window}]))\n/\nsum(increase({total}[{window}]))"


def _counts(sli: Sli, of: str) -> tuple[str, str]:
    """(selector of bad ones, selector of all)."""
    match sli:
        case LatencySli(threshold_s):
            slower = f'evenkeel_requests_slower_total{{{of}, threshold="{threshold_s:g}"}}'
            return slower, f"evenkeel_requests_timed_total{{{of}}}"
        case MinutesSli():
            return f'evenkeel_availability_total{{{of}, state="bad"}}', f"evenkeel_availability_total{{{of}}}"
        case ProbesSli(names) if names:
            # A dot is all that names hold beside letters and signs that stand for themselves.
            one = "|".join(name.replace(".", "\\.") for name in names)
            runs = f"evenkeel_probe_runs_total{{{of}, probe=~{_quoted(one)}"
            return f'{runs}, outcome="bad"}}', f"{runs}}}"
        case ProbesSli():
            return f'evenkeel_probes_total{{{of}, outcome="bad"}}', f"evenkeel_probes_total{{{of}}}"
        case _:
            requests = f'evenkeel_requests_total{{{of}, outcome=~"good|bad"}}'
            return f'evenkeel_requests_total{{{of}, outcome="bad"}}', requests


def _source_ratio(sli: SourceSli, window: str) -> str:
    """Counts of a source are queries of one minute each; a window is the sum of its minutes."""
    if sli.raw:
        share = f"avg_over_time({bracketed(sli.raw)}[{window}:1m])"
        return share if sli.raw_failure else f"1 - {share}"
    total = f"sum_over_time({bracketed(sli.total)}[{window}:1m])"
    if sli.bad:
        return f"sum_over_time({bracketed(sli.bad)}[{window}:1m])\n/\n{total}"
    return f"1 - (\nsum_over_time({bracketed(sli.good)}[{window}:1m])\n/\n{total}\n)"


def _series(slo: Slo) -> str:
    return f"environment={_quoted(slo.key.environment)}, service={_quoted(slo.key.service)}"


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    return f'"{escaped}"'


def _labels(slo: Slo, ids: _Ids) -> dict[str, str]:
    found = {"sloth_id": ids[slo.key, slo.name], "sloth_service": slo.key.service, "sloth_slo": slo.name}
    return found | {"environment": slo.key.environment}


def _selector(slo: Slo, ids: _Ids) -> str:
    return "{" + ", ".join(f"{name}={_quoted(value)}" for name, value in _labels(slo, ids).items()) + "}"


def _feasible(slo: Slo) -> list[BurnRule]:
    catalogue = choose_catalogue(slo)
    return [] if catalogue is None else [rule for rule in catalogue.rules if rule.is_feasible(slo.budget_ratio)]


def _windows(slo: Slo) -> list[str]:
    """Those that sloth records, those of its rules, and its period."""
    asked = [length(seconds) for rule in _feasible(slo) for seconds in (rule.short_s, rule.long_s)]
    return list(dict.fromkeys([*_WINDOWS, *asked, period_of(slo)]))


def _groups(slo: Slo, windows: Sequence[str], known: _Known, ids: _Ids, version: str) -> list[dict[str, Any]]:
    name = ids[slo.key, slo.name]
    groups: list[dict[str, Any]] = [
        {
            "name": f"sloth-slo-sli-recordings-{name}",
            "rules": [_recording(slo, window, known, ids) for window in windows],
        },
        {"name": f"sloth-slo-meta-recordings-{name}", "rules": _meta(slo, ids, version)},
    ]
    rules = _feasible(slo)
    alerts = [alert for severity in Severity if (alert := _alert(slo, severity, rules, ids)) is not None]
    return [*groups, {"name": f"sloth-slo-alerts-{name}", "rules": alerts}] if alerts else groups


def _recording(slo: Slo, window: str, known: _Known, ids: _Ids) -> dict[str, Any]:
    if isinstance(slo.sli, CompositeSli):
        expr = composite_ratio(slo, slo.sli, [known[slo.key, name] for name, _ in slo.sli.parts], ids, window)
    else:
        expr = error_ratio(slo, window)
    return {
        "record": f"slo:sli_error:ratio_rate{window}",
        "expr": expr,
        "labels": _labels(slo, ids) | {"sloth_window": window},
    }


def _meta(slo: Slo, ids: _Ids, version: str) -> list[dict[str, Any]]:
    labels, of, period = _labels(slo, ids), _selector(slo, ids), period_of(slo)
    budget = f"on(sloth_id, sloth_slo, sloth_service, environment) group_left\nslo:error_budget:ratio{of}"
    days = f"{int(period.removesuffix('d'))}"
    info = {"sloth_version": version, "sloth_mode": "evenkeel", "sloth_spec": SPEC}
    none: dict[str, str] = {}
    expressions = (
        ("slo:objective:ratio", f"vector({slo.target:.12g})", none),
        ("slo:error_budget:ratio", f"vector({slo.budget_ratio:.12g})", none),
        ("slo:time_period:days", f"vector({days})", none),
        ("slo:current_burn_rate:ratio", f"slo:sli_error:ratio_rate5m{of}\n/ {budget}", none),
        ("slo:period_burn_rate:ratio", f"slo:sli_error:ratio_rate{period}{of}\n/ {budget}", none),
        ("slo:period_error_budget_remaining:ratio", f"1 - slo:period_burn_rate:ratio{of}", none),
        ("sloth_slo_info", "vector(1)", info | {"sloth_objective": f"{100 * slo.target:.12g}"}),
    )
    return [{"record": name, "expr": expr, "labels": labels | more} for name, expr, more in expressions]


def _alert(slo: Slo, severity: Severity, rules: Sequence[BurnRule], ids: _Ids) -> dict[str, Any] | None:
    """One alert of a severity: any of its rules, each of which needs both of its windows."""
    mine = [rule for rule in rules if rule.severity is severity]
    if not mine:
        return None
    title = _literal(slo.title or slo.name)
    service = _literal(slo.key.service)
    labels = {label: _literal(text) for label, text in _labels(slo, ids).items()}
    return {
        "alert": f"EvenkeelBudgetBurn{severity.value.capitalize()}",
        "expr": "\nor\n".join(f"(\n{_both(slo, rule, ids)}\n)" for rule in mine),
        "labels": labels | {"sloth_severity": severity.value},
        "annotations": {
            "title": f"({severity.value}) {service}: {title} burns its error budget too fast.",
            "summary": f"{service}: {title} burns its error budget too fast.",
        },
    }


def _literal(text: str) -> str:
    """Text in labels and annotations of alerts, which Prometheus runs as Go templates."""
    return text.replace("{{", '{{"{{"}}')


def _both(slo: Slo, rule: BurnRule, ids: _Ids) -> str:
    of, limit = _selector(slo, ids), f"({rule.factor:.12g} * {slo.budget_ratio:.12g})"
    # Without its window a series is the same over both, and one alert is one alert.
    short, long = (
        f"max without (sloth_window) (slo:sli_error:ratio_rate{length(seconds)}{of} > {limit})"
        for seconds in (rule.short_s, rule.long_s)
    )
    return f"{short}\nand\n{long}"
