"""The official client gets from the double what it gets from OpenAI: chat and completions, plain and streamed."""

from __future__ import annotations

import json
from collections.abc import Iterator

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam, ChatCompletionToolParam

from evenkeel.testing.upstreams import Trouble, Upstream, Voice, openai_upstream

SAID: list[ChatCompletionMessageParam] = [
    {"role": "system", "content": "Be kind."},
    {"role": "user", "content": "red green blue"},
]
TOOL: ChatCompletionToolParam = {
    "type": "function",
    "function": {
        "name": "weather",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}},
    },
}


@pytest.fixture
def up() -> Iterator[Upstream]:
    with openai_upstream() as upstream:
        yield upstream


@pytest.fixture
def client(up: Upstream) -> Iterator[openai.OpenAI]:
    with openai.OpenAI(base_url=up.url, api_key="sk-x", max_retries=0) as made:
        yield made


def test_a_plain_answer_repeats_the_prompt_and_says_its_usage(up: Upstream, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="gpt-4o", messages=SAID)
    (choice,) = answer.choices
    assert choice.message.content == "red green blue " * 3 + "red green blue"
    assert (choice.finish_reason, answer.model, answer.object) == ("stop", "gpt-4o", "chat.completion")
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens, answer.usage.total_tokens) == (5, 12, 17)
    assert (up.tally.tokens_in["gpt-4o"], up.tally.tokens_out["gpt-4o"]) == (5, 12)


@pytest.mark.parametrize("limit", ["max_tokens", "max_completion_tokens"])
def test_a_limit_is_honoured_and_said(client: openai.OpenAI, limit: str) -> None:
    answer = client.chat.completions.create(model="m", messages=SAID, extra_body={limit: 2})
    assert answer.choices[0].message.content == "red green"
    assert answer.choices[0].finish_reason == "length"
    assert answer.usage is not None
    assert answer.usage.completion_tokens == 2


def test_several_choices_use_several_times_the_tokens(up: Upstream, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="m", messages=SAID, n=3)
    assert [choice.index for choice in answer.choices] == [0, 1, 2]
    assert answer.usage is not None
    assert answer.usage.completion_tokens == up.tally.tokens_out["m"] == 36


def test_reasoning_and_cached_tokens_are_parts_of_the_usage(up: Upstream, client: openai.OpenAI) -> None:
    up.voice = Voice(tokens_reasoning=7, tokens_cached=3, words=2)
    usage = client.chat.completions.create(model="m", messages=SAID).usage
    assert usage is not None
    assert usage.prompt_tokens_details is not None
    assert usage.completion_tokens_details is not None
    assert usage.prompt_tokens_details.cached_tokens == 3
    assert usage.completion_tokens_details.reasoning_tokens == 7
    assert usage.completion_tokens == 9


def test_a_stream_is_the_plain_answer_in_pieces(up: Upstream, client: openai.OpenAI) -> None:
    up.voice = Voice(text="To be,  or\nnot to be")
    chunks = list(client.chat.completions.create(model="m", messages=SAID, stream=True))
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks)
    assert text == "To be,  or\nnot to be"
    assert chunks[0].choices[0].delta.role == "assistant"
    assert [chunk.choices[0].finish_reason for chunk in chunks if chunk.choices[0].finish_reason] == ["stop"]
    assert all(chunk.usage is None for chunk in chunks)
    assert up.tally.tokens_out["m"] == 6


def test_a_stream_ends_with_its_usage_when_that_is_asked_for(up: Upstream, client: openai.OpenAI) -> None:
    up.voice = Voice(tokens_reasoning=4)
    stream = client.chat.completions.create(
        model="m", messages=SAID, stream=True, stream_options={"include_usage": True}, max_tokens=6
    )
    *chunks, last = stream
    assert all(chunk.usage is None and chunk.choices for chunk in chunks)
    assert last.choices == []
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (5, 6)
    assert up.tally.tokens_out["m"] == 6
    assert chunks[-1].choices[0].finish_reason == "length"


def test_a_tool_is_called_and_its_result_answered(up: Upstream, client: openai.OpenAI) -> None:
    answer = client.chat.completions.create(model="m", messages=SAID, tools=[TOOL])
    (choice,) = answer.choices
    assert (choice.finish_reason, choice.message.content) == ("tool_calls", None)
    assert choice.message.tool_calls is not None
    (call,) = choice.message.tool_calls
    assert call.type == "function"
    assert (call.function.name, json.loads(call.function.arguments)) == ("weather", {"city": "city", "days": 1})
    assert answer.usage is not None
    assert answer.usage.completion_tokens == up.tally.tokens_out["m"] == 5
    result: ChatCompletionMessageParam = {"role": "tool", "tool_call_id": call.id, "content": "sunny"}
    then = client.chat.completions.create(model="m", messages=[*SAID, result], tools=[TOOL])
    assert then.choices[0].finish_reason == "stop"
    none = client.chat.completions.create(model="m", messages=SAID, tools=[TOOL], tool_choice="none")
    assert none.choices[0].finish_reason == "stop"


def test_a_streamed_call_comes_in_pieces_of_its_arguments(up: Upstream, client: openai.OpenAI) -> None:
    with client.chat.completions.stream(model="m", messages=SAID, tools=[TOOL]) as stream:
        pieces = [event.arguments_delta for event in stream if event.type == "tool_calls.function.arguments.delta"]
        final = stream.get_final_completion()
    assert len(pieces) > 2
    assert final.choices[0].finish_reason == "tool_calls"
    assert final.choices[0].message.tool_calls is not None
    (call,) = final.choices[0].message.tool_calls
    assert call.function.arguments == "".join(pieces)
    assert up.tally.tokens_out["m"] == 5


def test_completions_are_older_and_still_there(client: openai.OpenAI) -> None:
    answer = client.completions.create(model="m", prompt="one two", max_tokens=3)
    assert (answer.choices[0].text, answer.choices[0].finish_reason) == ("one two one", "length")
    assert answer.usage is not None
    assert (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (2, 3)
    chunks = list(
        client.completions.create(
            model="m", prompt="one two", max_tokens=3, stream=True, stream_options={"include_usage": True}
        )
    )
    assert "".join(chunk.choices[0].text for chunk in chunks if chunk.choices) == "one two one"
    assert chunks[-1].usage == answer.usage


@pytest.mark.parametrize(
    ("body", "param"),
    [
        ({"messages": []}, "messages"),
        ({"max_tokens": 0}, "max_tokens"),
        ({"max_tokens": "9"}, "max_tokens"),
        ({"n": 129}, "n"),
        ({"max_tokens": 1, "max_completion_tokens": 1}, "max_tokens"),
        ({"stream_options": {"include_usage": True}}, "stream_options"),
    ],
)
def test_what_openai_refuses_is_refused(up: Upstream, client: openai.OpenAI, body: object, param: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.chat.completions.create(model="m", messages=SAID, extra_body=body)
    assert (caught.value.param, caught.value.type) == (param, "invalid_request_error")
    assert up.tally.tokens_in["m"] == 0


@pytest.mark.parametrize("usage", ["missing", "null", "zero", "with_choices"])
def test_usage_is_said_wrongly_in_each_way(up: Upstream, client: openai.OpenAI, usage: str) -> None:
    up.trouble = Trouble(usage=usage)  # pyright: ignore[reportArgumentType]
    plain = client.chat.completions.create(model="m", messages=SAID)
    chunks = list(
        client.chat.completions.create(model="m", messages=SAID, stream=True, stream_options={"include_usage": True})
    )
    said = [chunk.usage.completion_tokens for chunk in chunks if chunk.usage]
    assert (None if plain.usage is None else plain.usage.completion_tokens, said, chunks[-1].choices == []) == {
        "missing": (None, [], False),
        "null": (None, [], True),
        "zero": (0, [0], True),
        "with_choices": (12, [12], False),
    }[usage]
    assert up.tally.tokens_out["m"] == 24
