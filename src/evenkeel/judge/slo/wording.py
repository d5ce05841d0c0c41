"""Budgets in words: value, bounds, what it is of, and for which time."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from evenkeel.judge.slo.budget import Budget, Unit, percent
from evenkeel.judge.slo.model import (
    BurnRule,
    CompositeSli,
    ErrorsSli,
    LatencySli,
    MinutesSli,
    ProbesSli,
    SampledSli,
    Severity,
    Slo,
    SourceSli,
)
from evenkeel.judge.slo.status import SloStatus
from evenkeel.kernel.time import US_PER_SECOND, format_duration, to_datetime

#: A sample that leaves less than this part of a month open does not say so.
_UNSEEN_TOLD = 0.01


def describe_share(low: float, high: float) -> str:
    """A share in percent, with its bounds where they differ.

    >>> describe_share(0.121, 0.121), describe_share(0.121, 0.722)
    ('12.1 %', '12.1 to 72.2 %')
    """
    one, other = percent(low), percent(high)
    return f"{one} %" if one == other else f"{one} to {other} %"


def describe_amount(low: float, high: float, unit: Unit) -> str:
    """An amount of budget, with its bounds where they differ.

    >>> describe_amount(31.2, 31.2, Unit.MINUTES), describe_amount(10, 12_000, Unit.EVENTS)
    ('31.2 min', '10 to 12,000 events')
    """
    one, other = _number(low, unit), _number(high, unit)
    word = "min" if unit is Unit.MINUTES else "event" if one == other == "1" else "events"
    return f"{one} {word}" if one == other else f"{one} to {other} {word}"


def describe_left(budget: Budget) -> str:
    """What is left of a budget: share, amount, and of how much.

    >>> describe_left(Budget(Unit.MINUTES, 43.2, (12, 12), (0.999, 0.999), 43.2, 43.2, 43_200, 0))
    '72.2 % of the error budget is left (31.2 of 43.2 min)'
    """
    if budget.unit is Unit.SAMPLE:
        return f"{describe_share(*budget.remaining_ratio)} of the error budget is left"
    if budget.unit is Unit.SHARE:
        amount = f"worth {describe_amount(*budget.remaining_minutes, Unit.MINUTES)} of outage"
    else:
        of = describe_amount(budget.allowed, budget.allowed, budget.unit)
        amount = f"{describe_amount(*budget.remaining, budget.unit).rsplit(' ', 1)[0]} of {of}"
    return f"{describe_share(*budget.remaining_ratio)} of the error budget is left ({amount})"


def describe_attainment(budget: Budget) -> str:
    """The share of good ones so far, enough digits to tell it from the target.

    >>> describe_attainment(Budget(Unit.MINUTES, 43.2, (12, 24), (0.9994, 0.9997), 43.2, 43.2, 43_200, 12))
    '99.94 to 99.97 %'

    SLOs that burn together by events have none: they add up shares of different things.
    """
    if budget.unit is Unit.SHARE:
        return "–"
    one, other = (fine_percent(bound) for bound in budget.attainment)
    return f"{one} %" if one == other else f"{one} to {other} %"


def fine_percent(ratio: float) -> str:
    """A share of good ones in percent; never 100 % where anything was bad.

    >>> fine_percent(0.9995), fine_percent(0.99999991), fine_percent(1.0)
    ('99.95', '99.99999', '100')
    """
    exact = 100.0 * ratio
    if exact >= 100.0:
        return "100"
    shown = f"{exact:.3f}".rstrip("0").rstrip(".")
    return shown if shown != "100" else f"{min(exact, 99.99999):.5f}"


def describe_window(slo: Slo) -> str:
    """What a budget is for.

    >>> from evenkeel.judge.slo.model import ErrorsSli, ServiceKey
    >>> describe_window(Slo(ServiceKey("production", "bot"), "errors", "Errors", ErrorsSli(), 0.999))
    'this month'
    """
    if slo.window.rolling_s:
        return f"over the last {format_duration(slo.window.rolling_s)}"
    return f"this {slo.window.calendar}"


def describe_target(slo: Slo) -> str:
    """The promise in words, e.g. `99.9 % this month`."""
    return f"{100 * slo.target:.6g} % {describe_window(slo)}"


def describe_sli(slo: Slo) -> str:
    """What counts against the budget, in words.

    >>> from evenkeel.judge.slo.model import ServiceKey
    >>> describe_sli(Slo(ServiceKey("production", "shop"), "returns", "", ProbesSli(("shop-returns",)), 0.95))
    'failed runs of shop-returns'
    """
    match slo.sli:
        case ErrorsSli():
            return "failed requests"
        case LatencySli(threshold_s):
            return f"requests slower than {threshold_s:g} s"
        case MinutesSli():
            return "bad minutes"
        case ProbesSli(names):
            return f"failed runs of {' and '.join(names)}" if names else "failed probes"
        case SourceSli(source):
            return f"what {source} counts as bad"
        case SampledSli(_, counts):
            return f"bad ones, by a sample of {counts}"
        case CompositeSli(parts):
            return f"what counts against {' and '.join(name for name, _ in parts)}"


def describe_status(status: SloStatus) -> str:
    """How an SLO stands, in a sentence or two."""
    slo, budget = status.slo, status.budget
    if budget is None:
        return f"Nothing is known of {slo.title} of {slo.key}: {status.why_unknown or 'nothing was counted yet'}."
    if isinstance(slo.sli, SampledSli):
        return _describe_sampled(status, budget, slo.sli)
    mode = f"{budget.mode}" + (" by its bound: what nobody saw may have been bad" if budget.is_by_bound else "")
    if budget.unit is Unit.SHARE:
        good = f"It burns as its parts do{_weights(slo)},"
    else:
        good = f"{describe_attainment(budget)} good of {describe_amount(budget.total, budget.total, budget.unit)}"
    return f"{describe_left(budget)}: {mode}. {good} {describe_window(slo)}, target {100 * slo.target:.6g} %."


def describe_sample(budget: Budget, sli: SampledSli) -> str:
    """What a budget is known from, e.g. `412 labels`."""
    return f"{budget.total:,.0f} {sli.counts}"


def _describe_sampled(status: SloStatus, budget: Budget, sli: SampledSli) -> str:
    slo = status.slo
    if status.mode is None:
        mode = "too wide to say a mode"
    else:
        mode = f"{status.mode}" + (": neither more nor less is proved" if budget.is_by_bound else "")
    sentence = (
        f"{describe_left(budget)}, by {describe_sample(budget, sli)}: {mode}."
        f" {describe_attainment(budget)} good {describe_window(slo)}, target {100 * slo.target:.6g} %."
    )
    unseen = budget.unknown / (budget.total + budget.unknown)
    told = f" They are about {100 * (1.0 - unseen):.0f} % of the month so far; the rest may have been bad."
    return sentence + (told if unseen >= _UNSEEN_TOLD else "")


def explain_rule(rule: BurnRule, slo: Slo, period_minutes: float) -> str:
    """A burn rule in words: whom it calls when how much of the budget is gone how fast."""
    share = rule.factor * rule.long_s / 60.0 / period_minutes
    who = "Pages" if rule.severity is Severity.PAGE else "Opens a ticket"
    limit = min(1.0, rule.factor * slo.budget_ratio)
    return (
        f"{who} when more than {100 * share:.3g} % of the budget is burned in {format_duration(rule.long_s)}"
        f" (a burn rate above {rule.factor:g}: more than {100 * limit:.3g} % bad) and it is still going on in the last"
        f" {format_duration(rule.short_s)}, beyond what chance does."
    )


def describe_period(status: SloStatus, timezone: str) -> str:
    """The dates a budget is for, in the time zone that decides them."""
    zone = ZoneInfo(timezone)
    start = to_datetime(status.period.start_us).astimezone(zone)
    end = to_datetime(status.period.end_us - US_PER_SECOND).astimezone(zone)
    return f"{start:%d %b %Y} to {end:%d %b %Y}"


def _weights(slo: Slo) -> str:
    parts = slo.sli.parts if isinstance(slo.sli, CompositeSli) else ()
    return f": {', '.join(f'{name} × {weight:g}' for name, weight in parts)}" if parts else ""


def _number(value: float, unit: Unit) -> str:
    if unit is Unit.MINUTES:
        return f"{value:,.1f}"
    return f"{value:,.0f}" if abs(value) >= 10 or value == round(value) else f"{value:,.1f}"
