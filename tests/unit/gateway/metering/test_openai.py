"""Usage out of what OpenAI and those like it say."""

from __future__ import annotations

from typing import Any

from evenkeel.gateway.metering.openai import read_chat, read_embeddings, read_response, read_response_event, read_usage
from evenkeel.gateway.metering.reading import Reading

USAGE: dict[str, Any] = {
    "prompt_tokens": 100,
    "completion_tokens": 40,
    "total_tokens": 140,
    "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 3, "cache_write_tokens": 10},
    "completion_tokens_details": {"reasoning_tokens": 30, "audio_tokens": 2},
}


def told(usage: dict[str, Any]) -> tuple[int | None, ...]:
    reading = Reading()
    read_usage(reading, usage, is_alone=True)
    return (
        reading.tokens_in,
        reading.tokens_cached,
        reading.tokens_cache_write,
        reading.tokens_out,
        reading.tokens_reasoning,
    )


class TestUsage:
    def test_parts_of_input_and_output_are_read(self) -> None:
        assert told(USAGE) == (100, 64, 10, 40, 30)

    def test_of_responses_the_names_are_others(self) -> None:
        usage = {
            "input_tokens": 9,
            "input_tokens_details": {"cached_tokens": 0},
            "output_tokens": 5,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": 14,
        }
        assert told(usage) == (9, 0, None, 5, 0)

    def test_what_is_missing_is_the_rest_of_the_total(self) -> None:
        assert told({"prompt_tokens": 9, "total_tokens": 14}) == (9, None, None, 5, None)

    def test_thought_that_was_counted_beside_the_output_is_part_of_it(self) -> None:
        usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 34}
        assert told(usage | {"completion_tokens_details": {"reasoning_tokens": 20}})[3] == 25

    def test_deepseek_says_cached_tokens_elsewhere(self) -> None:
        assert told({"prompt_tokens": 9, "completion_tokens": 5, "prompt_cache_hit_tokens": 7})[1] == 7

    def test_no_more_is_cached_than_was_read(self) -> None:
        details = {"cached_tokens": 99, "cache_write_tokens": 99}
        assert told({"prompt_tokens": 9, "prompt_tokens_details": details})[:3] == (9, 9, 0)

    def test_nonsense_is_none(self) -> None:
        assert told({"prompt_tokens": -1, "completion_tokens": "7", "total_tokens": None}) == (None,) * 5
        assert told({"prompt_tokens": 9, "prompt_tokens_details": 5, "completion_tokens_details": []})[:2] == (9, None)

    def test_a_zero_corrects_no_figure(self) -> None:
        reading = Reading()
        read_usage(reading, USAGE, is_alone=False)
        read_usage(reading, {"prompt_tokens": 0, "completion_tokens": 0}, is_alone=True)
        assert (reading.tokens_in, reading.tokens_out) == (100, 40)


class TestChat:
    def test_a_whole_answer(self) -> None:
        reading = Reading()
        call = {"id": "call_1", "type": "function", "function": {"name": "find", "arguments": '{"a":1}'}}
        message = {"role": "assistant", "content": "Grüße", "refusal": None, "tool_calls": [call]}
        choices = [{"message": message, "finish_reason": "tool_calls"}]
        read_chat(reading, {"id": "c", "model": "m", "choices": choices, "usage": USAGE, "service_tier": "flex"})
        assert reading.text_bytes == 7 + 4 + 7
        assert (reading.response_id, reading.model, reading.finish, reading.tier) == ("c", "m", "tool_calls", "flex")
        assert (reading.tokens_in, reading.tokens_out) == (100, 40)

    def test_usage_in_a_last_chunk_that_has_a_choice_counts(self) -> None:
        reading = Reading()
        read_chat(reading, {"choices": [{"delta": {"content": "a"}, "finish_reason": "stop"}], "usage": USAGE})
        assert (reading.tokens_out, reading.usage_at, reading.finishes_told) == (40, "along", 1)

    def test_usage_that_is_null_is_none(self) -> None:
        reading = Reading()
        read_chat(reading, {"choices": [{"delta": {"content": "a"}}], "usage": None})
        assert (reading.tokens_out, reading.usage_at) == (None, "")

    def test_thought_is_text_and_sound_is_its_transcript(self) -> None:
        reading = Reading()
        read_chat(reading, {"choices": [{"delta": {"reasoning_content": "hmm"}}]})
        read_chat(reading, {"choices": [{"delta": {"audio": {"data": "A" * 999, "transcript": "yes"}}}]})
        assert (reading.text_bytes, reading.thinking_bytes) == (6, 3)

    def test_completions_write_text(self) -> None:
        reading = Reading()
        read_chat(reading, {"choices": [{"text": "abc", "finish_reason": "length"}]})
        assert (reading.text_bytes, reading.finish) == (3, "length")

    def test_an_error_in_a_stream_is_its_end(self) -> None:
        reading = Reading()
        read_chat(reading, {"error": {"message": "overloaded"}})
        assert reading.finish == "error"

    def test_shapes_that_are_none_do_no_harm(self) -> None:
        reading = Reading()
        for part in (
            {"choices": 5},
            {"choices": [None, 7, {"delta": "x"}]},
            {"choices": [{"delta": {"tool_calls": 3}}]},
        ):
            read_chat(reading, part)
        assert reading.text_bytes == 0


def test_embeddings_have_no_output() -> None:
    reading = Reading()
    read_embeddings(reading, {"model": "e", "data": [], "usage": {"prompt_tokens": 8, "total_tokens": 8}})
    assert (reading.tokens_in, reading.tokens_out) == (8, None)


SHORT: dict[str, Any] = {"input_tokens": 9, "output_tokens": 5, "total_tokens": 14}


class TestResponses:
    def test_a_whole_answer(self) -> None:
        reading = Reading()
        output = [
            {"type": "reasoning", "summary": []},
            {"type": "message", "content": [{"type": "output_text", "text": "hello"}]},
            {"type": "function_call", "name": "find", "arguments": "{}"},
        ]
        read_response(reading, {"id": "r", "status": "completed", "output": output, "usage": SHORT})
        assert (reading.text_bytes, reading.tokens_out, reading.finish) == (5 + 4 + 2 + 2, 5, "stop")

    def test_a_stream_tells_its_usage_when_it_is_completed(self) -> None:
        reading = Reading()
        read_response_event(reading, {"type": "response.created", "response": {"id": "r", "model": "m", "usage": None}})
        read_response_event(reading, {"type": "response.output_text.delta", "delta": "hello"})
        read_response_event(reading, {"type": "response.reasoning_summary_text.delta", "delta": "hm"})
        assert (reading.text_bytes, reading.thinking_bytes, reading.is_done) == (7, 2, False)
        read_response_event(
            reading, {"type": "response.completed", "response": {"status": "completed", "usage": SHORT}}
        )
        assert (reading.response_id, reading.tokens_in, reading.tokens_out, reading.is_done) == ("r", 9, 5, True)

    def test_one_that_was_cut_says_why_and_one_that_failed_that_it_did(self) -> None:
        reading = Reading()
        details = {"reason": "max_output_tokens"}
        read_response(reading, {"status": "incomplete", "incomplete_details": details, "usage": SHORT})
        assert reading.finish == "max_output_tokens"
        read_response_event(reading, {"type": "response.failed", "response": {"status": "failed", "usage": None}})
        assert (reading.finish, reading.tokens_out) == ("error", 5)

    def test_one_in_the_background_has_not_ended(self) -> None:
        reading = Reading()
        read_response(reading, {"status": "queued", "output": [], "usage": None})
        assert (reading.is_pending, reading.is_done, reading.finish) == (True, False, "")
