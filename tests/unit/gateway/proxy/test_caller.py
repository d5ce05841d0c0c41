"""What a caller is sent."""

from __future__ import annotations

import asyncio

from evenkeel.gateway.proxy.caller import Caller, Held
from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.routes.model import Dialect
from evenkeel.testing.lines import WrittenLine, incoming

CHAT = Operation("chat", Dialect.OPENAI, "POST", "/v1/chat/completions")
REFUSAL = Refusal(503, "kill_switch", "Off.")


def called() -> tuple[Caller, WrittenLine]:
    line = WrittenLine()
    request = incoming(line)
    request.complete()
    return Caller(request, CHAT), line


def test_a_whole_answer_has_its_length_and_goes_at_once() -> None:
    caller, line = called()
    caller.whole(Held(201, [(b"a", b"b")], b"body"))
    (sent,) = line.sent
    assert sent.startswith(b"HTTP/1.1 201 Created\r\na: b\r\ncontent-length: 4\r\n")
    assert sent.endswith(b"\r\n\r\nbody")
    assert (caller.has_begun, caller.bytes_sent, caller.status, line.is_finished) == (True, 4, 201, True)


def test_a_refusal_before_the_answer_is_an_answer() -> None:
    caller, line = called()
    caller.refuse(REFUSAL, [(b"x-evenkeel-request-id", b"1")])
    (sent,) = line.sent
    assert sent.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
    assert b"\r\nx-evenkeel-request-id: 1\r\n" in sent
    assert b'"kill_switch"' in sent.partition(b"\r\n\r\n")[2]


def test_a_refusal_within_an_answer_is_its_last_event() -> None:
    caller, line = called()
    caller.begin(200, [])
    asyncio.run(caller.piece(b"data: {}\n\n"))
    caller.refuse(REFUSAL, [])
    first, last = line.sent
    assert first.endswith(b"\r\n\r\na\r\ndata: {}\n\n\r\n")
    assert last.partition(b"\r\n")[2].startswith(b'data: {"error":')
    assert last.endswith(b"\r\n0\r\n\r\n")
    event = last.partition(b"\r\n")[2].removesuffix(b"\r\n0\r\n\r\n")
    assert caller.bytes_sent == 10 + len(event)


def test_a_piece_waits_until_the_caller_takes_more() -> None:
    caller, line = called()
    caller.begin(200, [])
    line.is_paused = True
    asyncio.run(caller.piece(b"data"))
    assert not line.is_paused
