"""One call of a model over HTTP, with the standard library: bounded in time and size, and it follows no redirection."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, Final
from urllib.parse import urlsplit

from evenkeel.judge.model_judges.model import Heard

#: A verdict is a sentence; of what answers with more, the beginning says enough.
ANSWER_BYTES_MAX: Final = 1024 * 1024
TIMEOUT: Final = b"timeout"
UNREACHABLE: Final = b"unreachable"


def call_model(url: str, secret: str, body: Mapping[str, Any], timeout_s: float) -> Heard:
    """What a chat completion answers within `timeout_s` in all. Never raises: what cannot be reached is status 0."""
    address = urlsplit(f"{url.rstrip('/')}/chat/completions")
    is_tls = address.scheme == "https"
    try:
        connection = (
            http.client.HTTPSConnection(
                address.hostname or "", address.port, timeout=timeout_s, context=ssl.create_default_context()
            )
            if is_tls
            else http.client.HTTPConnection(address.hostname or "", address.port, timeout=timeout_s)
        )
    except (ValueError, http.client.HTTPException):
        return Heard(0, UNREACHABLE)
    late = threading.Event()

    def hang_up() -> None:
        late.set()
        talking = connection.sock
        if talking is not None:
            with suppress(OSError):
                talking.shutdown(socket.SHUT_RDWR)

    # The connection's own timeout is that of each wait: what drips byte by byte would never meet it.
    timer = threading.Timer(timeout_s, hang_up)
    timer.daemon = True
    timer.start()
    try:
        headers = {"content-type": "application/json", "user-agent": "evenkeel"}
        if secret:
            headers["authorization"] = f"Bearer {secret}"
        target = (address.path or "/") + (f"?{address.query}" if address.query else "")
        connection.request("POST", target, body=json.dumps(body).encode(), headers=headers)
        answer = connection.getresponse()
        data = answer.read(ANSWER_BYTES_MAX)
        if late.is_set():
            return Heard(0, TIMEOUT)
        return Heard(answer.status, data, _seconds(answer.getheader("retry-after")))
    except (OSError, http.client.HTTPException, ValueError) as error:
        return Heard(0, TIMEOUT if late.is_set() or isinstance(error, TimeoutError) else UNREACHABLE)
    finally:
        timer.cancel()
        connection.close()


def _seconds(said: str | None) -> float | None:
    """Retry-After in seconds; a date is taken for nothing said."""
    return float(said) if said and said.strip().isdigit() else None
