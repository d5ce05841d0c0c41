"""Two answers say the same, or they do not."""

from __future__ import annotations

import base64
import json
import math
import struct
from typing import Any

import pytest

from evenkeel.gateway.proxy.comparing import says_same


def chat(text: str, **more: Any) -> bytes:
    return json.dumps({"id": text[::-1], "choices": [{"index": 0, "message": {"content": text}}], **more}).encode()


def stream(*pieces: str) -> bytes:
    events = [json.dumps({"choices": [{"index": 0, "delta": {"content": piece}}]}) for piece in pieces]
    return b"".join(f"data: {event}\n\n".encode() for event in [*events, "[DONE]"])


@pytest.mark.parametrize(
    ("one", "two", "same"),
    [
        ("It is four.", " It is\n four. ", True),
        ("It is four.", "It is five.", False),
        ('{"a": 1, "b": [2]}', '{"b":[2.0],"a":1}', True),
        ('{"a": 1}', '{"a": 2}', False),
        ('{"a": true}', '{"a": 1}', False),
        ("{not json", "{nor that", False),
        ("", "words", False),
        ("", "", None),
    ],
)
def test_texts_are_compared_by_their_words_and_json_by_its_value(one: str, two: str, *, same: bool | None) -> None:
    assert says_same(chat(one), chat(two, created=7), is_text=True, is_stream=False) is same


def test_how_a_stream_was_cut_does_not_matter_and_its_words_do() -> None:
    assert says_same(stream("It is ", "four."), stream("It", " is four", "."), is_text=True, is_stream=True)
    assert not says_same(stream("It is ", "four."), stream("It is ", "five."), is_text=True, is_stream=True)


def test_models_without_text_are_compared_by_value_and_not_by_ids_or_last_digits() -> None:
    def answer(*values: Any, **more: Any) -> bytes:
        return json.dumps({"predictions": values, **more}).encode()

    def same(one: bytes, two: bytes) -> bool | None:
        return says_same(one, two, is_text=False, is_stream=False)

    assert same(answer(0.25, "yes", id="1"), answer(0.250001, "yes", id="2", usage={"total_tokens": 3}))
    assert not same(answer(0.25), answer(0.26))
    assert not same(answer(0.25), answer(0.25, 0.25))
    assert not same(answer(None), answer(0))


def test_vectors_are_the_same_while_they_are_near_also_in_base64() -> None:
    def answer(values: list[float], *, is_packed: bool) -> bytes:
        shown = base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode() if is_packed else values
        return json.dumps({"data": [{"index": 0, "embedding": shown}]}).encode()

    one = [math.sin(number) for number in range(256)]
    near = [value + 0.004 * math.cos(7 * number) for number, value in enumerate(one)]
    other = [math.sin(number + 0.3) for number in range(256)]
    for is_packed in (False, True):
        kept = answer(one, is_packed=is_packed)
        assert says_same(kept, answer(near, is_packed=is_packed), is_text=False, is_stream=False)
        assert says_same(kept, answer(other, is_packed=is_packed), is_text=False, is_stream=False) is False
        assert says_same(kept, answer(one[:-1], is_packed=is_packed), is_text=False, is_stream=False) is False


def test_calls_of_tools_are_compared_by_their_names_too() -> None:
    def calls(name: str, arguments: str) -> bytes:
        function = {"name": name, "arguments": arguments}
        message = {"content": None, "tool_calls": [{"id": "c1", "type": "function", "function": function}]}
        return json.dumps({"choices": [{"index": 0, "message": message}]}).encode()

    kept = calls("refund", '{"order": 7}')
    assert says_same(kept, calls("refund", '{"order":7}'), is_text=True, is_stream=False)
    assert says_same(kept, calls("cancel", '{"order": 7}'), is_text=True, is_stream=False) is False
    assert says_same(kept, calls("refund", '{"order": 8}'), is_text=True, is_stream=False) is False


def test_what_cannot_be_read_proves_nothing() -> None:
    assert says_same(b"{", b"{", is_text=True, is_stream=False) is None
    assert says_same(b"null", b"null", is_text=False, is_stream=False) is None
    deep = b"[" * 60 + b"]" * 60
    assert says_same(deep, deep, is_text=False, is_stream=False) is True
