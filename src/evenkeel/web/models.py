"""The model performance dashboard: which models there are, how each is, and what to do (SPEC OPS-2)."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from evenkeel.judge.objectives.model import ServiceStatus
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import US_PER_MINUTE, to_datetime
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.ui import formats
from evenkeel.web import reading, traffic, typesetting
from evenkeel.web.frame import Site
from evenkeel.web.model_document import ALL, model_document
from evenkeel.web.model_report import model_report
from evenkeel.web.model_tables import PARTS, TABLES, write_table
from evenkeel.web.quality import summary_document
from evenkeel.web.quality_views import QUALITY_VIEWS
from evenkeel.web.quality_words import shown
from evenkeel.web.traffic import Span
from evenkeel.web.viewer import Viewer

#: Kinds of events by which a service is known to be a model that predicts.
_PREDICTS: Final = frozenset({"prediction", "predict"})
#: Models of one list: each is a walk over a day of its predictions.
_MODELS_MAX: Final = 50
#: … so the list is made once in so long, however many look at it and however often their pages are refreshed.
_KEPT_US: Final = US_PER_MINUTE
_STYLE: Final = Path(formats.__file__).parent / "static" / "style.css"


def model_routes(site: Site) -> list[Route]:
    """The list of models, and each of them as page, JSON, file and tables."""
    pages = ModelPages(site)
    looking: list[tuple[str, Any]] = [
        ("/models", pages.models),
        ("/models.json", pages.models_json),
        ("/models/{key:path}.json", pages.model_json),
        ("/models/{key:path}/report.html", pages.report),
        ("/models/{key:path}/report.{format}", pages.paper),
        ("/models/{key:path}/{table}.csv", pages.table),
        ("/models/{key:path}", pages.model),
    ]
    return [Route(path, site.signed_in(work)) for path, work in looking]


class ModelPages:
    """Each method answers one page."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given
        self._lock = threading.Lock()
        self._kept: tuple[int, tuple[list[dict[str, Any]], int]] | None = None

    def _found(self) -> list[ServiceStatus]:
        """Services that predict, in the order of the overview."""
        kinds = {state.key: state.kinds for state in self._given.telemetry.services()}
        services = self._given.engine.services(self._given.clock.now_us())
        return [each for each in services if each.kind == "ml" or kinds.get(each.key, frozenset()) & _PREDICTS]

    def _rows(self) -> tuple[list[dict[str, Any]], int]:
        """A document per model of the last day, and how many models are left out; at most a minute old."""
        with self._lock:
            now_us = self._given.clock.now_us()
            if self._kept is None or not 0 <= now_us - self._kept[0] < _KEPT_US:
                span, found = traffic.span_of("24h", now_us), self._found()
                rows = [_row(self._given.telemetry, each, span) for each in found[:_MODELS_MAX]]
                self._kept = now_us, (rows, max(0, len(found) - _MODELS_MAX))
            return self._kept[1]

    def models(self, _: Request, viewer: Viewer) -> Response:
        """All models."""
        rows, left_out = self._rows()
        shown_rows = [
            row
            | {
                "accuracy": shown(row["figures"]["accuracy"]),
                "confident": shown(row["figures"]["confidence ≥ 0.8"]),
                "url": model_url(row["key"]),
            }
            for row in rows
        ]
        return self._site.page("models.html", viewer, section="/models", stream="*", rows=shown_rows, left_out=left_out)

    def models_json(self, _: Request, __: Viewer) -> Response:
        """The same as JSON."""
        rows, left_out = self._rows()
        models = [{name: value for name, value in row.items() if name != "key"} for row in rows]
        return JSONResponse({"models": models, "left_out": left_out})

    def _asked(self, request: Request) -> tuple[ServiceStatus, str, Span]:
        now_us = self._given.clock.now_us()
        service = reading.find_service(self._given.engine, request.path_params["key"], now_us)
        chosen = request.query_params.get("range", "24h")
        return service, chosen, traffic.span_of(chosen, now_us)

    def _values(self, request: Request) -> dict[str, Any]:
        service, chosen, span = self._asked(request)
        document = model_document(self._given, service.key, span, ALL, _versions(request))
        return {
            "service": service,
            "report": model_report(document, span.window, formats.utc(self._given.clock.now_us())),
            "has_predictions": bool(document["predictions"] or document["numbers"]),
            "range": chosen,
            "ranges": list(traffic.RANGES),
            "url": model_url(service.key),
            "service_url": reading.service_url(service.key),
            "views": [view for view in QUALITY_VIEWS if view.name != "predictions"],
            "tables": list(TABLES),
            "formats": ["html", *(typesetting.FORMATS if typesetting.is_installed() else ())],
            "until_us": span.window.end_us,
        }

    def model(self, request: Request, viewer: Viewer) -> Response:
        """One model."""
        values = self._values(request)
        return self._site.page("model.html", viewer, section="/models", stream=str(values["service"].key), **values)

    def model_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        service, _chosen, span = self._asked(request)
        return JSONResponse(model_document(self._given, service.key, span, ALL, _versions(request)))

    def report(self, request: Request, _: Viewer) -> Response:
        """The page as a file that needs nothing else: no script, no style sheet, no server."""
        values = self._values(request)
        page = self._site.page("model_report.html", None, **values, style=_STYLE.read_text(encoding="utf-8"))
        return HTMLResponse(page.body, headers=_as_file(values["service"].key, "html"))

    def paper(self, request: Request, _: Viewer) -> Response:
        """The same as PDF or PNG. Raises NotFoundError for another format, NotInstalledError without `export`."""
        format_ = request.path_params["format"]
        if format_ not in typesetting.FORMATS:
            raise NotFoundError(f"There is no report as {format_[:20]!r}.", hint="There are html, pdf and png.")
        values = self._values(request)
        made = typesetting.typeset(values["report"], format_, to_datetime(self._given.clock.now_us()))
        media_type = "application/pdf" if format_ == "pdf" else "image/png"
        return Response(made, media_type=media_type, headers=_as_file(values["service"].key, format_))

    def table(self, request: Request, _: Viewer) -> Response:
        """What is behind a chart or a table, as CSV."""
        name = request.path_params["table"]
        if name not in TABLES:
            raise NotFoundError(f"There is no table {name[:20]!r}.", hint=f"There are {', '.join(TABLES)}.")
        service, _chosen, span = self._asked(request)
        text = write_table(name, model_document(self._given, service.key, span, PARTS[name], _versions(request)))
        return PlainTextResponse(text, media_type="text/csv; charset=utf-8")


def _versions(request: Request) -> tuple[str, str]:
    """The two versions that a URL wants compared; the latest ones where it names none."""
    return request.query_params.get("version", ""), request.query_params.get("beside", "")


def model_url(key: ServiceKey, **query: str) -> str:
    """The page of a model."""
    path = f"/models/{quote(key.environment, safe='')}/{quote(key.service, safe='')}"
    return f"{path}?{urlencode(query)}" if query else path


def _as_file(key: ServiceKey, format_: str) -> dict[str, str]:
    """What makes a browser keep an answer as a file with a name."""
    name = quote(f"{key.service}-quality.{format_}", safe="")
    return {"content-disposition": f"attachment; filename*=UTF-8''{name}"}


def _row(telemetry: Telemetry, service: ServiceStatus, span: Span) -> dict[str, Any]:
    document, _ = summary_document(telemetry, service.key, span)
    return {
        "key": service.key,
        "environment": service.key.environment,
        "service": service.key.service,
        "kind": service.kind,
        "predictions": document["predictions"] + (document["numbers"] or {"predictions": 0})["predictions"],
        "labelled": document["labelled"],
        "figures": {name: document["figures"][name] for name in ("accuracy", "confidence ≥ 0.8")},
        "labels": document["labels"],
        "numbers": None if document["numbers"] is None else document["numbers"]["says"],
        "versions": [each["version"] for each in document["versions"]],
    }
