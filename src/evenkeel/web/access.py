"""Pages around access: signing in and out, the first admin, settings."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from evenkeel.kernel.errors import EvenkeelError, UnauthorizedError
from evenkeel.org.access.model import MANAGE_KEYS
from evenkeel.org.access.signin import SESSION_US
from evenkeel.web.forms import posting, text
from evenkeel.web.frame import Site
from evenkeel.web.viewer import COOKIE, Viewer, check_origin


def access_routes(site: Site) -> list[Route]:
    """Settings, and the ways in and out."""
    pages = AccessPages(site)
    return [
        Route("/settings", site.signed_in(pages.settings)),
        Route("/settings/erasures", posting(site, pages.erase), methods=["POST"]),
        Route("/sign-in", pages.sign_in_page, methods=["GET", "POST"]),
        Route("/setup", pages.setup_page, methods=["GET", "POST"]),
        Route("/sign-out", posting(site, pages.sign_out), methods=["POST"]),
    ]


class AccessPages:
    """Each method answers one page or takes one form."""

    def __init__(self, site: Site) -> None:
        self._site = site
        self._given = site.given

    def settings(self, _: Request, viewer: Viewer, *, receipt: Mapping[str, Any] | None = None) -> Response:
        """Keys, people, privacy. `receipt` is shown this once."""
        now_us = self._given.clock.now_us()
        return self._site.page(
            "settings.html",
            viewer,
            section="/settings",
            keys=sum(key.is_active(now_us) for key in self._given.keys.list()),
            users=self._given.sign_in.users(),
            receipt=receipt,
        )

    def erase(self, request: Request, form: FormData, viewer: Viewer) -> Response:
        """Forget a person and show the receipt."""
        viewer.require(MANAGE_KEYS)
        receipt = self._given.erase(text(form, "user"), viewer.name, text(form, "reason"))
        return self.settings(request, viewer, receipt=receipt)

    def sign_out(self, request: Request, _: FormData, __: Viewer) -> Response:
        """End the session."""
        self._given.sign_in.sign_out(request.cookies.get(COOKIE, ""))
        answer = RedirectResponse("/sign-in", status_code=303)
        answer.delete_cookie(COOKIE)
        return answer

    async def sign_in_page(self, request: Request) -> Response:
        """Name and password."""
        problem = ""
        if request.method == "POST":
            check_origin(request)
            form = await request.form()
            try:
                token = await asyncio.to_thread(self._given.sign_in.sign_in, text(form, "name"), text(form, "password"))
                return self._welcome(request, token)
            except UnauthorizedError as error:
                problem = str(error)
        needs_setup = await asyncio.to_thread(self._given.sign_in.needs_setup)
        return self._site.page(
            "sign_in.html", None, status=401 if problem else 200, bare=True, problem=problem, needs_setup=needs_setup
        )

    async def setup_page(self, request: Request) -> Response:
        """The first admin's name and password, by a one-time link."""
        problem, token = "", request.query_params.get("token", "")
        if request.method == "POST":
            check_origin(request)
            form = await request.form()
            token = text(form, "token")
            try:
                session = await asyncio.to_thread(
                    self._given.sign_in.complete_setup, token, text(form, "name"), text(form, "password")
                )
                return self._welcome(request, session)
            except EvenkeelError as error:
                problem = str(error)
        return self._site.page(
            "setup.html", None, status=400 if problem else 200, bare=True, problem=problem, token=token
        )

    def _welcome(self, request: Request, token: str) -> Response:
        answer = RedirectResponse("/", status_code=303)
        answer.set_cookie(
            COOKIE,
            token,
            max_age=SESSION_US // 1_000_000,
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer
