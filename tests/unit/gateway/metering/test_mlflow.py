from __future__ import annotations

from evenkeel.gateway.metering.mlflow import read_invocation
from evenkeel.gateway.metering.reading import Reading


def test_a_model_of_numbers_uses_no_tokens() -> None:
    reading = Reading()
    read_invocation(reading, {"predictions": [0.7, 0.1]})
    assert (reading.tokens_in, reading.is_text, reading.errors) == (None, False, 0)


def test_a_chat_model_is_read_as_openai_is() -> None:
    reading = Reading()
    usage = {"prompt_tokens": 9, "completion_tokens": 5, "total_tokens": 14}
    read_invocation(reading, {"choices": [{"message": {"content": "hi"}, "finish_reason": "stop"}], "usage": usage})
    assert (reading.tokens_in, reading.tokens_out, reading.text_bytes, reading.is_text) == (9, 5, 2, True)


def test_embeddings_have_no_output() -> None:
    reading = Reading()
    usage = {"prompt_tokens": 9, "total_tokens": 9}
    read_invocation(reading, {"object": "list", "data": [], "usage": usage})
    assert (reading.tokens_in, reading.tokens_out) == (9, None)


def test_usage_beside_predictions_counts_and_an_error_is_one() -> None:
    reading = Reading()
    read_invocation(reading, {"predictions": ["hi"], "usage": {"prompt_tokens": 9, "completion_tokens": 5}})
    assert (reading.tokens_in, reading.tokens_out) == (9, 5)
    read_invocation(reading, {"error_code": "BAD_REQUEST"})
    assert reading.finish == "error"
