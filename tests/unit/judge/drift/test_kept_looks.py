"""Answers that are made once."""

from __future__ import annotations

from typing import Any, cast

from tests.unit.judge.drift.conftest import KEY, CountedStore, normal

from evenkeel.judge.drift import kept_looks
from evenkeel.judge.drift.kept_looks import KeptLooks, Said
from evenkeel.judge.drift.limits import DriftLimits, Matters
from evenkeel.judge.drift.records import GivenReference
from evenkeel.judge.drift.retired import Retired
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_port import WaitingFeature

NOON = Window(0, US_PER_DAY // 2 + 1)


class Looks:
    """A service of which everything can be changed, and how often something was made."""

    def __init__(self, store: CountedStore) -> None:
        store.fill("age", range(1), normal(0.0))
        self.given: GivenReference | None = None
        self.retired: dict[str, Retired] = {}
        said = Said(lambda _: self.given, lambda _: self.retired, lambda _: self.limits)
        self.kept = KeptLooks(cast("Any", store), said)
        self.limits = DriftLimits()
        self.made = 0

    def look(self, window: Window = NOON) -> int:
        """The number of the answer."""

        def make() -> int:
            self.made += 1
            return self.made

        return self.kept.once("document", KEY, window, make)


def test_within_an_hour_it_is_made_once_and_a_whole_hour_is_another_window(store: CountedStore) -> None:
    looks = Looks(store)
    assert [looks.look(Window(0, NOON.end_us + minute)) for minute in (0, 1, US_PER_HOUR - 2)] == [1, 1, 1]
    assert [looks.look(Window(0, NOON.end_us + minute)) for minute in (US_PER_HOUR - 1, US_PER_HOUR, -1)] == [2, 3, 4]
    assert looks.look() == 1


def test_whatever_it_rests_on_makes_another_one(store: CountedStore) -> None:
    looks = Looks(store)
    assert looks.look() == 1
    store.fill("age", range(1), normal(0.0, rows=7))
    assert looks.look() == 2
    looks.given = GivenReference("r1", KEY, 0, "jo", "why")
    assert looks.look() == 3
    looks.given = GivenReference("r1", KEY, 0, "jo", "why")
    assert looks.look() == 4
    looks.retired = {"age": Retired("age", 0, "jo", "why")}
    assert looks.look() == 5
    store.waiting = [WaitingFeature("plan", 0, 7)]
    assert looks.look() == 6
    store.fill("age", range(1, 2), normal(0.0), version="2")
    assert looks.look() == 7
    looks.limits = DriftLimits(data=Matters(0.2, 0.3))
    assert [looks.look(), looks.look()] == [8, 8]


def test_the_looks_that_were_asked_for_last_are_kept(store: CountedStore) -> None:
    looks = Looks(store)
    for day in range(kept_looks.LOOKS_MAX + 1):
        looks.look(Window(-day * US_PER_DAY, NOON.end_us))
    assert looks.look(Window(-US_PER_DAY, NOON.end_us)) == 2
    assert looks.look() == kept_looks.LOOKS_MAX + 2
