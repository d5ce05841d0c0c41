"""How requests reach receivers: HTTP with the standard library, mail with `smtp`. Blocks; runs in the sender's threads.

Redirects are not followed: the address of a webhook is a secret, and another host must not get what was meant for
this one. Certificates are verified.
"""

from __future__ import annotations

import http.client
import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from evenkeel.act.notify.hanging_up import TIMES, hanging_up
from evenkeel.act.notify.model import Request, Response, SmtpRequest
from evenkeel.act.notify.smtp import send_smtp
from evenkeel.act.notify.synthetic import LOOPBACK_URL

TIMEOUT_S: Final = 10.0
#: Receipts are small; of a page that answers instead, its beginning says enough.
ANSWER_BYTES_MAX: Final = 64 * 1024


@dataclass(frozen=True, slots=True)
class Transport:
    """Sends one request at a time per call; safe to share between threads."""

    timeout_s: float = TIMEOUT_S  # of connecting, and of each wait for bytes; three times that of all
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def send(self, request: Request) -> Response:
        """What the receiver answered; status 0 and the reason where it could not be reached. Never raises."""
        if isinstance(request, SmtpRequest):
            return send_smtp(request, timeout_s=self.timeout_s, context=self.tls)
        if request.url == LOOPBACK_URL:
            return Response(200, request.body)
        try:
            return self._send(request)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Response(0, _why(error).encode("utf-8", "replace"))

    def _send(self, request: Request) -> Response:
        address = urlsplit(request.url)
        host = address.hostname or ""
        connection: http.client.HTTPConnection
        if address.scheme == "https":
            connection = http.client.HTTPSConnection(host, address.port, timeout=self.timeout_s, context=self.tls)
        elif address.scheme == "http":
            connection = http.client.HTTPConnection(host, address.port, timeout=self.timeout_s)
        else:
            return Response(0, f"{address.scheme or 'No scheme'} cannot be spoken to; use https.".encode())
        try:
            target = (address.path or "/") + (f"?{address.query}" if address.query else "")
            headers = {"user-agent": "evenkeel", **request.headers}
            connection.connect()
            talking = connection.sock  # kept here: the connection lets go of it when the answer is its last
            with hanging_up(self.timeout_s * TIMES, lambda: talking) as hung_up, _in_time(hung_up):
                connection.request(request.method, target, body=request.body or None, headers=headers)
                answer = connection.getresponse()
                body = answer.read(ANSWER_BYTES_MAX)
            return Response(answer.status, body, {name.lower(): value for name, value in answer.getheaders()})
        finally:
            connection.close()


@contextmanager
def _in_time(hung_up: threading.Event) -> Generator[None]:
    """What breaks because we hung up was too late."""
    try:
        yield
    except (OSError, http.client.HTTPException):
        if hung_up.is_set():
            raise TimeoutError from None
        raise


def _why(error: Exception) -> str:
    """A reason without the address: that may be a secret."""
    if isinstance(error, TimeoutError):
        return "No answer in time."
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"Its certificate is not to be trusted: {error.verify_message}."
    if isinstance(error, OSError):
        return f"{error.strerror or type(error).__name__}."
    if isinstance(error, http.client.HTTPException):
        return f"No HTTP answer ({type(error).__name__})."
    return "Its address cannot be used."
