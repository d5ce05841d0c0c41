from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from evenkeel.testing.receivers.checks import (
    WrongFormatError,
    as_list,
    as_moment,
    as_object,
    as_text,
    as_url,
    as_word,
    only,
    read_json,
)


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"{" + b" " * 100, "101 bytes, 100 are allowed"),
        (b"\xff", "not UTF-8"),
        (b"{", "not JSON"),
        (b"[]", "no object"),
        (b'{"a": NaN}', "NaN, which is not JSON"),
        (b'{"a": 1, "a": 2}', "twice"),
    ],
)
def test_a_body_that_is_no_strict_json_object_is_refused(body: bytes, why: str) -> None:
    with pytest.raises(WrongFormatError, match=why):
        read_json(body, 100)


WRONG: dict[str, Callable[[], Any]] = {
    "a.b is no object": lambda: as_object([], "a.b"),
    "a is no list": lambda: as_list({}, "a", 1),
    "a has 2 entries, 0 to 1 are allowed": lambda: as_list([1, 2], "a", 1),
    "a has 0 entries, 1 to 2 are allowed": lambda: as_list([], "a", 2, 1),
    "a is no text": lambda: as_text(None, "a", 1),
    "a has 0 characters, 1 to 9 are allowed": lambda: as_text("", "a", 9),
    "a has 4 characters, 1 to 3 are allowed": lambda: as_text("😀😀", "a", 3),
    "a holds half a character": lambda: as_text("\ud83d", "a", 3),
    "a holds a NUL": lambda: as_text("\x00", "a", 3),
    "a is 'x', not one of y, z": lambda: as_word("x", "a", ("z", "y")),
    "not an address that begins with https://": lambda: as_url("http://x", "a", scheme=("https://",)),
    "not an address": lambda: as_url("https://x y", "a"),
    "a is not ISO 8601": lambda: as_moment("now", "a"),
    "a has no zone": lambda: as_moment("2026-01-01T00:00:00", "a"),
    "a lacks b": lambda: only({}, "a", ("b",)),
    "a has unknown fields: c": lambda: only({"b": 1, "c": 1}, "a", ("b",)),
}


@pytest.mark.parametrize("why", WRONG)
def test_what_is_wrong_is_said_with_its_place(why: str) -> None:
    with pytest.raises(WrongFormatError, match=why):
        WRONG[why]()


def test_what_is_right_is_given_back() -> None:
    assert read_json(b'{"a": [1]}', 100) == {"a": [1]}
    assert as_text("😀", "a", 2) == "😀"
    assert as_url("https://x/?y=z", "a") == "https://x/?y=z"
    only({"a": 1, "b": 2}, "x", ("a",), ("b",))
