"""The official client gets responses from the double: plain, streamed, with calls of tools."""

from __future__ import annotations

import json
from collections.abc import Iterator

import openai
import pytest
from openai.types.responses import FunctionToolParam

from evenkeel.testing.upstreams import Trouble, Upstream, Voice, openai_upstream

TOOL: FunctionToolParam = {
    "type": "function",
    "name": "weather",
    "strict": False,
    "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
}


@pytest.fixture
def up() -> Iterator[Upstream]:
    with openai_upstream(voice=Voice(words=4, tokens_reasoning=3, tokens_cached=1)) as upstream:
        yield upstream


@pytest.fixture
def client(up: Upstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=up.url, api_key="sk-x", max_retries=0) as made:
        yield made


def test_a_plain_response_says_its_usage(up: Upstream, client: openai.OpenAI) -> None:
    answer = client.responses.create(model="m", input="red green", instructions="Be kind.")
    assert (answer.output_text, answer.status) == ("red green red green", "completed")
    assert answer.usage is not None
    assert (answer.usage.input_tokens, answer.usage.output_tokens, answer.usage.total_tokens) == (4, 7, 11)
    assert answer.usage.input_tokens_details.cached_tokens == 1
    assert answer.usage.output_tokens_details.reasoning_tokens == 3
    assert (up.tally.tokens_in["m"], up.tally.tokens_out["m"]) == (4, 7)


def test_messages_can_be_given_in_parts(client: openai.OpenAI) -> None:
    parts = [{"role": "user", "content": [{"type": "input_text", "text": "one two three"}]}]
    answer = client.responses.create(model="m", input=parts, max_output_tokens=5)  # pyright: ignore[reportArgumentType]
    assert (answer.output_text, answer.status) == ("one two", "incomplete")
    assert answer.incomplete_details is not None
    assert answer.incomplete_details.reason == "max_output_tokens"


def test_a_stream_has_the_documented_events_in_order(up: Upstream, client: openai.OpenAI) -> None:
    events = list(client.responses.create(model="m", input="red green", stream=True))
    kinds = [event.type.removeprefix("response.") for event in events]
    assert kinds == [
        "created", "in_progress", "output_item.added", "content_part.added", *["output_text.delta"] * 4,
        "output_text.done", "content_part.done", "output_item.done", "completed",
    ]  # fmt: skip
    assert [getattr(event, "sequence_number", None) for event in events] == list(range(len(events)))
    last = events[-1]
    assert last.type == "response.completed"
    assert last.response.usage is not None
    assert last.response.usage.output_tokens == up.tally.tokens_out["m"] == 7
    assert last.response.output_text == "".join(
        event.delta for event in events if event.type == "response.output_text.delta"
    )


def test_the_clients_own_reading_of_a_stream_agrees(client: openai.OpenAI) -> None:
    with client.responses.stream(model="m", input="red green", max_output_tokens=4) as stream:
        kinds = [event.type for event in stream]
    assert kinds[-1] == "response.incomplete"


@pytest.mark.parametrize("is_stream", [False, True])
def test_a_tool_is_called_and_its_result_answered(up: Upstream, client: openai.OpenAI, is_stream: bool) -> None:
    if is_stream:
        with client.responses.stream(model="m", input="how", tools=[TOOL]) as stream:
            deltas = [event.delta for event in stream if event.type == "response.function_call_arguments.delta"]
            answer = stream.get_final_response()
        assert len(deltas) == 4
    else:
        answer = client.responses.create(model="m", input="how", tools=[TOOL])
    (call,) = answer.output
    assert call.type == "function_call"
    assert (call.name, json.loads(call.arguments)) == ("weather", {"city": "city", "days": 1})
    assert up.tally.tokens_out["m"] == 8
    result = {"type": "function_call_output", "call_id": call.call_id, "output": "sunny"}
    then = client.responses.create(model="m", input=[result], tools=[TOOL])  # pyright: ignore[reportArgumentType]
    assert then.output_text == "sunny sunny sunny sunny"


@pytest.mark.parametrize("body", [{"input": []}, {"max_output_tokens": 0}])
def test_what_openai_refuses_is_refused(client: openai.OpenAI, body: object) -> None:
    with pytest.raises(openai.BadRequestError):
        client.responses.create(model="m", input="x", extra_body=body)


@pytest.mark.parametrize(("usage", "said"), [("missing", "nothing"), ("null", None), ("zero", 0)])
def test_usage_can_be_wrong(up: Upstream, client: openai.OpenAI, usage: str, said: object) -> None:
    up.trouble = Trouble(usage=usage)  # pyright: ignore[reportArgumentType]
    document = client.responses.with_raw_response.create(model="m", input="x").http_response.json()
    found = document.get("usage", "nothing")
    assert (found["output_tokens"] if isinstance(found, dict) else found) == said
