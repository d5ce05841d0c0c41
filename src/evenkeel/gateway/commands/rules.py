"""What a command makes of what is in force. Pure: the same command again changes nothing."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from dataclasses import replace
from math import isfinite
from typing import Any, Final, assert_never

from evenkeel.gateway.commands.model import (
    Command,
    Effective,
    KillService,
    PurgeCache,
    ReviveService,
    SetFallback,
    SetLimit,
    SetShadow,
    SetWeights,
)
from evenkeel.gateway.limits.model import Limit
from evenkeel.gateway.limits.table import AMOUNT_MAX
from evenkeel.gateway.routes.model import Kill, Route, Shadow
from evenkeel.kernel.errors import InvalidInputError, NotFoundError

REASON_MAX: Final = 500


def apply(effective: Effective, command: Command, *, actor: str, now_us: int) -> Effective:
    """What is in force after a command; `effective` itself when that is what is in force already.

    Raises NotFoundError for a service or limit that is not there, InvalidInputError for what makes no sense.
    """
    if len(command.reason) > REASON_MAX:
        raise InvalidInputError(f"A reason has up to {REASON_MAX} characters, not {len(command.reason)}.")
    if isinstance(command, SetLimit):
        limit = _limit(effective, command)
        same = limit == effective.limits[command.limit]
        return effective if same else replace(effective, limits={**effective.limits, limit.id: limit})
    before = _route(effective, command.environment, command.service)
    route = _changed(before, command, Kill(command.reason.strip(), actor, now_us))
    return effective if route == before else replace(effective, routes={**effective.routes, route.name: route})


def check_purge(effective: Effective, command: PurgeCache) -> None:
    """Whether a purge can mean any route: one that does not would look done. Raises NotFoundError."""
    if len(command.reason) > REASON_MAX:
        raise InvalidInputError(f"A reason has up to {REASON_MAX} characters, not {len(command.reason)}.")
    routes = list(effective.routes.values())
    if command.environment:
        known = {route.environment for route in routes}
        routes = [route for route in routes if route.environment == command.environment]
        if not routes:
            fact = f"No route is in environment {command.environment[:100]!r}."
            raise NotFoundError(fact, hint=_nearest(command.environment, known))
    if command.service:
        known = {route.service for route in routes}
        routes = [route for route in routes if route.service == command.service]
        if not routes:
            fact = f"There is no route of service {command.service[:100]!r}."
            raise NotFoundError(fact, hint=_nearest(command.service, known))
    known = {version.name for route in routes for version in route.versions}
    if command.version and command.version not in known:
        fact = f"No route that is meant has a version {command.version[:100]!r}."
        raise NotFoundError(fact, hint=_nearest(command.version, known))


def document(effective: Effective, command: Command) -> dict[str, Any]:
    """How that stands which a command changes, for history and audit: ask before it and after it."""
    if isinstance(command, SetLimit):
        return {"amount": find_limit(effective, command.limit).amount}
    route = _route(effective, command.environment, command.service)
    match command:
        case SetWeights():
            return {"weights": {version.name: version.weight for version in route.versions}}
        case SetShadow():
            shadow = route.shadow
            return {"shadow": None if shadow is None else {"version": shadow.version, "share": shadow.share}}
        case SetFallback():
            return {"fallback": list(route.fallback)}
        case KillService() | ReviveService():
            kill = route.kill
            return {"kill": kill and {"reason": kill.reason, "actor": kill.actor, "at_us": kill.at_us}}
        case _:
            assert_never(command)


def _changed(
    route: Route, command: SetWeights | SetShadow | SetFallback | KillService | ReviveService, kill: Kill
) -> Route:
    match command:
        case SetWeights():
            return _weighed(route, command)
        case SetShadow(version=None):
            return replace(route, shadow=None)
        case SetShadow(version=str() as version):
            _known(route, [version])
            if not 0 <= command.share <= 1:
                raise InvalidInputError(f"{command.share} is no share.", hint="Write 0 to 1.")
            return replace(route, shadow=Shadow(version, command.share))
        case SetFallback():
            _known(route, command.versions)
            if len(set(command.versions)) < len(command.versions):
                raise InvalidInputError("A version is named twice.", hint="Name each once.")
            return replace(route, fallback=command.versions)
        case KillService():
            if not kill.reason:
                raise InvalidInputError("A kill needs a reason.", hint="Callers are told it, and it is audited.")
            return route if route.kill else replace(route, kill=kill)
        case _:
            return replace(route, kill=None)


def _weighed(route: Route, command: SetWeights) -> Route:
    _known(route, command.weights)
    for name, weight in command.weights.items():
        if not (isfinite(weight) and weight >= 0):
            raise InvalidInputError(f"{weight} is no weight of {name}.", hint="Write a number, 0 or more.")
    total = sum(command.weights.values())
    if not (isfinite(total) and total > 0):
        hint = "Give one version a weight above 0; to stop the service, kill it."
        raise InvalidInputError(f"Weights that sum up to {total} leave nobody to answer.", hint=hint)
    versions = tuple(replace(version, weight=command.weights.get(version.name, 0.0)) for version in route.versions)
    return replace(route, versions=versions)


def _limit(effective: Effective, command: SetLimit) -> Limit:
    limit = find_limit(effective, command.limit)
    if not 1 <= command.amount <= AMOUNT_MAX:
        raise InvalidInputError(f"{command.amount} is no amount.", hint=f"Write 1 to {AMOUNT_MAX}.")
    return replace(limit, amount=command.amount)


def find_limit(effective: Effective, limit_id: str) -> Limit:
    """A limit by its id. Raises NotFoundError."""
    found = effective.limits.get(limit_id)
    if found is None:
        raise NotFoundError(f"There is no limit {limit_id[:100]!r}.", hint=_nearest(limit_id, effective.limits))
    return found


def _route(effective: Effective, environment: str, service: str) -> Route:
    name = f"{environment}/{service}"
    found = effective.routes.get(name)
    if found is None:
        raise NotFoundError(f"There is no route of {name[:200]!r}.", hint=_nearest(name, effective.routes))
    return found


def _known(route: Route, names: Iterable[str]) -> None:
    known = [version.name for version in route.versions]
    for name in names:
        if name not in known:
            raise InvalidInputError(f"{route.name} has no version {name[:100]!r}.", hint=_nearest(name, known))


def _nearest(name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1)
    there_are = f"There are {', '.join(names[:20])}." if names else "None is configured."
    return f"Did you mean {near[0]}?" if near else there_are
