"""The most that a request to the site may carry: what is larger is refused before it is read, whoever sends it."""

from __future__ import annotations

from typing import Final

from starlette.datastructures import Headers
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.web.frame import error_document

#: An upload of 20 MB of text, as JSON that escapes every letter of it.
BODY_BYTES_MAX: Final = 64 * 1024 * 1024


class BodyLimit:
    """Refuses a body that says it is too large; one that does not say it ends where it has become so."""

    def __init__(self, app: ASGIApp, bytes_max: int = BODY_BYTES_MAX) -> None:
        self._app = app
        self._bytes_max = bytes_max

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass it on, counted."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        said = Headers(scope=scope).get("content-length", "")
        if said.isascii() and said.isdigit() and int(said) > self._bytes_max:
            most = f"{self._bytes_max // (1024 * 1024)} MB"
            error = InvalidInputError(f"This request is larger than {most}.", hint="Send less at once.")
            await JSONResponse(error_document(error), status_code=413)(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message if taken <= self._bytes_max else {"type": "http.disconnect"}

        await self._app(scope, counted, send)
