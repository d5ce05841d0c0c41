"""`/metrics`: everything judged, and the counters it is judged by, in Prometheus text format (SPEC SLO-5)."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from evenkeel.act.notify.meter import EDGES_S, Metered
from evenkeel.act.notify.path import PathStanding
from evenkeel.gateway.drill.model import DrillState, Standing
from evenkeel.judge.indicators.latency import UNBOUNDED_S
from evenkeel.judge.objectives.model import ObjectiveVerdict, ServiceStatus
from evenkeel.judge.slo.counting import probes_of, thresholds_of
from evenkeel.judge.slo.status import SloStatus
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web import tallies
from evenkeel.web.frame import Site
from evenkeel.web.gateway_numbers import GATEWAY_METRICS, GatewayNumbers
from evenkeel.web.tallies import Series, Tallies
from evenkeel.web.viewer import Viewer

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"

#: (name, type, what it is) of everything that is exposed, in this order.
METRICS: Final[tuple[tuple[str, str, str], ...]] = (
    ("evenkeel_service_status", "gauge", "1 for the status a service has."),
    ("evenkeel_folded_events_total", "counter", "Events folded since the start."),
    (tallies.REQUESTS, "counter", "Logical requests folded since the start, by outcome."),
    (tallies.TIMED, "counter", "Good and bad requests that have a latency."),
    (tallies.SLOWER, "counter", "Of these, the ones that took longer than threshold seconds."),
    (tallies.MINUTES, "counter", "Minutes with evidence that are over, by the rule of availability."),
    (tallies.PROBES, "counter", "Probes of the service itself, by outcome."),
    (tallies.RUNS, "counter", "Runs of each probe that an SLO counts, of any kind, by outcome."),
    ("evenkeel_objective_status", "gauge", "1 for the status of an objective over a window."),
    ("evenkeel_objective_value", "gauge", "The estimate, in the unit of the objective: ratio or seconds."),
    ("evenkeel_objective_bound", "gauge", "The bounds that decide; left out where there is none."),
    ("evenkeel_objective_target", "gauge", "The target, in the unit of the objective."),
    ("evenkeel_notifications_total", "counter", "Messages that ended since the start, by channel and state."),
    ("evenkeel_notification_delivery_seconds", "histogram", "From being written down to the receipt."),
    ("evenkeel_alert_path_in_time_ratio", "gauge", "Bounds of the share of messages delivered within 10 s in 30 days."),
    ("evenkeel_slo_target_ratio", "gauge", "Share of good ones that is promised."),
    ("evenkeel_slo_attainment_ratio", "gauge", "Share of good ones so far; low takes what nobody saw for bad."),
    ("evenkeel_slo_budget_remaining_ratio", "gauge", "Share of the error budget that is left; below 0 when overspent."),
    ("evenkeel_slo_mode", "gauge", "1 for the mode that the error budget allows."),
    ("evenkeel_slo_burn_rate", "gauge", "How many times faster than allowed the budget burns, over a window."),
    ("evenkeel_slo_rule_firing", "gauge", "1 where a burn rule fires; left out where it cannot be judged."),
    ("evenkeel_slo_suspect", "gauge", "1 where something may have begun to fail."),
    ("evenkeel_gateway_drill_proven", "gauge", "1 while every gateway worker is proven to obey within a second."),
    ("evenkeel_gateway_drills_total", "counter", "Drills of the gateway since the start, by outcome."),
    ("evenkeel_gateway_flip_proven_timestamp_seconds", "gauge", "When a flip was last proven in every worker."),
    ("evenkeel_gateway_flip_seconds", "gauge", "From a flip to the first answer of the other version, last drill."),
    ("evenkeel_gateway_kill_seconds", "gauge", "From a kill to the end of an open stream, last drill."),
    ("evenkeel_gateway_old_key_seconds", "gauge", "From a rotation to the refusal of the old key, last drill."),
    *GATEWAY_METRICS,
)
Labels = Sequence[tuple[str, str]]


@dataclass(slots=True)
class Exposition:
    """Samples by metric; the text has every metric once, with its help and type."""

    samples: dict[str, list[tuple[str, Labels, float]]] = field(
        default_factory=dict[str, list[tuple[str, Labels, float]]]
    )

    def add(self, name: str, labels: Labels, value: float | None, *, suffix: str = "") -> None:
        """Note a sample; None and what is no number are left out. `suffix` is that of a histogram's parts."""
        if value is not None and math.isfinite(value):
            self.samples.setdefault(name, []).append((name + suffix, labels, value))

    def text(self) -> str:
        """The text format, version 0.0.4."""
        lines: list[str] = []
        for name, kind, words in METRICS:
            lines += [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
            lines += [_sample(*sample) for sample in self.samples.get(name, ())]
        return "\n".join(lines) + "\n"


class Metrics:
    """Answers scrapers."""

    def __init__(self, site: Site) -> None:
        self._given = site.given
        self._tallies = Tallies(site.given.telemetry, site.given.clock.now_us())
        self._gateway = GatewayNumbers(site.given.gateway_numbers)

    def answer(self, request: Request, viewer: Viewer) -> Response:
        """Everything as of now."""
        del request, viewer
        now_us = self._given.clock.now_us()
        services = [status for status in self._given.engine.services(now_us) if status.judged]
        slos = self._given.slos.statuses(now_us)
        exposition = Exposition()
        exposition.add("evenkeel_folded_events_total", (), float(self._given.health().folded_rows))
        watched = tuple(status.slo for status in slos)
        probes = tuple((slo.key, name) for slo in watched for name in probes_of((slo,)))
        add_tallies(exposition, self._tallies.read(now_us, thresholds_of(watched), probes))
        add_services(exposition, services)
        add_notifications(exposition, self._given.metered(), self._given.notifications.standing())
        add_slos(exposition, slos)
        add_drill(exposition, self._given.drill.state())
        for sample in self._gateway.read():
            exposition.add(*sample)
        return Response(exposition.text(), media_type=CONTENT_TYPE)


def add_tallies(exposition: Exposition, counted: Mapping[Series, float]) -> None:
    """The counters."""
    for series, value in counted.items():
        further = [(series.label, series.value)] if series.label else []
        further += [("probe", series.probe)] if series.probe else []
        exposition.add(series.metric, [*_of(series.key), *further], value)


def add_services(exposition: Exposition, services: Iterable[ServiceStatus]) -> None:
    """How services stand, and each of their objectives."""
    for status in services:
        labels = _of(status.key)
        exposition.add("evenkeel_service_status", [*labels, ("status", status.status.value)], 1.0)
        for verdict in status.verdicts:
            _add_verdict(exposition, [*labels, ("objective", verdict.objective.name)], verdict)


def _add_verdict(exposition: Exposition, labels: Labels, verdict: ObjectiveVerdict) -> None:
    exposition.add("evenkeel_objective_target", labels, verdict.objective.target)
    for window, each in verdict.by_window.items():
        here = [*labels, ("window", window.value)]
        exposition.add("evenkeel_objective_status", [*here, ("status", each.status.value)], 1.0)
        exposition.add("evenkeel_objective_value", here, each.estimate.value)
        if each.estimate.value is not None:
            for bound, value in (("low", each.estimate.low), ("high", each.estimate.high)):
                exposition.add("evenkeel_objective_bound", [*here, ("bound", bound)], _bounded(value))


def add_slos(exposition: Exposition, statuses: Iterable[SloStatus]) -> None:
    """How SLOs stand, and their burn rules."""
    for status in statuses:
        labels = [*_of(status.slo.key), ("slo", status.slo.name)]
        exposition.add("evenkeel_slo_target_ratio", labels, status.slo.target)
        exposition.add("evenkeel_slo_suspect", labels, float(status.suspect))
        exposition.add("evenkeel_slo_mode", [*labels, ("mode", status.mode.value if status.mode else "unknown")], 1.0)
        for bound, at in (("low", 0), ("high", 1)):
            here = [*labels, ("bound", bound)]
            if status.budget is not None:
                exposition.add("evenkeel_slo_attainment_ratio", here, status.budget.attainment[at])
                exposition.add("evenkeel_slo_budget_remaining_ratio", here, status.budget.remaining_ratio[at])
        for window_s, burn in _burns(status):
            exposition.add("evenkeel_slo_burn_rate", [*labels, ("window", _length(window_s))], burn)
        for rule in status.rules:
            here = [*labels, ("rule", rule.rule.name), ("severity", rule.rule.severity.value)]
            exposition.add("evenkeel_slo_rule_firing", here, None if rule.fires is None else float(rule.fires))


def add_notifications(exposition: Exposition, metered: Metered, standing: PathStanding) -> None:
    """What became of messages, how long deliveries took, and how the alert path stands."""
    for (channel, state), total in sorted(metered.totals.items()):
        exposition.add("evenkeel_notifications_total", [("channel", channel), ("state", state)], float(total))
    name = "evenkeel_notification_delivery_seconds"
    for edge_s, below in zip(EDGES_S, metered.below, strict=True):
        exposition.add(name, [("le", f"{edge_s:g}")], float(below), suffix="_bucket")
    exposition.add(name, [("le", "+Inf")], float(metered.count), suffix="_bucket")
    exposition.add(name, (), metered.sum_s, suffix="_sum")
    exposition.add(name, (), float(metered.count), suffix="_count")
    if standing.messages:
        for bound, share in (("low", standing.in_time_low), ("high", standing.in_time_high)):
            exposition.add("evenkeel_alert_path_in_time_ratio", [("bound", bound)], share)


def add_drill(exposition: Exposition, state: DrillState) -> None:
    """What an alert can be made of."""
    if state.standing is Standing.OFF and state.last is None:
        return
    exposition.add("evenkeel_gateway_drill_proven", (), float(state.standing is Standing.PROVEN))
    exposition.add("evenkeel_gateway_drills_total", [("outcome", "proven")], float(state.held - state.failed))
    exposition.add("evenkeel_gateway_drills_total", [("outcome", "failed")], float(state.failed))
    if state.proven is not None:
        exposition.add("evenkeel_gateway_flip_proven_timestamp_seconds", (), state.proven.at_us / US_PER_SECOND)
    for proof in () if state.last is None else state.last.workers:
        here = [("worker", proof.worker)]
        exposition.add("evenkeel_gateway_flip_seconds", here, proof.flip_s)
        exposition.add("evenkeel_gateway_kill_seconds", here, proof.kill_s)
        exposition.add("evenkeel_gateway_old_key_seconds", here, proof.old_key_s)


def _bounded(value: float | None) -> float | None:
    return None if value is None or value >= UNBOUNDED_S else value


def _burns(status: SloStatus) -> Iterator[tuple[int, float | None]]:
    """Each window once: rules share them."""
    readings = {reading.window_s: reading.burn for rule in status.rules for reading in (rule.short, rule.long)}
    yield from sorted(readings.items())


def _of(key: ServiceKey) -> list[tuple[str, str]]:
    return [("environment", key.environment), ("service", key.service)]


def _sample(name: str, labels: Labels, value: float) -> str:
    inside = ",".join(f'{label}="{_escaped(text)}"' for label, text in labels)
    return f"{name}{{{inside}}} {value:.17g}" if inside else f"{name} {value:.17g}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _length(seconds: int) -> str:
    for unit, size in (("d", 86_400), ("h", 3_600)):
        if seconds % size == 0:
            return f"{seconds // size}{unit}"
    return f"{seconds // 60}m"
