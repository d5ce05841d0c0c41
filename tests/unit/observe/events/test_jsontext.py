"""JSON of strangers: strict, never a crash, and the same bytes for equal values."""

from __future__ import annotations

import json
import math
import threading
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.observe.events import jsontext

values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=20,
)


def nested(depth: int) -> Any:
    value: Any = 1
    for number in range(depth):
        value = [value] if number % 2 else {"x": value}
    return value


def in_other_order(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: in_other_order(item) for key, item in reversed(list(value.items()))}
    return [in_other_order(item) for item in value] if isinstance(value, list) else value


@given(values)
def test_what_is_written_is_read_again_here_and_by_the_standard_library(value: Any) -> None:
    text = jsontext.dump(value)
    assert jsontext.load(text) == json.loads(text) == value
    assert jsontext.load(json.dumps(value).encode()) == value


@given(values)
def test_equal_values_give_equal_bytes_whatever_the_order_of_their_keys(value: Any) -> None:
    assert jsontext.dump(value, is_sorted=True) == jsontext.dump(in_other_order(value), is_sorted=True)


@pytest.mark.parametrize(
    "text",
    [
        b"", b"{", b"[1,]", b"{} x", b"{1: 2}", b"01", b"1.", b"\xef\xbb\xbf{}", b"'a'", b'"\x01"', b'"a\x00b"',
        b"NaN", b"[Infinity]", b"-Infinity", b"1e999", b"-1e999",
        b'"\xff"', b'{"\xff": 1}', b'"\xed\xa0\x80"', b'"\\ud800"', b'"\\ud800x"', b'"\\udc00"',
        b"9" * 10_000, b"[" * 5_000, b"[" * 1_000_000, b'{"a":' * 1_000_000, b"[" * 5_000 + b"]" * 5_000,
    ],
)  # fmt: skip
def test_what_is_no_json_is_a_value_error(text: bytes) -> None:
    with pytest.raises(ValueError, match=r"."):
        jsontext.load(text)


def test_what_is_nested_without_end_is_a_value_error_in_a_thread_too() -> None:
    found: list[str] = []

    def read() -> None:
        try:
            jsontext.load(b"[" * 1_000_000)
        except ValueError as error:
            found.append(str(error))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join(30)
    assert found == ["nested too deep"]


@pytest.mark.parametrize("number", [2**63, -(2**63) - 1, 2**64, 10**30, -(10**400)])
def test_whole_numbers_beyond_sixty_four_bits_keep_every_digit(number: int) -> None:
    assert jsontext.load(str(number).encode()) == number
    assert jsontext.dump(number) == str(number).encode()


def test_what_json_has_no_word_for_is_written_so_that_it_can_be_read() -> None:
    value = {
        "nan": math.nan,
        "inf": [math.inf, -math.inf],
        "bytes": b"\xff\x00",
        "at": datetime(2026, 9, 21, 14, 13, 20, tzinfo=UTC),
        "money": Decimal("1.50"),
        "odd": 1 + 2j,
    }
    assert json.loads(jsontext.dump(value)) == {
        "nan": None,
        "inf": [None, None],
        "bytes": "/wA=",
        "at": "2026-09-21T14:13:20Z",
        "money": "1.50",
        "odd": "(1+2j)",
    }


@pytest.mark.parametrize(
    ("value", "is_sorted"),
    [("\ud800", False), ("\ud800", True), ({"\ud800": 1}, False), ({"\ud800": 1}, True), ({(1, 2): 3}, True)],
)
def test_what_no_json_can_say_is_a_value_error(value: Any, *, is_sorted: bool) -> None:
    with pytest.raises(ValueError, match=r"."):
        jsontext.dump(value, is_sorted=is_sorted)


def test_what_is_written_is_never_deeper_than_readers_can_bear() -> None:
    deepest = jsontext.dump(nested(jsontext.DEPTH_MAX))
    assert json.loads(deepest) == nested(jsontext.DEPTH_MAX)
    for depth in (jsontext.DEPTH_MAX + 1, 990, 50_000):
        with pytest.raises(ValueError, match="nested too deep"):
            jsontext.dump(nested(depth))
    assert jsontext.load(jsontext.dump([{"wide": [[]]}] * 10_000)) == [{"wide": [[]]}] * 10_000
    assert jsontext.dump("[" * 1_000) == b'"' + b"[" * 1_000 + b'"'
