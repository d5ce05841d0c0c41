"""The same question has the same answer."""

from __future__ import annotations

from evenkeel.judge.drift.chance import seeded


def test_what_is_drawn_is_the_same_each_time() -> None:
    one, two = seeded(), seeded()
    assert one.normal(size=5).tolist() == two.normal(size=5).tolist()
    assert one.normal() == two.normal()
