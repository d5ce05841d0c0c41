"""Just enough HTTP for the sample production: JSON in and out of an ASGI application, and a client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, cast

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_BODY_MAX: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: a document, or a stream of server-sent events."""

    status: int
    document: Any = None
    stream: AsyncIterator[str] | None = None
    headers: Mapping[str, str] = field(default_factory=dict[str, str])


async def read_json(receive: Receive) -> dict[str, Any]:
    """The object in a request's body. Raises ValueError when there is none."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _BODY_MAX:
            msg = f"the body has more than {_BODY_MAX} bytes"
            raise ValueError(msg)
        if not message.get("more_body"):
            break
    document: Any = json.loads(body or b"{}")
    if isinstance(document, dict):
        return cast("dict[str, Any]", document)
    msg = "the body is no JSON object"
    raise ValueError(msg)


async def send_reply(send: Send, reply: Reply) -> None:
    """Send an answer, whole or piece by piece."""
    kind = "application/json" if reply.stream is None else "text/event-stream"
    headers = [(b"content-type", kind.encode())]
    headers += [(name.encode(), value.encode()) for name, value in reply.headers.items()]
    if reply.stream is None:
        body = json.dumps(reply.document).encode()
        headers.append((b"content-length", str(len(body)).encode()))
        await send({"type": "http.response.start", "status": reply.status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        return
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    async for piece in reply.stream:
        await send({"type": "http.response.body", "body": f"data: {piece}\n\n".encode(), "more_body": True})
    await send({"type": "http.response.body", "body": b""})


async def post_json(port: int, path: str, document: Mapping[str, Any], *, timeout_s: float) -> int:
    """POST to a service on this machine, as a visitor does; the status of its answer.

    Raises OSError or TimeoutError when there is none.
    """
    body = json.dumps(document).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nConnection: close\r\n"
    async with asyncio.timeout(timeout_s):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            writer.write(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
            answer = await reader.read()
        finally:
            writer.close()
    return int(answer.split(b" ", 2)[1]) if answer else 0
