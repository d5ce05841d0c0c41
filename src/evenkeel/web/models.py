"""The model performance dashboard: which models there are, how each is, and what to do (SPEC OPS-2)."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from evenkeel.judge.objectives.model import ServiceStatus
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import US_PER_MINUTE, to_us
from evenkeel.store.telemetry.port import ServiceKey, Telemetry
from evenkeel.ui import formats
from evenkeel.ui.formats import count
from evenkeel.web import reading, traffic
from evenkeel.web.frame import Site
from evenkeel.web.model_tables import TABLES, write_table
from evenkeel.web.quality import quality_document, quality_values, read_classes, summary_document
from evenkeel.web.quality_course import course_document, retraining_document, retraining_values
from evenkeel.web.quality_pictures import draw_course
from evenkeel.web.quality_scores import read_scoring
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
        ("/models/{key:path}/{table}.csv", pages.table),
        ("/models/{key:path}", pages.model),
    ]
    return [Route(path, site.signed_in(work)) for path, work in looking]


def model_document(telemetry: Telemetry, key: ServiceKey, span: Span) -> dict[str, Any]:
    """The quality of a model with its course and whether to train it again."""
    document = quality_document(telemetry, key, span)
    scoring = read_scoring(telemetry, key, span.window, read_classes(document))
    here_before = None if document["labels"] is None else document["labels"]["here_before"]
    here_before_us = None if here_before is None else to_us(datetime.fromisoformat(here_before))
    return document | {
        "course": course_document(telemetry, key, span.window, scoring, here_before_us),
        "retraining": retraining_document(telemetry, key, span.window.end_us, scoring),
    }


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
        document = model_document(self._given.telemetry, service.key, span)
        return {
            "service": service,
            "document": document,
            "quality": quality_values(document),
            "tiles": _tiles(document),
            "retraining": retraining_values(document["retraining"]) if document["predictions"] else None,
            "course": draw_course(document["course"], span.window) if document["course"]["steps"] else "",
            "course_is_partial": any(each["partial"] for each in document["course"]["steps"]),
            "range": chosen,
            "ranges": list(traffic.RANGES),
            "url": model_url(service.key),
            "service_url": reading.service_url(service.key),
            "views": [view for view in QUALITY_VIEWS if view.name != "predictions"],
            "tables": list(TABLES),
            "until_us": span.window.end_us,
        }

    def model(self, request: Request, viewer: Viewer) -> Response:
        """One model."""
        values = self._values(request)
        return self._site.page("model.html", viewer, section="/models", stream=str(values["service"].key), **values)

    def model_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        service, _chosen, span = self._asked(request)
        return JSONResponse(model_document(self._given.telemetry, service.key, span))

    def report(self, request: Request, _: Viewer) -> Response:
        """The page as a file that needs nothing else: no script, no style sheet, no server."""
        values = self._values(request)
        page = self._site.page("model_report.html", None, **values, style=_STYLE.read_text(encoding="utf-8"))
        name = quote(f"{values['service'].key.service}-quality.html", safe="")
        headers = {"content-disposition": f"attachment; filename*=UTF-8''{name}"}
        return HTMLResponse(page.body, headers=headers)

    def table(self, request: Request, _: Viewer) -> Response:
        """What is behind a chart or a table, as CSV."""
        name = request.path_params["table"]
        if name not in TABLES:
            raise NotFoundError(f"There is no table {name[:20]!r}.", hint=f"There are {', '.join(TABLES)}.")
        service, _chosen, span = self._asked(request)
        text = write_table(name, model_document(self._given.telemetry, service.key, span))
        return PlainTextResponse(text, media_type="text/csv; charset=utf-8")


def model_url(key: ServiceKey, **query: str) -> str:
    """The page of a model."""
    path = f"/models/{quote(key.environment, safe='')}/{quote(key.service, safe='')}"
    return f"{path}?{urlencode(query)}" if query else path


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


def _tiles(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What a glance needs: (title, figure, a sentence beneath)."""
    labels, scores = document["labels"], document["scores"]
    if document["numbers"] is not None and not document["predictions"]:
        figures = document["numbers"]["figures"]
        notes = (
            ("MAE", "Mean size of an error."),
            ("RMSE", "Large errors count more."),
            ("bias", "Above 0: too large."),
        )
        return [_tile(name[0].upper() + name[1:], figures[name], "plain", note) for name, note in notes]
    tiles = [
        _tile("Accuracy", document["figures"]["accuracy"], "percent", "By the labels that are here."),
        _tile("Confident", document["figures"]["confidence ≥ 0.8"], "percent", "Are at least 0.8 sure."),
    ]
    if scores is not None and scores["positive"] is not None:
        said = f"How well scores tell {scores['positive']} from {scores['negative']}."
        tiles.append(_tile("AUC", scores["figures"]["AUC"], "plain", said))
    waiting = document["predictions"] - document["labelled"]
    state = "unknown" if labels is None else labels["state"]
    tiles.append(
        {
            "title": "Labels",
            "number": (state, "", f"{count(waiting)} predictions without"),
            "note": "" if labels is None else labels["says"],
        }
    )
    advice = document["retraining"]
    word = "yes" if advice["retrain"] else "nothing says so" if advice["known"] else "unknown"
    return [*tiles, {"title": "Train again?", "number": (word, "", ""), "note": advice["says"]}]


def _tile(title: str, figure: Mapping[str, Any], unit: str, note: str) -> dict[str, Any]:
    return {"title": title, "number": shown(figure, unit), "note": note}
