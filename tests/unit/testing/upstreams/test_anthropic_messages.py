"""The official client gets messages from the double: plain, streamed, with calls of tools."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import anthropic
import pytest
from anthropic.types import MessageParam, ToolParam

from evenkeel.testing.upstreams import Trouble, Upstream, Voice, anthropic_upstream

SAID: list[MessageParam] = [{"role": "user", "content": [{"type": "text", "text": "red green blue"}]}]
TOOL: ToolParam = {
    "name": "weather",
    "input_schema": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
}


@pytest.fixture
def up() -> Iterator[Upstream]:
    with anthropic_upstream(voice=Voice(words=4, tokens_cached=2, tokens_reasoning=5)) as upstream:
        yield upstream


@pytest.fixture
def client(up: Upstream) -> Iterator[anthropic.Anthropic]:
    with anthropic.Anthropic(base_url=up.url, api_key="k", max_retries=0) as made:
        yield made


def test_a_plain_message_says_its_usage(up: Upstream, client: anthropic.Anthropic) -> None:
    answer = client.messages.create(model="c", max_tokens=100, messages=SAID, system="Be kind.")
    (block,) = answer.content
    assert block.type == "text"
    assert (block.text, answer.stop_reason) == ("red green blue red", "end_turn")
    assert (answer.usage.input_tokens, answer.usage.cache_read_input_tokens) == (3, 2)
    assert answer.usage.output_tokens == up.tally.tokens_out["c"] == 9
    assert answer.usage.output_tokens_details is not None
    assert answer.usage.output_tokens_details.thinking_tokens == 5
    assert up.tally.tokens_in["c"] == 5


def test_a_limit_is_honoured_and_said(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(model="c", max_tokens=7, messages=SAID)
    assert (answer.stop_reason, answer.usage.output_tokens) == ("max_tokens", 7)


def test_a_stream_has_the_documented_events_and_usage_that_grows(up: Upstream, client: anthropic.Anthropic) -> None:
    events = list(client.messages.create(model="c", max_tokens=100, messages=SAID, stream=True))
    assert [event.type for event in events] == [
        "message_start", "content_block_start", *["content_block_delta"] * 4, "content_block_stop", "message_delta",
        "message_stop",
    ]  # fmt: skip
    assert events[0].type == "message_start"
    assert (events[0].message.usage.input_tokens, events[0].message.usage.output_tokens) == (1, 1)
    assert events[-2].type == "message_delta"
    assert events[-2].usage.output_tokens == up.tally.tokens_out["c"] == 9


def test_pings_are_sent(up: Upstream, client: anthropic.Anthropic) -> None:
    with client.messages.with_streaming_response.create(
        model="c", max_tokens=9, messages=SAID, stream=True
    ) as response:
        assert b"event: ping\n" in response.read()


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_tool_is_used_and_its_result_answered(up: Upstream, client: anthropic.Anthropic, is_stream: bool) -> None:
    pieces: list[str] = []
    if is_stream:
        with client.messages.stream(model="c", max_tokens=100, messages=SAID, tools=[TOOL]) as stream:
            pieces = [event.partial_json for event in stream if event.type == "input_json"]
            answer = stream.get_final_message()
        assert json.loads("".join(pieces)) == {"city": "city", "days": 1}
    else:
        answer = client.messages.create(model="c", max_tokens=100, messages=SAID, tools=[TOOL])
    (block,) = answer.content
    assert block.type == "tool_use"
    assert (block.name, block.input, answer.stop_reason) == ("weather", {"city": "city", "days": 1}, "tool_use")
    assert answer.usage.output_tokens == up.tally.tokens_out["c"] == 10
    result: Any = {"type": "tool_result", "tool_use_id": block.id, "content": "sunny"}
    then = client.messages.create(
        model="c", max_tokens=100, messages=[*SAID, {"role": "user", "content": [result]}], tools=[TOOL]
    )
    assert then.content[0].type == "text"
    assert then.content[0].text == "sunny sunny sunny sunny"


def test_a_tool_is_chosen_or_none(client: anthropic.Anthropic) -> None:
    other: ToolParam = {**TOOL, "name": "time"}
    chosen = client.messages.create(
        model="c", max_tokens=99, messages=SAID, tools=[TOOL, other], tool_choice={"type": "tool", "name": "time"}
    )
    assert chosen.content[0].type == "tool_use"
    assert chosen.content[0].name == "time"
    none = client.messages.create(model="c", max_tokens=99, messages=SAID, tools=[TOOL], tool_choice={"type": "none"})
    assert none.content[0].type == "text"


def test_arguments_that_were_cut_are_none(client: anthropic.Anthropic) -> None:
    answer = client.messages.create(model="c", max_tokens=7, messages=SAID, tools=[TOOL])
    assert answer.content[0].type == "tool_use"
    assert (answer.content[0].input, answer.stop_reason) == ({}, "max_tokens")


@pytest.mark.parametrize(("usage", "said"), [("missing", "nothing"), ("null", None), ("zero", 0)])
def test_usage_can_be_wrong(up: Upstream, client: anthropic.Anthropic, usage: str, said: object) -> None:
    up.trouble = Trouble(usage=usage)  # pyright: ignore[reportArgumentType]
    plain = client.messages.with_raw_response.create(model="c", max_tokens=9, messages=SAID).http_response.json()
    with client.messages.with_streaming_response.create(
        model="c", max_tokens=9, messages=SAID, stream=True
    ) as response:
        lines = response.read().decode().splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data: ")]
    start = next(event["message"] for event in events if event["type"] == "message_start")
    delta = next(event for event in events if event["type"] == "message_delta")
    for document in (plain, start, delta):
        found = document.get("usage", "nothing")
        assert (found["output_tokens"] if isinstance(found, dict) else found) == said
