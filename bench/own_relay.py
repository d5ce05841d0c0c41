"""A relay that decides nothing, on the gateway's own HTTP: what its transport costs without any decision."""

from __future__ import annotations

import asyncio
import sys

import uvloop

from evenkeel.app.serving import listen
from evenkeel.gateway.http.client import Client
from evenkeel.gateway.http.incoming import Incoming
from evenkeel.gateway.http.model import Fault, Fields
from evenkeel.gateway.http.server import Server, raise_file_limit
from evenkeel.store.system import SystemClock

_KEPT = (b"content-type", b"content-length")


class OwnRelay:
    """Sends each request on and its answer back."""

    def __init__(self, provider: str, client: Client) -> None:
        self._provider = provider
        self._client = client

    async def answer(self, incoming: Incoming) -> None:
        """Relay one request."""
        while not incoming.is_complete:
            await incoming.more()
        headers: Fields = [(b"content-type", b"application/json")]
        url = self._provider + incoming.path
        reply = await self._client.ask(incoming.method.encode(), url, headers, incoming.take(), 5.0)
        incoming.begin(reply.status, [field for field in reply.headers if field[0] in _KEPT])
        while (body := reply.ready()) is None:
            incoming.write(await reply.piece())
        incoming.end(body)

    def refuse(self, fault: Fault) -> tuple[Fields, bytes]:
        """Nothing is asked here that has to be refused."""
        del fault
        return [(b"content-length", b"0")], b""


async def _serve(provider: str, port: int) -> None:
    raise_file_limit()
    async with Client(asyncio.get_running_loop()) as client:
        server = Server(OwnRelay(provider, client), SystemClock())
        await server.start([listen("127.0.0.1", port, option="--port")])
        await asyncio.Event().wait()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(sys.argv[1], int(sys.argv[2])))
