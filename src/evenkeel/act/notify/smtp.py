"""Hands a mail to a mail server, and answers as an HTTP request would."""

from __future__ import annotations

import smtplib
import ssl
from typing import Final
from urllib.parse import urlsplit

from evenkeel.act.notify.hanging_up import TIMES, hanging_up
from evenkeel.act.notify.model import Response, Security, SmtpRequest

TIMEOUT_S: Final = 10.0


def send_smtp(request: SmtpRequest, *, timeout_s: float = TIMEOUT_S, context: ssl.SSLContext | None = None) -> Response:
    """What the mail server said of `request`; status 0 where it could not be reached, or spoken to safely.

    Some recipients refused are told in the body of a 250: the others have it. `timeout_s` is that of each wait
    for bytes; three times that of all that follows the greeting.
    """
    context = context or ssl.create_default_context()
    try:
        server = _connect(request, timeout_s, context)
        with hanging_up(timeout_s * TIMES, lambda: server.sock):
            try:
                return _deliver(server, request, context)
            finally:
                _leave(server)
    except smtplib.SMTPRecipientsRefused as error:
        return _refused(error.recipients)
    except smtplib.SMTPResponseException as error:
        return Response(error.smtp_code, _bytes(error.smtp_error))
    except smtplib.SMTPNotSupportedError as error:  # no STARTTLS, no way to sign in, that we know
        return Response(554, str(error).encode())
    except (OSError, ValueError) as error:  # SMTPException is an OSError; addresses that cannot be written are values
        return Response(0, f"{type(error).__name__}: {error}".encode("utf-8", "replace"))


def _connect(request: SmtpRequest, timeout_s: float, context: ssl.SSLContext) -> smtplib.SMTP:
    address = urlsplit(request.url)
    host, port = address.hostname or "", address.port or 0
    if request.security is Security.TLS:
        return smtplib.SMTP_SSL(host, port, timeout=timeout_s, context=context)
    return smtplib.SMTP(host, port, timeout=timeout_s)


def _deliver(server: smtplib.SMTP, request: SmtpRequest, context: ssl.SSLContext) -> Response:
    if request.security is Security.STARTTLS:
        server.starttls(context=context)
    if request.user:
        server.login(request.user, request.password)
    refused = server.sendmail(request.sender, list(request.recipients), request.body)
    if not refused:
        return Response(250, f"for {len(request.recipients)} recipients".encode())
    return Response(250, b"but refused: " + _refused(refused).body)


def _refused(refused: dict[str, tuple[int, bytes]]) -> Response:
    """Passing where any refusal passes: then another attempt may reach somebody."""
    codes = sorted(code for code, _ in refused.values())
    said = "; ".join(f"{to}: {code} {_bytes(text).decode('utf-8', 'replace')}" for to, (code, text) in refused.items())
    return Response(codes[0] if codes else 0, said.encode())


def _leave(server: smtplib.SMTP) -> None:
    """Say goodbye; what a server answers to that changes nothing any more."""
    try:
        server.quit()
    except (OSError, ValueError):
        server.close()


def _bytes(said: bytes | str) -> bytes:
    return said if isinstance(said, bytes) else said.encode("utf-8", "replace")
