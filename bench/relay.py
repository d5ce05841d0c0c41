"""A relay that decides nothing: what uvicorn and aiohttp, the usual parts of one, cost by themselves."""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import aiohttp
import uvicorn
import uvloop


class Relay:
    """Sends each request on and its answer back."""

    def __init__(self, provider: str, session: aiohttp.ClientSession) -> None:
        self._provider = provider
        self._session = session

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Relay one request."""
        if scope["type"] != "http":
            return
        body = b""
        more = True
        while more:
            message = await receive()
            body += message.get("body", b"")
            more = message.get("more_body", False)
        headers = {"content-type": "application/json"}
        async with self._session.post(self._provider + scope["path"], data=body, headers=headers) as answer:
            head = [(b"content-type", b"application/json")]
            if "content-length" in answer.headers:
                head.append((b"content-length", answer.headers["content-length"].encode()))
            await send({"type": "http.response.start", "status": answer.status, "headers": head})
            async for chunk in answer.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})


async def _serve(provider: str, port: int) -> None:
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(connector=connector, auto_decompress=False) as session:
        config = uvicorn.Config(
            Relay(provider, session), port=port, http="httptools", lifespan="off", access_log=False, log_level="warning"
        )
        await uvicorn.Server(config).serve()


if __name__ == "__main__":
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(sys.argv[1], int(sys.argv[2])))
