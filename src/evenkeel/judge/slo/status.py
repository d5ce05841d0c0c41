"""How an SLO stands: what pages, the command line, the API and the gate read."""

from __future__ import annotations

from dataclasses import dataclass

from evenkeel.judge.slo.budget import Budget, Mode, Unit
from evenkeel.judge.slo.burn import BurnResult, Counts
from evenkeel.judge.slo.model import BurnRule, Slo
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.time import Window


@dataclass(frozen=True, slots=True)
class BurnReading:
    """The burn rate over one window: how many times faster than the target allows.

    None where the window holds nothing. `low` and `high` are its 95 % interval.
    """

    window_s: int
    burn: float | None
    low: float | None
    high: float | None
    n: float


@dataclass(frozen=True, slots=True)
class RuleReading:
    """A burn rule with the readings of its two windows. `fires` is None where it cannot be judged."""

    rule: BurnRule
    long: BurnReading
    short: BurnReading
    fires: bool | None


@dataclass(frozen=True, slots=True)
class SloStatus:
    """One SLO at one moment. `budget` is None when nothing was counted: then nothing is known."""

    slo: Slo
    at_us: int
    period: Window  # what the budget is for
    counted: Window  # the part of it that has been, from when the service was first seen
    budget: Budget | None  # without maintenance: what governs
    budget_with_maintenance: Budget | None  # nothing excluded
    excluded_minutes: float = 0.0
    rules: tuple[RuleReading, ...] = ()
    suspect: bool = False
    why_unknown: str = ""

    @property
    def mode(self) -> Mode | None:
        """None when nothing is known."""
        return None if self.budget is None or self.budget.is_open else self.budget.mode

    @property
    def is_met(self) -> bool | None:
        """Whether the target holds: True only on the lower bound, None while the bounds disagree."""
        if self.budget is None:
            return None
        low, high = (round(bound, 12) for bound in self.budget.attainment)
        if low >= self.slo.target:
            return True
        return False if high < self.slo.target else None


@dataclass(frozen=True, slots=True)
class Month:
    """One calendar month of an SLO; judged by itself."""

    status: SloStatus
    is_running: bool
    is_partial: bool  # the service began within it, or it is still running


@dataclass(frozen=True, slots=True)
class Point:
    """What was left of the budget at a moment: share of it, (low, high)."""

    at_us: int
    low: float
    high: float


def worst_first(status: SloStatus) -> tuple[int, float, str, str]:
    """The order of lists: the least budget left first; of a sample what is left at most, as no more is proved spent."""
    budget = status.budget
    low, high = (0.0, 0.0) if budget is None else budget.remaining_ratio
    left = high if budget is not None and budget.unit is Unit.SAMPLE else low
    return (budget is None, left, str(status.slo.key), status.slo.name)


def rule_reading(slo: Slo, result: BurnResult) -> RuleReading:
    """What a rule of an SLO read when it was judged."""
    return RuleReading(
        result.rule,
        _burn_reading(result.rule.long_s, result.long, slo.budget_ratio),
        _burn_reading(result.rule.short_s, result.short, slo.budget_ratio),
        result.fires,
    )


def _burn_reading(window_s: int, counts: Counts, budget_ratio: float) -> BurnReading:
    ratio = counts.ratio
    if ratio is None:
        return BurnReading(window_s, None, None, None, 0.0)
    low, high = wilson_interval(counts.bad / counts.design_effect, counts.total / counts.design_effect)
    return BurnReading(window_s, ratio / budget_ratio, low / budget_ratio, high / budget_ratio, counts.total)
