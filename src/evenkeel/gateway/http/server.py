"""Listening, all connections, and an orderly end."""

from __future__ import annotations

import asyncio
import logging
import resource
import socket
from collections.abc import Callable, Sequence
from email.utils import formatdate
from typing import Final

from evenkeel.gateway.http.connection import Application, Connection
from evenkeel.gateway.http.incoming import Incoming
from evenkeel.gateway.http.model import ServerLimits
from evenkeel.kernel.ports import Clock

log = logging.getLogger(__name__)

_BACKLOG: Final = 2048
#: What is cut is told so; after so long nobody is listening.
_LAST_WORDS_S: Final = 2.0
#: Files that a worker needs beside those of its callers: journal, tables, upstreams of a quiet hour.
_FILES_OF_OURS: Final = 256
#: Below this, a busy hour fails for want of files.
_FILES_MIN: Final = 4096


class Server:
    """Serves an application until it is stopped."""

    def __init__(self, app: Application, clock: Clock, limits: ServerLimits | None = None) -> None:
        self.app = app
        self.limits = limits or ServerLimits()
        self.loop = asyncio.get_running_loop()
        self.date = b""
        self.is_closing = False
        self._clock = clock
        self._connections: set[Connection] = set()
        self._tasks: dict[Incoming, asyncio.Task[None]] = {}
        self._servers: list[asyncio.Server] = []
        self._sweeping: asyncio.TimerHandle | None = None
        self._empty: asyncio.Future[None] | None = None

    @property
    def count(self) -> int:
        """Connections that are open."""
        return len(self._connections)

    async def start(self, sockets: Sequence[socket.socket]) -> None:
        """Take connections."""
        self._sweep()
        for each in sockets:
            self._servers.append(await self.loop.create_server(lambda: Connection(self), sock=each, backlog=_BACKLOG))

    async def stop(self, grace_s: float, cut: Callable[[], None]) -> None:
        """Take no more, and end what is open: in its own time, then by `cut`, then anyhow."""
        self.is_closing = True
        for server in self._servers:
            server.close()
        for connection in list(self._connections):
            connection.retire()
        if not await self._emptied(grace_s):
            log.warning("%d connections are still open after %g s, and are cut", self.count, grace_s)
            cut()
            if not await self._emptied(_LAST_WORDS_S):
                await self._cut()
        if self._sweeping is not None:
            self._sweeping.cancel()

    def entered(self, connection: Connection) -> bool:
        """A connection is there; false when there are too many."""
        self._connections.add(connection)
        return len(self._connections) <= self.limits.connections

    def left(self, connection: Connection) -> None:
        """It is gone."""
        self._connections.discard(connection)
        self._tell_if_empty()

    def started(self, incoming: Incoming, task: asyncio.Task[None]) -> None:
        """A request is being answered; whatever becomes of its connection, somebody must hold the task."""
        self._tasks[incoming] = task

    def ended(self, incoming: Incoming) -> None:
        """It is answered, or its caller has gone and it is recorded."""
        self._tasks.pop(incoming, None)
        self._tell_if_empty()

    def _tell_if_empty(self) -> None:
        if self._empty is not None and not self._connections and not self._tasks and not self._empty.done():
            self._empty.set_result(None)

    async def _cut(self) -> None:
        for connection in list(self._connections):
            connection.cut()
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _emptied(self, within_s: float) -> bool:
        if not self._connections and not self._tasks:
            return True
        self._empty = self.loop.create_future()
        try:
            async with asyncio.timeout(within_s):
                await self._empty
        except TimeoutError:
            return False
        return True

    def _sweep(self) -> None:
        """Look at what is waited for, and at the clock."""
        self._sweeping = self.loop.call_later(self.limits.sweep_s, self._sweep)  # whatever happens below
        now_s = self.loop.time()
        self.date = f"date: {formatdate(self._clock.now_us() / 1e6, usegmt=True)}\r\n".encode()
        for connection in [each for each in self._connections if each.due_s <= now_s]:
            connection.overdue(now_s)


def raise_file_limit() -> int:
    """Let this process open as many files as it may; answers how many connections that is enough for.

    Each may need one to an upstream: without a file for it, the upstream would be blamed.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != hard:
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    if hard == resource.RLIM_INFINITY:
        return ServerLimits().connections
    if hard < _FILES_MIN:
        fact = f"Only {hard} files may be open here, and each request takes two"
        log.warning("%s. Raise the hard limit (ulimit -Hn, LimitNOFILE=) to %d or more.", fact, _FILES_MIN)
    return max(hard // 4, (hard - _FILES_OF_OURS) // 2)
