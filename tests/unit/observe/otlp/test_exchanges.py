"""What stands on several spans of a trace is one exchange, and its numbers stand on one of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from evenkeel.observe.evaluators.evaluating import EVALUATED, Evaluating, EvaluationClocks
from evenkeel.observe.evaluators.policy import EVERYTHING
from evenkeel.observe.otlp.exchanges import read_content, read_events
from evenkeel.observe.otlp.recent import Looking

S = 1_000_000_000
QUESTION = {"input.value": "How long does the warranty of the new phone last?"}
ANSWER = {"output.value": "The warranty lasts 36 months."}
DOCUMENT = {"retrieval.documents.0.document.content": "The warranty lasts 24 months, batteries excluded."}


@pytest.fixture
def trace(spans: Any) -> Any:
    spans.looking = Looking(Evaluating(lambda: EVERYTHING, EvaluationClocks(lambda: 0.0, lambda: 0.0)))

    def read(*given: tuple[str, str, tuple[int, int], dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """Attributes by span, from (span, parent, (start, end) in seconds, attributes) each."""
        end_ns = spans.now_us * 1_000
        made = [
            spans.span(
                attributes,
                span_id=name.encode() * 8,
                parent_span_id=parent.encode() * 8,
                start_time_unix_nano=end_ns - 100 * S + times[0] * S,
                end_time_unix_nano=end_ns - 100 * S + times[1] * S,
            )
            for name, parent, times, attributes in given
        ]
        events, rejected, _ = spans.read(spans.request(*made))
        assert rejected == {}
        names = {int.from_bytes(name.encode() * 8): name for name, *_ in given}
        return {names[event["span_id"]]: json.loads(event.get("attributes", "{}")) for event in events}

    return read


def evaluated(found: dict[str, dict[str, Any]]) -> list[str]:
    return [name for name, kept in found.items() if EVALUATED in kept]


def test_an_answer_is_compared_with_what_another_span_retrieved(trace: Any) -> None:
    found = trace(
        ("r", "a", (1, 2), {"openinference.span.kind": "RETRIEVER", **DOCUMENT}),
        ("c", "a", (2, 5), {"openinference.span.kind": "LLM", **QUESTION, **ANSWER}),
    )
    assert evaluated(found) == ["c"]
    assert found["c"]["evenkeel.grounding.numbers_missing"] == 1
    assert found["c"]["evenkeel.prompt.words"] == 10


def test_an_answer_that_comes_with_a_later_export_is_compared_with_what_was_retrieved_before(trace: Any) -> None:
    trace(("r", "a", (1, 2), {"openinference.span.kind": "RETRIEVER", **DOCUMENT}))
    found = trace(("c", "a", (2, 5), {"openinference.span.kind": "LLM", **QUESTION, **ANSWER}))
    assert found["c"]["evenkeel.grounding.numbers_missing"] == 1


def test_the_outermost_span_with_the_answer_speaks_for_its_trace(trace: Any) -> None:
    found = trace(
        ("r", "a", (1, 2), {"openinference.span.kind": "RETRIEVER", **DOCUMENT}),
        ("c", "x", (2, 5), {"openinference.span.kind": "LLM", "output.value": "A draft of 36 months."}),
        ("a", "", (0, 6), {"openinference.span.kind": "CHAIN", **QUESTION, **ANSWER}),
    )
    assert evaluated(found) == ["a"]
    assert found["a"]["evenkeel.answer.words"] == 5


def test_of_several_answers_one_after_the_other_the_last_one_counts(trace: Any) -> None:
    found = trace(
        ("c", "a", (1, 2), {"openinference.span.kind": "LLM", **QUESTION, "output.value": "I will look that up."}),
        ("d", "a", (3, 4), {"openinference.span.kind": "LLM", **ANSWER}),
    )
    assert evaluated(found) == ["d"]
    assert found["d"]["evenkeel.prompt.words"] == 10  # the question of the first


def test_what_a_tool_gave_back_is_a_context_and_no_answer(trace: Any) -> None:
    found = trace(
        ("t", "a", (1, 2), {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.call.result": "24 months"}),
        ("c", "a", (2, 5), {"gen_ai.operation.name": "chat", **QUESTION, **ANSWER}),
    )
    assert evaluated(found) == ["c"]
    assert found["c"]["evenkeel.grounding.numbers_missing"] == 1


def test_a_trace_without_an_answer_has_no_numbers(trace: Any) -> None:
    found = trace(
        ("r", "a", (1, 2), {"openinference.span.kind": "RETRIEVER", **DOCUMENT}),
        ("e", "a", (2, 3), {"gen_ai.operation.name": "embeddings", **QUESTION, "output.value": "[0.1, 0.2]"}),
    )
    assert evaluated(found) == []


def test_two_traces_are_two_exchanges(spans: Any) -> None:
    spans.looking = Looking(Evaluating(lambda: EVERYTHING, EvaluationClocks(lambda: 0.0, lambda: 0.0)))
    chat = {"gen_ai.operation.name": "chat", **ANSWER}
    both = [spans.span(chat, trace_id=bytes([each]) * 16) for each in (1, 2)]
    events, _, _ = spans.read(spans.request(*both))
    assert [EVALUATED in event["attributes"] for event in events] == [True, True]


def test_messages_in_events_of_a_span_are_read(spans: Any, make_attribute: Any) -> None:
    spans.looking = Looking(Evaluating(lambda: EVERYTHING, EvaluationClocks(lambda: 0.0, lambda: 0.0)))
    said = [
        ("gen_ai.user.message", {"content": "How long?"}),
        ("gen_ai.tool.message", {"content": "The warranty lasts 24 months."}),
        ("gen_ai.choice", {"index": 0, "message": '{"role": "assistant", "content": "It lasts 36 months."}'}),
    ]
    events = [
        Span.Event(name=name, attributes=[make_attribute(key, text) for key, text in facts.items()])
        for name, facts in said
    ]
    kept = json.loads(spans.one({"gen_ai.operation.name": "chat"}, events=events)["attributes"])
    assert kept["evenkeel.answer.words"] == 4
    assert kept["evenkeel.prompt.words"] == 2
    assert kept["evenkeel.grounding.numbers_missing"] == 1


def test_events_with_whole_sides_of_an_exchange_are_read(make_attribute: Any) -> None:
    event = Span.Event(name="gen_ai.content.completion", attributes=[make_attribute("gen_ai.completion", "Two days.")])
    assert read_content("attempt", read_events([event])).answer == "Two days."


@pytest.mark.parametrize("message", ["{", '{"content": 7}', "[" * 2_000])
def test_a_message_that_cannot_be_read_is_none(make_attribute: Any, message: str) -> None:
    event = Span.Event(name="gen_ai.choice", attributes=[make_attribute("message", message)])
    assert read_content("attempt", read_events([event])).answer in (None, message)
