"""Alerts in words: number, bounds, n, windows, what the target allows."""

from __future__ import annotations

from dataclasses import replace

from evenkeel.judge.slo.burn import Counts, judge_burn
from evenkeel.judge.slo.explain import describe_share, explain_burn, explain_outage, slo_url, unit_of
from evenkeel.judge.slo.model import (
    BurnRule,
    ErrorsSli,
    Family,
    LatencySli,
    Method,
    MinutesSli,
    ProbesSli,
    RuleId,
    Severity,
    Slo,
)
from evenkeel.judge.slo.outage import Run
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.store.telemetry.port import ServiceKey

KEY = ServiceKey("production", "support bot/eu")
ERRORS = Slo(KEY, "error_rate", "Requests without error", ErrorsSli(), 0.999)
QUICK = BurnRule(Severity.PAGE, 3_600, 300, 14.4)


def test_a_burn_alert_says_both_windows_the_pace_and_how_long_a_budget_lasts() -> None:
    result = judge_burn(QUICK, 0.001, Counts(3_000, 60, 3_000 * 50, 40), Counts(250, 10, 250 * 50, 5))
    firing = explain_burn(ERRORS, RuleId(KEY, "error_rate", QUICK.name), result, 5)
    assert firing.sentence.startswith("Requests without error: 2 % [")
    assert "of 3,000 requests bad in 1 h, " in firing.sentence
    assert "of 250 requests in 5 min; 20 times what 99.9 % allows." in firing.sentence
    assert firing.sentence.endswith("A whole budget lasts 36 h at this rate.")
    assert firing.family is Family.BURN
    assert firing.since_us == 5
    assert "factor 14.4" in firing.facts["burn rate"]


def test_an_outage_says_how_many_of_what_failed_for_how_long() -> None:
    run = Run(failures=14, probes=4, first_at_us=0, last_at_us=65 * US_PER_SECOND, evidence=9.0, needed=7.5, fires=True)
    firing = explain_outage(ERRORS, RuleId(KEY, "error_rate", "hard-outage"), run, 0)
    assert firing.sentence == "Nothing succeeds: the last 10 requests and 4 probes failed, in a row over 1.1 min."
    assert firing.severity is Severity.PAGE


def test_a_long_outage_says_since_when_and_that_there_were_more() -> None:
    ends_us = 3_600 * US_PER_SECOND
    run = Run(2_000, 0, first_at_us=ends_us - 60 * US_PER_SECOND, last_at_us=ends_us, evidence=99, needed=9, fires=True)
    said = explain_outage(ERRORS, RuleId(KEY, "error_rate", "hard-outage"), run, 0).sentence
    assert said == "Nothing succeeds: at least the last 2,000 requests failed, in a row over 1 h."


def test_links_survive_names_with_slashes_and_spaces() -> None:
    assert slo_url(ERRORS) == "/slos/production/support%20bot/eu/error_rate"


def test_bursts_widen_the_interval_that_is_shown() -> None:
    spread, burst = Counts(1_000, 20, 1_000, 20), Counts(1_000, 20, 1_000 * 200, 5)
    assert describe_share(spread, "requests") != describe_share(burst, "requests")
    assert describe_share(Counts(0, 0, 0, 0), "probes") == "no probes"


def test_each_sli_counts_something_of_its_own() -> None:
    units = [
        unit_of(Slo(KEY, "x", "x", sli, 0.99)) for sli in (ErrorsSli(), LatencySli(2.0), MinutesSli(), ProbesSli())
    ]
    assert units == ["requests", "requests", "minutes", "probes"]
    named = Slo(KEY, "x", "x", ProbesSli(("shop-returns", "shop-cert")), 0.99)
    assert describe_share(Counts(20, 10, 20, 2), unit_of(named)).endswith("of 20 runs of shop-returns and shop-cert")


def test_slices_are_not_called_requests() -> None:
    counts = Counts(60.0, 12.0, 60.0, 12)
    slices = replace(ERRORS, method=Method.TIMESLICES, slice_s=300)
    result = judge_burn(BurnRule(Severity.PAGE, 18_000, 1_800, 14.4), 0.001, counts, counts)
    said = explain_burn(slices, RuleId(ERRORS.key, "errors", "burn"), result, 0).sentence
    assert "of 60 slices of 5 min bad" in said
