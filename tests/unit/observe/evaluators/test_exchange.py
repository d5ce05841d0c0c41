"""Exchanges are read out of every convention; what is cut or unknown is not guessed."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.observe.evaluators.exchange import PARTS_MAX, Exchange, read_exchange

WHOLE = Exchange("How long?", ("It takes two days.",), "Two days.")


@pytest.mark.parametrize(
    "content",
    [
        {
            "gen_ai.input.messages": json.dumps(
                [
                    {"role": "system", "parts": [{"type": "text", "content": "Be brief."}]},
                    {"role": "user", "parts": [{"type": "text", "content": "How long?"}]},
                    {"role": "tool", "content": "It takes two days."},
                ]
            ),
            "gen_ai.output.messages": json.dumps(
                [{"role": "assistant", "parts": [{"type": "text", "content": "Two days."}], "finish_reason": "stop"}]
            ),
        },
        {
            "gen_ai.prompt.0.role": "user", "gen_ai.prompt.0.content": "How long?", "gen_ai.prompt.1.role": "tool",
            "gen_ai.prompt.1.content": "It takes two days.", "gen_ai.completion.0.role": "assistant",
            "gen_ai.completion.0.content": "Two days.",
        },
        {
            "input.value": json.dumps({"messages": [{"role": "user", "content": "How long?"}]}),
            "retrieval.documents.0.document.content": "It takes two days.",
            "output.value": json.dumps({"choices": [{"message": {"role": "assistant", "content": "Two days."}}]}),
        },
        {
            "prompt": "How long?", "completion": "Two days.",
            "reranker.output_documents.0.document.content": "It takes two days.",
        },
        {
            "gen_ai.input.messages": json.dumps(
                [
                    {"role": "user", "parts": [{"type": "text", "content": "How long?"}]},
                    {"role": "tool", "parts": [{"type": "tool_call_response", "response": "It takes two days."}]},
                ]
            ),
            "gen_ai.output.messages": json.dumps(
                [{"role": "assistant", "parts": [{"type": "reasoning", "content": "I don't know. Let me see."},
                                                 {"type": "text", "content": "Two days."}]}]
            ),
        },
        {  # Anthropic's messages
            "input.value": json.dumps(
                {"messages": [{"role": "user", "content": "How long?"}, {"role": "user", "content": [
                    {"type": "tool_result", "content": [{"type": "text", "text": "It takes two days."}]}]}]}
            ),
            "output.value": json.dumps({"role": "assistant", "type": "message", "content": [
                {"type": "thinking", "thinking": "Hm."}, {"type": "text", "text": "Two days."}]}),
        },
        {  # OpenAI's responses
            "input.value": json.dumps([{"role": "user", "content": [{"type": "input_text", "text": "How long?"}]},
                                       {"type": "function_call_output", "output": "It takes two days."}]),
            "output.value": json.dumps({"output": [{"type": "reasoning", "summary": []}, {
                "type": "message", "role": "assistant", "content": [{"type": "output_text", "text": "Two days."}]}]}),
        },
        {  # LangChain's state: the whole conversation
            "input.value": json.dumps({"messages": [{"type": "human", "content": "How long?"}]}),
            "output.value": json.dumps({"messages": [
                {"type": "human", "content": "How long?"}, {"type": "ai", "content": ""},
                {"type": "tool", "content": "It takes two days."}, {"type": "human", "content": "How long?"},
                {"type": "ai", "content": "Two days."}]}),
        },
    ],
)  # fmt: skip
def test_every_convention_tells_the_same_exchange(content: dict[str, str]) -> None:
    assert read_exchange(content) == WHOLE


def test_the_prompt_is_the_newest_message_of_the_user() -> None:
    messages = [{"role": "user", "content": text} for text in ("Hello", "How long?")]
    assert read_exchange({"gen_ai.input.messages": json.dumps(messages)}).prompt == "How long?"


def test_what_is_not_there_is_not_known_and_an_empty_answer_is_one() -> None:
    assert read_exchange({}) == Exchange(None, (), None)
    assert read_exchange({"output.value": ""}) == Exchange(None, (), "")


def test_json_that_was_cut_is_not_guessed_at() -> None:
    assert read_exchange({"gen_ai.output.messages": '[{"role":"assistant","content":"Two da'}) == Exchange()


def test_a_message_without_content_is_no_empty_answer() -> None:
    for prefix in ("gen_ai.completion.0.", "llm.output_messages.0.message."):
        assert read_exchange({f"{prefix}role": "assistant"}).answer is None
        said = {f"{prefix}role": "assistant", f"{prefix}content": ""}
        assert read_exchange(said).answer == ""
        assert read_exchange({**said, f"{prefix}tool_calls.0.name": "find"}).answer is None
    message = {"role": "assistant", "content": "", "tool_calls": [{"name": "find"}]}
    assert read_exchange({"output.value": json.dumps({"messages": [message]})}).answer is None


def test_of_a_long_conversation_the_newest_message_is_the_prompt() -> None:
    messages = [{"role": "user", "content": str(number)} for number in range(PARTS_MAX + 50)]
    assert read_exchange({"gen_ai.input.messages": json.dumps(messages)}).prompt == str(PARTS_MAX + 49)


def test_calls_of_tools_are_no_answer() -> None:
    message = {"role": "assistant", "parts": [{"type": "tool_call", "name": "find", "arguments": {"text": "x"}}]}
    assert read_exchange({"gen_ai.output.messages": json.dumps([message])}).answer is None


def test_more_documents_than_the_limit_are_left_out() -> None:
    content = {f"retrieval.documents.{number}.document.content": str(number) for number in range(PARTS_MAX + 5)}
    assert len(read_exchange(content).contexts) == PARTS_MAX


KEYS = ("role", "content", "parts", "type", "text", "messages", "output", "tool_calls")
JSON = st.recursive(
    st.none() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=8,
)


@settings(deadline=None, max_examples=60)
@given(JSON, JSON)
def test_any_document_is_read_without_a_fault(one: object, two: object) -> None:
    found = read_exchange({"gen_ai.input.messages": json.dumps(one), "output.value": json.dumps(two)})
    assert found.prompt is None or isinstance(found.prompt, str)
    assert found.answer is None or isinstance(found.answer, str)


def test_nesting_without_end_is_no_fault() -> None:
    assert read_exchange({"input.value": "[" * 100_000, "output.value": "[" * 50 + '"x"' + "]" * 50}) == Exchange()
