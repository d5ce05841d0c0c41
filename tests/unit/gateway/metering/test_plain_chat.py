"""The short way of reading a plain answer says exactly what the long way says, or nothing."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.gateway.metering.openai import read_chat
from evenkeel.gateway.metering.plain_chat import read_plain_chat
from evenkeel.gateway.metering.reading import Reading, object_of
from evenkeel.observe.events import jsontext

#: As documented at https://platform.openai.com/docs/api-reference/chat/object.
ANSWER: dict[str, Any] = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1_741_569_952,
    "model": "gpt-4.1-2025-04-14",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Grüezi! How can I help?", "refusal": None, "annotations": []},
            "logprobs": None,
            "finish_reason": "stop",
        }
    ],
    "usage": {
        "prompt_tokens": 19,
        "completion_tokens": 10,
        "total_tokens": 29,
        "prompt_tokens_details": {"cached_tokens": 8, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 4,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    },
    "service_tier": "default",
    "system_fingerprint": None,
}


def facts(reading: Reading) -> dict[str, Any]:
    return {name: getattr(reading, name) for name in Reading.__slots__}


def by_both_ways(text: bytes, *, collects: bool = True) -> tuple[bool, dict[str, Any], dict[str, Any]]:
    short, long = Reading(), Reading()
    if collects:
        short.texts, long.texts = [], []
    was_read = read_plain_chat(short, text)
    try:
        document = jsontext.load(text)
    except ValueError:
        return was_read, facts(short), facts(Reading())
    read_chat(long, object_of(document))
    return was_read, facts(short), facts(long)


def untouched(*, collects: bool) -> dict[str, Any]:
    fresh = Reading()
    fresh.texts = [] if collects else None
    return facts(fresh)


@pytest.mark.parametrize("collects", [False, True])
def test_an_answer_as_openai_documents_it_is_read_the_short_way(collects: bool) -> None:
    was_read, short, long = by_both_ways(json.dumps(ANSWER).encode(), collects=collects)
    assert was_read
    assert short == long
    assert (short["tokens_in"], short["tokens_cached"], short["tokens_out"], short["finish"]) == (19, 8, 10, "stop")


UNUSUAL: list[dict[str, Any]] = [
    {"error": {"message": "no"}},
    {"usage": None},
    {"usage": {"prompt_tokens": 1.0, "completion_tokens": 2, "total_tokens": 3}},
    {"usage": {**ANSWER["usage"], "prompt_cache_hit_tokens": 7}},
    {"choices": []},
    {"choices": [{**ANSWER["choices"][0], "message": {"role": "assistant", "content": None, "tool_calls": []}}]},
    {"choices": [{**ANSWER["choices"][0], "message": {"content": "a", "reasoning_content": "because"}}]},
    {"choices": [{**ANSWER["choices"][0], "text": "beside"}]},
]


@pytest.mark.parametrize("change", UNUSUAL)
def test_whatever_else_is_said_is_left_to_the_long_way_and_nothing_is_touched(change: dict[str, Any]) -> None:
    was_read, short, _ = by_both_ways(json.dumps({**ANSWER, **change}).encode())
    assert not was_read
    assert short == untouched(collects=True)


ODD = st.one_of(
    st.none(), st.booleans(), st.integers(-3, 50), st.just(10**12), st.just(2.0), st.text(max_size=4), st.just([]),
    st.just({}),
)  # fmt: skip
TEXT = st.text(max_size=12)


def some(names: dict[str, st.SearchStrategy[Any]]) -> st.SearchStrategy[Any]:
    """Mostly what belongs there; sometimes absent, sometimes nonsense, sometimes more."""
    fields = {name: st.one_of(value, value, value, ODD) for name, value in names.items()}
    return st.fixed_dictionaries({}, optional={**fields, "more": ODD})


COUNT = st.integers(0, 60)
USAGE = some(
    {
        "prompt_tokens": COUNT,
        "completion_tokens": COUNT,
        "total_tokens": COUNT,
        "prompt_tokens_details": some({"cached_tokens": COUNT, "cache_write_tokens": COUNT}),
        "completion_tokens_details": some({"reasoning_tokens": COUNT}),
    }
)
CHOICE = some(
    {
        "index": st.integers(0, 2),
        "message": some({"role": st.just("assistant"), "content": TEXT, "refusal": st.none()}),
        "finish_reason": st.sampled_from(["stop", "length", "", None]),
    }
)
DOCUMENT = some(
    {
        "id": TEXT,
        "model": st.one_of(TEXT, st.just("m" * 300)),
        "choices": st.lists(CHOICE, max_size=3),
        "usage": USAGE,
        "service_tier": st.sampled_from(["default", "priority", None]),
    }
)


@given(DOCUMENT, st.booleans())
def test_both_ways_say_the_same_of_anything_that_the_short_one_reads(document: Any, collects: bool) -> None:
    was_read, short, long = by_both_ways(json.dumps(document).encode(), collects=collects)
    assert short == (long if was_read else untouched(collects=collects))


@given(st.tuples(COUNT, COUNT, COUNT, COUNT, TEXT))
def test_both_ways_add_up_alike(said: tuple[int, int, int, int, str]) -> None:
    tokens_in, tokens_out, total, reasoning, text = said
    usage = {
        "prompt_tokens": tokens_in,
        "completion_tokens": tokens_out,
        "total_tokens": total,
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }
    choice = {"message": {"content": text}, "finish_reason": "stop"}
    was_read, short, long = by_both_ways(json.dumps({**ANSWER, "usage": usage, "choices": [choice] * 2}).encode())
    assert was_read
    assert short == long


@pytest.mark.parametrize("text", [b"", b"{", b"[]", b"null", b'{"id": "\xff"}', b"[" * 5_000])
def test_what_is_no_answer_is_not_read(text: bytes) -> None:
    assert not read_plain_chat(Reading(), text)
