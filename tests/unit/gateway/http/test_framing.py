"""Heads that may be believed, and heads of ours."""

from __future__ import annotations

import pytest

from evenkeel.gateway.http import framing
from evenkeel.gateway.http.model import FaultError, Fields, ServerLimits

HOST = (b"host", b"a")


def check(headers: Fields, version: str = "1.1", target: bytes = b"/") -> None:
    framing.check_head(version, target, headers, dict(headers))


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [HOST, HOST],
        [HOST, (b"content-length", b"1"), (b"content-length", b"1")],
        [HOST, (b"content-length", b"1"), (b"transfer-encoding", b"chunked")],
        [HOST, (b"transfer-encoding", b"gzip, chunked")],
        [HOST, (b"transfer-encoding", b"gzip"), (b"transfer-encoding", b"chunked")],
        [HOST, (b"authorization", b"Bearer a"), (b"authorization", b"Bearer b")],
    ],
)
def test_a_head_that_can_be_read_in_two_ways_is_refused(headers: Fields) -> None:
    with pytest.raises(FaultError) as caught:
        check(headers)
    assert (caught.value.fault.status, caught.value.fault.code) == (400, "malformed_head")


@pytest.mark.parametrize("version", ["0.9", "2.0"])
def test_no_other_version_is_spoken(version: str) -> None:
    with pytest.raises(FaultError) as caught:
        check([HOST], version)
    assert caught.value.fault.status == 505


def test_chunks_are_of_the_newer_version_and_a_host_is_not_asked_of_the_older() -> None:
    check([HOST, (b"transfer-encoding", b"Chunked ")])
    check([], "1.0")
    with pytest.raises(FaultError):
        check([(b"transfer-encoding", b"chunked")], "1.0")


def test_no_target_names_a_fragment() -> None:
    with pytest.raises(FaultError) as caught:
        check([HOST], target=b"/v1/models#x")
    assert caught.value.fault.code == "malformed_target"


@pytest.mark.parametrize(
    ("target", "headers", "status"),
    [
        (b"/" * 101, [], 414),
        (b"/", [(b"a", b"x" * 100)], 431),
        (b"/", [(b"a", b"x" * 90)] * 3, 431),
        (b"/", [(b"a", b"")] * 11, 431),
    ],
)
def test_a_head_has_a_size(target: bytes, headers: Fields, status: int) -> None:
    with pytest.raises(FaultError) as caught:
        framing.check_size(target, headers, ServerLimits(line_bytes=100, head_bytes=200, headers=10))
    assert caught.value.fault.status == status


def test_no_header_of_ours_can_become_two() -> None:
    with pytest.raises(ValueError, match="end of a line"):
        framing.answer_lines(200, [(b"x", b"a\r\nset-cookie: b")])


def test_a_status_that_nobody_knows_is_sent_as_it_is() -> None:
    assert framing.answer_lines(529, []) == b"HTTP/1.1 529 \r\n"


def test_an_offer_is_declined_and_nothing_else_is_lost() -> None:
    headers = [(b"connection", b"Upgrade, HTTP2-Settings, close"), (b"upgrade", b"h2c"), HOST]
    assert framing.without_offer("POST", b"/", headers) == b"POST / HTTP/1.1\r\nconnection: close\r\nhost: a\r\n\r\n"
