"""The page of the gateway's cache: what it saved, whether it is right, and what is removed of it (SPEC GW-5)."""

from __future__ import annotations

from typing import Any, Final

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from evenkeel.gateway.commands.model import PurgeCache
from evenkeel.gateway.commands.service import PURGE
from evenkeel.kernel.errors import EvenkeelError, ForbiddenError, InvalidInputError, UnreadableError
from evenkeel.org.access.model import RULE_GATEWAY
from evenkeel.web.forms import text
from evenkeel.web.frame import Site
from evenkeel.web.gateway_cache_rows import (
    answers,
    cache_document,
    cache_row,
    caching_routes,
    unread_caches,
    worker_row,
)
from evenkeel.web.gateway_forms import read_reason
from evenkeel.web.gateway_notes import Notes
from evenkeel.web.gateway_pages import may_rule
from evenkeel.web.gateway_spans import DEFAULT_SPAN, SPANS_US, read_filter
from evenkeel.web.gateway_words import CACHE_URL, history_rows, say_unknown
from evenkeel.web.gateway_workers import await_taken
from evenkeel.web.paging import paginate
from evenkeel.web.viewer import Viewer

#: Services of one page: a phone scrolls through as many.
PAGE_SIZE: Final = 50
#: What stands in the form for every service: leaving the field empty by mistake purges nothing.
EVERY: Final = "*"
_TYPED: Final = ("environment", "service", "version", "user", "reason")
_USER_MAX: Final = 512
_PURGES_SHOWN: Final = 5
_CHANGES_READ: Final = 200


class CachePages:
    """The page, and the form on it."""

    def __init__(self, site: Site, notes: Notes) -> None:
        self._site = site
        self._given = site.given
        self._notes = notes

    def cache(
        self, request: Request, viewer: Viewer, *, problem: EvenkeelError | None = None, form: FormData | None = None
    ) -> Response:
        """What the cache did. `problem`: what is wrong with the `form` that was just sent."""
        query, given = request.query_params, self._given
        asked = read_filter(request.query_params)
        span = asked.span or DEFAULT_SPAN
        try:
            found = cache_document(self._site, asked)
            said, row_of = answers(found["caches"], span), cache_row
        except UnreadableError as error:
            found = unread_caches(self._site, asked)
            said, row_of = {"how": say_unknown(error), "mood": "unknown"}, dict[str, Any]
        page = paginate(found["caches"], PAGE_SIZE, CACHE_URL, query)
        routes = given.gateway.effective.routes.values()
        typed = {name: text(form, name) if form else query.get(name, "") for name in _TYPED}
        return self._site.page(
            "gateway_cache.html",
            viewer,
            status=400 if problem else 200,
            section="/gateway",
            stream="" if problem else "*",
            answers=said,
            rows=[row_of(each) for each in page.rows],
            is_known=row_of is cache_row,
            page=page,
            workers=[worker_row(each) for each in found["workers"]],
            asked=asked,
            span=span,
            spans=list(SPANS_US),
            services=sorted({route.service for route in routes}),
            environments=sorted({route.environment for route in routes}),
            every=EVERY,
            typed=typed,
            problem=problem,
            note=self._notes.of(query.get("done", "")),
            purges=self._purges(),
            is_on=bool(caching_routes(self._site)),
            may_rule=may_rule(viewer),
        )

    def _purges(self) -> list[dict[str, Any]]:
        changes = [each for each in self._given.gateway.history(limit=_CHANGES_READ) if each.field == PURGE]
        return history_rows(changes[:_PURGES_SHOWN], {})

    def cache_json(self, request: Request, _: Viewer) -> Response:
        """The same as JSON."""
        return JSONResponse(cache_document(self._site, read_filter(request.query_params)))

    def purge(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Remove kept answers."""
        viewer.require(RULE_GATEWAY)
        given = self._given
        try:
            change = given.gateway.purge(self._read(form), actor=viewer.name)
        except ForbiddenError:
            raise
        except EvenkeelError as error:
            return self.cache(request, viewer, problem=error, form=form)
        self._notes.keep(change.id, f"Purged. {await_taken(given.gateway_standing, given.clock.monotonic_s)}")
        return RedirectResponse(f"{CACHE_URL}?done={change.id}#note", status_code=303)

    def _read(self, form: FormData) -> PurgeCache:
        """The command that a form asks for. Raises InvalidInputError."""
        service, user = text(form, "service"), text(form, "user").strip()
        if not service:
            raise InvalidInputError("No service is chosen.", hint="Choose one, or every service.")
        if len(user) > _USER_MAX:
            raise InvalidInputError(f"A user id has up to {_USER_MAX} characters, not {len(user)}.")
        return PurgeCache(
            text(form, "environment"),
            "" if service == EVERY else service,
            text(form, "version").strip(),
            tuple(self._given.pseudonyms_of(user)) if user else None,
            read_reason(form),
        )
