"""What was retrieved is remembered for a while, and no more of it than there is room for."""

from __future__ import annotations

from evenkeel.observe.otlp.recent import HELD_US, RecentContexts

ONE, TWO = ("bot", b"1"), ("bot", b"2")


def test_what_comes_in_two_parts_is_held_together_each_text_once() -> None:
    recent = RecentContexts()
    recent.add(ONE, ["a", "b"], 0)
    recent.add(ONE, ["b", "c"], 1)
    assert recent.of(ONE, 2) == ("a", "b", "c")
    assert recent.of(TWO, 2) == ()


def test_the_oldest_goes_when_there_is_no_room_and_what_is_too_large_is_not_held() -> None:
    recent = RecentContexts(characters_max=10)
    recent.add(ONE, ["x" * 6], 0)
    recent.add(TWO, ["y" * 6], 0)
    assert (recent.of(ONE, 0), recent.of(TWO, 0)) == ((), ("y" * 6,))
    recent.add(ONE, ["x" * 11], 0)
    assert recent.of(ONE, 0) == ()


def test_after_a_while_it_is_forgotten() -> None:
    recent = RecentContexts()
    recent.add(ONE, ["a"], 0)
    recent.add(TWO, ["b"], HELD_US + 1)
    assert (recent.of(ONE, 0), recent.of(TWO, HELD_US + 2)) == ((), ("b",))
