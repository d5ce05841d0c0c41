"""Pages of the gateway: all routes with their traffic, and one route with all that can be done to it (SPEC GW-3)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from evenkeel.gateway.commands.model import SetWeights
from evenkeel.gateway.commands.rules import apply
from evenkeel.gateway.drill.model import Standing
from evenkeel.gateway.limits.model import Holder, Limit
from evenkeel.gateway.routes.model import Route
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError
from evenkeel.org.access.model import RULE_GATEWAY
from evenkeel.org.config.gateway import GatewayRouteConfig
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.drill_api import drill_document
from evenkeel.web.frame import Site
from evenkeel.web.gateway_api import change_document, route_document
from evenkeel.web.gateway_notes import Notes
from evenkeel.web.gateway_rows import (
    STATES,
    RouteFilter,
    answers,
    evidence_document,
    plan_weights,
    route_row,
)
from evenkeel.web.gateway_verdicts import RECENT_MINUTES, GatewayEvidence, read_evidence
from evenkeel.web.gateway_words import amount_text, history_rows, route_url
from evenkeel.web.gateway_workers import GatewayStanding, standing_document, worker_rows
from evenkeel.web.paging import paginate
from evenkeel.web.reading import service_url
from evenkeel.web.viewer import Viewer

#: Field of the form of weights: `weight:` and the version.
WEIGHT: Final = "weight:"
_CHANGES_ON_LIST: Final = 10
#: Routes of one page: with five versions each, as much as a phone scrolls through.
ROUTES_SHOWN: Final = 20
DRILL_SIGNS: Final[Mapping[Standing, str]] = {Standing.PROVEN: "ok", Standing.FAILED: "breach"}
_CHANGES: Final = 50
#: The lines of an empty state: a route that works once the address and the secret are one's own.
EXAMPLE: Final = """upstreams:
  openai: {url: "https://api.openai.com/v1", dialect: openai, provider: openai, key: "env:OPENAI_API_KEY"}
gateway:
  routes:
    support-bot:
      versions:
        "1.4.0": {weight: 95, upstreams: [openai]}
        "1.5.0": {weight: 5, upstreams: [openai]}
"""


class GatewayPages:
    """Each method answers one page."""

    def __init__(self, site: Site, notes: Notes) -> None:
        self._site = site
        self._given = site.given
        self._notes = notes

    # --- all routes

    def _evidence(self, key: ServiceKey | None = None) -> GatewayEvidence:
        given = self._given
        return read_evidence(given.telemetry, given.engine, given.clock.now_us(), key)

    def _rows(self, standing: GatewayStanding, evidence: GatewayEvidence) -> list[dict[str, Any]]:
        """Every route, the worst first."""
        routes = self._given.gateway.effective.routes
        rows = [route_row(routes[name], standing, evidence.of(routes[name])) for name in sorted(routes)]
        return sorted(rows, key=lambda row: STATES.index(row["state"]))

    def routes(self, request: Request, viewer: Viewer) -> Response:
        """All routes."""
        given, query = self._given, request.query_params
        standing, evidence = given.gateway_standing(), self._evidence()
        rows = self._rows(standing, evidence)
        limits = given.gateway.effective.limits
        history = history_rows(given.gateway.history(limit=_CHANGES_ON_LIST), limits)
        chosen = RouteFilter(query.get("environment", ""), query.get("state", ""), query.get("q", ""))
        page = paginate([row for row in rows if chosen.fits(row)], ROUTES_SHOWN, "/gateway", query)
        drill, last = given.drill.state(), history[0] if history else None
        changed = (
            f"Last change: {last['title'].lower()} of {last['target']}, from {last['before']} to {last['after']},"
            f" by {last['change'].actor}."
            if last
            else ""
        )
        return self._site.page(
            "gateway.html",
            viewer,
            section="/gateway",
            stream="*",
            answers=answers(rows, standing, changed, evidence.unknown_because),
            rows=page.rows,
            page=page,
            routes=len(rows),
            chosen=chosen,
            environments=sorted({row["route"].environment for row in rows}),
            states=STATES,
            minutes=RECENT_MINUTES,
            standing=standing,
            workers=worker_rows(standing, given.clock.now_us()),
            drill=drill,
            drill_sign=DRILL_SIGNS.get(drill.standing, "unknown"),
            history=history,
            note=self._notes.of(query.get("done", "")),
            may_rule=may_rule(viewer),
            example=EXAMPLE,
            host=request.url.hostname or "localhost",
        )

    def routes_json(self, _: Request, __: Viewer) -> Response:
        """The same as JSON."""
        given, evidence = self._given, self._evidence()
        routes, standing = given.gateway.effective.routes, given.gateway_standing()
        return JSONResponse(
            {
                "gateway": standing_document(standing),
                "drill": drill_document(given.drill.state()),
                "minutes": RECENT_MINUTES,
                "unknown_because": evidence.unknown_because,
                "routes": [
                    route_document(routes[name]) | evidence_document(routes[name], standing, evidence.of(routes[name]))
                    for name in sorted(routes)
                ],
                "changes": [
                    change_document(change, self._site) for change in given.gateway.history(limit=_CHANGES_ON_LIST)
                ],
            }
        )

    # --- one route

    def _route(self, request: Request) -> Route:
        name = f"{request.path_params['environment']}/{request.path_params['service']}"
        found = self._given.gateway.effective.routes.get(name)
        if found is None:
            raise NotFoundError(f"There is no route of {name[:200]!r}.", hint="Go to /gateway.")
        return found

    def route(
        self, request: Request, viewer: Viewer, *, problem: EvenkeelError | None = None, opened: str = ""
    ) -> Response:
        """One route. `problem`: what is wrong with what was just asked for, in the form that is `opened`."""
        given, query = self._given, request.query_params
        route = self._route(request)
        key = ServiceKey(route.environment, route.service)
        standing = given.gateway_standing()
        evidence = self._evidence(key)
        row = route_row(route, standing, evidence.of(route))
        plan, flaw = self._plan(route, request)
        return self._site.page(
            "gateway_route.html",
            viewer,
            status=400 if problem or flaw else 200,
            section="/gateway",
            stream="" if problem else str(key),  # where a form is sent to, there is no page to fetch anew
            route=route,
            row=row,
            unknown_because=evidence.unknown_because,
            url=route_url(route.name),
            service_url=service_url(key),
            minutes=RECENT_MINUTES,
            standing=standing,
            workers=worker_rows(standing, given.clock.now_us()),
            plan=plan,
            asked={name: query[f"{WEIGHT}{name}"] for name in _names(route) if f"{WEIGHT}{name}" in query},
            reason=query.get("reason", ""),
            problem=problem or flaw,
            opened=opened or ("weights" if flaw else ""),
            history=history_rows(given.gateway.history(route.name, _CHANGES), given.gateway.effective.limits),
            note=self._notes.of(query.get("done", "")),
            may_rule=may_rule(viewer),
            configured=find_configured(given.gateway.configured.routes, route),
            limits=concerning(given.gateway.effective.limits, route),
        )

    def _plan(self, route: Route, request: Request) -> tuple[dict[str, Any] | None, EvenkeelError | None]:
        """What the weights in the address would do, or what is wrong with them."""
        query = request.query_params
        asked = {name: query[f"{WEIGHT}{name}"] for name in _names(route) if f"{WEIGHT}{name}" in query}
        if not asked:
            return None, None
        try:
            weights = read_weights(asked)
            command = SetWeights(route.environment, route.service, weights)
            apply(self._given.gateway.effective, command, actor="", now_us=0)
        except EvenkeelError as error:
            return None, error
        return plan_weights(route, weights), None

    def route_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        given, route = self._given, self._route(request)
        key = ServiceKey(route.environment, route.service)
        standing, evidence = given.gateway_standing(), self._evidence(key)
        return JSONResponse(
            {
                "gateway": standing_document(standing),
                "minutes": RECENT_MINUTES,
                "unknown_because": evidence.unknown_because,
                "route": route_document(route),
                **evidence_document(route, standing, evidence.of(route)),
                "changes": [
                    change_document(change, self._site) for change in given.gateway.history(route.name, _CHANGES)
                ],
            }
        )


def may_rule(viewer: Viewer) -> bool:
    """Whether the viewer may change what the gateway does, by forms."""
    return viewer.role in RULE_GATEWAY and viewer.session is not None


def read_weights(asked: Mapping[str, str]) -> dict[str, float]:
    """Weights as a form has them; an empty field is 0. Raises InvalidInputError."""
    found: dict[str, float] = {}
    for name, text in asked.items():
        try:
            found[name] = float(text.strip() or 0)
        except ValueError:
            raise InvalidInputError(f"{text[:20]!r} is no weight of {name}.", hint="Write a number, e.g. 95.") from None
    return found


def find_configured(routes: Mapping[str, GatewayRouteConfig], route: Route) -> GatewayRouteConfig | None:
    """What stands in the configuration of a route; none for one that is not there any more."""
    return next(
        (
            each
            for name, each in routes.items()
            if (each.environment, each.service or name) == (route.environment, route.service)
        ),
        None,
    )


def concerning(limits: Mapping[str, Limit], route: Route) -> Sequence[dict[str, Any]]:
    """Limits that requests of a route may run into: those of its service, and those of whoever asks."""
    found: list[dict[str, Any]] = []
    for limit in sorted(limits.values(), key=lambda each: (each.holder is not Holder.SERVICE, each.id)):
        if limit.holder is Holder.SERVICE and limit.name not in ("*", route.service):
            continue
        whose = f"each {limit.holder.value}" if limit.name == "*" else f"{limit.holder.value} {limit.name}"
        found.append({"limit": limit, "whose": whose, "amount": amount_text(limit.amount, limit)})
    return found


def _names(route: Route) -> list[str]:
    return [version.name for version in route.versions]
