"""Where the gateway's pages and forms are."""

from __future__ import annotations

from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from evenkeel.web.forms import posting
from evenkeel.web.frame import Site
from evenkeel.web.gateway_cache import CachePages
from evenkeel.web.gateway_forms import GatewayForms
from evenkeel.web.gateway_limits import LIMITS_URL, LimitPages
from evenkeel.web.gateway_notes import Notes
from evenkeel.web.gateway_pages import GatewayPages
from evenkeel.web.gateway_words import CACHE_URL
from evenkeel.web.viewer import Viewer


def gateway_routes(site: Site) -> list[Route]:
    """The pages with the JSON beside them, and what their forms are sent to."""
    notes = Notes()
    pages = GatewayPages(site, notes)
    forms = GatewayForms(site, pages, notes)
    limits = LimitPages(site, notes)
    cache = CachePages(site, notes)
    one = "/gateway/{environment}/{service:path}"  # names of services may hold slashes
    looking: list[tuple[str, Callable[[Request, Viewer], Response]]] = [
        ("/gateway", pages.routes),
        ("/gateway.json", pages.routes_json),
        (LIMITS_URL, limits.limits),
        (f"{LIMITS_URL}.json", limits.limits_json),
        (CACHE_URL, cache.cache),
        (f"{CACHE_URL}.json", cache.cache_json),
        (f"{one}.json", pages.route_json),
        (one, pages.route),
    ]
    return [
        Route("/gateway/undo", posting(site, forms.undo), methods=["POST"]),
        Route(f"{LIMITS_URL}/reconcile", posting(site, limits.reconcile), methods=["POST"]),
        Route(f"{LIMITS_URL}/amount", posting(site, limits.change), methods=["POST"]),
        Route(f"{CACHE_URL}/purge", posting(site, cache.purge), methods=["POST"]),
        Route(f"{one}/{{act}}", posting(site, forms.act), methods=["POST"]),
        *(Route(path, site.signed_in(work)) for path, work in looking),
    ]
