"""What the gateway's pages show of routes: states, shares, traffic per version, and what a flip would move."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.gateway.routes.breaker import HALF_OPEN, OPEN, RESTING
from evenkeel.gateway.routes.model import Route, Sticky, Version
from evenkeel.judge.objectives.sentences import describe_need
from evenkeel.kernel.time import isoformat
from evenkeel.kernel.verdict import Status, Verdict
from evenkeel.store.telemetry.series import GatewayTraffic
from evenkeel.ui.formats import count, plural, seconds, share
from evenkeel.web.gateway_verdicts import RECENT_MINUTES, RouteEvidence, worst_of
from evenkeel.web.gateway_words import fallback_text, route_url, shadow_text, share_text, shares_of
from evenkeel.web.gateway_workers import GatewayStanding
from evenkeel.web.meters import share_meter
from evenkeel.web.reading import listed

OFF, FAILING, SLIPPING = "switched off", "failing", "slipping"
UNKNOWN, UNPROVEN, QUIET, WELL = "unknown", "unproven", "no traffic", "answering well"
STATES: Final = (OFF, FAILING, SLIPPING, UNKNOWN, UNPROVEN, QUIET, WELL)  # worst first
SIGNS: Final[Mapping[str, str]] = {OFF: "breach", FAILING: "breach", SLIPPING: "warning", WELL: "ok"}
_OF_STATUS: Final = {Status.BREACH: FAILING, Status.WARNING: SLIPPING, Status.OK: WELL, None: QUIET}
#: The same of one version, beside its figures.
_WORDS: Final = {Status.BREACH: "failing", Status.WARNING: "over its target", Status.OK: "within its target"}
_TODO: Final = {
    OFF: "open it to let it answer again.",
    FAILING: "open it; send its traffic to a version that works, or look at its failed requests.",
    SLIPPING: "open it, and look at its failed requests.",
}
#: State of a breaker -> sign and words.
_OF_BREAKER: Final = {
    OPEN: ("warning", "is left alone after failures"),
    HALF_OPEN: ("warning", "failed, and is tried next"),
    RESTING: ("unknown", "asked for quiet"),
}
_BREAKERS: Final = tuple(_OF_BREAKER)  # worst first
_NAMED_MAX: Final = 3


@dataclass(frozen=True, slots=True)
class RouteFilter:
    """Which routes a list shows."""

    environment: str = ""
    state: str = ""
    text: str = ""

    def fits(self, row: Mapping[str, Any]) -> bool:
        """Whether a route is shown."""
        route: Route = row["route"]
        words = f"{route.name} {' '.join(version.name for version in route.versions)}"
        return (
            self.environment in ("", route.environment)
            and self.state in ("", row["state"])
            and self.text.lower() in words.lower()
        )


def route_state(route: Route, standing: GatewayStanding, evidence: RouteEvidence) -> str:
    """How it stands: by what it answered. That a worker lives proves nothing; nobody knows while there is none."""
    if route.kill is not None:
        return OFF
    if not standing.alive:
        return UNKNOWN
    if not evidence.is_known:
        return min(UNKNOWN, _state_of_upstreams(route, standing), key=STATES.index)
    proved = _OF_STATUS.get(worst_of(route, evidence), UNPROVEN)
    return min(proved, _state_of_upstreams(route, standing), key=STATES.index)


def _state_of_upstreams(route: Route, standing: GatewayStanding) -> str:
    """What workers learned of those they ask: nobody can answer for a route all of whose upstreams are left alone."""
    asked = [version for version in route.versions if version.weight > 0 or version.name in route.fallback]
    shut = standing.shut()
    if not any(name in shut for version in asked for name in version.upstreams):
        return WELL  # nothing speaks against it
    everywhere = len(standing.alive)
    is_all = all(len(shut.get(name, ())) == everywhere for version in asked for name in version.upstreams)
    return FAILING if is_all else SLIPPING


def route_row(route: Route, standing: GatewayStanding, evidence: RouteEvidence) -> dict[str, Any]:
    """A route with its versions and what each answered lately."""
    by_version, verdicts = {row.version: row for row in evidence.traffic}, evidence.verdicts
    shares = shares_of({version.name: version.weight for version in route.versions})
    versions = [
        version_row(shares[each.name], by_version.pop(each.name, None), each, verdicts.get(each.name))
        | {"alone": left_alone(each, standing), "is_known": evidence.is_known}
        for each in route.versions
    ]
    refused = by_version.pop("", None)
    gone = [
        version_row(0.0, row, Version(name, 0.0, ()), verdicts.get(name)) for name, row in sorted(by_version.items())
    ]
    state = route_state(route, standing, evidence)
    return {
        "route": route,
        "id": f"route-{route.environment}-{route.service}",
        "url": route_url(route.name),
        "state": state,
        "sign": SIGNS.get(state, "unknown"),
        "versions": [*versions, *gone],
        "service_sign": "" if evidence.service is None else evidence.service.value,
        "service_said": evidence.sentence,
        "refused": plural(refused.requests / RECENT_MINUTES, "requests") if refused and refused.requests else "",
        "requests": sum(row.requests for row in evidence.traffic),
        "is_known": evidence.is_known,
        "shadow": shadow_text(route.shadow) if route.shadow else "",
        "fallback": fallback_text(route.fallback) if route.fallback else "",
    }


def version_row(part: float, row: GatewayTraffic | None, version: Version, verdict: Verdict | None) -> dict[str, Any]:
    """A version: its share, what it answered lately, and how it stands by that."""
    decided = row.good + row.bad if row else 0
    errors, interval = share(row.bad, decided) if row else ("–", "")
    return {
        "name": version.name,
        "share": share_text(part),
        "meter": share_meter(part, f"{share_text(part)} of the traffic", "unknown"),
        "upstreams": ", ".join(version.upstreams),
        "per_minute": count(round(row.requests / RECENT_MINUTES, 1)) if row and row.requests else "",
        "errors": errors,
        "interval": interval,
        "n": count(decided) if decided else "",
        "p95": seconds(row.latency_s_p95) if row and row.latency_s_p95 is not None else "",
        "shadows": count(row.shadows) if row and row.shadows else "",
        "sign": "" if verdict is None else verdict.status.value,
        "word": "" if verdict is None else _WORDS.get(verdict.status, _needed(verdict)),
        "evidence": "" if verdict is None or verdict.estimate.evidence is None else verdict.estimate.evidence.query,
        "alone": [],
        "is_known": True,
    }


def left_alone(version: Version, standing: GatewayStanding) -> list[dict[str, str]]:
    """Upstreams of a version that workers do not ask, or only to try: each with its sign and a few words."""
    alive, breakers, found = len(standing.alive), standing.breakers(), list[dict[str, str]]()
    for name in version.upstreams:
        states = [worker.breakers[name] for worker in breakers.get(name, ())]
        if states:
            state = min(states, key=_BREAKERS.index)
            where = f" in {len(states)} of {plural(alive, 'workers')}" if alive > 1 else ""
            found.append({"sign": _OF_BREAKER[state][0], "word": f"{name} {_OF_BREAKER[state][1]}{where}"})
    return found


def answers(
    rows: Sequence[Mapping[str, Any]], standing: GatewayStanding, changed: str, unknown_because: str = ""
) -> dict[str, str]:
    """The three answers on top of the list. `unknown_because`: why there are no figures."""
    found = {"changed": changed, "todo": unknown_because}
    if not standing.alive:
        found["how"] = f"No gateway worker is alive: whether {plural(len(rows), 'routes')} answer is unknown."
        found["todo"] = "Look at Health, and at evenkeel's log; `evenkeel up` keeps a worker once there is a route."
        return {**found, "mood": "warning"}
    workers = plural(len(standing.alive), "workers")
    words = Counter(row["state"] for row in rows)
    if len(rows) == 1:
        found["how"] = f"The one route {_are(1, rows[0]['state'])}, by {workers}."
    else:
        parts = [f"{words[state]} {_are(words[state], state)}" for state in STATES if words[state]]
        found["how"] = f"Of {len(rows)} routes, {listed(parts)}, by {workers}."
    worst = min((row["state"] for row in rows), key=STATES.index)
    if worst in _TODO:
        named = [row["route"].name for row in rows if row["state"] == worst]
        more = f" and {len(named) - _NAMED_MAX} more" if len(named) > _NAMED_MAX else ""
        todo = f"{', '.join(named[:_NAMED_MAX])}{more}: {_TODO[worst]}"
        found["todo"] = f"{todo} {unknown_because}".rstrip()
    return {**found, "mood": SIGNS.get(worst, "unknown")}


def _are(number: int, state: str) -> str:
    """A state as the end of a sentence."""
    if state == QUIET:
        return f"{'has' if number == 1 else 'have'} no traffic"
    return f"{'is' if number == 1 else 'are'} {state}"


def plan_weights(route: Route, asked: Mapping[str, float]) -> dict[str, Any]:
    """What new weights would do: before and after by version, and who moves."""
    before = shares_of({version.name: version.weight for version in route.versions})
    after = shares_of({name: asked.get(name, 0.0) for name in before})
    moved = sum(max(0.0, after[name] - before[name]) for name in before)
    whom = {
        Sticky.USER: "of the users move to another version, and no more than these",
        Sticky.SESSION: "of the sessions move to another version, and no more than these",
        Sticky.NONE: "of the requests go to another version than now",
    }[route.sticky]
    rows = [
        {
            "name": name,
            "before": share_text(before[name]),
            "after": share_text(after[name]),
            "meter_before": share_meter(before[name], f"{share_text(before[name])} before"),
            "meter_after": share_meter(after[name], f"{share_text(after[name])} after", "ok"),
        }
        for name in before
    ]
    return {"rows": rows, "moved": share_text(moved), "whom": whom, "changes": moved > 0.0, "weights": dict(asked)}


def evidence_document(route: Route, standing: GatewayStanding, evidence: RouteEvidence) -> dict[str, Any]:
    """How a route stands, and by what, as JSON."""
    return {
        "state": route_state(route, standing, evidence),
        "objective": None
        if evidence.service is None
        else {"status": evidence.service.value, "sentence": evidence.sentence},
        "left_alone": {
            name: {worker.name: worker.breakers[name] for worker in workers}
            for name, workers in sorted(standing.breakers().items())
            if any(name in version.upstreams for version in route.versions)
        },
        "traffic": [
            {**_traffic_document(row), "verdict": _verdict_document(evidence.verdicts.get(row.version))}
            for row in evidence.traffic
        ]
        if evidence.is_known
        else None,
    }


def _needed(verdict: Verdict) -> str:
    """What would settle it: of so short a window, more traffic and not more time."""
    need, estimate = verdict.needs, verdict.estimate
    if need is None or not need.of.startswith("requests") or verdict.status in (Status.OK, Status.BREACH, Status.STALE):
        return describe_need(verdict)
    together = count(round(estimate.n + need.more))
    return f"Too few to tell; about {together} requests in {RECENT_MINUTES} min would."


def _verdict_document(verdict: Verdict | None) -> dict[str, Any] | None:
    if verdict is None:
        return None
    estimate = verdict.estimate
    return {
        "status": verdict.status.value,
        "error_rate": estimate.value,
        "interval": [estimate.shown_low, estimate.shown_high],
        "n": estimate.n,
        "window_s": estimate.window.seconds,
        "target": verdict.limits.target,
        "alert": verdict.limits.alert,
        "evidence": estimate.evidence.query if estimate.evidence else None,
        "needs": _needed(verdict),
    }


def _traffic_document(row: GatewayTraffic) -> dict[str, Any]:
    return {
        "version": row.version,
        "good": row.good,
        "bad": row.bad,
        "other": row.other,
        "latency_s_p95": row.latency_s_p95,
        "shadows": row.shadows,
        "last_at": isoformat(row.last_at),
    }
