"""Forms of the gateway's pages: flip, shadow, fallback, kill, revive, undo. Each by the same commands as the API."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from evenkeel.gateway.commands.model import (
    Command,
    KillService,
    ReviveService,
    SetFallback,
    SetShadow,
    SetWeights,
)
from evenkeel.gateway.commands.records import Change
from evenkeel.kernel.errors import EvenkeelError, ForbiddenError, InvalidInputError, NotFoundError
from evenkeel.org.access.model import RULE_GATEWAY
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.forms import text
from evenkeel.web.frame import Site
from evenkeel.web.gateway_notes import SAME, Notes
from evenkeel.web.gateway_pages import WEIGHT, GatewayPages, read_weights
from evenkeel.web.gateway_words import route_url
from evenkeel.web.gateway_workers import await_taken
from evenkeel.web.viewer import Viewer


class GatewayForms:
    """Takes the forms, and shows the page again: with what came of it, or with what was wrong."""

    def __init__(self, site: Site, pages: GatewayPages, notes: Notes) -> None:
        self._given = site.given
        self._pages = pages
        self._notes = notes

    def act(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Change one route, as the last part of the address says."""
        given = request.path_params
        environment, service, act = given["environment"], given["service"], given["act"]
        read = _COMMANDS.get(act)
        if read is None:
            raise NotFoundError(f"Nothing takes {act[:40]!r}.", hint=f"There are {', '.join(_COMMANDS)}.")
        viewer.require(RULE_GATEWAY)
        try:
            change = self._given.gateway.perform(read(environment, service, form), actor=viewer.name)
        except (ForbiddenError, NotFoundError):
            raise
        except EvenkeelError as error:
            return self._pages.route(request, viewer, problem=error, opened=act)
        return self._show(route_url(f"{environment}/{service}"), change, ServiceKey(environment, service))

    def undo(self, _: Request, form: FormData, viewer: Viewer) -> Response:
        """Make a field stand as before its latest change."""
        viewer.require(RULE_GATEWAY)
        change = self._given.gateway.undo(text(form, "id"), actor=viewer.name, reason=text(form, "reason"))
        key = None
        if change is not None and "/" in change.target:
            environment, service = change.target.split("/", 1)
            key = ServiceKey(environment, service)
        is_of_route = key is not None and text(form, "back") == "route"
        return self._show(route_url(str(key)) if is_of_route else "/gateway", change, key)

    def _show(self, url: str, change: Change | None, key: ServiceKey | None) -> Response:
        """Back to the page, which says whether the change is in force."""
        if change is None:
            return RedirectResponse(f"{url}?done={SAME}#note", status_code=303)
        self._notes.keep(change.id, await_taken(self._given.gateway_standing, self._given.clock.monotonic_s))
        if key is not None:
            self._given.live.tell(key)
        return RedirectResponse(f"{url}?done={change.id}#note", status_code=303)


def read_reason(form: FormData) -> str:
    """Why it is asked for. Raises InvalidInputError where nobody says."""
    reason = text(form, "reason").strip()
    if not reason:
        raise InvalidInputError(
            "The reason is missing.", hint="Say why; it is kept in the history and the audit trail."
        )
    return reason


def _weights(environment: str, service: str, form: FormData) -> Command:
    given = {name.removeprefix(WEIGHT): text(form, name) for name in form if name.startswith(WEIGHT)}
    return SetWeights(environment, service, read_weights(given), read_reason(form))


def _shadow(environment: str, service: str, form: FormData) -> Command:
    written = text(form, "percent").strip() or "100"
    try:
        share = float(written) / 100.0
    except ValueError:
        raise InvalidInputError(
            f"{written[:20]!r} is no share.", hint="Write percent of the requests, 0 to 100."
        ) from None
    return SetShadow(environment, service, text(form, "version") or None, share, read_reason(form))


def _fallback(environment: str, service: str, form: FormData) -> Command:
    versions = tuple(name for each in text(form, "versions").split(",") if (name := each.strip()))
    return SetFallback(environment, service, versions, read_reason(form))


def _kill(environment: str, service: str, form: FormData) -> Command:
    if text(form, "typed").strip() != service:
        raise InvalidInputError(
            "Nothing was switched off: the name typed is not the service's.", hint=f"Type {service} to confirm."
        )
    return KillService(environment, service, read_reason(form))


def _revive(environment: str, service: str, form: FormData) -> Command:
    return ReviveService(environment, service, read_reason(form))


_COMMANDS: Final[Mapping[str, Callable[[str, str, FormData], Command]]] = {
    "weights": _weights,
    "shadow": _shadow,
    "fallback": _fallback,
    "kill": _kill,
    "revive": _revive,
}
