"""Facts are compared and hashed by value, hold nothing but their fields, and can be copied with a change."""

from __future__ import annotations

from dataclasses import field, replace

import pytest

from evenkeel.kernel.facts import fact


@fact
class Point:
    x: int
    y: int = 0
    marks: tuple[str, ...] = field(default=())


def test_facts_of_equal_values_are_equal_and_one_key() -> None:
    assert Point(1) == Point(1, 0, ())
    assert {Point(1): "here"}[Point(1, 0)] == "here"
    assert Point(1) != Point(2)


def test_a_copy_with_a_change_leaves_the_first_as_it_was() -> None:
    first = Point(1)
    assert replace(first, y=2) == Point(1, 2)
    assert first == Point(1)


def test_a_fact_is_not_changed_and_has_no_room_for_anything_else() -> None:
    with pytest.raises(AttributeError):
        Point(1).x = 3  # pyright: ignore[reportAttributeAccessIssue]
    with pytest.raises(AttributeError):
        Point(1).z = 3  # pyright: ignore[reportAttributeAccessIssue]


def test_a_default_that_can_be_changed_is_each_ones_own() -> None:
    @fact
    class Basket:
        fruits: list[str] = field(default_factory=list[str])

    Basket().fruits.append("apple")
    assert Basket() == Basket([])


def test_what_would_be_inherited_is_refused() -> None:
    class Child(Point):  # pyright: ignore[reportGeneralTypeIssues]
        z: int = 0

    with pytest.raises(TypeError, match="Child has a parent"):
        fact(Child)
