"""Budgets of rates that a sample tells: by bounds, and never bolder than they are."""

from __future__ import annotations

import pytest

from evenkeel.judge.objectives.model import Objective
from evenkeel.judge.slo.budget import Budget, Mode, Unit
from evenkeel.judge.slo.gate import ChangeKind, DecidedBy, decide_gate
from evenkeel.judge.slo.model import Slo
from evenkeel.judge.slo.sampled import compute_sampled, describe_spent, sampled_slo, why_no_budget
from evenkeel.judge.slo.status import SloStatus
from evenkeel.judge.slo.wording import describe_status
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey

BOT = ServiceKey("production", "bot")
ACCURACY = Objective("accuracy", 0.9, 0.85, None, 86_400, declared=True)
DONT_KNOW = Objective("dont_know_rate", 0.2, 0.3, None, 86_400)
MONTH = 30 * 1_440.0


def days(count: float) -> Window:
    return Window(0, int(count * US_PER_DAY))


def estimated(low: float, high: float, until: float = 15, *reasons: str, n: int = 400) -> Estimate:
    value = None if n == 0 else (low + high) / 2
    return Estimate(value, "ratio", low, high, 0.99, 0.95, n, "test", days(until), 1.0, 0, 0, reasons=reasons)


def budget(low: float, high: float, until: float = 15, now: float = 15) -> Budget:
    found = compute_sampled(estimated(low, high, until), ACCURACY, 0.1, MONTH, days(now))
    assert found is not None
    return found


def status(found: Budget | None, objective: Objective = ACCURACY) -> SloStatus:
    slo = sampled_slo(BOT, objective, "UTC")
    assert isinstance(slo, Slo)
    return SloStatus(slo, days(15).end_us, days(30), days(15), found, found)


@pytest.mark.parametrize(
    ("low", "high", "mode", "is_by_bound"),
    [
        (0.93, 0.97, Mode.VELOCITY, False),  # at most 7 % bad over half a month: 35 % of the budget
        (0.85, 0.97, Mode.CAUTION, True),
        (0.86, 0.89, Mode.CAUTION, False),
        (0.80, 0.89, Mode.CAUTION, True),  # perhaps frozen: not proved
        (0.70, 0.80, Mode.FREEZE, False),
        (0.00, 0.99, None, True),
    ],
)
def test_a_mode_is_said_where_both_bounds_say_it_and_is_caution_between(
    low: float, high: float, mode: Mode | None, is_by_bound: bool
) -> None:
    found = status(budget(low, high))
    assert found.mode is mode
    assert found.budget is not None
    assert found.budget.is_by_bound is is_by_bound


def test_days_that_no_label_is_about_may_all_have_been_bad() -> None:
    whole, late = budget(0.95, 0.97), budget(0.95, 0.97, until=12)
    assert whole.unit is Unit.SAMPLE
    assert whole.used_ratio == pytest.approx((0.03 * 15 / 3, 0.05 * 15 / 3))
    assert late.used_ratio == pytest.approx((0.03 * 12 / 3, (0.05 * 12 + 3) / 3))
    assert status(late).mode is None
    assert status(late).is_met is None
    assert "about 80 % of the month so far" in describe_status(status(late))


@pytest.mark.parametrize("reason", ["label_arrival_unknown", "labels_overdue", "uncorrected", "sampling_unknown"])
def test_what_no_bound_decides_makes_no_budget_and_says_why(reason: str) -> None:
    given = estimated(0.95, 0.97, 15, reason)
    assert compute_sampled(given, ACCURACY, 0.1, MONTH, days(15)) is None
    assert why_no_budget(given, "labels") not in ("", reason)


def test_without_a_label_or_a_day_in_common_nothing_is_known() -> None:
    assert compute_sampled(estimated(0.0, 1.0, n=0), ACCURACY, 0.1, MONTH, days(15)) is None
    before = Window(20 * US_PER_DAY, 21 * US_PER_DAY)
    assert compute_sampled(estimated(0.95, 0.97), ACCURACY, 0.1, MONTH, before) is None
    assert why_no_budget(estimated(0.0, 1.0, n=0), "labels") == "no labels are about this month yet"
    with pytest.raises(InvalidInputError, match="no error budget"):
        compute_sampled(estimated(0.95, 0.97), ACCURACY, 0.0, MONTH, days(15))


def test_a_rate_of_bad_ones_spends_what_it_says() -> None:
    found = compute_sampled(estimated(0.10, 0.12), DONT_KNOW, 0.2, MONTH, days(15))
    assert found is not None
    assert found.used_ratio == pytest.approx((0.25, 0.30))
    assert sampled_slo(BOT, Objective("rmse", 1.0, 2.0), "UTC") is None
    assert sampled_slo(BOT, Objective("retrieval_accuracy", 0.85, 0.8, source="golden"), "UTC") is None
    assert sampled_slo(BOT, Objective("accuracy", 1.0, 0.9), "UTC") is None


def test_the_gate_goes_by_what_somebody_configured_and_what_is_open_is_left_to_its_policy() -> None:
    frozen, opened = status(budget(0.70, 0.80)), status(budget(0.0, 0.99))
    assert not decide_gate(BOT, ChangeKind.ROLLOUT, [frozen]).allowed
    assert decide_gate(BOT, ChangeKind.CRITICAL_FIX, [frozen]).allowed
    found = decide_gate(BOT, ChangeKind.ROLLOUT, [opened])
    assert (found.allowed, found.by) == (False, DecidedBy.UNKNOWN)
    assert decide_gate(BOT, ChangeKind.ROLLOUT, [opened], allow_unknown=True).allowed
    assert decide_gate(BOT, ChangeKind.ROLLOUT, [status(None)]).by is DecidedBy.UNKNOWN
    by_itself = status(budget(0.70, 0.80), DONT_KNOW)
    assert decide_gate(BOT, ChangeKind.ROLLOUT, [by_itself]).by is DecidedBy.NOTHING


def test_what_a_month_has_spent_is_told_in_a_sentence_and_of_what_is_no_rate_nothing() -> None:
    given = estimated(0.95, 0.97)
    told = describe_spent(BOT, ACCURACY, given, days(15), MONTH)
    assert told == "Of its error budget of the month 15.0 to 25.0 % is spent."
    assert describe_spent(BOT, Objective("rmse", 1.0, 2.0), given, days(15), MONTH) == ""
    assert describe_spent(BOT, ACCURACY, estimated(0.0, 1.0, n=0), days(15), MONTH) == ""
