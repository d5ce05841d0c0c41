"""Whether a request may be asked at all: whose key, which service, which route, alive or killed."""

from __future__ import annotations

from collections.abc import Mapping

from evenkeel.gateway.keys.authenticate import authenticate
from evenkeel.gateway.keys.model import KeyTable, VirtualKey
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.routes.model import Route, RouteTable
from evenkeel.kernel.errors import UnauthorizedError
from evenkeel.kernel.facts import fact


class Refused(Exception):  # noqa: N818 a refusal is an answer
    """The request is refused."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


@fact
class Admitted:
    """Who asks for what."""

    key: VirtualKey
    service: str
    route: Route


def identify(headers: Mapping[bytes, bytes], keys: KeyTable, now_us: int) -> VirtualKey:
    """The key of a request. Raises Refused."""
    try:
        return authenticate(headers, keys, now_us)
    except UnauthorizedError as error:
        raise Refused(Refusal(401, "invalid_api_key", str(error), is_worth_retrying=False)) from error


def admit(key: VirtualKey, operation: Operation, headers: Mapping[bytes, bytes], routes: RouteTable) -> Admitted:
    """The service a request is for, and its route. Raises Refused."""
    named = headers.get(b"x-evenkeel-service", b"").decode("utf-8", "replace").strip()
    service = operation.service or named or key.service
    if not service:
        raise Refused(_unnamed(_allowed(key, routes)))
    if not key.allows(service):
        fact = f"The key {key.name!r} may not be used for service {service[:80]!r}."
        raise Refused(Refusal(403, "service_not_allowed", f"{fact} Ask for a key that may.", is_worth_retrying=False))
    route = routes.routes.get(f"{key.environment}/{service}")
    if route is None:
        known = ", ".join(_allowed(key, routes)[:10]) or "none yet"
        fact = f"There is no route for service {service[:80]!r} in {key.environment}."
        raise Refused(Refusal(404, "no_route", f"{fact} Known here: {known}.", is_worth_retrying=False))
    return Admitted(key, service, route)


def check(admitted: Admitted, ask: Ask) -> None:
    """Raises Refused where the key may not ask for that model, or a version that it may not choose."""
    key = admitted.key
    if key.models is not None and ask.model and ask.model not in key.models:
        allowed = ", ".join(sorted(key.models)[:10])
        fact = f"The key {key.name!r} may not ask for model {ask.model[:80]!r}."
        raise Refused(Refusal(403, "model_not_allowed", f"{fact} Allowed: {allowed}.", is_worth_retrying=False))
    if not ask.version:
        return
    if key.id not in admitted.route.testers:
        fact = f"The key {key.name!r} may not choose a version."
        hint = f"Name its id {key.id} in `testers` of the route, or leave the header x-evenkeel-version out."
        raise Refused(Refusal(403, "not_a_tester", f"{fact} {hint}", is_worth_retrying=False))
    if admitted.route.version(ask.version) is None:
        known = ", ".join(version.name for version in admitted.route.versions)
        fact = f"Service {admitted.service!r} has no version {ask.version[:80]!r}."
        raise Refused(Refusal(404, "no_version", f"{fact} It has {known}.", is_worth_retrying=False))


def killed(route: Route) -> Refusal | None:
    """Why a service that was killed does not answer; None when it was not."""
    return None if route.kill is None else switched_off(route)


def switched_off(route: Route) -> Refusal:
    """What those are told whom a kill ended, with its reason while it lasts."""
    reason = f" ({route.kill.reason})" if route.kill is not None and route.kill.reason else ""
    message = f"Service {route.service!r} is switched off{reason}. Ask its owner; it is not worth trying again."
    return Refusal(503, "kill_switch", message, is_worth_retrying=False)


def unknown(what: str) -> Refusal:
    """What would keep a request within bounds is not known (yet): it is not let through without."""
    message = f"The {what} in force are not known to the gateway. Look at its log and at `evenkeel doctor`."
    return Refusal(503, "policy_unknown", message, 5.0)


def _allowed(key: VirtualKey, routes: RouteTable) -> list[str]:
    """What the key can be used for."""
    here = (route.service for route in routes.routes.values() if route.environment == key.environment)
    return sorted(service for service in here if key.allows(service))


def _unnamed(allowed: list[str]) -> Refusal:
    known = ", ".join(allowed[:10]) or "none yet"
    message = (
        "The request names no service. Put it in front of the path (/services/NAME/v1/…), in the header"
        f" x-evenkeel-service, or into the key. Known to this key: {known}."
    )
    return Refusal(400, "no_service", message, is_worth_retrying=False)
