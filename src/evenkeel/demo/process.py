"""What every process of the sample production has in common: what it is told, and how it ends.

A process ends on SIGTERM and when its parent is gone: the parent holds the other end of its standard
input, which closes however the parent dies.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import uvicorn

#: Secrets are passed in the environment: arguments can be read by every user of the machine.
KEY_VARIABLE: Final = "EVENKEEL_DEMO_KEY"
GATEWAY_KEY_VARIABLE: Final = "EVENKEEL_DEMO_GATEWAY_KEY"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Orders:
    """What a process is told by the one that starts it."""

    home: Path
    intake_url: str
    answerer_url: str
    key: str
    listener: int | None  # number of a listening socket that it inherits
    gateway_key: str = ""  # empty: nothing is asked through the gateway

    @property
    def port(self) -> int:
        """The port of the inherited socket; 0 when there is none."""
        if self.listener is None:
            return 0
        with socket.socket(fileno=os.dup(self.listener)) as inherited:
            return inherited.getsockname()[1]


def run_process(main: Callable[[Orders, asyncio.Event], Awaitable[None]]) -> None:
    """Read the orders from the command line and run `main` until the event is set."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--intake", required=True, help="where telemetry goes, e.g. http://127.0.0.1:4318")
    parser.add_argument("--answerer", default="", help="the OpenAI-compatible endpoint, e.g. http://127.0.0.1:8000/v1")
    parser.add_argument("--listener", type=int, help="number of an inherited listening socket")
    given = parser.parse_args()
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    key, gateway_key = (os.environ.pop(name, "") for name in (KEY_VARIABLE, GATEWAY_KEY_VARIABLE))
    asyncio.run(_run(main, Orders(given.home, given.intake, given.answerer, key, given.listener, gateway_key)))


async def _run(main: Callable[[Orders, asyncio.Event], Awaitable[None]], orders: Orders) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signal_number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signal_number, stop.set)
    transport, _ = await loop.connect_read_pipe(lambda: _ParentWatch(stop), sys.stdin)
    try:
        await main(orders, stop)
    finally:
        transport.close()


class _ParentWatch(asyncio.Protocol):
    """Sets an event when the parent is gone."""

    def __init__(self, stop: asyncio.Event) -> None:
        self._stop = stop

    def connection_lost(self, exc: Exception | None) -> None:
        """The other end of standard input was closed."""
        del exc
        self._stop.set()


class _Server(uvicorn.Server):
    """Leaves signals to the process."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Handle none."""
        yield


async def serve_http(application: Any, listener: int | None, stop: asyncio.Event, *, grace_s: int = 1) -> None:
    """Serve an ASGI application on an inherited socket until `stop` is set.

    Requests then have `grace_s` seconds left before they are cancelled.
    """
    if listener is None:
        log.error("no --listener was given; this process is started by evenkeel.demo.sample")
        return
    config = uvicorn.Config(
        application,
        http="httptools",
        lifespan="off",
        log_level="critical",  # it reports each request that it cancels at the end
        access_log=False,
        timeout_graceful_shutdown=grace_s,
    )
    server = _Server(config)
    with socket.socket(fileno=listener) as inherited:
        serving = asyncio.create_task(server.serve(sockets=[inherited]))
        await stop.wait()
        server.should_exit = True
        await serving


async def wait_for_stop(stop: asyncio.Event, seconds: float) -> bool:
    """Wait up to `seconds`; whether `stop` was set."""
    try:
        await asyncio.wait_for(stop.wait(), seconds)
    except TimeoutError:
        return False
    return True
