"""Verdicts in words: what people read first, on every door."""

from __future__ import annotations

from collections.abc import Sequence

from evenkeel.judge.indicators.model import Measure, Reads
from evenkeel.judge.objectives.model import Objective, WindowName
from evenkeel.kernel.estimate import Estimate, Need
from evenkeel.kernel.time import US_PER_SECOND, format_duration
from evenkeel.kernel.verdict import Status, Verdict
from evenkeel.ui.formats import plural

_REASONS = {
    "silent": "nothing has been heard from it",
    "expired": "the verdict was not renewed in time",
    "minutes_without_evidence": "some minutes hold neither requests nor probes",
    "sampling_unknown": "its sampling is unknown, so shares may be biased",
    "days_missing": "too many of its days hold nothing that tells",
    "hole": "part of the window is missing",
    "immature_labels": "the truth of these predictions is still to come",
    "label_arrival_unknown": "when their truth usually comes is not known yet",
    "labels_overdue": "fewer truths are here than should be by now: look at what sends them",
    "no_groups": "no predictions of two groups can be compared yet",
    "uncorrected": "people have rated too few answers to tell",
    "unusable_numbers": "some of its predictions are no numbers, or too far off to be added up",
    "unreadable": "what it is judged by could not be read: evenkeel's log says why",
    "no_reference": "there is nothing yet to compare it with",
    "no_golden_set": "it has no golden set yet",
    "golden_set_unknown": "which golden set is meant is not said, or there is none of that name",
    "no_golden_run": "no run of its golden queries was sent in this time",
    "golden_run_overdue": "the next run of its golden queries is overdue",
    "golden_set_changed": "the golden set has changed since its newest run",
    "queries_missing": "the run lacks queries of the golden set",
    "golden_queries": "golden queries are no sample of what is asked, so they spend no error budget",
    "unreadable_reference": "what is kept of its reference cannot be read; give it again",
}


#: A window that ended longer ago than this says so.
_RECENT_S = 3 * 3_600

#: A report that is about less than this of its window says so.
_SEEN_ALL = 0.995

_IN_HUNDREDTHS = {"ratio": "%", "points": "points"}
_PLAIN = {"of 5": "of 5", "psi": "", "area": "", "times": "×"}


def format_value(value: float | None, unit: str) -> str:
    """A value with its unit, with as many digits as it deserves.

    >>> format_value(0.00934, "ratio"), format_value(0.99953, "ratio"), format_value(1.2345, "s")
    ('0.93 %', '99.95 %', '1.23 s')
    >>> format_value(4.125, "of 5"), format_value(-0.0123, "points")
    ('4.12 of 5', '-1.23 points')
    """
    if value is None:
        return "–"
    if unit in _IN_HUNDREDTHS:
        return f"{_digits(100 * value)} {_IN_HUNDREDTHS[unit]}"
    if unit in _PLAIN:
        return f"{_digits(value)} {_PLAIN[unit]}".strip()
    return f"{_digits(value)} s" if value >= 1 else f"{1000 * value:.0f} ms"


def _digits(number: float) -> str:
    text = f"{number:.2f}" if abs(number) < 100 else f"{number:.0f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def describe_reasons(reasons: Sequence[str]) -> str:
    """Why a verdict is not known, or known in part.

    >>> describe_reasons(("immature_labels",))
    'the truth of these predictions is still to come'
    """
    return "; ".join(_REASONS.get(reason, reason.replace("_", " ")) for reason in reasons)


def format_target(objective: Objective) -> str:
    """The target as people write it: `< 0.1 %`, `≥ 99.9 %`."""
    sign = "<" if objective.larger_is_worse else "≥"
    return f"{sign} {format_value(objective.target, objective.unit)}"


def format_interval(estimate: Estimate) -> str:
    """`[0.71–1.12 %]`, or nothing where no interval is known."""
    low, high = estimate.shown_low, estimate.shown_high
    if low is None or high is None:
        return ""
    low_text, high_text = format_value(low, estimate.unit), format_value(high, estimate.unit)
    number, _, unit = low_text.partition(" ")
    same = unit == high_text.partition(" ")[2]
    return f"[{number if same else low_text}–{high_text}]"


def describe_verdict(objective: Objective, verdict: Verdict, status: Status) -> str:
    """One sentence: the value, its interval, its sample, its window, the target, and what is missing."""
    estimate = verdict.estimate
    target = f"target {format_target(objective)}"
    if estimate.value is None:
        return f"{objective.title}: nothing to judge yet; {target}.{_marked(estimate)}{_need(verdict, status)}"
    what = f"{format_value(estimate.value, estimate.unit)} {format_interval(estimate)}".strip()
    sample = plural(round(estimate.n), estimate.counts or objective.definition.counts)
    window = format_duration(estimate.window.seconds)
    old_s = (estimate.as_of_us - estimate.window.end_us) / US_PER_SECOND
    window += f" up to {format_duration(old_s)} ago" if old_s > _RECENT_S else ""
    window += _seen(objective, estimate)
    return f"{objective.title} {what} over {sample} in {window}; {target}.{_need(verdict, status)}"


def _seen(objective: Objective, estimate: Estimate) -> str:
    """How much of a report was seen; of groups the coverage is how many of them could be compared."""
    definition = objective.definition
    if definition.measure is not Measure.ASSESSED or definition.reads is Reads.GROUPS or estimate.coverage > _SEEN_ALL:
        return ""
    return f", {format_value(estimate.coverage, 'ratio')} of which it is about"


def _marked(estimate: Estimate) -> str:
    """What a check marked of answers that people have still to look at: no rate of bad ones."""
    ratio = estimate.parts.get("marked_ratio")
    if ratio is None:
        return ""
    of = plural(round(estimate.parts["marked_of"]), "answers")
    return f" The check marks {format_value(ratio, 'ratio')} of {of}; how many are wrong, it cannot say."


def describe_need(verdict: Verdict) -> str:
    """Why a verdict is not settled, and what would settle it; empty for one that is."""
    return _need(verdict, verdict.status).strip()


def _need(verdict: Verdict, status: Status) -> str:
    """Why it is not settled, and what would settle it."""
    if status in (Status.OK, Status.BREACH, Status.WARNING):
        return ""
    # That a silent service's verdict expired is what silence means, not a reason of its own.
    told = [reason for reason in verdict.reasons if reason != "expired" or "silent" not in verdict.reasons]
    why = [_REASONS[reason] for reason in told if reason in _REASONS]
    text = f" {'; '.join(why).capitalize()}." if why else ""
    need = verdict.needs
    if need is None or status is Status.STALE:
        return text
    eta = f", ≈ {format_duration(need.eta_s)}" if need.eta_s is not None else ""
    return f"{text} It takes {_amount(need)}{eta} to say."


def _amount(need: Need) -> str:
    """`about 350 more requests`, `1 more minute with requests`, `a capacity in the configuration`."""
    noun, _, rest = need.of.partition(" ")
    if not noun.endswith("s"):
        return f"a {need.of}"
    if need.more > 1:
        return f"about {need.more:,.0f} more {need.of}"
    return f"1 more {noun.removesuffix('s')} {rest}".strip()


def describe_window(name: WindowName, objective: Objective) -> str:
    """What people call a horizon of an objective."""
    report = "this quarter" if objective.definition.reads is Reads.GROUPS else "this month"
    return {WindowName.PAGE: "now", WindowName.VERDICT: "recently", WindowName.REPORT: report}[name]
