"""A conversation that does not end is ended: a receiver that says a byte now and then must not hold a channel for ever.

A socket's own timeout is that of each wait for bytes, and never passes as long as some come.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Final

#: A whole conversation takes at most so many times the longest wait for bytes.
TIMES: Final = 3


@contextmanager
def hanging_up(after_s: float, socket_of: Callable[[], socket.socket | None]) -> Generator[threading.Event]:
    """Hang up after so many seconds in the block; who waits for bytes then has the end. The event says whether it was.

    `socket_of` is asked at that moment: what encrypts on the way has another socket then.
    """
    hung_up = threading.Event()

    def hang_up() -> None:
        hung_up.set()
        found = socket_of()
        if found is None:
            return
        try:  # not the method of an encrypting socket, which drops what the waiting thread still uses
            socket.socket.shutdown(found, socket.SHUT_RDWR)
        except OSError:
            return  # it is closed already

    timer = threading.Timer(after_s, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield hung_up
    finally:
        timer.cancel()
