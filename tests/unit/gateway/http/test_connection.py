"""One connection, byte by byte."""

from __future__ import annotations

import json
import socket
import struct
from typing import Any

import pytest

from evenkeel.gateway.http.model import ServerLimits

PATIENCE_S = 10.0
GET = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n"
HOLD = b"GET /hold HTTP/1.1\r\nhost: a\r\n\r\n"
STREAM = b"GET /stream HTTP/1.1\r\nhost: a\r\n\r\n"


def post(path: bytes, body: bytes, *headers: bytes) -> bytes:
    lines = (b"POST " + path + b" HTTP/1.1", b"host: a", b"content-length: %d" % len(body), *headers)
    return b"\r\n".join((*lines, b"", body))


def reset(connection: socket.socket) -> None:
    """Leave as a process does that dies with something unread."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def test_a_connection_takes_one_request_after_the_other(served: Any, call: Any) -> None:
    caller = call(served)
    for number in range(3):
        caller.send(post(b"/%d" % number, b"%d" % number))
        assert caller.answer()[2] == b"%d" % number
    assert [path for _, path, _ in served.app.seen] == ["/0", "/1", "/2"]


@pytest.mark.parametrize("version", [b"1.0", b"1.1\r\nconnection: close"])
def test_who_does_not_go_on_is_let_go(served: Any, call: Any, version: bytes) -> None:
    caller = call(served)
    caller.send(b"GET / HTTP/" + version + b"\r\nhost: a\r\n\r\n")
    status, headers, body = caller.answer()
    assert (status, headers["connection"], body) == (200, "close", b"ok")
    assert caller.rest() == b""


def test_an_answer_without_a_body_is_followed_by_the_next(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(b"GET /none HTTP/1.1\r\nhost: a\r\n\r\nHEAD /x HTTP/1.1\r\nhost: a\r\n\r\n" + GET)
    assert caller.until(b"\r\n\r\n").startswith(b"HTTP/1.1 204 No Content\r\n")
    head = caller.until(b"\r\n\r\n")
    assert b"\r\ncontent-length: 2\r\n" in head
    assert caller.answer()[::2] == (200, b"ok")


# Pipelines.


def test_requests_sent_at_once_are_answered_in_their_order(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(HOLD + post(b"/one", b"1") + post(b"/two", b"2"))
    assert served.app.reached.wait(PATIENCE_S)
    assert [path for _, path, _ in served.app.seen] == ["/hold"]
    served.app.go_on()
    assert [caller.answer()[2] for _ in range(3)] == [b"held", b"1", b"2"]
    caller.send(GET)
    assert caller.answer()[2] == b"ok"


def test_a_body_of_a_request_that_waits_its_turn_may_come_late(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(HOLD + post(b"/late", b"12345")[:-3])
    assert served.app.reached.wait(PATIENCE_S)
    caller.send(b"345" + GET)
    served.app.go_on()
    assert [caller.answer()[2] for _ in range(3)] == [b"held", b"12345", b"ok"]


def test_so_many_at_once_are_answered_and_no_more(serve: Any, call: Any) -> None:
    with serve(ServerLimits(pipelined=4)) as served:
        caller = call(served)
        caller.send(HOLD + GET * 100)
        assert served.app.reached.wait(PATIENCE_S)
        served.app.go_on()
        answers = [caller.answer() for _ in range(4)]
        assert [headers.get("connection") for _, headers, _ in answers] == [None, None, None, "close"]
        assert caller.rest() == b""
        assert len(served.app.seen) == 4


def test_what_is_whole_before_a_fault_is_answered_before_it(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(post(b"/one", b"1") + post(b"/two", b"2") + b"nonsense\r\n\r\n")
    assert [caller.answer()[0] for _ in range(3)] == [200, 200, 400]
    assert caller.rest() == b""


# Timeouts.


def test_who_sends_nothing_is_closed_without_a_word(serve: Any, call: Any) -> None:
    with serve(ServerLimits(head_s=0.2, sweep_s=0.02)) as served:
        assert call(served).rest() == b""


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(serve: Any, call: Any) -> None:
    with serve(ServerLimits(head_s=0.3, sweep_s=0.02)) as served:
        caller = call(served)
        caller.socket.settimeout(0.05)
        answer = b""
        for byte in b"GET / HTTP/1.1\r\n" + b"x-slow: 1\r\n" * 100:
            caller.send(bytes([byte]))
            try:
                answer = caller.socket.recv(65536)
                break
            except TimeoutError:
                continue
        assert answer.startswith(b"HTTP/1.1 408 ")
        assert b"connection: close\r\n" in answer


def test_an_idle_connection_is_closed_after_a_while(serve: Any, call: Any) -> None:
    with serve(ServerLimits(keep_alive_s=0.2, sweep_s=0.02)) as served:
        caller = call(served)
        caller.send(GET)
        assert caller.answer()[0] == 200
        assert caller.rest() == b""


def test_a_long_answer_is_no_idle_connection(serve: Any, call: Any) -> None:
    with serve(ServerLimits(keep_alive_s=0.2, sweep_s=0.02)) as served:
        long, idle = call(served), call(served)
        long.send(STREAM)
        long.until(b"data: 1\n\n")
        idle.send(GET)
        idle.answer()
        assert idle.rest() == b""  # all that could be late is late now
        served.app.go_on()
        long.until(b"data: 2\n\n")


def test_who_reads_nothing_of_the_end_of_its_answer_is_dropped(serve: Any, call: Any) -> None:
    with serve(ServerLimits(keep_alive_s=1.0, write_s=0.2, sweep_s=0.02)) as served:
        caller = call(served)
        caller.send(b"GET /big HTTP/1.1\r\nhost: a\r\n\r\n")
        caller.until(b"\r\n\r\n")
        other = call(served)
        other.send(GET)
        other.answer()  # it goes on, the other does not
        while served.server.count > 1:
            other.send(GET)
            other.answer()
        assert len(caller.rest()) < 32_000_000


def test_a_stream_that_nobody_reads_is_given_up(serve: Any, call: Any) -> None:
    with serve(ServerLimits(write_s=0.2, sweep_s=0.02)) as served:
        caller = call(served)
        caller.send(b"GET /flood HTTP/1.1\r\nhost: a\r\n\r\n")
        assert served.app.gone.wait(PATIENCE_S)


# Bodies that nobody reads.


def test_a_refused_request_keeps_its_connection_when_little_of_its_body_is_left(served: Any, call: Any) -> None:
    caller = call(served)
    request = post(b"/unread", b"x" * 1000)
    caller.send(request[:-10])
    status, headers, _ = caller.answer()
    assert (status, "connection" in headers) == (403, False)
    caller.send(request[-10:] + GET)
    assert caller.answer()[2] == b"ok"


def test_a_refused_request_of_any_length_ends_its_connection_and_its_answer_arrives(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(post(b"/unread", b"x" * 10_000_000)[:200_000])
    status, headers, body = caller.answer()
    assert (status, headers["connection"], body) == (403, "close", b"not read")
    assert caller.rest() == b""


def test_the_rest_of_a_refused_body_is_no_request(serve: Any, call: Any) -> None:
    with serve(ServerLimits(linger_s=0.2, sweep_s=0.02)) as served:
        caller = call(served)
        caller.send(b"POST /unread HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        assert caller.answer()[0] == 403
        caller.send(GET)
        assert caller.rest() == b""
        assert served.app.seen == []


def test_a_body_is_taken_no_faster_than_it_is_read(serve: Any, call: Any) -> None:
    limits = ServerLimits(unread_bytes=100_000)
    with serve(limits) as served:
        caller = call(served)
        body = b"x" * 20_000_000
        caller.socket.settimeout(0.5)
        sent = 0
        request = post(b"/slow", body)
        with pytest.raises(TimeoutError):
            while sent < len(request):
                sent += caller.socket.send(request[sent : sent + 65536])
        served.app.go_on()
        caller.socket.settimeout(PATIENCE_S)
        caller.send(request[sent:])
        assert caller.answer()[2] == body
        assert served.app.most_unseen < 100_000 + 2 * 262_144


def test_who_asks_first_is_told_to_go_on_and_who_is_refused_is_not(served: Any, call: Any) -> None:
    request = post(b"/", b"hello", b"expect: 100-continue")
    caller = call(served)
    caller.send(request[:-5])
    caller.until(b"HTTP/1.1 100 Continue\r\n\r\n")
    caller.send(b"hello")
    assert caller.answer()[2] == b"hello"
    caller.send(request)  # it did not wait
    assert caller.answer()[::2] == (200, b"hello")
    caller.send(post(b"/unread", b"hello", b"expect: 100-continue")[:-5])
    status, headers, _ = caller.answer()
    assert (status, headers["connection"]) == (403, "close")
    other = call(served)
    other.send(post(b"/", b"hello", b"expect: something-else"))
    assert other.answer()[0] == 417


# Callers that leave.


@pytest.mark.parametrize("leave", [socket.socket.close, reset])
def test_who_leaves_in_the_middle_of_its_body_is_missed(served: Any, call: Any, leave: Any) -> None:
    caller = call(served)
    caller.send(post(b"/", b"x" * 10)[:-1])
    leave(caller.socket)
    assert served.app.gone.wait(PATIENCE_S)
    assert served.app.seen == []


@pytest.mark.parametrize("leave", [socket.socket.close, reset])
@pytest.mark.parametrize("request_", [HOLD, STREAM])
def test_who_leaves_before_or_within_its_answer_is_missed(served: Any, call: Any, leave: Any, request_: bytes) -> None:
    caller = call(served)
    caller.send(request_)
    assert served.app.reached.wait(PATIENCE_S)
    if request_ is STREAM:
        caller.until(b"data: 1\n\n")
    leave(caller.socket)
    assert served.app.gone.wait(PATIENCE_S)


def test_who_leaves_at_any_byte_of_its_head_leaves_nothing(served: Any, call: Any) -> None:
    for length in range(len(GET)):
        caller = call(served)
        caller.send(GET[:length])
        caller.socket.close()
    other = call(served)
    while True:
        other.send(GET)
        other.answer()
        if served.server.count == 1:
            break
    assert {path for _, path, _ in served.app.seen} == {"/"}


def test_who_only_says_that_it_sends_no_more_gets_its_answer(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(HOLD)
    assert served.app.reached.wait(PATIENCE_S)
    caller.socket.shutdown(socket.SHUT_WR)
    caller.until(b"HTTP/1.1 100 Continue\r\n\r\n")  # so it is asked whether it is still there
    served.app.go_on()
    assert caller.answer()[2] == b"held"
    assert caller.rest() == b""
    assert not served.app.gone.is_set()


def test_who_closes_its_half_at_once_gets_its_answers_and_nothing_else(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(GET + GET)
    caller.socket.shutdown(socket.SHUT_WR)
    assert [caller.answer()[2] for _ in range(2)] == [b"ok", b"ok"]
    assert caller.rest() == b""


def test_a_caller_that_does_not_read_is_waited_for_until_it_does_or_goes(served: Any, call: Any) -> None:
    reads, goes = call(served), call(served)
    for caller in (reads, goes):
        served.app.reached.clear()
        caller.send(b"GET /flood HTTP/1.1\r\nhost: a\r\n\r\n")
        assert served.app.reached.wait(PATIENCE_S)
    assert reads.until(b"0\r\n\r\n").count(b"x") > 65536
    reads.send(GET)
    assert reads.answer()[2] == b"ok"
    reset(goes.socket)
    while served.server.count > 1:
        reads.send(GET)
        reads.answer()


# Our own faults.


def test_a_request_that_breaks_us_is_told_and_the_log_knows(served: Any, call: Any, caplog: Any) -> None:
    caller = call(served)
    caller.send(b"GET /broken HTTP/1.1\r\nhost: a\r\n\r\n")
    status, headers, body = caller.answer()
    assert (status, headers["connection"], json.loads(body)["code"]) == (500, "close", "internal_error")
    assert caller.rest() == b""
    assert "GET /broken" in caplog.text


def test_an_answer_that_breaks_off_does_not_look_whole(served: Any, call: Any) -> None:
    caller = call(served)
    caller.send(b"GET /half HTTP/1.1\r\nhost: a\r\n\r\n")
    assert b"half" in caller.until(b"half")
    assert caller.rest() in (b"", b"<reset>")


# What is not spoken here.


def test_an_offer_to_speak_another_protocol_is_declined_by_answering(served: Any, call: Any) -> None:
    caller = call(served)
    offer = (b"connection: Upgrade, HTTP2-Settings", b"upgrade: h2c", b"http2-settings: AAMAAABkAAQCAAAAAAIAAAAA")
    for _ in range(2):
        caller.send(post(b"/", b"hello", *offer))
        assert caller.answer()[::2] == (200, b"hello")
    whole = post(b"/", b"hello", *offer)
    for byte in whole:
        caller.send(bytes([byte]))
    assert caller.answer()[2] == b"hello"


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"CONNECT a:443 HTTP/1.1\r\nhost: a\r\n\r\n", 501),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nhost: a\r\n\r\n", 505),
        (b"GET /\r\n\r\n", 505),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 400),
    ],
)
def test_what_is_not_spoken_is_refused_cleanly(served: Any, call: Any, request_: bytes, status: int) -> None:
    caller = call(served)
    caller.send(request_ + GET)
    found, headers, _ = caller.answer()
    assert (found, headers["connection"]) == (status, "close")
    assert caller.rest() == b""
    assert served.app.seen == []
