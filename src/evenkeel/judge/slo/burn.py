"""Burn-rate rules that chance alone does not fire.

A rule of the SRE Workbook (chapter 5) fires when the share of bad ones exceeds `factor` times the budget over a
long and a short window. With little traffic a single error does that. So a rule here must moreover find the
long window's bad ones beyond chance at a burn of 1: an exact binomial test (Clopper and Pearson 1934) of the
hypothesis that no more is failing than the target allows.

Failures come in bursts. The test takes one minute's requests to be correlated by `CORRELATION`, as a
beta-binomial with that intra-class correlation, and divides counts by the design effect 1 + (m - 1) rho of
their minutes (Kish 1965). Moreover one caller that retries is no trend: bad ones must lie in `HITS_MIN` minutes,
unless there are too many for that. `bench/false_pages.py` measures what is left of false pages.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.slo.model import BurnRule, Severity
from evenkeel.kernel.stats.special import beta_tails

#: Correlation of the requests of one minute that a burst is allowed to have.
CORRELATION: Final = 0.1

#: Chance that a window of a service that spends exactly its budget is taken for one that overspends. Windows
#: overlap, and a service sees about 720 hours a month: at these the measured rate stays below 0.1 pages a month.
ALPHA: Final = {Severity.PAGE: 2e-4, Severity.TICKET: 1e-3}

#: A burst may lie across the edge of two minutes; what is in three is more than one.
HITS_MIN: Final = 3
#: More bad ones than one caller's retries usually are.
MANY_BAD: Final = 50.0


@dataclass(frozen=True, slots=True)
class Counts:
    """Bad ones of all in a window, and how they lie in its minutes."""

    total: float
    bad: float
    squares: float  # sum over the minutes of their total squared
    hits: float  # minutes that hold a bad one

    @property
    def ratio(self) -> float | None:
        """The share of bad ones; None without any."""
        return self.bad / self.total if self.total > 0 else None

    @property
    def design_effect(self) -> float:
        """How many times a burst makes the share vary more than independent requests would; at least 1."""
        return 1.0 + CORRELATION * max(0.0, self.squares / self.total - 1.0) if self.total > 0 else 1.0


@dataclass(frozen=True, slots=True)
class BurnResult:
    """One rule at one moment. `fires` is None where the short window holds nothing to tell by."""

    rule: BurnRule
    long: Counts
    short: Counts
    burn_long: float | None
    burn_short: float | None
    chance: float  # that as much fails where the budget is just spent
    fires: bool | None


def chance_at(counts: Counts, ratio: float) -> float:
    """The chance of as many bad ones as in `counts`, or more, where a share of `ratio` is bad.

    >>> round(chance_at(Counts(60.0, 3.0, 60.0, 3), 0.001), 8)
    3.279e-05
    >>> chance_at(Counts(60.0, 0.0, 60.0, 0), 0.001)
    1.0
    """
    if counts.bad <= 0.0 or counts.total <= 0.0:
        return 1.0
    total, bad = counts.total / counts.design_effect, counts.bad / counts.design_effect
    return beta_tails(bad, max(total - bad, 0.0) + 1.0, ratio)[0]


@dataclass(frozen=True, slots=True)
class Part:
    """One SLO of a composite, at one moment."""

    budget_ratio: float
    weight: float
    long: Counts
    short: Counts


def judge_composite(rule: BurnRule, parts: Sequence[Part]) -> BurnResult | None:
    """Whether `rule` fires on SLOs that burn together: burn rates add up by weight (OpenSLO v1).

    What one of the parts does must be beyond chance, each at its share of it. The counts are those of the part
    that burns fastest. None without parts.
    """
    if not parts:
        return None
    judged = [judge_burn(rule, part.budget_ratio, part.long, part.short) for part in parts]
    burns = [[(one.burn_long, one.burn_short)[window] for one in judged] for window in (0, 1)]
    long, short = (
        None if all(burn is None for burn in each) else sum(
            part.weight * (burn or 0.0) for part, burn in zip(parts, each, strict=True)
        )
        for each in burns
    )  # fmt: skip
    place = max(range(len(parts)), key=lambda number: parts[number].weight * (judged[number].burn_long or 0.0))
    chance = min(1.0, len(parts) * min(chance_at(part.long, part.budget_ratio) for part in parts))
    fires: bool | None = None
    if long is not None and short is not None:
        beyond = long > rule.factor and short > rule.factor
        fires = beyond and _is_trend(parts[place].long) and chance <= ALPHA[rule.severity]
    return BurnResult(rule, parts[place].long, parts[place].short, long, short, chance, fires)


def _is_trend(long: Counts) -> bool:
    return long.hits >= HITS_MIN or long.bad >= MANY_BAD


def judge_burn(rule: BurnRule, budget_ratio: float, long: Counts, short: Counts) -> BurnResult:
    """Whether `rule` fires on what its windows hold, where `budget_ratio` is the share that may be bad.

    >>> rule = BurnRule(Severity.PAGE, 3_600, 300, 14.4)
    >>> one_error = judge_burn(rule, 0.001, Counts(10.0, 1.0, 10.0, 1), Counts(1.0, 1.0, 1.0, 1))
    >>> (round(one_error.burn_long), one_error.fires)
    (100, False)
    """
    limit = rule.factor * budget_ratio
    long_ratio, short_ratio = long.ratio, short.ratio
    chance = 1.0
    fires: bool | None = None
    if long_ratio is not None and short_ratio is not None:
        fires = long_ratio > limit and short_ratio > limit
        if fires:
            chance = chance_at(long, budget_ratio)
            fires = _is_trend(long) and chance <= ALPHA[rule.severity]
    return BurnResult(
        rule=rule,
        long=long,
        short=short,
        burn_long=None if long_ratio is None else long_ratio / budget_ratio,
        burn_short=None if short_ratio is None else short_ratio / budget_ratio,
        chance=chance,
        fires=fires,
    )
