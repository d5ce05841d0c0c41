"""The gateway over the API: what is in force, and every change of it (SPEC GW-3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from evenkeel.gateway.commands.model import (
    Command,
    KillService,
    ReviveService,
    SetFallback,
    SetShadow,
    SetWeights,
)
from evenkeel.gateway.commands.records import Change
from evenkeel.gateway.limits.model import Limit, Measure
from evenkeel.gateway.routes.model import Route
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.time import isoformat
from evenkeel.org.access.model import RULE_GATEWAY
from evenkeel.web.asking import Asking, At
from evenkeel.web.frame import Site
from evenkeel.web.gateway_rows import evidence_document
from evenkeel.web.gateway_verdicts import read_evidence
from evenkeel.web.gateway_words import describe_change
from evenkeel.web.viewer import Viewer

router = APIRouter()

Environment = Annotated[str, Field(max_length=200)]
Reason = Annotated[str, Field(max_length=500, description="Kept in the history and the audit trail.")]


class AskedOfService(BaseModel):
    """Which service, and why."""

    environment: Environment = "production"
    service: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Reason = ""


class AskedWeights(BaseModel):
    """How traffic is shared, and why; a version that is not named takes none."""

    environment: Environment = "production"
    service: Annotated[str, Field(min_length=1, max_length=200)]
    weights: Annotated[dict[str, float], Field(min_length=1, examples=[{"1.4.0": 95, "1.5.0": 5}])]
    reason: Annotated[str, Field(min_length=1, max_length=500, description="Kept in the history and the audit trail.")]


class AskedShadow(AskedOfService):
    """Which version is asked beside the one that answers."""

    version: Annotated[str | None, Field(description="null: none any more.")] = None
    share: Annotated[float, Field(ge=0, le=1, description="Of the requests.")] = 1.0


class AskedFallback(AskedOfService):
    """Which versions are asked when the chosen one cannot answer."""

    versions: tuple[str, ...]


class AskedKill(BaseModel):
    """Which service is switched off, and why: callers are told it."""

    environment: Environment = "production"
    service: Annotated[str, Field(min_length=1, max_length=200)]
    reason: Annotated[str, Field(min_length=1, max_length=500)]


class AskedUndo(BaseModel):
    """Why a change is undone."""

    reason: Reason = ""


@router.get("/gateway", summary="Routes and limits of the gateway as they are in force")
def show_gateway(site: At, _: Asking) -> dict[str, Any]:
    """As configured, with what was changed live; and how each route stands by what it answered in the last minutes."""
    given, effective = site.given, site.given.gateway.effective
    evidence = read_evidence(given.telemetry, given.engine, given.clock.now_us())
    standing = given.gateway_standing()
    return {
        "unknown_because": evidence.unknown_because,
        "routes": [
            route_document(route) | evidence_document(route, standing, evidence.of(route))
            for _, route in sorted(effective.routes.items())
        ],
        "limits": [limit_document(effective.limits[name]) for name in sorted(effective.limits)],
    }


@router.get("/gateway/history", summary="Changes of the gateway, newest first")
def list_gateway_changes(
    site: At,
    _: Asking,
    service: str = "",
    environment: str = "production",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> dict[str, Any]:
    """Of one service, or all."""
    target = f"{environment}/{service}" if service else ""
    return {"changes": [change_document(change, site) for change in site.given.gateway.history(target, limit)]}


@router.post("/gateway/weights", summary="Share the traffic of a service; in force within a second")
def set_gateway_weights(asked: AskedWeights, site: At, asker: Asking) -> dict[str, Any]:
    """A flip is all of the traffic to one version."""
    return perform(site, asker, SetWeights(asked.environment, asked.service, asked.weights, asked.reason))


@router.post("/gateway/shadow", summary="Ask a version beside the one that answers")
def set_gateway_shadow(asked: AskedShadow, site: At, asker: Asking) -> dict[str, Any]:
    """Nobody waits for it."""
    return perform(site, asker, SetShadow(asked.environment, asked.service, asked.version, asked.share, asked.reason))


@router.post("/gateway/fallback", summary="Which versions are asked when the chosen one cannot answer")
def set_gateway_fallback(asked: AskedFallback, site: At, asker: Asking) -> dict[str, Any]:
    """In order."""
    return perform(site, asker, SetFallback(asked.environment, asked.service, asked.versions, asked.reason))


@router.post("/gateway/kill", summary="Switch a service off, with what is in flight")
def kill_service(asked: AskedKill, site: At, asker: Asking) -> dict[str, Any]:
    """It stays off, whatever the configuration says, until it is revived."""
    return perform(site, asker, KillService(asked.environment, asked.service, asked.reason))


@router.post("/gateway/revive", summary="Let a service answer again that was switched off")
def revive_service(asked: AskedOfService, site: At, asker: Asking) -> dict[str, Any]:
    """From the next request on."""
    return perform(site, asker, ReviveService(asked.environment, asked.service, asked.reason))


@router.post("/gateway/history/{change_id}/undo", summary="Undo the latest change of something")
def undo_gateway_change(change_id: str, asked: AskedUndo, site: At, asker: Asking) -> dict[str, Any]:
    """It stands as before, by another change."""
    asker.require(RULE_GATEWAY)
    return _answer(site.given.gateway.undo(change_id, actor=asker.name, reason=asked.reason), site)


def route_document(route: Route) -> dict[str, Any]:
    """A route as it is in force."""
    total = sum(version.weight for version in route.versions)
    return {
        "environment": route.environment,
        "service": route.service,
        "versions": [
            {
                "name": version.name,
                "weight": version.weight,
                "share": version.weight / total if total else 0.0,
                "upstreams": list(version.upstreams),
            }
            for version in route.versions
        ],
        "sticky": route.sticky.value,
        "balance": route.balance.value,
        "shadow": None if route.shadow is None else {"version": route.shadow.version, "share": route.shadow.share},
        "fallback": list(route.fallback),
        "killed": None
        if route.kill is None
        else {"reason": route.kill.reason, "by": route.kill.actor, "at": isoformat(route.kill.at_us)},
    }


def limit_document(limit: Limit) -> dict[str, Any]:
    """A limit as it is in force; money in its currency."""
    is_money = limit.measure is Measure.MONEY
    return {
        "id": limit.id,
        "holder": limit.holder.value,
        "name": limit.name,
        "measure": limit.measure.value,
        "period": limit.period.value,
        "amount": limit.amount / NANO_PER_UNIT if is_money else limit.amount,
        "currency": limit.currency,
    }


def change_document(change: Change, site: Site) -> Mapping[str, Any]:
    """A change with how it stood before and after; `said` is the same in words."""
    said = describe_change(change, site.given.gateway.effective.limits)
    return {
        "id": change.id,
        "at": isoformat(change.at_us),
        "by": change.actor,
        "target": change.target,
        "field": change.field,
        "before": change.before,
        "after": change.after,
        "said": f"{said['title']} of {said['target']}: {said['before']} → {said['after']}",
        "reason": change.reason,
    }


def perform(site: Site, asker: Viewer, command: Command) -> dict[str, Any]:
    """Change what is in force, for who may; what was changed."""
    asker.require(RULE_GATEWAY)
    return _answer(site.given.gateway.perform(command, actor=asker.name), site)


def _answer(change: Change | None, site: Site) -> dict[str, Any]:
    return {"changed": change is not None, "change": None if change is None else change_document(change, site)}
