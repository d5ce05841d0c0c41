"""Forms of our own pages: taken only from signed-in people, from our own site, with their session's token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from evenkeel.web.frame import Endpoint, Site
from evenkeel.web.viewer import Viewer, check_csrf, check_origin


def posting(site: Site, work: Callable[[Request, FormData, Viewer], Response]) -> Endpoint:
    """An endpoint that takes a form; `work` runs in a thread, because stores block."""

    def guarded(request: Request, form: FormData) -> Response:
        viewer = site.viewer(request)
        if viewer is None:
            return RedirectResponse("/sign-in", status_code=303)
        check_origin(request)
        check_csrf(viewer, text(form, "csrf"))
        return work(request, form, viewer)

    async def endpoint(request: Request) -> Response:
        async with request.form() as form:  # which closes the files that were sent
            return await asyncio.to_thread(guarded, request, form)

    return endpoint


def text(form: FormData, name: str) -> str:
    """A field of a form; empty for a file or for one that is missing."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
