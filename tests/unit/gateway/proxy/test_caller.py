"""What a caller is sent."""

from __future__ import annotations

import asyncio
from typing import Any

from evenkeel.gateway.proxy.caller import Caller, Held
from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.routes.model import Dialect

CHAT = Operation("chat", Dialect.OPENAI, "POST", "/v1/chat/completions")
REFUSAL = Refusal(503, "kill_switch", "Off.")


def sent(work: Any) -> tuple[Caller, list[dict[str, Any]]]:
    messages: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        messages.append(message)

    caller = Caller(send, CHAT)
    asyncio.run(work(caller))
    return caller, messages


def test_a_whole_answer_has_its_length_and_an_end() -> None:
    caller, messages = sent(lambda caller: caller.whole(Held(201, [(b"a", b"b")], b"body")))
    assert messages[0]["status"] == 201
    assert messages[0]["headers"] == [(b"a", b"b"), (b"content-length", b"4")]
    assert messages[1] == {"type": "http.response.body", "body": b"body"}
    assert (caller.has_begun, caller.bytes_sent, caller.status) == (True, 4, 201)


def test_a_refusal_before_the_answer_is_an_answer() -> None:
    _, messages = sent(lambda caller: caller.refuse(REFUSAL, [(b"x-evenkeel-request-id", b"1")]))
    assert messages[0]["status"] == 503
    assert (b"x-evenkeel-request-id", b"1") in messages[0]["headers"]
    assert b'"kill_switch"' in messages[1]["body"]


def test_a_refusal_within_an_answer_is_its_last_event() -> None:
    async def work(caller: Caller) -> None:
        await caller.begin(200, [])
        await caller.piece(b"data: {}\n\n")
        await caller.refuse(REFUSAL, [])

    caller, messages = sent(work)
    assert [message["type"] for message in messages] == ["http.response.start", *["http.response.body"] * 2]
    assert messages[-1]["body"].startswith(b'data: {"error":')
    assert "more_body" not in messages[-1]
    assert caller.bytes_sent == 10 + len(messages[-1]["body"])
