from __future__ import annotations

from typing import Any

import pytest

from evenkeel.gateway.metering.reading import Reading, bytes_of, list_of, name_of, object_of, tokens_of
from evenkeel.observe.events.context import TOKENS_MAX


@pytest.mark.parametrize("value", [None, -1, True, "12", 1.5, float("1e300"), TOKENS_MAX + 1, [], {}])
def test_a_figure_that_cannot_be_true_is_none(value: Any) -> None:
    assert tokens_of({"n": value}, "n") is None


def test_what_is_of_another_type_is_empty() -> None:
    assert (dict(object_of([1])), list_of({"a": 1}), name_of(7)) == ({}, [], "")
    assert len(name_of("x" * 9_999)) == 200


def test_the_first_id_and_the_first_reason_are_kept() -> None:
    reading = Reading()
    reading.name_answer({"id": "a", "model": None})
    reading.name_answer({"id": "b", "model": "m"})
    reading.end("length")
    reading.end("stop")
    assert (reading.response_id, reading.model, reading.finish, reading.finishes) == ("a", "m", "length", 2)


def test_an_error_within_an_answer_is_its_end() -> None:
    reading = Reading()
    reading.end("stop")
    reading.fail()
    assert (reading.finish, reading.errors) == ("error", 1)


def test_a_value_of_any_size_and_depth_is_measured() -> None:
    deep: Any = "x"
    for _ in range(5_000):
        deep = [deep]
    assert bytes_of(deep) > 5_000
    assert bytes_of([1] * 300_000) > 300_000
