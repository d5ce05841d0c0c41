"""The pages."""

from __future__ import annotations

import asyncio
import json
from typing import Any, Final, cast
from urllib.parse import urlencode

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import Route

from evenkeel.judge.objectives.model import ServiceStatus
from evenkeel.judge.objectives.records import history
from evenkeel.kernel.errors import EvenkeelError, NotFoundError, UnauthorizedError
from evenkeel.kernel.event import Kind, Outcome, Role
from evenkeel.org.access.keys import NewKey
from evenkeel.org.access.model import MANAGE_KEYS, Scope
from evenkeel.org.access.signin import SESSION_US
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web import reading
from evenkeel.web.documents import event_document, health_document, service_document
from evenkeel.web.site import Endpoint, Site
from evenkeel.web.viewer import COOKIE, Viewer, check_csrf, check_origin

_TABS: Final = ("Summary", "Objectives", "Versions", "Traffic")
_EVENTS_PER_PAGE: Final = 50
_STATUSES: Final = ("breach", "warning", "stale", "partial", "unknown", "ok", "not judged")


def page_routes(site: Site) -> list[Route]:
    """Every page with the JSON beside it."""
    pages = Pages(site)
    service = "/services/{environment}/{service}"
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
        ("/settings", pages.settings),
        ("/palette.json", pages.palette),
    ]
    return [
        *(Route(path, site.signed_in(work)) for path, work in looking),
        Route("/live", pages.live),
        Route("/settings/keys", pages.posting(pages.create_key), methods=["POST"]),
        Route("/settings/keys/revoke", pages.posting(pages.revoke_key), methods=["POST"]),
        Route("/sign-in", pages.sign_in_page, methods=["GET", "POST"]),
        Route("/setup", pages.setup_page, methods=["GET", "POST"]),
        Route("/sign-out", pages.posting(pages.sign_out), methods=["POST"]),
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
        return self._site.page(
            "overview.html",
            viewer,
            section="/",
            stream="*",
            answers=reading.answers(services),
            rows=[reading.service_row(service, now_us) for service in shown],
            services=len(services),
            chosen=chosen,
            environments=sorted({service.key.environment for service in services}),
            statuses=_STATUSES,
            intake_url=_intake_url(request),
        )

    def overview_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        now_us = self._given.clock.now_us()
        services, shown, _chosen = self._services(request)
        return JSONResponse(
            {
                "answers": reading.answers(services),
                "services": [service_document(service, now_us) for service in shown],
            }
        )

    # --- a service

    def _service(self, request: Request) -> ServiceStatus:
        key = ServiceKey(request.path_params["environment"], request.path_params["service"])
        found = self._given.engine.service(key, self._given.clock.now_us())
        if found is None:
            raise NotFoundError(f"No service {key} was heard from.", hint="The overview lists all there are.")
        return found

    def service(self, request: Request, viewer: Viewer) -> Response:
        """One service."""
        service = self._service(request)
        now_us = self._given.clock.now_us()
        tab = request.query_params.get("tab", "summary")
        if tab not in [name.lower() for name in _TABS]:
            raise NotFoundError(f"There is no tab {tab[:20]!r}.", hint=f"There are {', '.join(_TABS)}.")
        chosen = request.query_params.get("range", "1h")
        window, step = reading.window_of(chosen, now_us)
        telemetry = self._given.telemetry
        values: dict[str, Any] = {
            "service": service,
            "row": reading.service_row(service, now_us),
            "cards": [reading.objective_card(verdict, now_us) for verdict in service.verdicts],
            "tab": tab,
            "tabs": _TABS,
            "range": chosen,
            "ranges": list(reading.RANGES),
            "url": reading.service_url(service.key),
            "charts": [],
            "breakdowns": [],
            "history": [],
            "totals": {},
        }
        if tab in ("summary", "traffic"):
            values["charts"] = reading.charts(telemetry, service, window, step)
        if tab in ("summary", "versions"):
            values["breakdowns"] = [
                (title, telemetry.breakdown(service.key, window, by=by))
                for title, by in (("Version", "version"), ("Model", "model"), ("Environment", "environment"))
            ]
        if tab in ("summary", "objectives"):
            values["history"] = history(self._given.records, service.key, limit=30)
        if tab == "traffic":
            values["totals"] = reading.totals(telemetry.minutes(service.key, window, step_minutes=step))
        return self._site.page("service.html", viewer, section="/", stream=str(service.key), **values)

    def service_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(service_document(self._service(request), self._given.clock.now_us()))

    def traffic_csv(self, request: Request, _: Viewer) -> Response:
        """What is behind the charts."""
        service = self._service(request)
        window, step = reading.window_of(request.query_params.get("range", "1h"), self._given.clock.now_us())
        text = reading.traffic_csv(self._given.telemetry, service.key, window, step)
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
        return self._site.page("health.html", viewer, section="/health", health=self._given.health())

    def health_json(self, _: Request, __: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(health_document(self._given.health()))

    def palette(self, _: Request, __: Viewer) -> Response:
        """What the command palette finds."""
        pages = [("Overview", "/"), ("Events", "/events"), ("Health", "/health"), ("Settings", "/settings")]
        services = self._given.engine.services(self._given.clock.now_us())
        entries = [*pages, *((str(service.key), reading.service_url(service.key)) for service in services)]
        return JSONResponse({"entries": [{"title": title, "url": url} for title, url in entries]})

    async def live(self, request: Request) -> Response:
        """Changes as they come."""
        if await asyncio.to_thread(self._site.viewer, request) is None:
            raise UnauthorizedError("Sign in.")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        return StreamingResponse(self._given.live.stream(), media_type="text/event-stream", headers=headers)

    # --- settings and sign-in

    def settings(self, request: Request, viewer: Viewer, *, secret: str = "", problem: str = "") -> Response:
        """Keys and users."""
        now_us = self._given.clock.now_us()
        keys = [(key, key.is_active(now_us)) for key in self._given.keys.list()]
        return self._site.page(
            "settings.html",
            viewer,
            section="/settings",
            keys=keys,
            users=self._given.sign_in.users(),
            scopes=[scope.value for scope in Scope],
            secret=secret,
            problem=problem,
            intake_url=_intake_url(request),
        )

    def posting(self, work: Any) -> Endpoint:
        """An endpoint that takes a form of ours from a signed-in viewer."""

        async def endpoint(request: Request) -> Response:
            form = await request.form()
            return await asyncio.to_thread(self._post, request, form, work)

        return endpoint

    def _post(self, request: Request, form: FormData, work: Any) -> Response:
        viewer = self._site.viewer(request)
        if viewer is None:
            return RedirectResponse("/sign-in", status_code=303)
        check_origin(request)
        check_csrf(viewer, _text(form, "csrf"))
        return cast("Response", work(request, form, viewer))

    def create_key(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Make a key and show its secret once."""
        viewer.require(MANAGE_KEYS)
        services = tuple(name.strip() for name in _text(form, "services").split(",") if name.strip())
        scope = _text(form, "scope") or Scope.INTAKE.value
        if scope not in [known.value for known in Scope]:
            raise NotFoundError(f"There is no scope {scope[:20]!r}.")
        asked = NewKey(_text(form, "name").strip()[:100] or "unnamed", Scope(scope), None, services or None)
        _, secret = self._given.keys.create(asked, actor=viewer.name)
        return self.settings(request, viewer, secret=secret)

    def revoke_key(self, _: Request, form: FormData, viewer: Viewer) -> Response:
        """End a key."""
        viewer.require(MANAGE_KEYS)
        self._given.keys.revoke(_text(form, "id"), actor=viewer.name)
        return RedirectResponse("/settings", status_code=303)

    def sign_out(self, request: Request, _: FormData, __: Viewer) -> Response:
        """End the session."""
        self._given.sign_in.sign_out(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer

    async def sign_in_page(self, request: Request) -> Response:
        """Name and password."""
        problem = ""
        if request.method == "POST":
            check_origin(request)
            form = await request.form()
            try:
                token = await asyncio.to_thread(
                    self._given.sign_in.sign_in, _text(form, "name"), _text(form, "password")
                )
                return self._welcome(request, token)
            except UnauthorizedError as error:
                problem = str(error)
        needs_setup = await asyncio.to_thread(self._given.sign_in.needs_setup)
        return self._site.page(
            "sign_in.html", None, status=401 if problem else 200, bare=True, problem=problem, needs_setup=needs_setup
        )

    async def setup_page(self, request: Request) -> Response:
        """The first admin's name and password, by a one-time link."""
        problem, token = "", request.query_params.get("token", "")
        if request.method == "POST":
            check_origin(request)
            form = await request.form()
            token = _text(form, "token")
            try:
                session = await asyncio.to_thread(
                    self._given.sign_in.complete_setup, token, _text(form, "name"), _text(form, "password")
                )
                return self._welcome(request, session)
            except EvenkeelError as error:
                problem = str(error)
        return self._site.page(
            "setup.html", None, status=400 if problem else 200, bare=True, problem=problem, token=token
        )

    def _welcome(self, request: Request, token: str) -> Response:
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=SESSION_US // 1_000_000,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer


def _text(form: FormData, name: str) -> str:
    value = form.get(name, "")
    return value if isinstance(value, str) else ""


def _intake_url(request: Request) -> str:
    """Where services send to: this host, the intake's port."""
    return f"http://{request.url.hostname or 'localhost'}:4318"
