"""SPEC C, the rows of quality, drift and fairness: each is an objective with limits, windows, an alert, and a budget
where it is a share.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from evenkeel.judge.indicators.model import Reads
from evenkeel.judge.indicators.table import BY_NAME, load_defaults
from evenkeel.judge.objectives.assessing import is_assessed
from evenkeel.judge.objectives.assessors import plain_assessors
from evenkeel.judge.objectives.model import Objective, ObjectiveVerdict, ServiceStatus, WindowName
from evenkeel.judge.objectives.sentences import describe_window
from evenkeel.judge.slo.gate import ChangeKind, DecidedBy, decide_gate
from evenkeel.judge.slo.model import RuleId, Severity
from evenkeel.judge.slo.sampled import RATES, sampled_slo
from evenkeel.judge.slo.status import SloStatus
from evenkeel.judge.slo.thresholds import RULE, threshold_rules
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.kernel.verdict import Status, judge_verdict
from evenkeel.store.telemetry.port import ServiceKey

BOT = ServiceKey("production", "bot")
HOUR, DAY, WEEK = 3_600, 86_400, 604_800
NOW_US = 40 * US_PER_DAY


@dataclass(frozen=True)
class Row:
    """A line of the table: target, alert (None: the target), page and verdict windows in seconds."""

    indicator: str
    target: float
    alert: float | None
    page_s: int | None
    verdict_s: int
    is_rate: bool = False
    report: str = "this month"


ROWS = (
    Row("relevance", 0.80, 0.75, None, WEEK, is_rate=True),
    Row("hallucination_rate", 0.05, 0.08, HOUR, DAY, is_rate=True),
    Row("response_quality", 4.0, 3.5, None, DAY),  # 24 h to 7 d: the window grows
    Row("retrieval_accuracy", 0.85, 0.80, HOUR, DAY, is_rate=True),
    Row("task_completion", 0.70, 0.60, None, DAY, is_rate=True),
    Row("dont_know_rate", 0.20, 0.30, None, DAY, is_rate=True),
    Row("accuracy", 0.90, 0.85, None, DAY, is_rate=True),
    Row("precision", 0.85, 0.80, None, DAY, is_rate=True),
    Row("recall", 0.85, 0.80, None, DAY, is_rate=True),
    Row("f1", 0.85, 0.80, None, DAY),
    Row("auc_roc", 0.90, 0.85, None, DAY),
    Row("rmse", 1.0, 2.0, None, DAY),
    Row("mae", 1.0, 2.0, None, DAY),
    Row("confidence_high", 0.70, None, None, DAY, is_rate=True),
    Row("confidence_low", 0.10, 0.20, None, DAY, is_rate=True),
    Row("demographic_parity", 0.05, 0.10, None, WEEK, report="this quarter"),
    Row("equal_opportunity", 0.05, 0.10, None, WEEK, report="this quarter"),
    Row("equalised_odds", 0.05, 0.10, None, WEEK, report="this quarter"),
    Row("subgroup_accuracy", 0.05, 0.10, None, WEEK, report="this quarter"),
    Row("data_drift", 0.1, 0.2, None, DAY),
    Row("prediction_drift", 0.1, 0.2, None, DAY),
    Row("concept_drift", 0.05, None, None, DAY),
    Row("model_audit", 1.0, None, None, DAY),
)
BY_ROW = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.indicator)


def objective_of(row: Row, *, declared: bool = False) -> Objective:
    (found,) = (default for _, default in load_defaults() if default.indicator == row.indicator)
    return Objective(found.indicator, found.target, found.alert, found.page_s, found.verdict_s, declared=declared)


def judged(objective: Objective, *, n: int) -> ServiceStatus:
    """A service that is far beyond the alert, or of which nothing is known."""
    limit = objective.target if objective.alert is None else objective.alert
    bad = limit + 0.5 if objective.larger_is_worse else limit - 0.5
    window = Window(NOW_US - US_PER_DAY, NOW_US)
    estimate = Estimate(
        bad if n else None, objective.unit, bad, bad, 0.99, 0.95, n, "test", window, 1.0, NOW_US, NOW_US
    )
    verdict = judge_verdict(estimate, objective.limits, now_us=NOW_US, valid_for_us=US_PER_HOUR)
    names = [name for name in WindowName if name is not WindowName.PAGE]
    found = ObjectiveVerdict(objective, verdict, WindowName.VERDICT, dict.fromkeys(names, verdict), NOW_US, "")
    return ServiceStatus(BOT, "llm", verdict.status, NOW_US, (found,))


@BY_ROW
def test_limits_and_windows_are_those_of_the_operating_model(row: Row) -> None:
    found = objective_of(row)
    assert (found.target, found.alert, found.page_s, found.verdict_s) == (
        row.target, row.alert, row.page_s, row.verdict_s,
    )  # fmt: skip
    assert describe_window(WindowName.REPORT, found) == row.report


@BY_ROW
def test_each_is_looked_at_by_the_hour_and_somebody_answers_for_it(row: Row) -> None:
    found = objective_of(row)
    assert is_assessed(found)
    answered = {*plain_assessors(), Reads.DRIFT, Reads.AUDITS}
    assert found.definition.reads in answered


@BY_ROW
def test_a_share_has_a_budget_and_nothing_else_has_one(row: Row) -> None:
    slo = sampled_slo(BOT, objective_of(row), "UTC")
    assert (slo is not None) == row.is_rate == (row.indicator in RATES)
    if slo is not None:
        target = objective_of(row).target
        assert slo.target == pytest.approx(1 - target if objective_of(row).larger_is_worse else target)
        assert slo.window.calendar == "month"


@BY_ROW
def test_a_breach_of_its_longer_window_opens_a_ticket_and_a_missing_evaluation_leaves_an_alert_as_it_is(
    row: Row,
) -> None:
    objective = objective_of(row)
    (firing,) = threshold_rules([judged(objective, n=1_000)]).firing
    assert (firing.id, firing.severity) == (RuleId(BOT, row.indicator, RULE), Severity.TICKET)
    missing = judged(objective, n=0)
    assert missing.status is Status.UNKNOWN
    rules = threshold_rules([missing])
    assert (rules.firing, rules.undecided) == ((), {firing.id})


@BY_ROW
def test_the_gate_goes_by_a_rate_that_somebody_configured_and_denies_what_is_unknown(row: Row) -> None:
    for declared, by in ((False, DecidedBy.NOTHING), (True, DecidedBy.UNKNOWN)):
        slo = sampled_slo(BOT, replace(objective_of(row), declared=declared), "UTC")
        if slo is not None:
            month = Window(0, NOW_US)
            status = SloStatus(slo, NOW_US, month, month, None, None, why_unknown="it is not judged yet")
            found = decide_gate(BOT, ChangeKind.ROLLOUT, [status])
            assert (found.by, found.allowed) == (by, not declared)


def test_a_calibration_error_has_no_limit_but_the_one_that_is_declared() -> None:
    assert "calibration_error" in BY_NAME
    assert "calibration_error" not in {default.indicator for _, default in load_defaults()}


def test_every_indicator_that_is_assessed_is_a_row() -> None:
    assessed = {name for name in BY_NAME if is_assessed(Objective(name, 0.5, None))}
    assert assessed - {"calibration_error"} == {row.indicator for row in ROWS}
