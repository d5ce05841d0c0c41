"""Whose fault a failure is: only what the other side did, or left undone, is bad."""

from __future__ import annotations

import errno
import socket
import ssl

import pytest

from evenkeel.kernel.errors import NotFoundError
from evenkeel.observe.probes.failures import ProbeError, result_of


@pytest.mark.parametrize(
    ("error", "outcome", "reason"),
    [
        (TimeoutError(), "bad", "timeout"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "bad", "refused"),
        (ConnectionResetError(errno.ECONNRESET, "reset"), "bad", "reset"),
        (BrokenPipeError(errno.EPIPE, "pipe"), "bad", "reset"),
        (OSError(errno.EHOSTUNREACH, "No route to host"), "bad", "unreachable"),
        (OSError(errno.ENETUNREACH, "Network is unreachable"), "none", "prober_network"),
        (OSError(errno.EMFILE, "Too many open files"), "none", "prober_network"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "bad", "dns"),
        (socket.gaierror(socket.EAI_AGAIN, "Temporary failure"), "none", "dns_no_answer"),
        (ssl.SSLError(1, "[SSL: WRONG_VERSION_NUMBER] wrong version number"), "bad", "tls"),
        (ProbeError("cut_off", "It ended."), "bad", "cut_off"),
        (ProbeError("prober_stalled", is_ours=True), "none", "prober_stalled"),
        (NotFoundError("There is no environment variable KEY."), "none", "prober_setup"),
        (ZeroDivisionError(), "none", "prober_failed"),
    ],
    ids=repr,
)
def test_each_failure_has_an_outcome_and_a_reason(error: Exception, outcome: str, reason: str) -> None:
    found = result_of(error)
    assert (found.outcome, found.reason) == (outcome, reason)


def test_people_are_told_what_happened() -> None:
    assert result_of(TimeoutError()).detail == "It did not answer in time."
    assert result_of(NotFoundError("There is no variable KEY.")).detail == "There is no variable KEY."
