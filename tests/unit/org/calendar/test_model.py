"""Which time the calendar takes out, and for whom."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.time import Window
from evenkeel.org.calendar.model import RETROACTIVE_US, Entry, EntryKind, covering, excluded_spans, merge_spans
from evenkeel.store.telemetry.port import ServiceKey

BOT = ServiceKey("production", "bot")
ENTRY = Entry("e1", EntryKind.MAINTENANCE, "production", "bot", 100, 200, "new disks", "ada", 50)


@pytest.mark.parametrize(
    ("environment", "service", "is_covered"),
    [("production", "bot", True), ("", "", True), ("production", "", True), ("", "bot", True),
     ("staging", "", False), ("production", "search", False)],
)  # fmt: skip
def test_an_entry_covers_one_service_or_all_of_an_environment(environment: str, service: str, is_covered: bool) -> None:
    entry = replace(ENTRY, environment=environment, service=service)
    assert (covering([entry], BOT, 150) is entry) is is_covered


@pytest.mark.parametrize(("at", "is_covered"), [(99, False), (100, True), (199, True), (200, False)])
def test_an_entry_begins_with_its_start_and_is_over_at_its_end(at: int, is_covered: bool) -> None:
    assert (covering([ENTRY], BOT, at) is not None) is is_covered


def test_of_entries_that_overlap_the_one_that_ends_last_is_named() -> None:
    longer = replace(ENTRY, id="e2", ends_us=400)
    assert covering([ENTRY, longer], BOT, 150) is longer


@pytest.mark.parametrize(
    ("cancelled_at", "left"),
    [(None, (Window(100, 200),)), (150, (Window(100, 150),)), (90, ()), (100, ()), (250, ())],
)
def test_cancelled_while_it_runs_an_entry_ends_then_and_otherwise_counts_for_nothing(
    cancelled_at: int | None, left: tuple[Window, ...]
) -> None:
    entry = replace(ENTRY, cancelled_at_us=cancelled_at)
    assert excluded_spans([entry], BOT, Window(0, 1_000)) == left


def test_what_was_entered_after_it_began_is_marked() -> None:
    assert not replace(ENTRY, created_at_us=100 + RETROACTIVE_US).is_retroactive
    assert replace(ENTRY, created_at_us=101 + RETROACTIVE_US).is_retroactive


def test_the_scope_is_said_in_words() -> None:
    assert ENTRY.scope == "production/bot"
    assert replace(ENTRY, service="").scope == "production/every service"
    assert replace(ENTRY, service="", environment="").scope == "everything"


SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda ends: Window(min(ends), max(ends))))


@given(SPANS, st.integers(0, 60), st.integers(0, 60))
def test_merged_spans_hold_exactly_the_moments_that_any_of_them_holds(spans: list[Window], one: int, two: int) -> None:
    window = Window(min(one, two), max(one, two))
    merged = merge_spans(spans, window)
    for at in range(61):
        inside = window.contains(at) and any(span.contains(at) for span in spans)
        assert sum(span.contains(at) for span in merged) == inside
    assert all(left.end_us < right.start_us for left, right in pairwise(merged))
