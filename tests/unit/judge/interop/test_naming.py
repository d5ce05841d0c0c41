"""Names that would be the same differ, and keep within the length of the other tool."""

from __future__ import annotations

from evenkeel.judge.interop.naming import distinct


def test_only_names_that_would_be_the_same_are_marked() -> None:
    found = distinct({"a": "x", "b": "x", "c": "y"})
    assert found["c"] == "y"
    assert found["a"] != found["b"]
    assert all(found[key].startswith("x-") for key in "ab")


def test_marks_are_the_same_each_time_and_fit() -> None:
    long = {"a": "n" * 63, "b": "n" * 63}
    assert distinct(long, 63) == distinct(dict(reversed(long.items())), 63)
    assert {len(name) for name in distinct(long, 63).values()} == {63}
    assert len(set(distinct(long, 63).values())) == 2
