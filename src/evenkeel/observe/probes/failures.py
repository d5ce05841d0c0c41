"""What went wrong in a probe, and whose fault it is: only what the other side did, or left undone, is bad."""

from __future__ import annotations

import errno
import socket
import ssl
from typing import Final

from evenkeel.kernel.errors import EvenkeelError
from evenkeel.kernel.event import Outcome
from evenkeel.observe.probes.model import Result

#: Errors of our own machine: no socket, no memory, no network. They say nothing of anybody else.
_OURS: Final = frozenset(
    (errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOBUFS, errno.EADDRNOTAVAIL, errno.ENETDOWN, errno.ENETUNREACH,
     errno.EACCES, errno.EPERM)
)  # fmt: skip

#: OpenSSL's X509_V_ERR_* -> what we call it.
_CERTIFICATE: Final = {9: "tls_not_yet_valid", 10: "tls_expired", 62: "tls_wrong_name", 64: "tls_wrong_name"}


class ProbeError(Exception):
    """A run that ended early, with its reason; `is_ours` when it says nothing of the service."""

    def __init__(self, reason: str, detail: str = "", *, is_ours: bool = False) -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail
        self.is_ours = is_ours


def is_ours(error: OSError) -> bool:
    """Whether an error came about on our side.

    >>> is_ours(OSError(errno.ENETUNREACH, "Network is unreachable")), is_ours(ConnectionRefusedError())
    (True, False)
    """
    if isinstance(error, socket.gaierror):
        return error.errno in (socket.EAI_AGAIN, socket.EAI_MEMORY)  # the resolver did not answer
    return error.errno in _OURS


def result_of(error: Exception) -> Result:
    """The result of a run that raised `error`: bad, or none when the fault is ours or unknown.

    >>> result_of(ConnectionRefusedError()).reason, result_of(KeyError("x")).outcome
    ('refused', 'none')
    """
    if isinstance(error, ProbeError):
        return _result(error.reason, error.detail, ours=error.is_ours)
    if isinstance(error, TimeoutError):
        return _result("timeout", "It did not answer in time.")
    if isinstance(error, OSError):
        return _of_os_error(error)
    if isinstance(error, EvenkeelError):  # a secret that is not there
        return _result("prober_setup", error.message, ours=True)
    return _result("prober_failed", f"evenkeel's prober failed: {type(error).__name__}.", ours=True)


def _of_os_error(error: OSError) -> Result:
    ours = is_ours(error)
    if isinstance(error, socket.gaierror):
        if ours:
            return _result("dns_no_answer", "The resolver of this vantage did not answer.", ours=True)
        return _result("dns", "Its name has no address.")
    if isinstance(error, ssl.SSLCertVerificationError):
        reason = _CERTIFICATE.get(error.verify_code, "tls_untrusted")
        return _result(reason, f"Its certificate is refused: {error.verify_message}.")
    if isinstance(error, ssl.SSLError):
        why = getattr(error, "reason", None) or "the connection was closed"
        return _result("tls", f"No TLS could be agreed on: {why}.")
    if isinstance(error, ConnectionRefusedError):
        return _result("refused", "Nothing listens there.")
    if isinstance(error, ConnectionError):
        return _result("reset", "It broke off the connection.")
    if ours:
        return _result("prober_network", f"This vantage has no way out: {error.strerror}.", ours=True)
    return _result("unreachable", f"It cannot be reached: {error.strerror or error}.")


def _result(reason: str, detail: str, *, ours: bool = False) -> Result:
    return Result((Outcome.NONE if ours else Outcome.BAD).value, reason, detail=detail)
