"""What goes over the wire: any value as JSON, any answer as one of three."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.observe.events import jsontext
from evenkeel.observe.sdk.wire import AwayError, RefusedError, as_json, post

values: st.SearchStrategy[Any] = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text()
    | st.binary(max_size=20)
    | st.datetimes()
    | st.decimals(allow_nan=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5) | st.integers(), inner, max_size=4),
    max_leaves=20,
)


@given(values)
def test_any_value_is_written_as_json_that_the_door_reads(value: Any) -> None:
    text = as_json({"x": value})
    assert json.loads(text).keys() == jsontext.load(text).keys() == {"x"}


def test_what_is_nested_without_end_becomes_text() -> None:
    deep: Any = "end"
    for _ in range(500):
        deep = [deep]
    assert len(as_json({"x": deep})) < 2_000


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "document", "expected"),
        [
            (200, {"accepted": 1, "rejected": []}, {"accepted": 1, "rejected": []}),
            (400, {"accepted": 0, "rejected": [{"message": "x"}]}, {"accepted": 0, "rejected": [{"message": "x"}]}),
            (400, {"message": "not JSON"}, RefusedError),
            (413, {"message": "too large"}, RefusedError),
            (401, {"message": "no key"}, AwayError),
            (404, {"message": "nothing here"}, AwayError),
            (429, {}, AwayError),
            (503, {}, AwayError),
        ],
    )
    def test_an_answer_is_taken_refused_or_away(
        self, receiver: Any, answer_json: Any, status: int, document: dict[str, Any], expected: Any
    ) -> None:
        receiver.answers = [answer_json(status, document)]
        if isinstance(expected, dict):
            assert post(receiver.url, "k", ["{}"], 5) == expected
            return
        with pytest.raises(expected):
            post(receiver.url, "k", ["{}"], 5)

    def test_the_time_to_come_again_is_read(self, receiver: Any, answer_json: Any) -> None:
        receiver.answers = [answer_json(503, {}, Retry_After="7"), answer_json(503, {}, Retry_After="soon")]
        waits: list[float] = []
        for _ in range(2):
            with pytest.raises(AwayError) as caught:
                post(receiver.url, "k", ["{}"], 5)
            waits.append(caught.value.retry_after_s)
        assert waits == [7.0, 0.0]

    def test_nobody_there_is_away(self, receiver: Any) -> None:
        receiver.stop()
        with pytest.raises(AwayError):
            post(receiver.url, "k", ["{}"], 5)
