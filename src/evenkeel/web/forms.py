"""Forms of our own pages: taken only from signed-in people, from our own site, with their session's token."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.web.frame import Endpoint, Site
from evenkeel.web.viewer import Viewer, check_csrf, check_origin

#: Of a file that is sent with a form: some 5,000 answers or golden queries.
UPLOAD_BYTES_MAX: Final = 20_000_000


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


def read_file(form: FormData, name: str) -> str | None:
    """The text of a file; None where none was chosen, one blank line where it is empty. Raises InvalidInputError."""
    file = form.get(name)
    if not isinstance(file, UploadFile) or not file.filename:
        return None
    data = file.file.read(UPLOAD_BYTES_MAX + 1)
    if len(data) > UPLOAD_BYTES_MAX:
        raise InvalidInputError("The file is larger than 20 MB.", hint="Send a random part of it.")
    try:
        return data.decode() or "\n"
    except UnicodeDecodeError:
        raise InvalidInputError("The file is no UTF-8 text.", hint="Save it as JSON lines in UTF-8.") from None


def text(form: FormData, name: str) -> str:
    """A field of a form; empty for a file or for one that is missing."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
