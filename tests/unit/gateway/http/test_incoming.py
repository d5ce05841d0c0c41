"""A request as it comes, and its answer as it goes."""

from __future__ import annotations

import asyncio

import pytest

from evenkeel.gateway.http.incoming import CallerGoneError, Incoming
from evenkeel.testing.lines import WrittenLine, incoming


def whole(method: str = "POST", headers: dict[bytes, bytes] | None = None) -> tuple[Incoming, WrittenLine]:
    line = WrittenLine()
    made = incoming(line, method, headers=headers)
    made.complete()
    return made, line


def test_a_stream_goes_in_chunks_the_first_with_the_head() -> None:
    request, line = whole()
    request.begin(200, [])
    assert line.sent == []
    request.write(b"one")
    request.write(b"")  # a chunk of nothing would be the end
    request.write(b"two")
    request.end()
    assert line.sent[0].endswith(b"transfer-encoding: chunked\r\n\r\n3\r\none\r\n")
    assert line.sent[1:] == [b"3\r\ntwo\r\n", b"0\r\n\r\n"]
    assert line.is_finished


def test_a_short_answer_is_one_write() -> None:
    request, line = whole()
    request.begin(200, [(b"content-length", b"2")])
    request.end(b"ok")
    (sent,) = line.sent
    assert sent.startswith(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ndate: ")
    assert sent.endswith(b"\r\n\r\nok")


def test_an_older_caller_is_told_the_end_by_the_end_of_the_connection() -> None:
    request, line = whole()
    request.is_http_10 = True
    request.begin(200, [])
    request.write(b"one")
    request.end(b"two")
    head, _, body = b"".join(line.sent).partition(b"\r\n\r\n")
    assert (b"connection: close" in head, b"chunked" in head, body) == (True, False, b"onetwo")


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("POST", 204), ("POST", 304)])
def test_what_has_no_body_gets_none(method: str, status: int) -> None:
    request, line = whole(method)
    request.begin(status, [])
    request.write(b"body")
    request.end(b"body")
    assert b"".join(line.sent).endswith(b"\r\n\r\n")
    assert b"chunked" not in line.sent[0]


def test_an_upstreams_own_date_is_not_doubled() -> None:
    request, line = whole()
    request.begin(200, [(b"date", b"Fri, 02 Jan 1970 00:00:00 GMT"), (b"content-length", b"0")])
    request.end()
    assert line.sent[0].count(b"date: ") == 1


@pytest.mark.parametrize(
    ("headers", "came", "keeps"),
    [
        ({b"content-length": b"100"}, b"some", True),
        ({b"content-length": b"100000"}, b"some", False),
        ({b"transfer-encoding": b"chunked"}, b"some", False),
    ],
)
def test_an_answer_before_the_end_of_the_request_keeps_the_connection_only_for_a_short_rest(
    headers: dict[bytes, bytes], came: bytes, *, keeps: bool
) -> None:
    line = WrittenLine()
    request = incoming(line, headers=headers)
    request.feed(came)
    request.begin(403, [(b"content-length", b"0")])
    request.end()
    assert (b"connection: close" not in line.sent[0]) is keeps


def test_a_caller_that_asks_first_is_told_to_go_on_once() -> None:
    line = WrittenLine()
    request = incoming(line, headers={b"content-length": b"2"})
    request.expects_continue = True

    async def work() -> None:
        for _ in range(2):
            asyncio.get_running_loop().call_soon(request.feed, b"x")
            await request.more()

    asyncio.run(work())
    assert line.sent == [b"HTTP/1.1 100 Continue\r\n\r\n"]
    assert request.take() == b"xx"


def test_who_waits_for_a_body_hears_that_its_caller_has_gone() -> None:
    request = incoming(WrittenLine())
    heard: list[str] = []

    async def work() -> None:
        asyncio.get_running_loop().call_soon(request.lose)
        await request.more()

    request.when_gone(lambda: heard.append("at once"))
    with pytest.raises(CallerGoneError):
        asyncio.run(work())
    request.when_gone(lambda: heard.append("and later"))
    assert heard == ["at once", "and later"]


def test_nobody_is_sent_anything_after_it_has_gone() -> None:
    request, line = whole()
    request.begin(200, [])
    request.lose()
    request.write(b"x")
    request.end()
    assert (line.sent, line.is_finished, request.has_ended) == ([], False, True)
