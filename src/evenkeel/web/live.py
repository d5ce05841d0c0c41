"""Live: browsers are told which services changed, by server-sent events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Final

from evenkeel.store.telemetry.port import ServiceKey

#: A browser that has this many changes unread is told to look at everything instead.
UNREAD_MAX: Final = 256
KEEPALIVE_S: Final = 15.0
EVERYTHING: Final = "*"


class Live:
    """Takes changes from any thread and hands them to the browsers of one event loop."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._queues: set[asyncio.Queue[str]] = set()

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """The loop on which browsers are served."""
        self._loop = loop

    def tell(self, key: ServiceKey) -> None:
        """A service was looked at anew. Callable from any thread."""
        if self._loop is not None and self._queues:
            self._loop.call_soon_threadsafe(self._put, str(key))

    def _put(self, message: str) -> None:
        for queue in self._queues:
            if queue.qsize() >= UNREAD_MAX:
                while not queue.empty():
                    queue.get_nowait()
                message = EVERYTHING
            queue.put_nowait(message)

    async def stream(self) -> AsyncGenerator[bytes]:
        """The changes as an event stream, with a comment now and then so that proxies keep it open."""
        queue: asyncio.Queue[str] = asyncio.Queue()
        self._queues.add(queue)
        try:
            yield b"retry: 2000\n: connected\n\n"
            while True:
                names = await _next_names(queue)
                yield b"".join(f"event: service\ndata: {name}\n\n".encode() for name in names) or b": still here\n\n"
        finally:
            self._queues.discard(queue)


async def _next_names(queue: asyncio.Queue[str]) -> list[str]:
    """What changed since the last time, each once; empty when nothing did for KEEPALIVE_S."""
    try:
        async with asyncio.timeout(KEEPALIVE_S):
            names = {await queue.get()}
    except TimeoutError:
        return []
    while not queue.empty():
        names.add(queue.get_nowait())
    return sorted(names)
