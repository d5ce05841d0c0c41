"""SLOs over the API."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query

from evenkeel.web.asking import Asking, At
from evenkeel.web.slo_documents import month_document, slo_document
from evenkeel.web.slo_rows import month_name
from evenkeel.web.slos import burn_down_document

router = APIRouter()

Months = Annotated[int, Query(ge=1, le=36)]


@router.get("/slos", summary="Every SLO with its error budget, the least left first")
def list_slos(
    site: At, _: Asking, environment: str | None = None, service: str | None = None, mode: str | None = None
) -> dict[str, Any]:
    """All of them, or those of an environment, a service or a mode (velocity, caution, freeze, unknown)."""
    found = map(slo_document, site.given.slos.statuses(site.given.clock.now_us()))
    return {
        "slos": [
            document
            for document in found
            if environment in (None, document["environment"])
            and service in (None, document["service"])
            and mode in (None, document["mode"])
        ]
    }


@router.get("/slos/{path:path}/months", summary="An SLO month by month, each judged by itself")
def list_slo_months(path: str, site: At, _: Asking, months: Months = 12) -> dict[str, Any]:
    """The latest first. `path` is environment/service/slo."""
    given = site.given
    found = given.slos.find_path(path)
    rows = given.slos.months(found, given.clock.now_us(), count=months)
    return {"months": [month_document(month, month_name(month, found.window.timezone)) for month in rows]}


@router.get("/slos/{path:path}/burn-down", summary="An SLO's error budget over time, with what happened")
def get_slo_burn_down(path: str, site: At, _: Asking) -> dict[str, Any]:
    """Over the period, with versions first seen, alerts and maintenance. `path` is environment/service/slo."""
    given = site.given
    return burn_down_document(site, given.slos.status(given.slos.find_path(path), given.clock.now_us()))


@router.get("/slos/{path:path}", summary="One SLO with its error budget and burn rates")
def get_slo(path: str, site: At, _: Asking) -> dict[str, Any]:
    """One of them. `path` is environment/service/slo; each may hold slashes."""
    given = site.given
    return slo_document(given.slos.status(given.slos.find_path(path), given.clock.now_us()))
