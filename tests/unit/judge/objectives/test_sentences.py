"""Verdicts in words: a number is never bare, and an unknown says what would settle it."""

from __future__ import annotations

import pytest

from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.judge.objectives.sentences import (
    describe_verdict,
    describe_window,
    format_interval,
    format_target,
    format_value,
)
from evenkeel.kernel.estimate import Estimate, Need
from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.kernel.verdict import Status, Verdict

ERRORS = Objective("error_rate", 0.001, 0.005)
LATENCY = Objective("latency_p95", 2.0, 3.0)
AVAILABLE = Objective("availability", 0.999, 0.995)


def verdict(
    objective: Objective = ERRORS,
    *,
    value: float | None = 0.0093,
    shown: tuple[float | None, float | None] = (0.0071, 0.0112),
    n: float = 12_410,
    needs: Need | None = None,
    reasons: tuple[str, ...] = (),
) -> Verdict:
    estimate = Estimate(
        value, objective.unit, 0.0, 1.0, 0.999, 0.95, n, "m", Window(0, US_PER_HOUR), 1.0, 0, 0,
        shown_low=shown[0], shown_high=shown[1], reasons=reasons,
    )  # fmt: skip
    return Verdict(Status.UNKNOWN, estimate, objective.limits, 0, 1, reasons=reasons, needs=needs)


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (None, "ratio", "–"), (0.0, "ratio", "0 %"), (1.0, "ratio", "100 %"), (0.00934, "ratio", "0.93 %"),
        (0.99953, "ratio", "99.95 %"), (0.1, "ratio", "10 %"), (2.5, "ratio", "250 %"), (0.5, "s", "500 ms"),
        (1.2345, "s", "1.23 s"), (3.0, "s", "3 s"), (0.0, "s", "0 ms"), (120.0, "s", "120 s"),
    ],
)  # fmt: skip
def test_values_have_a_unit_and_as_many_digits_as_they_deserve(value: float | None, unit: str, text: str) -> None:
    assert format_value(value, unit) == text


def test_targets_say_on_which_side_is_good() -> None:
    assert [format_target(each) for each in (ERRORS, LATENCY, AVAILABLE)] == ["< 0.1 %", "< 2 s", "≥ 99.9 %"]


@pytest.mark.parametrize(
    ("objective", "shown", "text"),
    [
        (ERRORS, (0.0071, 0.0112), "[0.71–1.12 %]"),
        (LATENCY, (0.8, 1.2), "[800 ms–1.2 s]"),
        (LATENCY, (0.2, 0.4), "[200–400 ms]"),
        (ERRORS, (None, 0.1), ""),
        (ERRORS, (0.1, None), ""),
    ],
)
def test_intervals_name_their_unit_once_where_it_is_one(
    objective: Objective, shown: tuple[float | None, float | None], text: str
) -> None:
    assert format_interval(verdict(objective, shown=shown).estimate) == text


def test_a_settled_verdict_is_value_interval_sample_window_and_target() -> None:
    said = describe_verdict(ERRORS, verdict(), Status.BREACH)
    assert said == "Error rate 0.93 % [0.71–1.12 %] over 12,410 requests in 1 h; target < 0.1 %."


def test_an_unknown_says_how_much_more_and_how_long_that_takes() -> None:
    said = describe_verdict(ERRORS, verdict(needs=Need(350, "requests", 21_600)), Status.UNKNOWN)
    assert said.endswith("target < 0.1 %. It takes about 350 more requests, ≈ 6 h to say.")


@pytest.mark.parametrize(
    ("need", "text"),
    [
        (Need(1, "minutes with requests or probes"), "It takes 1 more minute with requests or probes to say."),
        (Need(1, "requests"), "It takes 1 more request to say."),
        (Need(12_345.6, "requests"), "It takes about 12,346 more requests to say."),
        (Need(1, "capacity in the configuration"), "It takes a capacity in the configuration to say."),
    ],
)
def test_what_is_needed_is_said_in_whole_words(need: Need, text: str) -> None:
    assert describe_verdict(ERRORS, verdict(needs=need), Status.PARTIAL).endswith(text)


def test_where_nothing_was_counted_nothing_is_claimed() -> None:
    said = describe_verdict(ERRORS, verdict(value=None, n=0, needs=Need(598, "requests")), Status.UNKNOWN)
    assert said == ("Error rate: nothing to judge yet; target < 0.1 %. It takes about 598 more requests to say.")


@pytest.mark.parametrize(
    ("reasons", "text"),
    [
        (("hole", "sampling_unknown"), "Part of the window is missing; its sampling is unknown"),
        (("minutes_without_evidence",), "Some minutes hold neither requests nor probes."),
        (("something_internal",), "target < 0.1 %."),
    ],
)
def test_reasons_are_words_and_codes_stay_inside(reasons: tuple[str, ...], text: str) -> None:
    said = describe_verdict(ERRORS, verdict(reasons=reasons), Status.PARTIAL)
    assert text in said
    assert "_" not in said


def test_silence_is_said_once_and_asks_for_nothing() -> None:
    silent = verdict(reasons=("silent", "expired"), needs=Need(5, "requests"))
    said = describe_verdict(ERRORS, silent, Status.STALE)
    assert said.endswith("target < 0.1 %. Nothing has been heard from it.")
    late = describe_verdict(ERRORS, verdict(reasons=("expired",)), Status.STALE)
    assert late.endswith("The verdict was not renewed in time.")


@pytest.mark.parametrize("status", [Status.OK, Status.BREACH, Status.WARNING])
def test_what_is_settled_gives_no_excuses(status: Status) -> None:
    said = describe_verdict(ERRORS, verdict(reasons=("hole",), needs=Need(9, "requests")), status)
    assert said.endswith("target < 0.1 %.")


def test_one_is_not_ones() -> None:
    assert " over 1 request in " in describe_verdict(ERRORS, verdict(n=1), Status.OK)
    assert " over 1 minute in " in describe_verdict(AVAILABLE, verdict(AVAILABLE, n=1), Status.OK)


def test_every_horizon_has_a_word_of_its_own() -> None:
    for indicator, report in (("error_rate", "this month"), ("equalised_odds", "this quarter")):
        objective = Objective(indicator, 0.01, None)
        assert len({describe_window(name, objective) for name in WindowName}) == len(WindowName)
        assert describe_window(WindowName.REPORT, objective) == report
