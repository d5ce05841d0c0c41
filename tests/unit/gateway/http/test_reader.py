"""Bytes become requests, however they are cut."""

from __future__ import annotations

import pytest

from evenkeel.gateway.http.incoming import Incoming
from evenkeel.gateway.http.model import FaultError, ServerLimits
from evenkeel.gateway.http.reader import Reader
from evenkeel.testing.lines import WrittenLine

PLAIN = b"POST /a?b=c HTTP/1.1\r\nHost: h\r\nX-Y:  z\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"POST /d HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n"
BARE = b"GET /e HTTP/1.1\r\nhost: h\r\n\r\n"
OFFER = b"POST /f HTTP/1.1\r\nHost: h\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 5\r\n\r\nhello"


class Heard(Reader):
    """Keeps what it has read."""

    def __init__(self, limits: ServerLimits | None = None) -> None:
        super().__init__(limits or ServerLimits())
        self.whole: list[Incoming] = []
        self.begun: list[Incoming] = []

    @property
    def hearing(self) -> Heard:
        return self

    @property
    def line(self) -> WrittenLine:
        return WrittenLine()

    def arrived(self, incoming: Incoming) -> None:
        self.begun.append(incoming)

    def swelled(self, incoming: Incoming) -> None:
        raise AssertionError(incoming)

    def completed(self, incoming: Incoming) -> None:
        self.whole.append(incoming)


def test_requests_are_read_one_after_the_other_wherever_they_are_cut() -> None:
    everything = PLAIN + CHUNKED + BARE + OFFER + BARE
    expected = [("/a", b"hello"), ("/d", b"hello"), ("/e", b""), ("/f", b"hello"), ("/e", b"")]
    for cut in range(len(everything)):
        reader = Heard()
        reader.read(everything[:cut])
        reader.read(everything[cut:])
        assert [(each.path, each.take()) for each in reader.whole] == expected, cut
    reader = Heard()
    for byte in everything:
        reader.read(bytes([byte]))
    assert [(each.path, each.take()) for each in reader.whole] == expected


def test_names_come_in_lower_case_and_a_query_apart() -> None:
    reader = Heard()
    reader.read(PLAIN)
    (request,) = reader.whole
    assert request.headers == [(b"host", b"h"), (b"x-y", b"z"), (b"content-length", b"5")]
    assert (request.method, request.path, request.query, request.length) == ("POST", "/a", b"b=c", 5)
    assert request.keeps_alive


def test_what_follows_the_last_request_is_none() -> None:
    reader = Heard()
    reader.is_over = True
    reader.read(BARE)
    assert reader.begun == []


@pytest.mark.parametrize("cut", [0, 10, 5000])
def test_extensions_of_chunks_that_are_longer_than_bodies_are_refused(cut: int) -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    data = head + b"5;x=" + b"y" * 20_000 + b"\r\nhello\r\n0\r\n\r\n"
    reader = Heard()
    with pytest.raises(FaultError) as caught:
        for start in range(0, len(data), cut or len(data)):
            reader.read(data[start : start + (cut or len(data))])
    assert caught.value.fault.code == "malformed_body"


def test_chunks_of_one_byte_are_no_waste() -> None:
    head = b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
    reader = Heard()
    reader.read(head)
    for _ in range(10_000):
        reader.read(b"1\r\nx\r\n")
    reader.read(b"0\r\n\r\n")
    assert reader.whole[0].size == 10_000


def test_a_fault_is_told_with_what_is_known_of_the_request() -> None:
    reader = Heard()
    with pytest.raises(FaultError) as caught:
        reader.read(b"POST /v1/messages HTTP/1.1\r\nHost: h\r\nanthropic-version: 1\r\nContent-Length: x\r\n\r\n")
    known = reader.known(caught.value.fault)
    assert known.target == b"/v1/messages"
    assert (b"anthropic-version", b"1") in known.headers


def test_what_stands_before_or_after_chunks_is_not_taken_for_waste() -> None:
    large = b"POST /l HTTP/1.1\r\nHost: h\r\nContent-Length: 100000\r\n\r\n" + b"x" * 100_000
    for everything in (large + CHUNKED + large + BARE, BARE * 1000 + CHUNKED + BARE * 1000):
        for cut in (0, 1, 60, 50_000, 100_020, 100_060, 100_120):
            reader = Heard()
            reader.read(everything[:cut])
            reader.read(everything[cut:])
            assert "/d" in [each.path for each in reader.whole]
            assert reader.whole[-1].path == "/e"
