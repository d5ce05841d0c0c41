"""The API under /api/v1, with OpenAPI at /api/v1/openapi.json: the same documents as the pages'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from fastapi import APIRouter, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from evenkeel.judge.objectives.records import history
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError
from evenkeel.org.access.model import MANAGE_KEYS, Role
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.trail import trail
from evenkeel.web import (
    answers_api,
    audits_api,
    calendar_api,
    comparisons_api,
    drift_api,
    drill_api,
    evaluations_api,
    exports_api,
    fairness_api,
    gate_api,
    gateway_api,
    gateway_cache_api,
    gateway_guard_api,
    gateway_limits_api,
    gateway_model_rules_api,
    golden_api,
    judges_api,
    keys_api,
    notifications_api,
    probes_api,
    quality_api,
    questions_api,
    slos_api,
)
from evenkeel.web.alerts_api import router as alerts_router
from evenkeel.web.asking import Asking, At, Limit
from evenkeel.web.backtests_api import router as backtests_router
from evenkeel.web.documents import event_document, health_document, service_document
from evenkeel.web.frame import Site, error_answer, error_document
from evenkeel.web.health import Health
from evenkeel.web.reading import event_filter, find_service
from evenkeel.web.reviews_api import router as reviews_router

_OPENAPI_HINT: Final = "See /api/v1/openapi.json for what there is."


class AskedBackup(BaseModel):
    """Where a backup goes."""

    path: str = Field(min_length=1, description="A new file, as an absolute path on the server's machine.")


class AskedErasure(BaseModel):
    """Who is to be forgotten."""

    user: str = Field(description="The user id exactly as services send it; it is neither stored nor logged.")
    reason: str = Field(default="", max_length=500, description="Kept in the audit trail.")


class AskedRotation(BaseModel):
    """Why the key behind pseudonyms is changed."""

    reason: str = Field(default="", max_length=500, description="Kept in the audit trail.")


router = APIRouter()


def create_api(site: Site) -> FastAPI:
    """The API as an application of its own."""
    api = FastAPI(title="evenkeel", version="1", docs_url=None, redoc_url=None)
    api.state.site = site
    add_routes(api)
    api.add_exception_handler(EvenkeelError, _refuse)
    api.add_exception_handler(RequestValidationError, _refuse_input)
    api.add_exception_handler(HTTPException, _refuse_address)
    return api


def add_routes(api: FastAPI) -> None:
    """Give an application the operations of every room."""
    for each in (router, alerts_router, backtests_router, reviews_router):
        api.include_router(each)
    for room in (slos_api, calendar_api, gate_api, gateway_api, drill_api, probes_api, exports_api, notifications_api):
        api.include_router(room.router)
    for room in (gateway_guard_api, gateway_model_rules_api, gateway_limits_api, gateway_cache_api, keys_api):
        api.include_router(room.router)
    api.include_router(quality_api.router)
    api.include_router(audits_api.router)
    api.include_router(drift_api.router)
    api.include_router(evaluations_api.router)
    api.include_router(answers_api.router)
    api.include_router(fairness_api.router)
    api.include_router(judges_api.router)
    api.include_router(comparisons_api.router)
    api.include_router(questions_api.router)
    api.include_router(golden_api.router)


async def _refuse(_: Request, error: Exception) -> Response:
    return error_answer(error if isinstance(error, EvenkeelError) else EvenkeelError(str(error)))


async def _refuse_input(_: Request, error: Exception) -> Response:
    """The framework's findings on parameters and bodies, said as our own."""
    found: Sequence[Mapping[str, Any]] = error.errors() if isinstance(error, RequestValidationError) else []
    said = "; ".join(_describe(item) for item in found)
    return JSONResponse(error_document(InvalidInputError(f"{said}.", hint=_OPENAPI_HINT)), status_code=422)


def _describe(item: Mapping[str, Any]) -> str:
    """Where, what is allowed, and a number that was seen; texts may hold a secret and are not repeated."""
    where, seen = ".".join(map(str, item["loc"])), item.get("input")
    is_number = isinstance(seen, int | float) and not isinstance(seen, bool)
    return f"{where}: {item['msg']}{f'; it is {seen:,}' if is_number else ''}"


async def _refuse_address(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 404
    fact = f"{request.method} does not fit" if status == 405 else "Nothing is at"
    refused = InvalidInputError if status == 405 else NotFoundError
    return JSONResponse(
        error_document(refused(f"{fact} {request.url.path[:80]}.", hint=_OPENAPI_HINT)), status_code=status
    )


@router.get("/services", summary="Every service with its verdicts, worst first")
def list_services(site: At, _: Asking, environment: str | None = None, status: str | None = None) -> dict[str, Any]:
    """All of them, or those of an environment or status."""
    now_us = site.given.clock.now_us()
    found = [service_document(service, now_us) for service in site.given.engine.services(now_us)]
    return {
        "services": [
            document
            for document in found
            if environment in (None, document["environment"]) and status in (None, document["status"])
        ]
    }


@router.get("/services/{environment}/{service:path}", summary="One service with its verdicts")
def get_service(environment: str, service: str, site: At, _: Asking) -> dict[str, Any]:
    """One of them."""
    now_us = site.given.clock.now_us()
    return service_document(find_service(site.given.engine, f"{environment}/{service}", now_us), now_us)


@router.get("/verdict-changes", summary="When verdicts changed, newest first")
def list_verdict_changes(
    site: At, _: Asking, environment: str | None = None, service: str | None = None, limit: Limit = 100
) -> dict[str, Any]:
    """Of one service, or of all."""
    key = ServiceKey(environment, service) if environment and service else None
    return {"changes": history(site.given.records, key, limit=limit)}


@router.get("/events", summary="Events, latest first; filters as in the event list of the UI")
def list_events(request: Request, site: At, _: Asking, cursor: str | None = None, limit: Limit = 50) -> dict[str, Any]:
    """A page of them."""
    page = site.given.telemetry.events(event_filter(request.query_params), limit=limit, cursor=cursor)
    return {"events": [event_document(event) for event in page.events], "next_cursor": page.next_cursor}


@router.get("/events/{event_id}", summary="One event and the events of its request")
def get_event(event_id: str, site: At, _: Asking) -> dict[str, Any]:
    """One of them."""
    found = site.given.telemetry.event(event_id)
    if found is None:
        raise NotFoundError("There is no such event.", hint="It may have passed its retention.")
    group = site.given.telemetry.request_events(found["request_id"], found["at"])
    return {"event": event_document(found), "request": [event_document(other) for other in group]}


@router.get("/health", summary="How evenkeel itself is")
def get_health(site: At, _: Asking) -> dict[str, Any]:
    """Every check."""
    return health_document(site.given.health())


@router.get("/doctor", summary="A thorough look: damage, offsets, counters against events, audit trail")
def get_doctor(site: At, asker: Asking) -> dict[str, Any]:
    """Takes seconds."""
    asker.require(MANAGE_KEYS)
    return health_document(Health((*site.given.health().checks, *site.given.examine())))


@router.post("/backup", summary="Write a backup to a new file on the server's machine")
def create_backup(asked: AskedBackup, site: At, asker: Asking) -> dict[str, Any]:
    """What the backup holds."""
    asker.require(frozenset((Role.ADMIN,)))
    return site.given.back_up(asked.path)


@router.post("/privacy/erasures", status_code=201, summary="Take out of a person's events what tells who it was")
def create_erasure(asked: AskedErasure, site: At, asker: Asking) -> dict[str, Any]:
    """The receipt."""
    asker.require(MANAGE_KEYS)
    return site.given.erase(asked.user, asker.name, asked.reason)


@router.post("/privacy/rotate-key", summary="Use a fresh key for pseudonyms from the next start on")
def rotate_pseudonym_key(asked: AskedRotation, site: At, asker: Asking) -> dict[str, Any]:
    """Since when."""
    asker.require(MANAGE_KEYS)
    return {"since": site.given.rotate_pseudonym_key(asker.name, asked.reason)}


@router.get("/audit", summary="The newest rows of the audit trail")
def list_audit(site: At, _: Asking, limit: Limit = 100) -> dict[str, Any]:
    """Newest first."""
    return {"rows": [dict(row) for row in trail.latest(site.given.records, limit=limit)]}
