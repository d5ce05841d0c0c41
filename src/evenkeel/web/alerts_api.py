"""Alerts and silences over the API, and where others deliver theirs."""

from __future__ import annotations

import asyncio
import hmac
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, Field

from evenkeel.act.alerts.handling import AskedSilence, By
from evenkeel.act.alerts.matching import MATCHERS_MAX, REASON_LENGTH_MAX, read_matcher
from evenkeel.act.alerts.model import Received, Source
from evenkeel.act.alerts.receiving import to_alert
from evenkeel.act.alerts.webhook import BODY_BYTES_MAX, read_webhook
from evenkeel.kernel.errors import ForbiddenError, InvalidInputError, UnauthorizedError
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.org.access.model import RESPOND, ApiKey, Scope
from evenkeel.web.alerts import read_length_s
from evenkeel.web.asking import Asking, At
from evenkeel.web.frame import Site
from evenkeel.web.inbox import alert_document, entry_document, read_filter, silence_document
from evenkeel.web.shadow import DAYS_DEFAULT, DAYS_MAX, report_shadow, shadow_document

router = APIRouter()


@router.get("/alerts/shadow", summary="What another alerting system paged beside what evenkeel would have paged")
def compare_alertings(site: At, _: Asking, days: Annotated[int, Query(ge=1, le=DAYS_MAX)] = DAYS_DEFAULT) -> Any:
    """Each of their pages with what it was: paged by both, missed here, noise there, or not comparable."""
    return shadow_document(report_shadow(site, days))


Reason = Annotated[str, Field(max_length=REASON_LENGTH_MAX, description="Kept in the history and the audit trail.")]


class AskedAlerts(BaseModel):
    """Which alerts a list holds; what is left out is any."""

    state: Annotated[str, Field(description="firing, acknowledged, quiet or resolved")] = ""
    environment: str = ""
    service: str = ""
    severity: str = ""
    source: Annotated[str, Field(description="evenkeel, alertmanager or grafana")] = ""
    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class AskedAct(BaseModel):
    """Why something is done with an alert."""

    reason: Reason = ""


class AskedComment(BaseModel):
    """A line for an alert's history."""

    text: Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX)]


class AskedQuiet(BaseModel):
    """A silence to be made: it keeps alerts quiet that all its matchers fit."""

    matchers: Annotated[
        list[str],
        Field(
            min_length=1,
            max_length=MATCHERS_MAX,
            description="Conditions on labels with = != =~ or !~.",
            examples=[['service="support-bot"', 'rule=~"burn-.*"']],
        ),
    ]
    length: Annotated[str, Field(description="How long, from 1m to 90d.", examples=["2h"])]
    reason: Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX)]
    starts_in_s: Annotated[int, Field(ge=0, description="Seconds from now until it begins.")] = 0


@router.get("/alerts", summary="Alerts, those that fire first; filters as in the inbox")
def list_alerts(asked: Annotated[AskedAlerts, Query()], site: At, _: Asking) -> dict[str, Any]:
    """Those that fit."""
    now_us = site.given.clock.now_us()
    found = site.given.alerts.list(read_filter(asked.model_dump(exclude={"limit"})), limit=asked.limit)
    return {"alerts": [alert_document(alert, now_us) for alert in found]}


@router.get("/alerts/{alert_id}", summary="One alert with its history, newest first")
def get_alert(alert_id: str, site: At, _: Asking) -> dict[str, Any]:
    """One of them."""
    alert = site.given.alerts.get(alert_id)
    history = [entry_document(entry) for entry in site.given.alerts.history(alert_id)]
    return alert_document(alert, site.given.clock.now_us()) | {"history": history}


@router.post("/alerts/{alert_id}/acknowledge", summary="Say that you look after an alert")
def acknowledge_alert(alert_id: str, asked: AskedAct, site: At, asker: Asking) -> dict[str, Any]:
    """The alert as it is then; those who were told of it are told of this, too."""
    asker.require(RESPOND)
    by = By(asker.name, asked.reason, site.given.clock.now_us())
    return alert_document(site.given.alerts.handling.acknowledge(alert_id, by), by.at_us)


@router.post("/alerts/{alert_id}/unacknowledge", summary="Say that you do not look after an alert any more")
def unacknowledge_alert(alert_id: str, asked: AskedAct, site: At, asker: Asking) -> dict[str, Any]:
    """The alert as it is then."""
    asker.require(RESPOND)
    by = By(asker.name, asked.reason, site.given.clock.now_us())
    return alert_document(site.given.alerts.handling.unacknowledge(alert_id, by), by.at_us)


@router.post("/alerts/{alert_id}/comments", status_code=201, summary="Add a line to an alert's history")
def comment_on_alert(alert_id: str, asked: AskedComment, site: At, asker: Asking) -> dict[str, Any]:
    """The history."""
    asker.require(RESPOND)
    site.given.alerts.handling.comment(alert_id, By(asker.name, asked.text, site.given.clock.now_us()))
    return {"history": [entry_document(entry) for entry in site.given.alerts.history(alert_id)]}


@router.get("/silences", summary="Silences, the one that ends last first")
def list_silences(site: At, _: Asking, *, past: bool = False) -> dict[str, Any]:
    """Those that are not over, or all."""
    now_us = site.given.clock.now_us()
    found = site.given.alerts.silences(with_past=past)
    return {"silences": [silence_document(silence, now_us) for silence in found]}


@router.post("/silences", status_code=201, summary="Tell nobody of alerts that fit, for a time")
def create_silence(asked: AskedQuiet, site: At, asker: Asking) -> dict[str, Any]:
    """The silence."""
    asker.require(RESPOND)
    now_us = site.given.clock.now_us()
    starts_us = now_us + asked.starts_in_s * US_PER_SECOND
    wanted = AskedSilence([read_matcher(each) for each in asked.matchers], read_length_s(asked.length), starts_us)
    return silence_document(site.given.alerts.handling.silence(wanted, By(asker.name, asked.reason, now_us)), now_us)


@router.post("/silences/{silence_id}/expire", summary="End a silence now")
def expire_silence(silence_id: str, asked: AskedAct, site: At, asker: Asking) -> dict[str, Any]:
    """The silence as it is then."""
    asker.require(RESPOND)
    now_us = site.given.clock.now_us()
    by = By(asker.name, asked.reason, now_us)
    return silence_document(site.given.alerts.handling.expire(silence_id, by), now_us)


@router.post("/receive/alertmanager", summary="Take a webhook of Alertmanager, version 4; needs a key of scope intake")
async def receive_alertmanager(request: Request, site: At) -> dict[str, int]:
    """How many alerts are new, and how many were delivered before. Answered once they are durable."""
    return await _receive(request, site, Source.ALERTMANAGER)


@router.post("/receive/grafana", summary="Take a webhook of Grafana alerting; needs a key of scope intake")
async def receive_grafana(request: Request, site: At) -> dict[str, int]:
    """How many alerts are new, and how many were delivered before. Answered once they are durable."""
    return await _receive(request, site, Source.GRAFANA)


async def _receive(request: Request, site: Site, source: Source) -> dict[str, int]:
    key = await asyncio.to_thread(_find_sender, request, site)
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > BODY_BYTES_MAX:
            raise InvalidInputError("The body is too large.", hint=f"At most {BODY_BYTES_MAX:,} bytes are taken.")
    return await asyncio.to_thread(_take, site, key, bytes(body), source)


def _take(site: Site, key: ApiKey | None, body: bytes, source: Source) -> dict[str, int]:
    now_us = site.given.clock.now_us()
    received = read_webhook(body, source, now_us)
    if key is not None:
        _check_services(key, received)
    taken = site.given.alerts.receiving.take(received, now_us)
    return {"new": taken.new, "again": taken.again}


def _find_sender(request: Request, site: Site) -> ApiKey | None:
    """The key of a delivery, or None for this machine's command line. Raises UnauthorizedError."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    secret = request.headers.get("x-evenkeel-key", "") or (token.strip() if scheme.lower() == "bearer" else "")
    if secret and hmac.compare_digest(secret.encode(), site.given.own_token.encode()):
        return None
    key = site.given.keys.find(secret) if secret else None
    if key is None or key.scope not in (Scope.INTAKE, Scope.ADMIN):
        raise UnauthorizedError(
            "The request carries no key that may send.",
            hint="Send a key of scope intake as Bearer (Settings, or `evenkeel keys create`).",
        )
    return key


def _check_services(key: ApiKey, received: Sequence[Received]) -> None:
    """Raises ForbiddenError for alerts of a service that the key is not for."""
    for each in received:
        alert = to_alert(each, "", 0)
        fits = (key.environments is None or alert.environment in key.environments) and (
            key.services is None or alert.service in key.services
        )
        if not fits:
            raise ForbiddenError(f"Key {key.id} is not for alerts of {alert.environment}/{alert.service}.")
