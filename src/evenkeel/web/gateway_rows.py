"""What the gateway's pages show of routes: states, shares, traffic per version, and what a flip would move."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from evenkeel.gateway.routes.model import Route, Sticky
from evenkeel.kernel.time import US_PER_MINUTE, Window, isoformat
from evenkeel.store.telemetry.series import GatewayTraffic
from evenkeel.ui.formats import count, plural, seconds, share
from evenkeel.web.gateway_words import fallback_text, route_url, shadow_text, share_text, shares_of
from evenkeel.web.gateway_workers import GatewayStanding
from evenkeel.web.meters import share_meter

#: What "now" means on the pages of the gateway: long enough for a rate, short enough to see a flip.
RECENT_MINUTES: Final = 5
ANSWERING, OFF, UNKNOWN = "answering", "switched off", "unknown"
STATES: Final = (OFF, UNKNOWN, ANSWERING)  # worst first
SIGNS: Final[Mapping[str, str]] = {ANSWERING: "ok", OFF: "breach", UNKNOWN: "unknown"}
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


def recent(now_us: int) -> Window:
    """The last minutes."""
    return Window(now_us - RECENT_MINUTES * US_PER_MINUTE, now_us + 1)


def route_state(route: Route, standing: GatewayStanding) -> str:
    """Whether it answers; nobody knows while there is no worker."""
    if route.kill is not None:
        return OFF
    return ANSWERING if standing.alive else UNKNOWN


def route_row(route: Route, standing: GatewayStanding, traffic: Sequence[GatewayTraffic]) -> dict[str, Any]:
    """A route with its versions and what each answered lately."""
    by_version = {row.version: row for row in traffic}
    shares = shares_of({version.name: version.weight for version in route.versions})
    versions = [
        version_row(version.name, shares[version.name], by_version.pop(version.name, None), version.upstreams)
        for version in route.versions
    ]
    refused = by_version.pop("", None)
    gone = [version_row(name, 0.0, row, ()) for name, row in sorted(by_version.items())]
    state = route_state(route, standing)
    return {
        "route": route,
        "id": f"route-{route.environment}-{route.service}",
        "url": route_url(route.name),
        "state": state,
        "sign": SIGNS[state],
        "versions": [*versions, *gone],
        "refused": plural(refused.requests / RECENT_MINUTES, "requests") if refused and refused.requests else "",
        "requests": sum(row.requests for row in traffic),
        "shadow": shadow_text(route.shadow) if route.shadow else "",
        "fallback": fallback_text(route.fallback) if route.fallback else "",
    }


def version_row(name: str, part: float, row: GatewayTraffic | None, upstreams: Sequence[str]) -> dict[str, Any]:
    """A version: its share, and what it answered lately."""
    decided = row.good + row.bad if row else 0
    errors, interval = share(row.bad, decided) if row else ("–", "")
    return {
        "name": name,
        "share": share_text(part),
        "meter": share_meter(part, f"{share_text(part)} of the traffic", "unknown"),
        "upstreams": ", ".join(upstreams),
        "per_minute": count(round(row.requests / RECENT_MINUTES, 1)) if row and row.requests else "",
        "errors": errors,
        "interval": interval,
        "n": count(decided) if decided else "",
        "p95": seconds(row.latency_s_p95) if row and row.latency_s_p95 is not None else "",
        "shadows": count(row.shadows) if row and row.shadows else "",
        "evidence": "",
    }


def add_evidence(row: dict[str, Any]) -> dict[str, Any]:
    """A row whose versions lead to their failed requests."""
    route: Route = row["route"]
    for version in row["versions"]:
        query = {"environment": route.environment, "service": route.service, "version": version["name"]}
        version["evidence"] = f"/events?{urlencode({**query, 'outcome': 'bad', 'counted': 'true'})}"
    return row


def answers(rows: Sequence[Mapping[str, Any]], standing: GatewayStanding, changed: str) -> dict[str, str]:
    """The three answers on top of the list."""
    off = [row["route"].name for row in rows if row["state"] == OFF]
    found = {"changed": changed, "todo": "", "mood": "ok"}
    if not standing.alive:
        found["how"] = f"No gateway worker is alive: whether {plural(len(rows), 'routes')} answer is unknown."
        found["todo"] = "Look at Health, and at evenkeel's log; `evenkeel up` keeps a worker once there is a route."
        return {**found, "mood": "warning"}
    workers = plural(len(standing.alive), "workers")
    if not off:
        found["how"] = (
            f"{'The one route answers' if len(rows) == 1 else f'All {len(rows)} routes answer'}, by {workers}."
        )
        return found
    named = ", ".join(off[:_NAMED_MAX]) + (f" and {len(off) - _NAMED_MAX} more" if len(off) > _NAMED_MAX else "")
    found["how"] = (
        f"{named} {'is' if len(off) == 1 else 'are'} switched off; {len(rows) - len(off)} of {len(rows)} answer."
    )
    found["todo"] = "Open what is off to let it answer again."
    return {**found, "mood": "breach"}


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


def traffic_document(traffic: Sequence[GatewayTraffic]) -> list[dict[str, Any]]:
    """What each version answered lately, as JSON."""
    return [
        {
            "version": row.version,
            "good": row.good,
            "bad": row.bad,
            "other": row.other,
            "latency_s_p95": row.latency_s_p95,
            "shadows": row.shadows,
            "last_at": isoformat(row.last_at),
        }
        for row in traffic
    ]
