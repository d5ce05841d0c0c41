"""Serving HTTP as our processes do: a socket of their own or an error that says what to do, and an orderly end."""

from __future__ import annotations

import errno
import signal
import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

import uvicorn

from evenkeel.kernel.errors import ConflictError

_BACKLOG: Final = 1024


class OrderlyServer(uvicorn.Server):
    """Serves until SIGTERM or SIGINT, and then returns: whoever serves has stores and journals to close.

    uvicorn's own server ends the process with the signal that it caught, and nothing after it runs. The
    handlers stay: a second signal must not cut the closing short. `on_started` is told the port.
    """

    def __init__(self, config: uvicorn.Config, on_started: Callable[[int], None] | None = None) -> None:
        super().__init__(config)
        self._on_started = on_started

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Let signals begin the end, and do no more."""
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                signal.signal(number, self.handle_exit)
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Begin to answer, and say so."""
        await super().startup(sockets)
        if self.started and self._on_started is not None:
            self._on_started(self.servers[0].sockets[0].getsockname()[1])


def listen(host: str, port: int, *, option: str, shared: bool = False) -> socket.socket:
    """A listening socket; port 0 takes any free one. `shared` lets the workers of one machine share it.

    Raises ConflictError that names the port, and `option`, with which another one is chosen.
    """
    listener: socket.socket | None = None
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        listener.bind(address)
        listener.listen(_BACKLOG)
    except OSError as error:
        if listener is not None:
            listener.close()
        raise _refused(error, host, port, option) from error
    return listener


def check_free(host: str, port: int, *, option: str) -> None:
    """Raises ConflictError when anybody listens there: a shared port would quietly be shared with strangers."""
    if port:
        listen(host, port, option=option).close()


def _refused(error: OSError, host: str, port: int, option: str) -> ConflictError:
    if error.errno == errno.EADDRINUSE:
        fact, hint = f"Port {port} of {host} is in use by another process.", f"Stop that one, or choose {option} PORT."
    elif error.errno == errno.EACCES:
        fact, hint = f"Port {port} needs privileges that this process has not.", f"Choose {option} above 1023."
    else:
        fact, hint = f"Nothing can listen at {host}, port {port}: {error.strerror or error}.", "Choose another --host."
    return ConflictError(fact, hint=hint, host=host, port=port)
