from __future__ import annotations

from evenkeel.gateway.metering.open_inference import read_inference
from evenkeel.gateway.metering.reading import Reading


def test_a_model_of_numbers_uses_no_tokens() -> None:
    reading = Reading()
    output = {"name": "y", "datatype": "FP32", "shape": [1], "data": [0.5]}
    read_inference(reading, {"id": "7", "model_name": "churn", "outputs": [output], "parameters": {"a": 1}})
    assert (reading.response_id, reading.model, reading.tokens_in, reading.tokens_out) == ("7", "churn", None, None)


def test_tokens_among_the_parameters_count() -> None:
    reading = Reading()
    read_inference(reading, {"outputs": [], "parameters": {"prompt_tokens": 9, "completion_tokens": 5}})
    assert (reading.tokens_in, reading.tokens_out) == (9, 5)


def test_an_error_is_one() -> None:
    reading = Reading()
    read_inference(reading, {"error": "no such model"})
    assert reading.finish == "error"
