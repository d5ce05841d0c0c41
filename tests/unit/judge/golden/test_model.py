"""Golden sets and runs."""

from __future__ import annotations

from evenkeel.judge.golden.model import Scored, SetHead
from evenkeel.store.telemetry.port import ServiceKey


def test_a_run_is_partial_where_queries_of_the_set_are_missing() -> None:
    assert Scored({}, missing=("q",)).is_partial
    assert not Scored({"q": ()}, unknown=("z",)).is_partial


def test_how_often_a_run_is_expected_is_told_in_microseconds() -> None:
    assert SetHead(ServiceKey("p", "s"), "faq", 1, 5, 60, 0, 0, "jo").every_us == 60_000_000


def test_a_run_says_nothing_where_every_call_failed_or_no_query_is_known() -> None:
    assert Scored({}).is_nothing
    assert Scored({"q": ()}, failed={"q": "timeout"}).is_nothing
    assert not Scored({"q": ()}, empty=["q"]).is_nothing
