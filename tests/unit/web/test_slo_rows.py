"""What the pages of SLOs show of a status."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.judge.slo.budget import MINUTES_30D, Budget, Tally, Terms, Unit, compute_budget
from evenkeel.judge.slo.model import BurnRule, CompositeSli, ErrorsSli, LatencySli, ProbesSli, Severity, Slo
from evenkeel.judge.slo.status import BurnReading, Month, RuleReading, SloStatus
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.web.slo_rows import (
    answers,
    budget_facts,
    month_row,
    objective_budgets,
    rule_row,
    slo_answers,
    slo_row,
    stretch_row,
)

BOT = ServiceKey("production", "bot")
MONTH = Window(0, 30 * US_PER_DAY)
SLO = Slo(BOT, "errors", "Requests without error", ErrorsSli(), 0.999)
RULE = BurnRule(Severity.PAGE, 3_600, 300, 14.4)


def status(bad: float, unknown: float = 0.0, *, seen: float = 43_200.0, slo: Slo = SLO) -> SloStatus:
    terms = Terms(0.001, Unit.EVENTS, MINUTES_30D, MINUTES_30D)
    budget = compute_budget(Tally(seen, bad, unknown), terms)
    return SloStatus(slo, MONTH.end_us, MONTH, MONTH, budget, budget, why_unknown="" if budget else "it was silent")


def firing(burn: float) -> RuleReading:
    reading = BurnReading(3_600, burn, burn / 2, burn * 2, 10_000.0)
    return RuleReading(RULE, reading, replace(reading, window_s=300), fires=burn > RULE.factor)


@pytest.mark.parametrize(
    ("found", "mood", "how"),
    [
        ([], "unknown", "No SLO is judged yet."),
        ([status(1)], "ok", "Of 1 SLO, 1 in velocity."),
        ([status(40), status(30), status(1)], "breach", "Of 3 SLOs, 1 in freeze, 1 in caution, 1 in velocity."),
        ([replace(status(1), rules=(firing(100.0),))], "breach", "Of 1 SLO, 1 in velocity. 1 burns fast now."),
        ([status(1), status(0, seen=0)], "unknown", "Of 2 SLOs, 1 in velocity, 1 unknown."),
    ],
)
def test_all_slos_in_a_sentence(found: list[SloStatus], mood: str, how: str) -> None:
    said = answers(found)
    assert (said["mood"], said["how"]) == (mood, how)


def test_a_fast_burn_outweighs_a_full_budget() -> None:
    said = slo_answers(replace(status(1), rules=(firing(100.0),)), [], "UTC")
    assert said["mood"] == "breach"
    assert "It burns fast now: burn-1h-5m. At this rate the rest is gone in 7.0 h." in said["changed"]
    assert said["todo"] == "See below what fails, and stop what causes it."


def test_what_spent_most_is_dated_in_the_time_zone_that_decides() -> None:
    hour = Window(14 * US_PER_HOUR, 15 * US_PER_HOUR)
    minute = Window(0, US_PER_HOUR // 60)
    said = slo_answers(status(20), [(minute, 2.0, 5.0), (hour, 18.0, 60.0)], "Europe/Berlin")
    assert said["changed"] == (
        "Most was spent on 01 Jan from 15:00 to 16:00 (Europe/Berlin): 18 events bad of 60 events."
    )


def test_an_unknown_slo_says_why_and_what_would_make_it_known() -> None:
    row = slo_row(status(0, seen=0))
    assert (row["word"], row["left"], row["meter"]) == ("unknown", "it was silent", "")
    assert slo_answers(status(0, seen=0), [], "UTC")["todo"] == "Send traffic or probes, and it will be known."


def test_a_mode_that_only_the_unseen_makes_is_marked() -> None:
    row = slo_row(status(1, unknown=40))
    assert (row["sign"], row["word"]) == ("partial", "freeze, by its bound")
    assert "A probe would make known" in slo_answers(status(1, unknown=40), [], "UTC")["todo"]


def test_figures_are_shown_without_maintenance_and_with_it() -> None:
    both = replace(status(10), budget_with_maintenance=status(60).budget, excluded_minutes=30.0)
    facts = {title: (one, other) for title, one, other in budget_facts(both)}
    assert facts["Spent"] == ("10 events (23.1 %)", "60 events (138.9 %)")
    assert facts["Mode"] == ("velocity", "freeze")
    row = slo_row(both)
    assert (row["excluded"], row["with_maintenance"]) == ("30 min", "-38.9 %")
    month = month_row(Month(both, is_running=False, is_partial=False), SLO)
    assert (month["used"], month["used_with"], month["excluded"]) == ("23.1 %", "138.9 %", "30 min")


@pytest.mark.parametrize(
    ("bad", "unknown", "met", "word"),
    [(43, 0, "ok", "met"), (44, 0, "breach", "missed"), (1, 100, "unknown", "unknown")],
)
def test_a_month_is_met_on_its_lower_bound_only(bad: float, unknown: float, met: str, word: str) -> None:
    row = month_row(Month(status(bad, unknown), is_running=False, is_partial=False), SLO)
    assert (row["met"], row["met_word"]) == (met, word)
    running = month_row(Month(status(bad, unknown), is_running=True, is_partial=True), SLO)
    assert (running["met_word"], running["note"]) == (f"{word} so far", "running")


def test_a_rule_shows_its_burns_beside_its_limit() -> None:
    row = rule_row(firing(136.0), status(1))
    assert [window["burn"] for window in row["windows"]] == ["136", "136"]
    assert [window["interval"] for window in row["windows"]] == ["[68–272]"] * 2
    assert row["fires"] and row["means"].startswith("Pages when more than 2 % of the budget")


def test_a_stretch_says_what_it_counts() -> None:
    row = stretch_row(SLO, Unit.EVENTS, (MONTH, 1, 2_000))
    assert (row["bad"], row["total"]) == ("1 event", "2,000 events")
    row = stretch_row(SLO, Unit.MINUTES, (MONTH, 1.5, 60))
    assert (row["bad"], row["total"]) == ("1.5 min", "60.0 min")


def test_what_burns_together_has_no_share_of_its_own() -> None:
    both = replace(SLO, sli=CompositeSli((("errors", 1.0), ("speed", 0.5))))
    budget = Budget(Unit.SHARE, 1.0, (0.1, 0.2), (0.0, 0.0), 43.2, 0.5, 900, 0)
    status = SloStatus(both, 0, MONTH, MONTH, budget, budget)
    assert "It burns as its parts do: errors × 1, speed × 0.5, this month" in slo_answers(status, [], "UTC")["how"]
    assert (slo_row(status)["attainment"], slo_row(status)["n"]) == ("–", "")
    assert [title for title, _, _ in budget_facts(status)] == ["Budget", "Spent", "Left", "Mode"]


def test_a_stretch_leads_to_its_events() -> None:
    assert "outcome=bad" in stretch_row(SLO, Unit.EVENTS, (MONTH, 1, 2))["url"]
    slow = replace(SLO, sli=LatencySli(2.5))
    assert "slower_than_s=2.5" in stretch_row(slow, Unit.EVENTS, (MONTH, 1, 2))["url"]
    probed = stretch_row(replace(SLO, sli=ProbesSli()), Unit.EVENTS, (MONTH, 1, 2))["url"]
    assert probed.endswith("&kind=probe&outcome=bad")  # probes are no logical requests
    named = stretch_row(replace(SLO, sli=ProbesSli(("returns", "cert"))), Unit.EVENTS, (MONTH, 1, 2))["url"]
    assert named.endswith("&probe=returns%2Ccert&outcome=bad")


def test_objectives_are_told_what_is_left_of_the_budget_of_their_name() -> None:
    unknown = replace(status(0.0), budget=None, why_unknown="it is not judged yet")
    found = objective_budgets([status(12.0)])[SLO.name]
    assert (found["sign"], found["word"]) == ("ok", "velocity")
    assert found["text"].startswith("72.2 % of the error budget is left")
    assert objective_budgets([unknown])[SLO.name]["text"] == "error budget unknown: it is not judged yet"
