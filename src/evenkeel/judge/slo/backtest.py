"""Backtest: a rule set on one's own history, with and without things that break (SPEC SLO-3). Pure.

The history is replayed as it was: what would have paged, how often a month, for how long. Then faults are put into
it at seeded moments, at the traffic of those moments: outages and brown-outs that ought to be found, blips that
ought not to page. A rule that can never fire is refused before anything is replayed.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.judge.slo.catalogue import refused_rules
from evenkeel.judge.slo.model import BurnRule, Severity
from evenkeel.judge.slo.replay import Flags, Replay, stretches
from evenkeel.judge.slo.stream import Floats
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.stats.poisson import poisson_interval

OUTAGE: Final = "hard-outage"
MINUTES_PER_MONTH: Final = 43_200
#: History before a fault: the longest window of the page rules.
_BEFORE: Final = 1_440
#: What pages began by so much before it did.
_BEGINS_BEFORE: Final = 60
#: Each fault is tried at this many moments.
TRIALS: Final = 12
#: Less history than this says nothing about a month.
HISTORY_MIN: Final = 60
SEED: Final = 4_180


@dataclass(frozen=True, slots=True)
class Fault:
    """Something put into the history: `bad_ratio` of its requests fail for a while."""

    name: str
    bad_ratio: float
    minutes: int
    is_harmless: bool = False  # nobody should be woken by it
    within: int = 60  # minutes from its beginning within which it ought to be found


FAULTS: Final = (
    Fault("total outage, 10 min", 1.0, 10, within=10),
    Fault("total outage, 1 h", 1.0, 60, within=15),
    Fault("20 % fail for 1 h", 0.2, 60, within=60),
    Fault("5 % fail for 4 h", 0.05, 240, within=240),
    Fault("2 % fail for 24 h", 0.02, 1_440, within=1_440),
    Fault("blip: 20 % fail for 1 min", 0.2, 1, is_harmless=True),
    Fault("blip: 5 % fail for 5 min", 0.05, 5, is_harmless=True),
)


@dataclass(frozen=True, slots=True)
class WouldPage:
    """A stretch of the history in which rules fired."""

    first: int  # minute of the history
    last: int
    rules: tuple[str, ...]
    severity: Severity
    bad: float
    total: float


@dataclass(frozen=True, slots=True)
class FaultResult:
    """One fault over all trials."""

    fault: Fault
    trials: int
    found: int
    detection_minutes: float | None  # median from its beginning to the end of the minute in which a page rule fired
    reset_minutes: float | None  # median from its end until nothing fires any more
    rules: tuple[str, ...]  # which were first


@dataclass(frozen=True, slots=True)
class Backtest:
    """What a rule set would have done."""

    minutes: int  # of history
    requests: float
    pages: tuple[WouldPage, ...]
    tickets: tuple[WouldPage, ...]
    pages_per_month: float
    pages_per_month_high: float  # 95 %, one-sided: Poisson
    faults: tuple[FaultResult, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """What is tried."""

    burn: tuple[BurnRule, ...]
    budget_ratio: float
    with_outage: bool = True


def run_backtest(total: Floats, bad: Floats, rules: RuleSet, faults: Sequence[Fault] = FAULTS) -> Backtest:
    """Replay minutes 0 … n-1 against `rules`. Raises InvalidInputError when there is too little to replay."""
    if total.size < HISTORY_MIN or total.sum() <= 0:
        raise InvalidInputError(
            f"There are {total.size:,} minutes of history with {total.sum():,.0f} requests: too little to replay.",
            hint=f"Wait until there are {HISTORY_MIN} minutes with traffic, or import history.",
        )
    feasible = tuple(rule for rule in rules.burn if rule.is_feasible(rules.budget_ratio))
    chosen = RuleSet(feasible, rules.budget_ratio, rules.with_outage)
    by_rule = _fire(total, bad, chosen)
    pages = _would_page(by_rule, chosen, Severity.PAGE, total, bad)
    tickets = _would_page(by_rule, chosen, Severity.TICKET, total, bad)
    calm = _calm(bad, (*pages, *tickets))
    _, high = poisson_interval(len(pages), alpha_low=0.025, alpha_high=0.05)
    months = total.size / MINUTES_PER_MONTH
    return Backtest(
        minutes=int(total.size),
        requests=float(total.sum()),
        pages=pages,
        tickets=tickets,
        pages_per_month=len(pages) / months,
        pages_per_month_high=high / months,
        faults=tuple(_try_fault(fault, total, calm, chosen, number) for number, fault in enumerate(faults)),
        refused=tuple(refused_rules(rules.burn, rules.budget_ratio)),
    )


def _fire(total: Floats, bad: Floats, rules: RuleSet) -> dict[str, Flags]:
    replay = Replay(total, bad, rules.budget_ratio)
    found = {rule.name: replay.fires(rule) for rule in rules.burn}
    if rules.with_outage:
        usual = float(total.sum()) / max(1, total.size)
        found[OUTAGE] = replay.outage(np.random.default_rng(SEED), per_minute=usual)
    return found


def _severity(name: str, rules: RuleSet) -> Severity:
    return next((rule.severity for rule in rules.burn if rule.name == name), Severity.PAGE)


def _would_page(
    by_rule: dict[str, Flags], rules: RuleSet, severity: Severity, total: Floats, bad: Floats
) -> tuple[WouldPage, ...]:
    chosen = {name: fires for name, fires in by_rule.items() if _severity(name, rules) is severity}
    if not chosen:
        return ()
    return tuple(
        WouldPage(
            first=first,
            last=last,
            rules=tuple(name for name, fires in chosen.items() if fires[first : last + 1].any()),
            severity=severity,
            bad=float(bad[first : last + 1].sum()),
            total=float(total[first : last + 1].sum()),
        )
        for first, last in stretches(np.logical_or.reduce(list(chosen.values())))
    )


def _calm(bad: Floats, alarms: Sequence[WouldPage]) -> Floats:
    """The failures of the history without those that would have paged by themselves: faults are put into the rest."""
    calm = bad.copy()
    for alarm in alarms:
        calm[max(0, alarm.first - _BEGINS_BEFORE) : alarm.last + 1] = 0.0
    return calm


def _try_fault(fault: Fault, total: Floats, bad: Floats, rules: RuleSet, number: int) -> FaultResult:
    """Put a fault in at seeded moments; what fired without it does not count as its detection."""
    rng = np.random.default_rng([SEED, number])
    detections: list[float] = []
    resets: list[float] = []
    first_rules: list[str] = []
    for _ in range(TRIALS):
        begin = int(rng.integers(0, total.size))
        around = np.arange(begin - _BEFORE, begin + fault.minutes + _BEFORE // 2) % total.size
        count, failed = total[around], bad[around].copy()
        inside = slice(_BEFORE, _BEFORE + fault.minutes)
        before = _pages(count, failed, rules)
        failed[inside] = np.maximum(failed[inside], rng.binomial(count[inside].astype(np.int64), fault.bad_ratio))
        after = {name: fires & ~before[name] for name, fires in _pages(count, failed, rules).items()}
        horizon = _BEFORE + max(fault.within, fault.minutes)
        fired = {name: np.flatnonzero(fires[_BEFORE:horizon]) for name, fires in after.items()}
        firsts = {name: int(at[0]) for name, at in fired.items() if at.size}
        if not firsts:
            continue
        detections.append(min(firsts.values()) + 1.0)
        first_rules.append(min(firsts, key=lambda name: firsts[name]))
        lasts = [int(np.flatnonzero(fires)[-1]) for fires in after.values() if fires.any()]
        resets.append(float(max(0, max(lasts) + 1 - _BEFORE - fault.minutes)))
    return FaultResult(
        fault=fault,
        trials=TRIALS,
        found=len(detections),
        detection_minutes=statistics.median(detections) if detections else None,
        reset_minutes=statistics.median(resets) if resets else None,
        rules=tuple(sorted(set(first_rules), key=lambda name: -first_rules.count(name))),
    )


def _pages(total: Floats, bad: Floats, rules: RuleSet) -> dict[str, Flags]:
    return {name: fires for name, fires in _fire(total, bad, rules).items() if _severity(name, rules) is Severity.PAGE}
