"""What is behind the map of drift, as a file."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from evenkeel.web.drift import drift_document
from evenkeel.web.drift_page import write_csv
from evenkeel.web.frame import Site
from evenkeel.web.reading import find_service
from evenkeel.web.traffic import span_of
from evenkeel.web.viewer import Viewer


def drift_routes(site: Site) -> list[Route]:
    """The file of each service."""
    given = site.given

    def answer(request: Request, _: Viewer) -> Response:
        now_us = given.clock.now_us()
        service = find_service(given.engine, request.path_params["key"], now_us)
        span = span_of(request.query_params.get("range", "24h"), now_us)
        text = write_csv(drift_document(given.drift, service.key, span.window))
        return PlainTextResponse(text, media_type="text/csv; charset=utf-8")

    return [Route("/services/{key:path}/drift.csv", site.signed_in(answer))]
