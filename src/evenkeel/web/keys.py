"""The pages of keys: all of them, and one with what it may do, what is used of its limits, and what was done to it.

A secret is shown once, in the answer to the form that made it (SPEC SEC-2, GW-10).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from sqlalchemy import RowMapping
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from evenkeel.gateway.limits.looking import Use
from evenkeel.gateway.limits.model import Account, AccountState
from evenkeel.gateway.limits.table import LimitTable
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError, NotFoundError
from evenkeel.kernel.time import isoformat
from evenkeel.org.access.keys import NewKey
from evenkeel.org.access.model import MANAGE_KEYS, ApiKey, KeyState, Scope
from evenkeel.store.trail import trail
from evenkeel.ui.formats import utc
from evenkeel.web.forms import posting, text
from evenkeel.web.frame import Site, intake_url
from evenkeel.web.gateway_forms import read_reason
from evenkeel.web.gateway_limits import LIMITS_URL, use_row
from evenkeel.web.gateway_notes import SAME, Notes
from evenkeel.web.keys_api import recent_uses, used_document
from evenkeel.web.keys_rows import KEYS_URL, MAY, KeyFilter, Uses, answers, end_of, key_row, last_day, obedience
from evenkeel.web.paging import paginate
from evenkeel.web.viewer import Viewer

#: Keys of one page: a phone scrolls through as many.
PAGE_SIZE: Final = 50
#: How long the secret that is replaced goes on, as the form offers it.
GRACES: Final[Mapping[str, str]] = {
    "0": "it is dead at once",
    "3600": "for 1 hour",
    "86400": "for 1 day",
    "604800": "for 7 days",
}
_FIELDS: Final = ("name", "scope", "services", "environments", "team", "models", "expires", "reason")
_WORDS: Final[Mapping[str, str]] = {
    "key.create": "made",
    "key.change": "changed",
    "key.rotate": "new secret",
    "key.revoke": "revoked",
}
#: What stands in the line itself, or on top of the page.
_TOLD_BESIDE: Final = ("id", "created_at_us", "created_by")
_NOTHING: Final = AccountState(0, 0, 0, 0)


def key_routes(site: Site) -> list[Route]:
    """The pages, the JSON beside them, and what their forms are sent to."""
    pages = KeyPages(site)
    one = f"{KEYS_URL}/{{key_id}}"
    return [
        Route(KEYS_URL, site.signed_in(pages.keys), methods=["GET"]),
        Route(KEYS_URL, posting(site, pages.create), methods=["POST"]),
        Route(f"{KEYS_URL}.json", site.signed_in(pages.keys_json)),
        Route(f"{one}.json", site.signed_in(pages.key_json)),
        Route(one, site.signed_in(pages.key), methods=["GET"]),
        Route(f"{one}/change", posting(site, pages.change), methods=["POST"]),
        Route(f"{one}/rotate", posting(site, pages.rotate), methods=["POST"]),
        Route(f"{one}/revoke", posting(site, pages.revoke), methods=["POST"]),
    ]


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows this once, after a form."""

    secret: str = ""
    problem: EvenkeelError | None = None
    form: FormData | None = None  # what was typed, where there is a problem
    opened: str = ""  # the form that it was typed into


_NOT_SHOWN: Final = Shown()


class KeyPages:
    """Each method answers one page or takes one form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given
        self._notes = Notes()

    # --- looking

    def keys(self, request: Request, viewer: Viewer) -> Response:
        """All keys, the newest first."""
        _require_looking(viewer)
        return self._list(request, viewer, _NOT_SHOWN)

    def _list(self, request: Request, viewer: Viewer, shown: Shown) -> Response:
        given, query, now_us = self._given, request.query_params, self._given.clock.now_us()
        chosen, keys, uses = KeyFilter.read(query), given.keys.list(), self._uses(now_us)
        page = paginate([key for key in keys if chosen.fits(key, now_us)], PAGE_SIZE, KEYS_URL, query)
        typed = {name: text(shown.form, name) if shown.form else "" for name in _FIELDS}
        return self._site.page(
            "keys.html",
            viewer,
            status=_status(shown),
            section="/settings",
            answers=answers(keys, uses, now_us),
            obeys=obedience(given.drill.state(), now_us) if self._has_gateway(keys) else None,
            rows=[key_row(key, uses, now_us) for key in page.rows],
            page=page,
            total=len(keys),
            chosen=chosen,
            scopes={scope.value: words for scope, words in MAY.items()},
            states=[state.value for state in KeyState],
            typed=typed | {"scope": typed["scope"] or chosen.scope or Scope.INTAKE.value},
            problem=shown.problem,
            note=self._notes.of(query.get("done", "")),
            may_manage=_may_manage(viewer),
        )

    def keys_json(self, request: Request, viewer: Viewer) -> Response:
        """The same as JSON."""
        _require_looking(viewer)
        now_us, query = self._given.clock.now_us(), request.query_params
        chosen, uses = KeyFilter.read(query), self._uses(now_us)
        found = [key for key in self._given.keys.list() if chosen.fits(key, now_us)]
        page = paginate(found, PAGE_SIZE, f"{KEYS_URL}.json", query)
        rows = [used_document(key, uses, now_us) for key in page.rows]
        return JSONResponse({"keys": rows, "total": page.total, "next": page.after or None})

    def key(self, request: Request, viewer: Viewer) -> Response:
        """One key, and what may be done to it."""
        _require_looking(viewer)
        return self._show(request, viewer, self._given.keys.get(request.path_params["key_id"]), _NOT_SHOWN)

    def _show(self, request: Request, viewer: Viewer, key: ApiKey, shown: Shown) -> Response:
        given, now_us = self._given, self._given.clock.now_us()
        limits, unknown_because = self._limits(key)
        is_of_gateway = key.scope is Scope.GATEWAY
        return self._site.page(
            "key.html",
            viewer,
            status=_status(shown),
            section="/settings",
            row=key_row(key, self._uses(now_us), now_us),
            obeys=obedience(given.drill.state(), now_us) if is_of_gateway else None,
            limits=limits,
            unknown_because=unknown_because,
            history=[_history_row(each) for each in trail.concerning(given.records, key.id)],
            secret=shown.secret,
            use_with=self._use_with(request, key),
            graces=GRACES,
            typed={name: text(shown.form, name) for name in _FIELDS} if shown.form else self._as_typed(key),
            opened=shown.opened,
            problem=shown.problem,
            note=self._notes.of(request.query_params.get("done", "")),
            may_manage=_may_manage(viewer),
        )

    def key_json(self, request: Request, viewer: Viewer) -> Response:
        """The same as JSON."""
        _require_looking(viewer)
        now_us, key = self._given.clock.now_us(), self._given.keys.get(request.path_params["key_id"])
        history = [_history_row(each) for each in trail.concerning(self._given.records, key.id)]
        told = [each | {"at": isoformat(each.pop("at_us"))} for each in history]
        return JSONResponse(used_document(key, self._uses(now_us), now_us) | {"history": told})

    # --- acting

    def create(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Make a key and show its secret once."""
        viewer.require(MANAGE_KEYS)
        scope = text(form, "scope") or Scope.INTAKE.value
        if scope not in list(Scope):
            raise NotFoundError(f"There is no scope {scope[:20]!r}.")
        try:
            asked = self._read(NewKey("", Scope(scope)), form)
            key, secret = self._given.keys.create(asked, actor=viewer.name)
        except InvalidInputError as error:
            return self._list(request, viewer, Shown(problem=error, form=form))
        return self._show(request, viewer, key, Shown(secret=secret))

    def change(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Change where it may be used, its team, its models or its end."""
        viewer.require(MANAGE_KEYS)
        key_id = request.path_params["key_id"]
        before = self._given.keys.get(key_id)
        try:
            after = self._given.keys.change(
                key_id, lambda key: self._read(key, form), actor=viewer.name, reason=read_reason(form)
            )
        except EvenkeelError as error:
            return self._show(request, viewer, before, Shown("", error, form, "change"))
        if before == after:
            return RedirectResponse(f"{KEYS_URL}/{key_id}?done={SAME}#note", status_code=303)
        return self._done(key_id, "Changed; the secret stays. The doors go by it within a second.")

    def rotate(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Give it a new secret, and show that once."""
        viewer.require(MANAGE_KEYS)
        grace, key_id = text(form, "grace") or "0", request.path_params["key_id"]
        before = self._given.keys.get(key_id)
        try:
            if grace not in GRACES:
                raise InvalidInputError(f"{grace[:20]!r} is no grace.", hint=f"Use {', '.join(GRACES)} seconds.")
            key, secret = self._given.keys.rotate(
                key_id, actor=viewer.name, grace_s=int(grace), reason=text(form, "reason").strip()
            )
        except EvenkeelError as error:
            return self._show(request, viewer, before, Shown("", error, form, "rotate"))
        return self._show(request, viewer, key, Shown(secret=secret))

    def revoke(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """End it for good."""
        viewer.require(MANAGE_KEYS)
        key_id = request.path_params["key_id"]
        before = self._given.keys.get(key_id)
        try:
            self._given.keys.revoke(key_id, actor=viewer.name, reason=read_reason(form))
        except InvalidInputError as error:
            return self._show(request, viewer, before, Shown("", error, form, "revoke"))
        return self._done(key_id, "Revoked. Whatever is sent with it is refused within a second.")

    # --- parts

    def _uses(self, now_us: int) -> Uses:
        return recent_uses(self._given.telemetry, now_us)

    def _has_gateway(self, keys: Sequence[ApiKey]) -> bool:
        return bool(self._given.gateway.effective.routes) or any(key.scope is Scope.GATEWAY for key in keys)

    def _limits(self, key: ApiKey) -> tuple[list[dict[str, Any]], str]:
        """(accounts that requests with the key fall under, why what is used of them is not known)."""
        if key.scope is not Scope.GATEWAY:
            return [], ""
        given, now_us = self._given, self._given.clock.now_us()
        table = LimitTable(tuple(given.gateway.effective.limits.values()), given.timezone())
        services = key.services or ("",)
        accounts = [each for name in services for each in table.accounts_for(key.id, key.team, "", name, now_us)]
        found = given.limit_accounts.uses()
        stands = {_place(use.account): use for use in found.uses}
        nobody = None if found.unknown_because else _NOTHING
        rows: list[dict[str, Any]] = []
        for account in {_place(each): each for each in accounts}.values():
            row = use_row(stands.get(_place(account), Use(account, nobody)), {key.id: "this key"})
            query = urlencode({"limit": account.limit.id, "q": account.holder})
            rows.append(row | {"url": f"{LIMITS_URL}?{query}"})
        return rows, found.unknown_because

    def _use_with(self, request: Request, key: ApiKey) -> dict[str, Any]:
        """What an example needs: addresses, and a service that the key may be used for."""
        standing, routes = self._given.gateway_standing(), self._given.gateway.effective.routes.values()
        environment = (key.environments or ("production",))[0]
        of_routes = [route.service for route in routes if route.environment == environment]
        port = standing.port
        host = request.url.hostname or "localhost"
        return {
            "service": next(iter((*(key.services or ()), *of_routes)), "YOUR-SERVICE"),
            "gateway": f"http://{host}:{port or 4181}",
            "is_up": port is not None,
            "intake": intake_url(request, self._given.intake_port()),
            "api": f"{request.url.scheme}://{request.url.netloc}/api/v1",
            "model": next(iter(key.models or ()), "gpt-4o-mini"),
        }

    def _as_typed(self, key: ApiKey) -> dict[str, str]:
        """A key as the fields of a form have it."""
        return {
            "name": key.name,
            "scope": key.scope.value,
            "services": ", ".join(key.services or ()),
            "environments": ", ".join(key.environments or ()),
            "team": key.team,
            "models": ", ".join(key.models or ()),
            "expires": last_day(key.expires_at_us, self._given.timezone()),
            "reason": "",
        }

    def _read(self, key: Any, form: FormData) -> Any:
        """A key as a form wants it; a day that was not touched leaves the moment as it is. Raises InvalidInputError."""
        zone, written = self._given.timezone(), text(form, "expires").strip()
        is_same = written == last_day(key.expires_at_us, zone)
        return replace(
            key,
            name=text(form, "name").strip()[:100] or "unnamed",
            services=_names(form, "services"),
            environments=_names(form, "environments"),
            team=text(form, "team").strip(),
            models=_names(form, "models"),
            expires_at_us=key.expires_at_us if is_same else end_of(written, zone),
        )

    def _done(self, key_id: str, sentence: str) -> Response:
        """Back to the page, which says what came of it."""
        number = f"{self._given.clock.now_us():x}"
        self._notes.keep(number, sentence)
        return RedirectResponse(f"{KEYS_URL}/{key_id}?done={number}#note", status_code=303)


def _require_looking(viewer: Viewer) -> None:
    """Every person may look at keys, as at everything; a program only if it may manage them, as over the API."""
    if viewer.session is None:
        viewer.require(MANAGE_KEYS)


def _may_manage(viewer: Viewer) -> bool:
    """Whether forms are shown: a key has no session to send them with."""
    return viewer.may_manage_keys and viewer.session is not None


def _status(shown: Shown) -> int:
    return 400 if shown.problem else 200


def _place(account: Account) -> tuple[str, str]:
    return account.limit.id, account.holder


def _names(form: FormData, name: str) -> tuple[str, ...] | None:
    """Names with commas between them; None where nothing is written: any."""
    return tuple(dict.fromkeys(each for part in text(form, name).split(",") if (each := part.strip()))) or None


def _history_row(row: RowMapping) -> dict[str, Any]:
    """A line of the audit trail about a key."""
    return {
        "at_us": row["at_us"],
        "what": _WORDS.get(row["action"], row["action"]),
        "before": _stood(row["before"]),
        "after": _stood(row["after"]),
        "reason": row["reason"],
        "actor": row["actor"],
    }


def _stood(stored: str | None) -> str:
    """What stood in the trail, in words."""
    if stored is None:
        return ""
    said: list[str] = []
    for name, value in sorted(json.loads(stored).items()):
        if name in _TOLD_BESIDE or (value is None and name == "previous_until_us"):
            continue
        if name.endswith("_at_us") or name == "previous_until_us":
            value = "never" if value is None else utc(value)
        elif name in ("services", "models", "environments"):
            value = "any" if value is None else ", ".join(json.loads(value))
        said.append(f"{name.removesuffix('_us').replace('_', ' ')}: {value or 'none'}")
    return "; ".join(said)
