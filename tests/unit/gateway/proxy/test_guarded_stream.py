"""What a guarded stream says is the same however it was cut, and nothing that was found is in it."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pytest

from evenkeel.gateway.guard.model import GuardAction, GuardPolicy
from evenkeel.gateway.proxy.guarded_stream import GuardedStream
from evenkeel.gateway.proxy.guarding import Guarding

REDACT = GuardPolicy(actions=(("pii", GuardAction.REDACT),))
BLOCK = GuardPolicy(actions=(("pii", GuardAction.BLOCK),))
PIECES = ("Write ", "to ada@", "exam", "ple.org", " or not", ".")


def chat(pieces: Iterable[str], index: int = 0) -> list[bytes]:
    events = [{"choices": [{"index": index, "delta": {"role": "assistant", "content": ""}}]}]
    events += [{"choices": [{"index": index, "delta": {"content": piece}}]} for piece in pieces]
    events += [{"choices": [{"index": index, "delta": {}, "finish_reason": "stop"}]}]
    return [b"data: " + json.dumps(event).encode() + b"\n\n" for event in events]


def messages(pieces: Iterable[str]) -> list[bytes]:
    events: list[Any] = [{"type": "message_start", "message": {"id": "m", "content": []}}]
    events += [{"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}}]
    for piece in pieces:
        delta = {"type": "text_delta", "text": piece}
        events += [{"type": "content_block_delta", "index": 0, "delta": delta}, {"type": "ping"}]
    events += [{"type": "content_block_stop", "index": 0}, {"type": "message_stop"}]
    return [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n".encode() for event in events]


def documents(stream: bytes) -> list[Any]:
    lines = [line.removeprefix(b"data: ") for line in stream.split(b"\n") if line.startswith(b"data: ")]
    return [json.loads(line) for line in lines if line != b"[DONE]"]


def said(stream: bytes) -> str:
    found = ""
    for event in documents(stream):
        for choice in event.get("choices", ()):
            found += choice["delta"].get("content", "")
        found += event.get("delta", {}).get("text", "")
    return found


def passed(policy: GuardPolicy, chunks: Iterable[bytes]) -> tuple[bytes, Guarding]:
    guarding = Guarding(policy)
    stream = GuardedStream(guarding)
    return b"".join([*(stream.feed(chunk) for chunk in chunks), stream.finish()]), guarding


@pytest.mark.parametrize("events", [[*chat(PIECES), b"data: [DONE]\n\n"], messages(PIECES)], ids=["chat", "messages"])
def test_an_address_that_is_split_over_events_is_written_over_wherever_the_bytes_are_cut(events: list[bytes]) -> None:
    stream = b"".join(events)
    whole, guarding = passed(REDACT, [stream])
    assert said(whole) == "Write to [EMAIL] or not."
    assert guarding.found == {"output redact email": 1}
    for cut in range(0, len(stream), 7):
        assert passed(REDACT, [stream[:cut], stream[cut:]])[0] == whole
    assert passed(REDACT, [stream[i : i + 1] for i in range(len(stream))])[0] == whole


@pytest.mark.parametrize("events", [chat(PIECES), messages(PIECES)], ids=["chat", "messages"])
def test_what_was_held_is_said_before_the_event_that_ends_it(events: list[bytes]) -> None:
    found = documents(passed(REDACT, events)[0])
    ends = [
        n for n, event in enumerate(found) if "finish_reason" in str(event) or event.get("type") == "content_block_stop"
    ]
    texts = [n for n, event in enumerate(found) if said(b"data: " + json.dumps(event).encode() + b"\n")]
    assert max(texts) < ends[0]


def test_an_event_without_anything_found_passes_as_it_came() -> None:
    events = chat(["No secret here at all, only words. ", "And more of them. "])
    assert passed(GuardPolicy(actions=(("pii", GuardAction.LOG),)), events)[0].count(b"data: ") >= len(events)
    untouched = b': comment\n\ndata: {"usage": {"total_tokens": 1}, "choices": []}\n\n'
    assert passed(REDACT, [untouched])[0] == untouched


def test_a_block_ends_the_stream_before_what_was_found() -> None:
    stream, guarding = passed(BLOCK, chat(PIECES))
    assert guarding.is_stopped
    assert "ada" not in said(stream)
    assert b"finish_reason" not in stream


def test_two_choices_are_two_texts() -> None:
    mixed = [event for pair in zip(chat(PIECES), chat(PIECES, 1), strict=True) for event in pair]
    stream, _ = passed(REDACT, mixed)
    for index in (0, 1):
        own = [event for event in documents(stream) if event["choices"][0]["index"] == index]
        assert "".join(event["choices"][0]["delta"].get("content", "") for event in own) == "Write to [EMAIL] or not."


def test_a_text_that_comes_whole_at_the_end_is_looked_at_too() -> None:
    event = {"type": "response.completed", "response": {"output": [{"content": [{"text": "ada@example.org"}]}]}}
    stream, _ = passed(REDACT, [b"event: response.completed\ndata: " + json.dumps(event).encode() + b"\n\n"])
    assert documents(stream)[0]["response"]["output"][0]["content"][0]["text"] == "[EMAIL]"
    assert stream.startswith(b"event: response.completed\n")


def test_what_cannot_be_read_does_not_pass_unless_the_policy_says_so() -> None:
    stream, guarding = passed(REDACT, [b"data: ada@example.org\n\n"])
    assert (stream, guarding.is_stopped) == (b"", True)
    is_open = GuardPolicy(actions=(("pii", GuardAction.REDACT),), is_fail_open=True)
    assert passed(is_open, [b"data: ada@example.org\n\n"])[0] == b"data: ada@example.org\n\n"


def test_tokens_beside_a_text_are_taken_out() -> None:
    event = {"choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": {"content": [{"token": "ada"}]}}]}
    stream, _ = passed(REDACT, [b"data: " + json.dumps(event).encode() + b"\n\n"])
    assert b"ada" not in stream


def test_names_of_functions_are_not_held_back() -> None:
    call = {"index": 0, "id": "c", "function": {"name": "send_mail", "arguments": ""}}
    stream = GuardedStream(Guarding(REDACT))
    event = {"choices": [{"index": 0, "delta": {"tool_calls": [call]}}]}
    assert b"send_mail" in stream.feed(b"data: " + json.dumps(event).encode() + b"\n\n")
