"""Usage out of what Anthropic says: parts that are added up, and figures that replace earlier ones."""

from __future__ import annotations

from typing import Any

from evenkeel.gateway.metering.anthropic import read_message, read_message_event, read_usage
from evenkeel.gateway.metering.reading import Reading

START: dict[str, Any] = {
    "type": "message_start",
    "message": {
        "id": "msg_1",
        "model": "claude-x",
        "usage": {
            "input_tokens": 10,
            "cache_creation_input_tokens": 300,
            "cache_read_input_tokens": 2_000,
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 200},
            "output_tokens": 1,
            "service_tier": "priority",
        },
    },
}


def stream(*events: dict[str, Any]) -> Reading:
    reading = Reading()
    for event in events:
        read_message_event(reading, event)
    return reading


def test_input_is_the_sum_of_what_was_read_anew_from_the_cache_and_into_it() -> None:
    reading = stream(START)
    assert (reading.tokens_in, reading.tokens_cached, reading.tokens_cache_write) == (2_310, 2_000, 300)
    assert (reading.tokens_cache_write_1h, reading.tier, reading.response_id) == (200, "priority", "msg_1")
    assert not reading.is_done


def test_the_last_figure_of_the_output_counts_and_the_input_is_not_added_twice() -> None:
    end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 77}}
    again = {"input_tokens": 10, "cache_creation_input_tokens": 300, "cache_read_input_tokens": 2_000}
    reading = stream(START, end | {"usage": {"output_tokens": 77, **again}})
    assert (reading.tokens_in, reading.tokens_out, reading.finish, reading.is_done) == (2_310, 77, "end_turn", True)
    assert stream(START, end).tokens_in == 2_310


def test_input_that_is_said_only_at_the_end_counts() -> None:
    start = {"type": "message_start", "message": {"usage": {"input_tokens": 0, "output_tokens": 0}}}
    usage = {"input_tokens": 12, "output_tokens": 5}
    reading = stream(start, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": usage})
    assert (reading.tokens_in, reading.tokens_out) == (12, 5)


def test_text_thought_and_arguments_are_what_was_written() -> None:
    reading = stream(
        {"type": "content_block_start", "content_block": {"type": "tool_use", "name": "find", "input": {}}},
        {"type": "content_block_delta", "delta": {"type": "input_json_delta", "partial_json": '{"a":'}},
        {"type": "content_block_delta", "delta": {"type": "thinking_delta", "thinking": "hmm"}},
        {"type": "content_block_delta", "delta": {"type": "signature_delta", "signature": "x" * 500}},
        {"type": "content_block_delta", "delta": {"type": "text_delta", "text": "é"}},
        {"type": "ping"},
    )
    assert (reading.text_bytes, reading.thinking_bytes) == (4 + 5 + 3 + 2, 3)


def test_an_end_without_a_figure_is_not_the_end_of_counting() -> None:
    assert not stream(START, {"type": "message_delta", "delta": {"stop_reason": "end_turn"}}).is_done


def test_a_whole_answer() -> None:
    reading = Reading()
    content = [{"type": "text", "text": "hello"}, {"type": "thinking", "thinking": "hm"}]
    usage = {"input_tokens": 3, "output_tokens": 4, "output_tokens_details": {"thinking_tokens": 2}}
    read_message(reading, {"id": "m", "content": content, "stop_reason": "max_tokens", "usage": usage})
    assert (reading.tokens_in, reading.tokens_out, reading.tokens_reasoning) == (3, 4, 2)
    assert (reading.text_bytes, reading.finish, reading.is_done) == (7, "max_tokens", True)


def test_errors_are_errors_in_streams_and_out_of_them() -> None:
    reading = Reading()
    read_message(reading, {"type": "error", "error": {"type": "overloaded_error"}})
    assert (reading.finish, reading.is_text) == ("error", False)
    assert stream(START, {"type": "error", "error": {}}).finish == "error"


def test_cache_writes_are_the_sum_of_their_kinds_where_only_these_are_said() -> None:
    reading = Reading()
    kinds = {"ephemeral_5m_input_tokens": 5, "ephemeral_1h_input_tokens": 7}
    read_usage(reading, {"input_tokens": 1, "cache_creation": kinds})
    assert (reading.tokens_in, reading.tokens_cache_write, reading.tokens_cache_write_1h) == (13, 12, 7)


def test_shapes_that_are_none_do_no_harm() -> None:
    reading = stream({"type": []}, {"type": "message_start", "message": 3}, {"type": "content_block_delta", "delta": 1})
    assert (reading.tokens_in, reading.text_bytes) == (None, 0)
