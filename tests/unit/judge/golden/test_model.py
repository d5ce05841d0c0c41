"""Golden sets and runs."""

from __future__ import annotations

from evenkeel.judge.golden.model import GoldenSet, Scored
from evenkeel.store.telemetry.port import ServiceKey


def test_a_run_is_partial_where_queries_of_the_set_are_missing() -> None:
    assert Scored({}, missing=("q",)).is_partial
    assert not Scored({"q": ()}, unknown=("z",)).is_partial


def test_how_often_a_run_is_expected_is_told_in_microseconds() -> None:
    assert GoldenSet(ServiceKey("p", "s"), "faq", 1, 5, 60, {}, 0, "jo").every_us == 60_000_000
