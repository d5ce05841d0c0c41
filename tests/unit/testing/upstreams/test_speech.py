"""What is said follows from the request, and every token of it is known."""

from __future__ import annotations

import json
import math
import struct

import pytest

from evenkeel.testing.upstreams.dialect import Voice
from evenkeel.testing.upstreams.speech import Ask, Tool, embed, fill, repeat_words, speak, split_words
from evenkeel.testing.upstreams.trouble import NO_TROUBLE, Trouble

ASK = Ask("red green", 2)


def test_an_answer_is_as_long_as_the_voice_has_it() -> None:
    said = speak(ASK, Voice(words=3), NO_TROUBLE)
    assert (said.text, said.tokens, said.is_cut) == ("red green red", 3, False)


def test_a_text_of_ones_own_keeps_its_space() -> None:
    text = "a  b\n\nc\t"
    said = speak(ASK, Voice(text=text), NO_TROUBLE)
    assert (said.text, said.tokens) == (text, 3)


@pytest.mark.parametrize(("allowed", "tokens", "is_cut"), [(1, 1, True), (11, 11, True), (12, 12, False)])
def test_no_more_is_said_than_is_allowed(allowed: int, tokens: int, is_cut: bool) -> None:
    said = speak(Ask("x", 1, allowed), Voice(), NO_TROUBLE)
    assert (said.tokens, said.is_cut) == (tokens, is_cut)


@pytest.mark.parametrize(("allowed", "pieces", "tokens"), [(20, 12, 17), (8, 3, 8), (5, 0, 5), (3, 0, 3)])
def test_thinking_is_part_of_what_is_allowed(allowed: int, pieces: int, tokens: int) -> None:
    said = speak(Ask("x", 1, allowed), Voice(tokens_reasoning=5), NO_TROUBLE)
    assert (len(said.pieces), said.tokens) == (pieces, tokens)


def test_an_overrun_says_more_than_was_allowed_and_stops_of_its_own_accord() -> None:
    said = speak(Ask("x", 1, 5), Voice(), Trouble(overrun=3))
    assert (said.tokens, said.is_cut) == (15, False)


def test_an_answer_can_be_huge() -> None:
    assert speak(ASK, Voice(), Trouble(words=100_000)).tokens == 100_000
    assert speak(ASK, Voice(text="a b"), Trouble(words=5)).text == "a b a b a"


def test_tools_are_called_with_arguments_that_fit_their_schema() -> None:
    tools = tuple(Tool(name, {"properties": {"city": {"type": "string"}, "n": {"type": "integer"}}}) for name in "ab")
    said = speak(Ask("x", 1, None, tools), Voice(tool_calls=2), NO_TROUBLE)
    assert [(call.name, json.loads(call.arguments)) for call in said.calls] == [
        (name, {"city": "city", "n": 1}) for name in "ab"
    ]
    assert said.tokens == 2 * (1 + 4)
    cut = speak(Ask("x", 1, 7, tools), Voice(tool_calls=2), NO_TROUBLE)
    assert (cut.tokens, cut.is_cut, cut.calls[1].arguments) == (7, True, '{"city": ')
    assert speak(Ask("x", 1, None, tools), Voice(tool_calls=0), NO_TROUBLE).calls == ()


def test_every_kind_of_value_is_filled() -> None:
    kinds = ("number", "boolean", "null")
    schema = {"properties": {"e": {"enum": ["x", "y"]}, "l": {"type": "array"}, **{k: {"type": k} for k in kinds}}}
    assert fill(schema) == {"e": "x", "l": ["word"], "number": 1.5, "boolean": True, "null": None}


def test_words_are_split_and_repeated() -> None:
    assert split_words("") == []
    assert repeat_words("", 2) == ["nothing ", "nothing"]
    assert repeat_words("x", 0) == []


def test_a_vector_has_length_one_and_survives_32_bits() -> None:
    vector = embed("hello", 1536)
    assert len(vector) == 1536
    assert math.isclose(sum(value * value for value in vector), 1.0, rel_tol=1e-3)
    assert list(struct.unpack("<1536f", struct.pack("<1536f", *vector))) == vector
