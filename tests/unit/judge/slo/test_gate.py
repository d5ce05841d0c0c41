"""The gate's answers: each with its reason, none by accident."""

from __future__ import annotations

import pytest

from evenkeel.judge.slo.budget import MINUTES_30D, Tally, Terms, Unit, compute_budget
from evenkeel.judge.slo.gate import ChangeKind, DecidedBy, Decision, Override, decide_gate
from evenkeel.judge.slo.model import MinutesSli, Slo
from evenkeel.judge.slo.status import SloStatus
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.store.telemetry.port import ServiceKey

BOT = ServiceKey("production", "bot")
MONTH = Window(0, 30 * US_PER_DAY)
OVERRIDE = Override("o1", BOT, "the fix for the outage is in it", "ada", 0, 10 * US_PER_DAY)


def status(down: float, unknown: float = 0.0, *, name: str = "availability", seen: float = 43_200.0) -> SloStatus:
    budget = compute_budget(Tally(seen, down, unknown), Terms(0.001, Unit.MINUTES, MINUTES_30D, MINUTES_30D))
    slo = Slo(BOT, name, name.capitalize(), MinutesSli(), 0.999)
    return SloStatus(slo, MONTH.end_us, MONTH, MONTH, budget, budget, why_unknown="" if budget else "it was silent")


def ask(kind: str, *statuses: SloStatus, allow_unknown: bool = False, override: Override | None = None) -> Decision:
    return decide_gate(BOT, ChangeKind(kind), statuses, allow_unknown=allow_unknown, override=override)


@pytest.mark.parametrize(
    ("down", "rollout", "experiment"),
    [(0, True, True), (21.59, True, True), (21.6, True, False), (34.56, True, False), (34.6, False, False)],
)
def test_the_mode_governs_at_its_edges(down: float, rollout: bool, experiment: bool) -> None:
    for kind, expected in (("rollout", rollout), ("experiment", experiment), ("critical-fix", True)):
        decision = ask(kind, status(down))
        assert (decision.allowed, decision.by) == (expected, DecidedBy.BUDGET)


def test_a_refusal_names_the_objective_the_mode_and_what_is_left() -> None:
    reason = ask("rollout", status(1), status(38, name="latency")).reason
    assert reason == (
        "Denied: Latency of production/bot is in freeze: 12.1 % of the error budget is left (5.2 of 43.2 min)"
        " this month; rollouts wait."
    )


def test_the_objective_with_the_least_left_decides() -> None:
    decision = ask("rollout", status(1), status(20, name="latency"))
    assert decision.governing is not None
    assert (decision.allowed, decision.governing.slo.name) == (True, "latency")


@pytest.mark.parametrize("allow_unknown", [False, True])
def test_where_only_the_unseen_would_forbid_it_the_policy_for_the_unknown_decides(allow_unknown: bool) -> None:
    decision = ask("rollout", status(5, unknown=60), allow_unknown=allow_unknown)
    assert (decision.allowed, decision.by) == (allow_unknown, DecidedBy.UNKNOWN)
    assert "depends on what nobody saw" in decision.reason
    assert f"gate.when_unknown is {'allow' if allow_unknown else 'deny'}" in decision.reason


def test_what_is_denied_on_both_sides_is_denied_whatever_the_policy() -> None:
    decision = ask("rollout", status(38, unknown=60), allow_unknown=True)
    assert (decision.allowed, decision.by) == (False, DecidedBy.BUDGET)


@pytest.mark.parametrize("allow_unknown", [False, True])
def test_without_any_data_the_policy_decides_except_for_what_every_mode_permits(allow_unknown: bool) -> None:
    nothing = status(0, seen=0)
    decision = ask("rollout", nothing, allow_unknown=allow_unknown)
    assert (decision.allowed, decision.by) == (allow_unknown, DecidedBy.UNKNOWN)
    assert "it was silent" in decision.reason
    assert ask("critical-fix", nothing).allowed


def test_a_refusal_outweighs_what_is_not_known() -> None:
    decision = ask("rollout", status(0, seen=0, name="errors"), status(40), allow_unknown=True)
    assert (decision.allowed, decision.by) == (False, DecidedBy.BUDGET)


def test_an_override_lets_pass_and_still_says_what_the_budget_says() -> None:
    decision = ask("rollout", status(40), override=OVERRIDE)
    assert (decision.allowed, decision.by, decision.override) == (True, DecidedBy.OVERRIDE, OVERRIDE)
    assert "the fix for the outage is in it" in decision.reason
    assert "Without it: Denied: Availability" in decision.reason


def test_an_override_is_not_used_where_the_budget_allows() -> None:
    assert ask("rollout", status(1), override=OVERRIDE).by is DecidedBy.BUDGET


def test_nothing_governs_a_service_without_slos() -> None:
    assert (ask("rollout").allowed, ask("rollout").by) == (True, DecidedBy.NOTHING)


def test_an_override_ends_when_it_expires_or_is_revoked() -> None:
    assert OVERRIDE.is_active(10 * US_PER_DAY - 1)
    assert not OVERRIDE.is_active(10 * US_PER_DAY)
    assert not Override("o", BOT, "r", "ada", 0, 10, revoked_at_us=5).is_active(6)
