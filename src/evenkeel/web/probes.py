"""How probes stand, one line per probe and vantage: on their own page, on a service's, and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from evenkeel.kernel.event import Outcome
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND, Window, format_duration, isoformat
from evenkeel.kernel.verdict import RISK_ORDER, Status
from evenkeel.observe.probes.model import (
    FOR_AVAILABILITY,
    DependencyTarget,
    GoldenTarget,
    HttpTarget,
    Probe,
    probe_document,
)
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.probe_port import ProbeRow
from evenkeel.ui.formats import plural
from evenkeel.web.frame import Site
from evenkeel.web.reading import service_url
from evenkeel.web.viewer import Viewer

#: What lists sum up: long enough for a rare probe, short enough to read at once.
SPAN_US: Final = US_PER_DAY
#: A probe that is silent for longer than this many of its intervals has stopped.
SILENT_INTERVALS: Final = 3


@dataclass(frozen=True, slots=True)
class ProbeState:
    """One probe from one vantage: what is configured of it, and what was heard."""

    name: str
    key: ServiceKey
    kind: str
    vantage: str
    status: Status
    sentence: str
    asks: str  # what it asks; empty when it is not configured here
    every_s: float | None
    row: ProbeRow | None

    @property
    def counts(self) -> bool:
        """Whether it is evidence of availability."""
        return self.kind in FOR_AVAILABILITY

    @property
    def url(self) -> str:
        """The page of its service."""
        return service_url(self.key, tab="probes")

    @property
    def evidence(self) -> str:
        """Its failed runs."""
        query = {"environment": self.key.environment, "service": self.key.service, "outcome": "bad"}
        return f"/events?{urlencode({**query, 'probe': self.name})}"


def probe_states(probes: Sequence[Probe], rows: Sequence[ProbeRow], now_us: int) -> list[ProbeState]:
    """Every configured probe and vantage, and those heard from that are not configured here; worst first."""
    heard = {(row.key, row.name, row.vantage): row for row in rows}
    states: list[ProbeState] = []
    for probe in probes:
        for vantage in probe.vantages:
            row = heard.pop((ServiceKey(probe.environment, probe.service), probe.name, vantage), None)
            states.append(_configured(probe, vantage, row, now_us))
    states += [_foreign(row, now_us) for row in heard.values()]
    return sorted(states, key=lambda state: (RISK_ORDER.index(state.status), state.name, state.vantage))


def _configured(probe: Probe, vantage: str, row: ProbeRow | None, now_us: int) -> ProbeState:
    every_s = probe.timing.every_s
    key = ServiceKey(probe.environment, probe.service)
    status, sentence = (Status.UNKNOWN, "No result yet.") if row is None else _said(row, every_s, now_us)
    return ProbeState(probe.name, key, probe.kind.value, vantage, status, sentence, _asks(probe), every_s, row)


def _foreign(row: ProbeRow, now_us: int) -> ProbeState:
    """A probe of a vantage that brings its own table: it says itself how often it runs."""
    status, sentence = _said(row, row.last_every_s, now_us)
    return ProbeState(row.name, row.key, row.kind, row.vantage, status, sentence, "", row.last_every_s, row)


def _said(row: ProbeRow, every_s: float | None, now_us: int) -> tuple[Status, str]:
    """What the last run said, and whether that is of now."""
    status, sentence = _read(row)
    if every_s is None or now_us - row.last_at <= SILENT_INTERVALS * every_s * US_PER_SECOND:
        return status, sentence
    silent_s = (now_us - row.last_at) / US_PER_SECOND
    return Status.STALE, f"No result for {format_duration(silent_s)}; it last said: {sentence}"


def _read(row: ProbeRow) -> tuple[Status, str]:
    """What the last run said."""
    if row.last_outcome == Outcome.GOOD.value:
        if row.kind == "tls" and row.last_value is not None:
            return Status.OK, f"Valid for {row.last_value:.0f} more days."
        if row.kind == "golden":
            return Status.OK, "The known answer came back."
        return Status.OK, "It answers as expected."
    said = row.last_detail or row.last_reason or "It failed."
    if row.last_outcome != Outcome.BAD.value:
        return Status.UNKNOWN, said
    return (Status.WARNING if row.last_reason == "tls_expires_soon" else Status.BREACH), said


def _asks(probe: Probe) -> str:
    target = probe.target
    if isinstance(target, HttpTarget):
        return f"{target.method} {target.url}"
    if isinstance(target, GoldenTarget):
        return f"a known question to {target.request.url}"
    if isinstance(target, DependencyTarget):
        where = target.request.url if target.request else f"{target.host}:{target.port}"
        return f"{target.what.replace('_', ' ')} at {where}"
    return f"the certificate of {target.host}:{target.port}"


def probe_state_document(state: ProbeState) -> dict[str, Any]:
    """A line as JSON."""
    row = state.row
    last: dict[str, Any] | None = None
    if row is not None:
        last = {
            "at": isoformat(row.last_at),
            "outcome": row.last_outcome,
            "reason": row.last_reason,
            "detail": row.last_detail,
            "status_code": row.last_status_code,
            "latency_s": row.last_latency_s,
            "value": row.last_value,
            "event_id": row.last_event_id,
        }
    return {
        "name": state.name,
        "environment": state.key.environment,
        "service": state.key.service,
        "kind": state.kind,
        "vantage": state.vantage,
        "status": state.status.value,
        "sentence": state.sentence,
        "asks": state.asks,
        "every_s": state.every_s,
        "counts_for_availability": state.counts,
        "last_day": None
        if row is None
        else {"good": row.good, "bad": row.bad, "undecided": row.undecided, "latency_s_p95": row.latency_s_p95},
        "last": last,
    }


def read_states(site: Site, key: ServiceKey | None = None) -> list[ProbeState]:
    """How all probes, or those of a service, stand now."""
    now_us = site.given.clock.now_us()
    probes = [probe for probe in site.given.probes() if key in (None, ServiceKey(probe.environment, probe.service))]
    return probe_states(probes, site.given.telemetry.probes(Window(now_us - SPAN_US, now_us), key), now_us)


def table_document(probes: Sequence[Probe]) -> dict[str, Any]:
    """What a prober elsewhere reads; no secret is in it, only the names of them."""
    return {"version": 1, "probes": [probe_document(probe) for probe in probes]}


def probe_routes(site: Site) -> list[Route]:
    """The page of probes, and the JSON beside it."""

    def page(_: Request, viewer: Viewer) -> Response:
        states = read_states(site)
        failing = sum(state.status in (Status.BREACH, Status.WARNING) for state in states)
        how = f"{plural(failing, 'probes')} of {len(states)} found something wrong." if failing else ""
        return site.page("probes.html", viewer, section="/probes", stream="*", states=states, how=how)

    def document(_: Request, __: Viewer) -> Response:
        return JSONResponse({"probes": [probe_state_document(state) for state in read_states(site)]})

    return [Route("/probes", site.signed_in(page)), Route("/probes.json", site.signed_in(document))]
