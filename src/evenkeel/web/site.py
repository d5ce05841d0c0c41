"""The site: pages, JSON beside them, the API, live updates. Everything is behind a sign-in."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Final

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evenkeel.kernel.errors import EvenkeelError, NotFoundError
from evenkeel.ui import formats
from evenkeel.web.access import access_routes
from evenkeel.web.alerts import alert_routes
from evenkeel.web.api import create_api
from evenkeel.web.audits import audit_routes
from evenkeel.web.backtests import backtest_routes
from evenkeel.web.body_limit import BodyLimit
from evenkeel.web.drift_files import drift_routes
from evenkeel.web.evaluation_pages import evaluation_routes
from evenkeel.web.frame import Endpoint, Site, SiteDependencies
from evenkeel.web.gateway_guard import guard_routes
from evenkeel.web.gateway_model_rules import rule_routes
from evenkeel.web.gateway_routes import gateway_routes
from evenkeel.web.golden_pages import golden_routes
from evenkeel.web.keys import key_routes
from evenkeel.web.metrics import Metrics
from evenkeel.web.models import model_routes
from evenkeel.web.notifications import notification_routes
from evenkeel.web.pages import page_routes
from evenkeel.web.probes import probe_routes
from evenkeel.web.reviews import review_routes
from evenkeel.web.shadow import shadow_routes
from evenkeel.web.slos import slo_routes

log = logging.getLogger(__name__)

_UI: Final = Path(formats.__file__).parent
_CSP: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def create_site(given: SiteDependencies) -> Starlette:
    """The ASGI application."""
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
            *drift_routes(site),
            *page_routes(site),
            *shadow_routes(site),
            *alert_routes(site),
            *probe_routes(site),
            *model_routes(site),
            *audit_routes(site),
            *guard_routes(site),
            *rule_routes(site),
            *gateway_routes(site),
            *slo_routes(site),
            *backtest_routes(site),
            *review_routes(site),
            *evaluation_routes(site),
            *golden_routes(site),
            *access_routes(site),
            *key_routes(site),
            *notification_routes(site),
            Route("/healthz", _alive),
            Route("/readyz", _ready(site)),
            Route("/metrics", site.signed_in(Metrics(site).answer)),
            Mount("/api/v1", api),
            Mount("/static", StaticFiles(directory=_UI / "static")),
        ],
        middleware=[Middleware(SecurityHeaders), Middleware(BodyLimit)],
        exception_handlers={EvenkeelError: on_error, 500: on_error, 404: not_found},
    )


async def _alive(_: Request) -> Response:
    """The process answers."""
    return JSONResponse({"status": "ok"})


def _ready(site: Site) -> Endpoint:
    """Whether fold and judge go round: without them, pages show the past. Says no more, as anybody may ask."""

    async def endpoint(_: Request) -> Response:
        ready = site.given.is_ready()
        return JSONResponse(
            {"status": "ok" if ready else "fold or judge stands still"}, status_code=200 if ready else 503
        )

    return endpoint


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
