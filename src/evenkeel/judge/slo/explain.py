"""Why a rule fired, in words: number, bound, n, windows, since when (SPEC SLO-3)."""

from __future__ import annotations

from urllib.parse import quote

from evenkeel.judge.objectives.sentences import format_value
from evenkeel.judge.slo.burn import BurnResult, Counts
from evenkeel.judge.slo.counting import is_sliced
from evenkeel.judge.slo.model import Family, Firing, LatencySli, MinutesSli, ProbesSli, RuleId, Severity, Slo
from evenkeel.judge.slo.outage import FAILURES_MAX, Run
from evenkeel.kernel.stats.binomial import wilson_interval
from evenkeel.kernel.time import US_PER_SECOND, format_duration
from evenkeel.ui.formats import count, plural

_DAY_S = 86_400


def unit_of(slo: Slo) -> str:
    """What an SLO counts, plural."""
    if is_sliced(slo):
        return f"slices of {format_duration(slo.slice_s)}"
    match slo.sli:
        case MinutesSli():
            return "minutes"
        case ProbesSli(names):
            return f"runs of {' and '.join(names)}" if names else "probes"
        case _:
            return "requests"


def slo_url(slo: Slo) -> str:
    """The page of an SLO."""
    return f"/slos/{quote(str(slo.key))}/{quote(slo.name)}"


def describe_share(counts: Counts, noun: str) -> str:
    """A share of bad ones with its interval and sample: `2.1 % [1.6–2.7 %] of 3,210 requests`."""
    ratio = counts.ratio
    if ratio is None:
        return f"no {noun}"
    effect = counts.design_effect
    low, high = wilson_interval(counts.bad / effect, counts.total / effect)
    bounds = f"[{format_value(low, 'ratio').removesuffix(' %')}–{format_value(high, 'ratio')}]"
    return f"{format_value(ratio, 'ratio')} {bounds} of {count(round(counts.total))} {noun}"


def explain_burn(slo: Slo, rule: RuleId, result: BurnResult, since_us: int) -> Firing:
    """A burn-rate alert."""
    noun = unit_of(slo)
    burn = result.burn_long or 0.0
    left_s = (slo.window.rolling_s or 30 * _DAY_S) / burn if burn else 0.0
    bad = "slow" if isinstance(slo.sli, LatencySli) else "bad"
    sentence = (
        f"{slo.title}: {describe_share(result.long, noun)} {bad} in {format_duration(result.rule.long_s)},"
        f" {describe_share(result.short, noun)} in {format_duration(result.rule.short_s)};"
        f" {burn:.3g} times what {format_value(slo.target, 'ratio')} allows."
        f" A whole budget lasts {format_duration(left_s)} at this rate."
    )
    return Firing(
        id=rule,
        family=Family.BURN,
        severity=result.rule.severity,
        since_us=since_us,
        sentence=sentence,
        link=slo_url(slo),
        facts={
            "burn rate": f"{burn:.3g} ({format_duration(result.rule.long_s)}), {result.burn_short or 0.0:.3g}"
            f" ({format_duration(result.rule.short_s)}), factor {result.rule.factor:g}",
            "by chance": f"{result.chance:.1g} where the budget is just spent",
        },
    )


def explain_outage(slo: Slo, rule: RuleId, run: Run, since_us: int) -> Firing:
    """A hard-outage alert."""
    requests = run.failures - run.probes
    parts = [plural(number, noun) for number, noun in ((requests, "requests"), (run.probes, "probes")) if number]
    lasted_s = max(1.0, (run.last_at_us - min(since_us, run.first_at_us)) / US_PER_SECOND)
    at_least = "at least " if run.failures >= FAILURES_MAX else ""
    return Firing(
        id=rule,
        family=Family.OUTAGE,
        severity=Severity.PAGE,
        since_us=since_us,
        sentence=f"Nothing succeeds: {at_least}the last {' and '.join(parts)} failed, in a row over"
        f" {format_duration(lasted_s)}.",
        link=f"/services/{quote(str(slo.key))}",
        facts={"by chance": f"1 in 10^{run.evidence:.0f}; fires at 1 in 10^{run.needed:.1f}"},
    )
