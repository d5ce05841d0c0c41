"""The pages people look at: overview, services, events, evenkeel itself."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from evenkeel.judge.objectives.model import ServiceStatus
from evenkeel.judge.objectives.records import history
from evenkeel.kernel.errors import NotFoundError, UnauthorizedError
from evenkeel.kernel.event import Kind, Outcome, Role
from evenkeel.kernel.verdict import Status
from evenkeel.web import reading, traffic
from evenkeel.web.backlog import Backlog, backlog_document, read_backlog
from evenkeel.web.documents import event_document, health_document, service_document
from evenkeel.web.frame import Site, intake_url
from evenkeel.web.inbox import firing_line
from evenkeel.web.probes import read_states
from evenkeel.web.quality_views import QUALITY_VIEWS, find_view
from evenkeel.web.slo_rows import objective_budgets
from evenkeel.web.viewer import Viewer

_TABS: Final = ("Summary", "Objectives", "Quality", "Versions", "Traffic", "Probes")
_EVENTS_PER_PAGE: Final = 50
_CHANGES: Final = 30
_ACTIONS: Final = (
    ("Show what is in breach", "/?status=breach"),
    ("Show failed requests", "/events?outcome=bad&counted=true"),
    ("Show alerts that fire", "/alerts?state=firing"),
    ("Silence alerts", "/alerts/silences"),
    ("Create a key", "/settings#new-key"),
)
_STATUSES: Final = ("breach", "warning", "stale", "partial", "unknown", "ok", "not judged")


def _range(request: Request) -> str:
    """The time range that is asked for. Quality is told of a day, as over the API: an hour seldom says much of it."""
    usual = "24h" if request.query_params.get("tab") == "quality" else "1h"
    return request.query_params.get("range") or usual


def page_routes(site: Site) -> list[Route]:
    """Every page with the JSON beside it."""
    pages = Pages(site)
    service = "/services/{key:path}"  # names may hold slashes
    looking: list[tuple[str, Any]] = [
        ("/", pages.overview),
        ("/overview.json", pages.overview_json),
        (f"{service}.json", pages.service_json),
        (f"{service}/traffic.csv", pages.traffic_csv),
        (service, pages.service),
        ("/events", pages.events),
        ("/events.json", pages.events_json),
        ("/events/{id}.json", pages.event_json),
        ("/events/{id}", pages.event),
        ("/health", pages.health),
        ("/health.json", pages.health_json),
        ("/palette.json", pages.palette),
    ]
    return [
        *(Route(path, site.signed_in(work)) for path, work in looking),
        Route("/live", pages.live),
    ]


class Pages:
    """Each method answers one page."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given

    # --- overview

    def _services(self, request: Request) -> tuple[list[ServiceStatus], list[ServiceStatus], reading.Filter]:
        services = self._given.engine.services(self._given.clock.now_us())
        query = request.query_params
        chosen = reading.Filter(query.get("environment", ""), query.get("status", ""), query.get("q", ""))
        return services, [service for service in services if chosen.fits(service)], chosen

    def overview(self, request: Request, viewer: Viewer) -> Response:
        """All services, worst first."""
        now_us = self._given.clock.now_us()
        services, shown, chosen = self._services(request)
        backlog = self._backlog(now_us)
        return self._site.page(
            "overview.html",
            viewer,
            section="/",
            stream="*",
            answers=reading.answers(services),
            alerts=firing_line(self._given.alerts.firing()),
            backlog=backlog if backlog is not None and backlog.is_worth_saying else None,
            rows=[reading.service_row(service, now_us) for service in shown],
            services=len(services),
            chosen=chosen,
            environments=sorted({service.key.environment for service in services}),
            statuses=_STATUSES,
            intake_url=intake_url(request, self._given.intake_port()),
        )

    def _backlog(self, now_us: int) -> Backlog | None:
        """What waits for a person. Everybody may look at the queue; what a review says only approvers may read."""
        return read_backlog(self._given.reviews, self._given.gateway.configured, now_us)

    def overview_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        now_us = self._given.clock.now_us()
        services, shown, _chosen = self._services(request)
        return JSONResponse(
            {
                "answers": reading.answers(services),
                "reviews": backlog_document(self._backlog(now_us)),
                "services": [service_document(service, now_us) for service in shown],
            }
        )

    # --- a service

    def _service(self, request: Request) -> ServiceStatus:
        return reading.find_service(self._given.engine, request.path_params["key"], self._given.clock.now_us())

    def service(self, request: Request, viewer: Viewer) -> Response:
        """One service."""
        service = self._service(request)
        now_us = self._given.clock.now_us()
        tab = request.query_params.get("tab", "summary")
        if tab not in [name.lower() for name in _TABS]:
            raise NotFoundError(f"There is no tab {tab[:20]!r}.", hint=f"There are {', '.join(_TABS)}.")
        chosen = _range(request)
        span = traffic.span_of(chosen, now_us)
        telemetry = self._given.telemetry
        values: dict[str, Any] = {
            "service": service,
            "alerts": firing_line(self._given.alerts.firing(), service.key),
            "row": reading.service_row(service, now_us),
            "cards": [reading.objective_card(verdict, now_us) for verdict in service.verdicts],
            "tab": tab,
            "tabs": _TABS,
            "range": chosen,
            "asked_range": request.query_params.get("range", ""),
            "ranges": list(traffic.RANGES),
            "url": reading.service_url(service.key),
            "charts": [],
            "breakdowns": [],
            "models": [],
            "titles": {verdict.objective.name: verdict.objective.title for verdict in service.verdicts},
            "budgets": {},
            "history": [],
            "totals": {},
            "states": [],
            "view": None,
        }
        if tab in ("summary", "traffic"):
            values["charts"] = traffic.draw_charts(telemetry, service, span)
        if tab in ("summary", "versions"):
            values["breakdowns"] = [
                (title, [row for row in telemetry.breakdown(service.key, span.window, by=by) if row.holds_anything])
                for title, by in (("Version", "version"), ("Environment", "environment"))
            ]
            values["models"] = [
                row for row in telemetry.breakdown(service.key, span.window, by="model") if row.attempts
            ]
        if tab in ("summary", "objectives"):
            values["budgets"] = objective_budgets(self._given.slos.statuses(now_us, service.key))
            changes = history(self._given.records, service.key, limit=_CHANGES)
            # That nothing was known of a new service at first is no change worth a line.
            values["history"] = [change for change in changes if change["old"] or change["new"] != Status.UNKNOWN]
        if tab == "quality":
            view = find_view(request.query_params.get("view"))
            told = view.read(self._given, service.key, span, request.query_params)
            choose = view.show_chosen
            values |= {
                "view": view,
                "views": QUALITY_VIEWS,
                "quality": view.show(told) if choose is None else choose(told, request.query_params),
            }
        if tab == "probes":
            values["states"] = read_states(self._site, service.key)
        if tab == "traffic":
            values["totals"] = traffic.sum_rows(
                telemetry.minutes(service.key, span.window, step_minutes=span.step_minutes)
            )
        return self._site.page("service.html", viewer, section="/", stream=str(service.key), **values)

    def service_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON; of the tab *Quality*, the numbers of a view."""
        service, now_us = self._service(request), self._given.clock.now_us()
        if request.query_params.get("tab") != "quality":
            return JSONResponse(service_document(service, now_us))
        span = traffic.span_of(_range(request), now_us)
        view = find_view(request.query_params.get("view"))
        return JSONResponse(view.read(self._given, service.key, span, request.query_params))

    def traffic_csv(self, request: Request, _: Viewer) -> Response:
        """What is behind the charts."""
        service = self._service(request)
        span = traffic.span_of(request.query_params.get("range", "1h"), self._given.clock.now_us())
        text = traffic.write_csv(self._given.telemetry, service.key, span)
        return PlainTextResponse(text, media_type="text/csv; charset=utf-8")

    # --- events

    def _events(self, request: Request) -> Any:
        where = reading.event_filter(request.query_params)
        return self._given.telemetry.events(
            where, limit=_EVENTS_PER_PAGE, cursor=request.query_params.get("cursor") or None
        )

    def events(self, request: Request, viewer: Viewer) -> Response:
        """A list of events."""
        page = self._events(request)
        query = {name: value for name, value in request.query_params.items() if name != "cursor" and value}
        following = f"/events?{urlencode({**query, 'cursor': page.next_cursor})}" if page.next_cursor else ""
        services = self._given.telemetry.services()
        return self._site.page(
            "events.html",
            viewer,
            section="/events",
            events=page.events,
            following=following,
            first=f"/events?{urlencode(query)}" if request.query_params.get("cursor") else "",
            query=query,
            options={
                "environment": sorted({state.key.environment for state in services}),
                "service": sorted({state.key.service for state in services}),
                "outcome": [outcome.value for outcome in Outcome],
                "role": [role.value for role in Role],
                "kind": [kind.value for kind in Kind],
            },
        )

    def events_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        page = self._events(request)
        return JSONResponse(
            {"events": [event_document(event) for event in page.events], "next_cursor": page.next_cursor}
        )

    def _event(self, request: Request) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        found = self._given.telemetry.event(request.path_params["id"])
        if found is None:
            raise NotFoundError("There is no such event.", hint="It may have passed its retention.")
        group = self._given.telemetry.request_events(found["request_id"], found["at"])
        return dict(found), [dict(event) for event in group]

    def event(self, request: Request, viewer: Viewer) -> Response:
        """One event with all it carries, among the events of its request."""
        event, group = self._event(request)
        attributes: dict[str, Any] = json.loads(event.get("attributes") or "{}")
        shown = {name: value for name, value in event_document(event).items() if name != "attributes"}
        return self._site.page(
            "event.html", viewer, section="/events", event=event, shown=shown, attributes=attributes, group=group
        )

    def event_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        event, group = self._event(request)
        return JSONResponse({"event": event_document(event), "request": [event_document(other) for other in group]})

    # --- evenkeel itself

    def health(self, _: Request, viewer: Viewer) -> Response:
        """How evenkeel itself is."""
        return self._site.page("health.html", viewer, section="/health", stream="*", health=self._given.health())

    def health_json(self, _: Request, __: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(health_document(self._given.health()))

    def palette(self, _: Request, __: Viewer) -> Response:
        """What the command palette finds."""
        pages = [
            ("Overview", "/"),
            ("Alerts", "/alerts"),
            ("SLOs", "/slos"),
            ("Events", "/events"),
            ("Models", "/models"),
            ("Gateway", "/gateway"),
            ("Reviews", "/reviews"),
            ("Evaluations", "/evaluations"),
            ("Probes", "/probes"),
            ("Health", "/health"),
            ("Settings", "/settings"),
            ("Keys", "/settings/keys"),
        ]
        services = self._given.engine.services(self._given.clock.now_us())
        found = [(str(service.key), reading.service_url(service.key)) for service in services]
        entries = [*pages, *found, *((title, url) for title, url in _ACTIONS)]
        return JSONResponse({"entries": [{"title": title, "url": url} for title, url in entries]})

    async def live(self, request: Request) -> Response:
        """Changes as they come."""
        if await asyncio.to_thread(self._site.viewer, request) is None:
            raise UnauthorizedError("Sign in.")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._given.live.stream(), media_type="text/event-stream", headers=headers)
