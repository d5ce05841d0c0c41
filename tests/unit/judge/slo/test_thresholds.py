"""Fixed thresholds as alert rules: what a page window's verdict says, and what it leaves open."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.judge.indicators.share import estimate_share
from evenkeel.judge.objectives.model import Objective, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.slo.model import Family, RuleId, Severity
from evenkeel.judge.slo.thresholds import RULE, threshold_rules
from evenkeel.kernel.estimate import Evidence
from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.kernel.verdict import Status, Verdict, judge_verdict
from evenkeel.store.telemetry.port import Clusters, ServiceKey

BOT = ServiceKey("production", "bot")
ERRORS = Objective("error_rate", 0.001, 0.005)


def verdict(total: list[float], bad: list[float], *, coverage: float = 1.0) -> Verdict:
    window = Window(0, 5 * US_PER_MINUTE)
    given = Circumstances(window, window.end_us, window.end_us, coverage, 1e-6, 0.05, Evidence("/events", "rule"))
    estimate = estimate_share(Clusters("minute", total, bad, total, {}), ERRORS.limits, given)
    return judge_verdict(estimate, ERRORS.limits, now_us=window.end_us, valid_for_us=US_PER_MINUTE)


def status(page: Verdict) -> ServiceStatus:
    by_window = dict.fromkeys(WindowName, page)
    one = ObjectiveVerdict(ERRORS, page, WindowName.PAGE, by_window, 7, "")
    return ServiceStatus(BOT, "llm", page.status, 7, (one,))


BROKEN = verdict([100.0] * 5, [50.0] * 5)
HEALTHY = verdict([2_000.0] * 5, [0.0] * 5)


def test_a_breach_fires_with_value_sample_window_and_threshold() -> None:
    found = threshold_rules([status(BROKEN)])
    (firing,) = found.firing
    assert firing.id == RuleId(BOT, "error_rate", RULE)
    assert (firing.family, firing.severity, firing.since_us) == (Family.THRESHOLD, Severity.PAGE, 7)
    assert firing.sentence.startswith("Error rate 50 % [")
    assert firing.sentence.endswith("over 500 requests in 5 min; target < 0.1 %; alerts > 0.5 %.")
    assert found.undecided == frozenset()


def test_what_is_well_is_clear() -> None:
    assert HEALTHY.status is Status.OK
    found = threshold_rules([status(HEALTHY)])
    assert (found.firing, found.undecided) == ((), frozenset())


@pytest.mark.parametrize("said", [Status.STALE, Status.PARTIAL])
def test_a_verdict_that_says_nothing_neither_fires_nor_clears(said: Status) -> None:
    found = threshold_rules([status(replace(HEALTHY, status=said))])
    assert found.firing == ()
    assert found.undecided == {RuleId(BOT, "error_rate", RULE)}


def test_an_empty_window_neither_fires_nor_clears() -> None:
    assert threshold_rules([status(verdict([], []))]).undecided == {RuleId(BOT, "error_rate", RULE)}


def test_too_few_requests_to_settle_it_are_clear_once_they_are_there() -> None:
    few = verdict([3.0], [0.0])
    assert few.status is Status.UNKNOWN
    assert threshold_rules([status(few)]).undecided == frozenset()


def test_a_load_beyond_capacity_can_wait_for_office_hours() -> None:
    one = status(BROKEN).verdicts[0]
    load = replace(one, objective=Objective("throughput", 0.66, 0.8))
    (firing,) = threshold_rules([replace(status(BROKEN), verdicts=(load,))]).firing
    assert firing.severity is Severity.TICKET


def test_what_is_looked_at_by_the_hour_alerts_by_its_verdict_window_as_a_ticket() -> None:
    accuracy = Objective("accuracy", 0.9, 0.85, None, 86_400)
    by_window = {WindowName.VERDICT: BROKEN, WindowName.REPORT: HEALTHY}
    one = ObjectiveVerdict(accuracy, BROKEN, WindowName.VERDICT, by_window, 7, "")
    (firing,) = threshold_rules([ServiceStatus(BOT, "ml", Status.BREACH, 7, (one,))]).firing
    assert (firing.severity, firing.since_us) == (Severity.TICKET, 7)


@pytest.mark.parametrize(
    ("page", "last_day", "expected"),
    [(BROKEN, BROKEN, Severity.PAGE), (BROKEN, HEALTHY, Severity.PAGE), (HEALTHY, BROKEN, Severity.TICKET)],
)
def test_answers_page_where_the_last_hour_shows_it_and_else_wait_for_the_morning(
    page: Verdict, last_day: Verdict, expected: Severity
) -> None:
    answers = Objective("hallucination_rate", 0.05, 0.08, 3_600, 86_400)
    by_window = {WindowName.PAGE: page, WindowName.VERDICT: last_day, WindowName.REPORT: HEALTHY}
    one = ObjectiveVerdict(answers, page, WindowName.PAGE, by_window, 7, "")
    (firing,) = threshold_rules([ServiceStatus(BOT, "llm", Status.BREACH, 7, (one,))]).firing
    assert firing.severity is expected


def test_partial_labels_leave_an_alert_as_it_is() -> None:
    accuracy = Objective("accuracy", 0.9, 0.85, None, 86_400)
    unknown = replace(HEALTHY, status=Status.PARTIAL)
    by_window = {WindowName.VERDICT: unknown, WindowName.REPORT: unknown}
    one = ObjectiveVerdict(accuracy, unknown, WindowName.VERDICT, by_window, 7, "")
    found = threshold_rules([ServiceStatus(BOT, "ml", Status.PARTIAL, 7, (one,))])
    assert (found.firing, found.undecided) == ((), {RuleId(BOT, "accuracy", RULE)})
