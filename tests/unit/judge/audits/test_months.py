"""When a month's audit is due."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.judge.audits.model import Month, State
from evenkeel.judge.audits.months import Facts, derive_standing, month_of, month_window, months_back
from evenkeel.kernel.time import US_PER_DAY

SEPTEMBER = Month(2026, 9)
WINDOW = month_window(SEPTEMBER, "Europe/Berlin")
FACTS = Facts(first_us=0, since_us=0, has_traffic=True)


def _state(facts: Facts, days: float) -> tuple[State, bool]:
    found = derive_standing(SEPTEMBER, WINDOW, facts, 10, WINDOW.end_us + round(days * US_PER_DAY))
    return found.state, found.may_be_signed


def test_a_month_is_that_of_the_organisations_zone() -> None:
    assert month_of(WINDOW.start_us, "Europe/Berlin") == SEPTEMBER
    assert month_of(WINDOW.start_us, "UTC") == Month(2026, 8)
    assert list(months_back(WINDOW.start_us, "Europe/Berlin", 2)) == [SEPTEMBER, Month(2026, 8)]


def test_it_is_due_for_ten_days_and_then_overdue() -> None:
    assert _state(FACTS, -0.01) == (State.NOT_DUE, False)
    assert _state(FACTS, 0) == _state(FACTS, 9.99) == (State.DUE, True)
    assert _state(FACTS, 10) == (State.OVERDUE, True)


def test_what_is_signed_is_done_whenever_that_was() -> None:
    assert _state(replace(FACTS, signed="Accepted by jo."), 400) == (State.DONE, False)


def test_months_that_are_not_whole_or_empty_are_not_due() -> None:
    assert _state(replace(FACTS, first_us=WINDOW.start_us), 40) == (State.OVERDUE, True)
    assert _state(replace(FACTS, first_us=WINDOW.start_us + 1), 40) == (State.NOT_DUE, True)
    assert _state(replace(FACTS, first_us=WINDOW.end_us), 40) == (State.NOT_DUE, False)
    assert _state(replace(FACTS, has_traffic=False), 40) == (State.NOT_DUE, False)
    assert _state(replace(FACTS, since_us=WINDOW.end_us), 40) == (State.NOT_DUE, True)


def test_of_a_month_that_runs_only_a_model_that_was_there_before_is_promised_an_audit() -> None:
    begun = derive_standing(SEPTEMBER, WINDOW, replace(FACTS, first_us=WINDOW.start_us + 1), 10, WINDOW.end_us - 1)
    assert begun.says.startswith("The model began within the month") and not begun.may_be_signed
    assert "due before" in derive_standing(SEPTEMBER, WINDOW, FACTS, 10, WINDOW.end_us - 1).says


def test_days_are_those_of_the_organisations_zone_and_the_day_that_is_told_is_too_late() -> None:
    facts = replace(FACTS, timezone="Europe/Berlin")
    assert derive_standing(SEPTEMBER, WINDOW, facts, 10, WINDOW.end_us).says == "Due before 2026-10-11."


def test_where_counters_are_gone_a_month_is_due_and_says_so() -> None:
    assert _state(replace(FACTS, has_traffic=None), 40) == (State.OVERDUE, True)
    told = derive_standing(SEPTEMBER, WINDOW, replace(FACTS, has_traffic=None), 10, WINDOW.end_us)
    assert told.says.endswith("nobody knows how much traffic it had.")
