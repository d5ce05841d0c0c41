"""The site: pages, JSON beside them, the API, live updates. Everything is behind a sign-in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from fastapi import FastAPI
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.kernel.errors import (
    ConflictError,
    EvenkeelError,
    ForbiddenError,
    InvalidInputError,
    NotFoundError,
    UnauthorizedError,
)
from evenkeel.kernel.ports import Clock
from evenkeel.org.access.keys import Keys
from evenkeel.org.access.signin import SignIn
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import Telemetry
from evenkeel.ui import formats
from evenkeel.web.health import Check, Health
from evenkeel.web.live import Live
from evenkeel.web.viewer import Viewer, identify

log = logging.getLogger(__name__)

_UI: Final = Path(formats.__file__).parent
_HERE: Final = Path(__file__).parent
_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
STATUS: Final[Mapping[type[EvenkeelError], int]] = {
    InvalidInputError: 400,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    NotFoundError: 404,
    ConflictError: 409,
}

Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class SiteDependencies:
    """What the site stands on."""

    telemetry: Telemetry
    engine: ObjectiveEngine
    records: Records
    keys: Keys
    sign_in: SignIn
    clock: Clock
    live: Live
    health: Callable[[], Health]
    own_token: str  # of the command line on this machine
    timezone: Callable[[], str]
    examine: Callable[[], list[Check]]  # what `doctor` looks at beyond health
    back_up: Callable[[str], dict[str, Any]]  # (path on this machine) -> report


class Site:
    """What every page uses."""

    def __init__(self, given: SiteDependencies) -> None:
        self.given = given
        self._templates = Environment(
            loader=FileSystemLoader([_HERE / "templates", _UI / "templates"]),
            autoescape=select_autoescape(default=True),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._templates.filters.update(
            iso=formats.iso, utc=formats.utc, count=formats.count, money=formats.money, seconds=formats.seconds
        )
        self._version = version("evenkeel")

    def viewer(self, request: Request) -> Viewer | None:
        """Who is asking."""
        return identify(request, self.given.sign_in, self.given.keys, self.given.own_token)

    def page(self, name: str, viewer: Viewer | None, *, status: int = 200, **values: Any) -> HTMLResponse:
        """A rendered page."""
        frame = {"session": viewer.session if viewer else None, "viewer": viewer, "version": self._version}
        defaults = {"section": "", "stream": "", "bare": False}
        html = self._templates.get_template(name).render(**frame, **(defaults | values))
        return HTMLResponse(html, status_code=status)

    def signed_in(self, work: Callable[[Request, Viewer], Response]) -> Endpoint:
        """An endpoint for viewers only; `work` runs in a thread, because stores block."""

        async def endpoint(request: Request) -> Response:
            return await asyncio.to_thread(self._guarded, request, work)

        return endpoint

    def _guarded(self, request: Request, work: Callable[[Request, Viewer], Response]) -> Response:
        viewer = self.viewer(request)
        if viewer is None:
            if wants_json(request):
                raise UnauthorizedError("Sign in, or send a key with the scope read.")
            return RedirectResponse("/sign-in", status_code=303)
        return work(request, viewer)

    def refuse(self, request: Request, error: EvenkeelError) -> Response:
        """The answer to an error, as the asker reads it."""
        status = next((code for kind, code in STATUS.items() if isinstance(error, kind)), 500)
        if wants_json(request):
            return JSONResponse(error_document(error), status_code=status)
        return self.page("error.html", None, status=status, error=error, bare=True)


def wants_json(request: Request) -> bool:
    """Whether the asker is a program."""
    path = request.url.path
    return path.endswith(".json") or path.startswith("/api/") or "authorization" in request.headers


def error_document(error: EvenkeelError) -> dict[str, str]:
    """An error as JSON."""
    return {"code": error.code, "message": error.message, "hint": error.hint}


def create_site(given: SiteDependencies) -> Starlette:
    """The ASGI application."""
    # Here because they use Site: a page imports the site, never the other way round at import.
    from evenkeel.web.api import create_api
    from evenkeel.web.pages import page_routes

    site = Site(given)
    api: FastAPI = create_api(site)

    async def on_error(request: Request, error: Exception) -> Response:
        if isinstance(error, EvenkeelError):
            return site.refuse(request, error)
        log.error("a page failed", exc_info=error)
        return site.refuse(request, EvenkeelError("Something failed inside evenkeel.", hint="Its log says what."))

    async def not_found(request: Request, _: Exception) -> Response:
        return site.refuse(request, NotFoundError(f"Nothing is at {request.url.path[:80]}.", hint="Go to /."))

    return Starlette(
        routes=[
            *page_routes(site),
            Route("/healthz", _alive),
            Route("/readyz", _alive),
            Route("/metrics", site.signed_in(lambda _request, _viewer: _metrics(site))),
            Mount("/api/v1", api),
            Mount("/static", StaticFiles(directory=_UI / "static")),
        ],
        middleware=[Middleware(SecurityHeaders)],
        exception_handlers={EvenkeelError: on_error, 500: on_error, 404: not_found},
    )


async def _alive(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


def _metrics(site: Site) -> Response:
    """evenkeel's own numbers for a scraper, with the verdicts."""
    now_us = site.given.clock.now_us()
    lines = [
        "# HELP evenkeel_service_status 1 for the status a service has.",
        "# TYPE evenkeel_service_status gauge",
    ]
    lines += [
        f'evenkeel_service_status{{environment="{_escaped(status.key.environment)}",'
        f'service="{_escaped(status.key.service)}",status="{status.status.value}"}} 1'
        for status in site.given.engine.services(now_us)
        if status.judged
    ]
    health = site.given.health()
    lines += [
        "# HELP evenkeel_folded_events_total Events folded since the start.",
        "# TYPE evenkeel_folded_events_total counter",
        f"evenkeel_folded_events_total {health.folded_rows}",
    ]
    return Response("\n".join(lines) + "\n", media_type="text/plain; version=0.0.4; charset=utf-8")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


class SecurityHeaders:
    """Every answer says what a browser may do with it: nothing from elsewhere, nothing inline."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Add the headers."""

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["content-security-policy"] = _CSP
                headers["x-content-type-options"] = "nosniff"
                headers["referrer-policy"] = "same-origin"
                headers["cross-origin-opener-policy"] = "same-origin"
                static = scope.get("path", "").startswith("/static/")
                headers.setdefault("cache-control", "public, max-age=31536000" if static else "no-store")
            await send(message)

        await self._app(scope, receive, with_headers)
