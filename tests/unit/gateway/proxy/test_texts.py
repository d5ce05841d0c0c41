"""Texts are found wherever providers put them; names, kinds and files are none."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.proxy.texts import find_texts


@pytest.mark.parametrize(
    ("document", "texts"),
    [
        ({"model": "m", "messages": [{"role": "system", "content": "a"}, {"role": "user", "content": "b"}]}, "ab"),
        ({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "image_url"}]}]}, "a"),
        ({"system": [{"type": "text", "text": "a"}], "messages": [{"role": "user", "content": "b"}]}, "ab"),
        ({"instructions": "a", "input": [{"role": "user", "content": [{"type": "input_text", "text": "b"}]}]}, "ab"),
        ({"prompt": ["a", "b"], "suffix": "c"}, "abc"),
        ({"input": "a", "encoding_format": "float"}, "a"),
        ({"dataframe_split": {"columns": ["x"], "data": [["a", 1], ["b", 2]]}}, "ab"),
        ({"inputs": [{"name": "x", "datatype": "BYTES", "data": ["a"]}]}, "a"),
        ({"messages": [{"role": "user", "content": [{"image_url": {"url": "data:image/png;base64,x"}}]}]}, ""),
        ({"messages": [{"content": [{"type": "image", "source": {"media_type": "image/png", "data": "x"}}]}]}, ""),
        ({"choices": [{"message": {"tool_calls": [{"id": "c", "function": {"name": "f", "arguments": "a"}}]}}]}, "a"),
        ({"some_new_field": {"of": "a"}}, "a"),
    ],
)
def test_these_are_the_texts(document: Any, texts: str) -> None:
    assert [slot.text for slot in find_texts(document)] == list(texts)


def test_a_text_can_be_replaced_where_it_stands_and_knows_its_role() -> None:
    document = {"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}]}]}
    (slot,) = find_texts(document)
    slot.put("b")
    assert (slot.role, document["messages"][0]["content"]) == ("user", [{"type": "text", "text": "b"}])


def test_choices_of_a_stream_are_told_apart_by_what_they_say_themselves() -> None:
    event = {"choices": [{"index": 3, "delta": {"content": "a"}}]}
    assert [slot.path for slot in find_texts(event)] == [("choices", 3, "delta", "content")]


def test_a_document_without_end_is_not_followed() -> None:
    document: Any = "deep"
    for _ in range(500):
        document = [document]
    assert find_texts(document) == []
