"""Error budgets of rates of quality, which are known from a sample: labels, ratings, answers that were read. Pure.

Nothing is counted anew: the month's estimate of the objective, with the bounds that decide it, says what share of the
time that it is about was bad. What it is not about (predictions whose truth is still to come, days of which nobody
rated an answer, weighed by their requests) may have been good or bad, as everywhere in budgets.
"""

from __future__ import annotations

from typing import Final

from evenkeel.judge.objectives.model import Objective
from evenkeel.judge.objectives.sentences import describe_reasons
from evenkeel.judge.slo.budget import Budget, Unit, check_target
from evenkeel.judge.slo.catalogue import NO_RULES
from evenkeel.judge.slo.model import BudgetWindow, SampledSli, Slo
from evenkeel.judge.slo.wording import describe_share
from evenkeel.kernel.estimate import Estimate
from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.store.telemetry.port import ServiceKey

#: Indicators that are a share of trials, each good or bad: a mean rating, an area or an index has no budget.
RATES: Final = frozenset(
    (
        "accuracy",
        "precision",
        "recall",
        "confidence_high",
        "confidence_low",
        "relevance",
        "hallucination_rate",
        "retrieval_accuracy",
        "task_completion",
        "dont_know_rate",
    )
)


def sampled_slo(key: ServiceKey, objective: Objective, timezone: str) -> Slo | None:
    """The SLO of a rate of quality: its objective's target, by the month; None for what is no rate of traffic.

    >>> found = sampled_slo(ServiceKey("production", "bot"), Objective("dont_know_rate", 0.2, 0.3), "UTC")
    >>> found and (found.target, found.governs)
    (0.8, False)
    """
    definition = objective.definition
    target = round(1.0 - definition.scale.badness(objective.target), 12)
    if objective.source == "golden":  # golden queries are no sample of what is asked
        return None
    if objective.name not in RATES or not 0.0 < target < 1.0:
        return None
    return Slo(
        key=key,
        name=objective.name,
        title=objective.title,
        sli=SampledSli(objective.name, definition.counts, declared=objective.declared),
        target=target,
        window=BudgetWindow(calendar="month", timezone=timezone),
        catalogue=NO_RULES,
    )


def compute_sampled(
    estimate: Estimate, objective: Objective, budget_ratio: float, length_minutes: float, counted: Window
) -> Budget | None:
    """The budget of a month of `length_minutes` after `counted`, by an estimate; None where that says nothing.

    Both sides of the pair are bounds: the first is at least spent, the second at most, with all bad that the estimate
    is not about: time outside its window, and the part of the window that it did not see (`coverage`). Raises
    InvalidInputError where `budget_ratio` leaves no budget.
    """
    check_target(1.0 - budget_ratio)
    start_us, end_us = max(estimate.window.start_us, counted.start_us), min(estimate.window.end_us, counted.end_us)
    covered = estimate.coverage * max(0, end_us - start_us) / US_PER_MINUTE
    if estimate.value is None or estimate.reasons or estimate.n <= 0 or covered <= 0.0 or length_minutes <= 0.0:
        return None
    scale = objective.definition.scale
    low, high = sorted((scale.badness(estimate.low), scale.badness(estimate.high)))
    elapsed = counted.minutes
    missing = elapsed - covered
    bad = (low * covered, high * covered + missing)
    allowed = budget_ratio * length_minutes
    return Budget(
        unit=Unit.SAMPLE,
        allowed=1.0,
        spent=(bad[0] / allowed, bad[1] / allowed),
        attainment=(1.0 - bad[1] / elapsed, 1.0 - bad[0] / elapsed),
        allowed_minutes=allowed,
        allowed_so_far=elapsed / length_minutes,
        total=estimate.n,
        unknown=estimate.n * missing / covered,
    )


def describe_spent(
    key: ServiceKey, objective: Objective, estimate: Estimate, counted: Window, length_minutes: float
) -> str:
    """How much of a rate's error budget a month of `length_minutes` has spent, in a sentence; empty without one."""
    slo = sampled_slo(key, objective, "UTC")
    found = slo and compute_sampled(estimate, objective, slo.budget_ratio, length_minutes, counted)
    return f"Of its error budget of the month {describe_share(*found.used_ratio)} is spent." if found else ""


def why_no_budget(estimate: Estimate | None, counts: str, *, is_over: bool = False) -> str:
    """Why an estimate of a month makes no budget."""
    if estimate is None:
        return "what it is judged by could not be read"
    if estimate.reasons and (estimate.n > 0 or not is_over):
        return describe_reasons(estimate.reasons)
    return f"no {counts} that are kept are about it" if is_over else f"no {counts} are about this month yet"
