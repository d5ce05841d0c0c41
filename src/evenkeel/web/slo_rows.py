"""What the pages of SLOs show: rows, figures and sentences."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from evenkeel.judge.slo.budget import Budget, Mode, Unit, load_permits
from evenkeel.judge.slo.explain import slo_url
from evenkeel.judge.slo.model import LatencySli, ProbesSli, SampledSli, Severity, Slo
from evenkeel.judge.slo.status import Month, RuleReading, SloStatus
from evenkeel.judge.slo.wording import (
    describe_amount,
    describe_attainment,
    describe_left,
    describe_sample,
    describe_share,
    describe_sli,
    describe_status,
    describe_target,
    explain_rule,
)
from evenkeel.kernel.time import US_PER_SECOND, Window, format_duration, to_datetime
from evenkeel.ui.formats import count
from evenkeel.web.meters import burn_meter, left_meter

#: The word that a mode's status sign is drawn from.
SIGNS: Final = {Mode.VELOCITY: "ok", Mode.CAUTION: "warning", Mode.FREEZE: "breach"}


def answers(statuses: Sequence[SloStatus]) -> dict[str, str]:
    """How all SLOs stand, which is worst, and what to do: in sentences."""
    if not statuses:
        return {"mood": "unknown", "how": "No SLO is judged yet.", "changed": "", "todo": ""}
    modes = Counter(status.mode for status in statuses)
    words = [f"{modes[mode]} in {mode.value}" for mode in reversed(Mode) if modes[mode]]
    words += [f"{modes[None]} unknown"] if modes[None] else []
    worst = statuses[0]
    mood = SIGNS[worst.mode] if worst.mode else "unknown"
    if mood == "ok" and modes[None]:
        mood = "unknown"
    noun = "SLO" if len(statuses) == 1 else "SLOs"
    budget = worst.budget
    how = f"Of {len(statuses)} {noun}, {', '.join(words)}."
    todo = load_permits()[budget.mode].means if budget and budget.mode is not Mode.VELOCITY else ""
    firing = [reading.rule for status in statuses for reading in status.rules if reading.fires]
    if firing:  # a budget that is full still, and going fast, is no calm
        burning = sum(any(reading.fires for reading in status.rules) for status in statuses)
        how += f" {burning} {'burns' if burning == 1 else 'burn'} fast now."
        todo = "See under Alerts what fires, and stop what causes it."
        is_page = any(rule.severity is Severity.PAGE for rule in firing)
        mood = "breach" if is_page or mood == "breach" else "warning"
    return {
        "mood": mood,
        "how": how,
        "changed": f"{worst.slo.title} of {worst.slo.key.service}: {describe_left(budget)}." if budget else "",
        "todo": todo,
    }


def slo_answers(status: SloStatus, stretches: Sequence[tuple[Window, float, float]], zone: str) -> dict[str, str]:
    """How an SLO stands, what spent its budget, and what to do."""
    changed = ""
    if stretches:
        window, bad, total = max(stretches, key=lambda row: row[1])
        unit = _unit(status.budget)
        of = describe_amount(total, total, unit)
        changed = f"Most was spent {_stretch_name(window, zone)}: {describe_amount(bad, bad, unit)} bad of {of}."
    firing = [reading for reading in status.rules if reading.fires]
    mood = SIGNS[status.mode] if status.mode else "unknown"
    todo = load_permits()[status.mode].means if status.mode else "Send traffic or probes, and it will be known."
    if isinstance(status.slo.sli, SampledSli):
        todo = _todo_sampled(status, status.slo.sli)
    elif status.budget and status.budget.is_by_bound:
        todo += " A probe would make known what nobody saw."
    if firing:
        changed += (
            f" It burns fast now: {', '.join(reading.rule.name for reading in firing)}.{_gone_in(status, firing)}"
        )
        todo = "See below what fails, and stop what causes it."
        is_page = any(reading.rule.severity is Severity.PAGE for reading in firing)
        mood = "breach" if is_page or mood == "breach" else "warning"
    elif status.suspect:
        changed += " Something may have begun to fail."
    return {
        "mood": mood,
        "how": describe_status(status),
        "changed": changed.strip(),
        "todo": todo,
    }


def _todo_sampled(status: SloStatus, sli: SampledSli) -> str:
    todo = load_permits()[status.mode].means if status.mode else ""
    if status.mode is None or (status.budget and status.budget.is_by_bound):
        todo += f" More {sli.counts}, of more of the month, would tell."
    governs = "" if status.slo.governs else " The gate does not go by it: nobody has configured its objective."
    return (todo + governs).strip()


def _gone_in(status: SloStatus, firing: Sequence[RuleReading]) -> str:
    """How long what is left lasts at the burn rate of the first rule that fires."""
    left = status.budget.remaining_ratio[1] if status.budget else 0.0
    burn = firing[0].long.burn or 0.0
    if left <= 0.0 or burn <= 0.0:
        return " Nothing of the budget is left." if status.budget else ""
    return f" At this rate the rest is gone in {format_duration(left * status.period.seconds / burn)}."


def slo_row(status: SloStatus) -> dict[str, Any]:
    """One line of the list."""
    slo, budget = status.slo, status.budget
    sign = SIGNS[status.mode] if status.mode else "unknown"
    row: dict[str, Any] = {
        "slo": slo,
        "url": slo_url(slo),
        "id": f"slo-{slo.key.environment}-{slo.key.service}-{slo.name}",
        "sign": "partial" if budget and budget.is_by_bound and not budget.is_open else sign,
        "word": _mode(budget) if budget else "unknown",
        "target": describe_target(slo),
        "counts": describe_sli(slo),
        "attainment": "",
        "n": "",
        "left": status.why_unknown,
        "amount": "",
        "meter": "",
        "burn": _worst_burn(status),
        "suspect": status.suspect,
        "excluded": _minutes(status.excluded_minutes) if status.excluded_minutes else "",
        "with_maintenance": "",
    }
    if budget is not None:
        row |= {
            "attainment": describe_attainment(budget),
            "n": _counted(status, budget),
            "left": describe_share(*budget.remaining_ratio),
            "amount": describe_left(budget).partition(" (")[2].rstrip(")"),
            "meter": left_meter(budget, sign),
        }
    if status.excluded_minutes and status.budget_with_maintenance:
        row["with_maintenance"] = describe_share(*status.budget_with_maintenance.remaining_ratio)
    return row


def objective_budgets(statuses: Sequence[SloStatus]) -> dict[str, dict[str, str]]:
    """By name, what is left of each SLO's budget in words, its mode and its page: objectives show it beside them."""
    return {
        status.slo.name: {
            "text": describe_left(status.budget) if status.budget else f"error budget unknown: {status.why_unknown}",
            "sign": SIGNS[status.mode] if status.mode else "unknown",
            "word": _mode(status.budget) if status.budget else "unknown",
            "url": slo_url(status.slo),
        }
        for status in statuses
    }


def budget_facts(status: SloStatus) -> list[tuple[str, str, str]]:
    """(what, without maintenance, with it) of a budget in figures."""
    said: list[tuple[str, Callable[[Budget], str]]] = [
        ("Attainment", describe_attainment),
        ("Counted", lambda budget: describe_amount(budget.total, budget.total, _unit(budget))),
        ("Not seen", lambda budget: describe_amount(budget.unknown, budget.unknown, _unit(budget))),
        ("Budget", _allowed),
        ("Spent", lambda budget: f"{_spent(budget)} ({describe_share(*budget.used_ratio)})"),
        ("Left", lambda budget: f"{describe_share(*budget.remaining_ratio)}, {_left_minutes(budget)}"),
        ("Mode", _mode),
    ]
    one, other = status.budget, status.budget_with_maintenance
    if one is not None and one.unit is Unit.SHARE:  # what its parts count adds up to nothing
        said = said[3:]
    sli = status.slo.sli
    if isinstance(sli, SampledSli):
        said = [said[0], ("Known from", lambda budget: describe_sample(budget, sli)), *said[3:]]
    return [(title, say(one) if one else "unknown", say(other) if other else "unknown") for title, say in said]


def rule_row(reading: RuleReading, status: SloStatus) -> dict[str, Any]:
    """One burn rule with the burn of its windows beside its factor."""
    rule = reading.rule
    return {
        "name": rule.name,
        "severity": "page" if rule.severity is Severity.PAGE else "ticket",
        "factor": f"{rule.factor:g}",
        "means": explain_rule(rule, status.slo, status.period.minutes),
        "fires": reading.fires,
        "windows": [
            {
                "name": format_duration(burn.window_s),
                "burn": "–" if burn.burn is None else _rate(burn.burn),
                "interval": "" if burn.low is None or burn.high is None else f"[{_rate(burn.low)}–{_rate(burn.high)}]",
                "n": count(round(burn.n)),
                "meter": burn_meter(burn, rule.factor),
            }
            for burn in (reading.long, reading.short)
        ],
    }


def month_row(month: Month, slo: Slo) -> dict[str, Any]:
    """One line of the table of months, as the operating model has it, with bounds."""
    status = month.status
    budget, whole = status.budget, status.budget_with_maintenance
    met = {True: "ok", False: "breach", None: "unknown"}[status.is_met]
    row: dict[str, Any] = {
        "name": month_name(month, slo.window.timezone),
        "note": "running" if month.is_running else "partial" if month.is_partial else "",
        "met": met,
        "met_word": {"ok": "met", "breach": "missed"}.get(met, "unknown") + (" so far" if month.is_running else ""),
        "sign": SIGNS[status.mode] if status.mode else "unknown",
        "mode": _mode(budget) if budget else "unknown",
        "attainment": "–", "bad": "–", "used": "–", "left": "–",
        "used_with": "–", "left_with": "–", "attainment_with": "–",
        "excluded": _minutes(status.excluded_minutes) if status.excluded_minutes else "none",
    }  # fmt: skip
    if budget:
        row |= {
            "attainment": describe_attainment(budget),
            "bad": _spent(budget),
            "used": describe_share(*budget.used_ratio),
            "left": _left_minutes(budget),
        }
    if whole:
        row |= {
            "attainment_with": describe_attainment(whole),
            "used_with": describe_share(*whole.used_ratio),
            "left_with": _left_minutes(whole),
        }
    return row


def month_name(month: Month, timezone: str) -> str:
    """The month where it is decided, e.g. `2026-11`."""
    return to_datetime(month.status.period.start_us).astimezone(ZoneInfo(timezone)).strftime("%Y-%m")


def stretch_row(slo: Slo, unit: Unit, stretch: tuple[Window, float, float]) -> dict[str, Any]:
    """A stretch that spent budget, with the events behind it."""
    window, bad, total = stretch
    return {
        "start_us": window.start_us,
        "length": format_duration(window.seconds),
        "bad": describe_amount(bad, bad, unit),
        "total": describe_amount(total, total, unit),
        "url": evidence_url(slo, window),
    }


def evidence_url(slo: Slo, window: Window) -> str:
    """The events that an SLO counted as bad in a stretch of time."""
    query: dict[str, object] = {
        "environment": slo.key.environment,
        "service": slo.key.service,
        "from": window.start_us,
        "to": window.end_us,
    }
    match slo.sli:
        case LatencySli(threshold_s):
            query |= {"counted": "true", "slower_than_s": threshold_s}
        case ProbesSli(names) if names:
            query |= {"probe": ",".join(names), "outcome": "bad"}
        case ProbesSli():
            query |= {"kind": "probe", "outcome": "bad"}
        case _:
            query |= {"outcome": "bad", "counted": "true"}
    return f"/events?{urlencode(query)}"


def _worst_burn(status: SloStatus) -> dict[str, str] | None:
    """The rule nearest to firing: the smaller burn of its two windows beside its factor."""
    held = [
        (min(reading.long.burn, reading.short.burn) / reading.rule.factor, reading)
        for reading in status.rules
        if reading.long.burn is not None and reading.short.burn is not None
    ]
    if not held:
        return None
    reading = max(held, key=lambda pair: (bool(pair[1].fires), pair[0]))[1]
    return {
        "text": _rate(reading.long.burn or 0.0),
        "limit": f"{reading.rule.factor:g} over {format_duration(reading.rule.long_s)}",
        "meter": burn_meter(reading.long, reading.rule.factor),
        "fires": "yes" if reading.fires else "",
    }


def _rate(burn: float) -> str:
    return f"{burn:,.0f}" if burn >= 100 else f"{burn:.3g}"


def _mode(budget: Budget) -> str:
    if budget.is_open:
        return "unknown"
    return budget.mode.value + (", by its bound" if budget.is_by_bound else "")


def _counted(status: SloStatus, budget: Budget) -> str:
    if isinstance(status.slo.sli, SampledSli):
        return describe_sample(budget, status.slo.sli)
    return "" if budget.unit is Unit.SHARE else describe_amount(budget.total, budget.total, _unit(budget))


def _unit(budget: Budget | None) -> Unit:
    return Unit.MINUTES if budget is not None and budget.unit is Unit.MINUTES else Unit.EVENTS


def _allowed(budget: Budget) -> str:
    minutes = describe_amount(budget.allowed_minutes, budget.allowed_minutes, Unit.MINUTES)
    if budget.unit is Unit.EVENTS:
        projected = describe_amount(budget.allowed, budget.allowed, Unit.EVENTS)
        so_far = describe_amount(budget.allowed_so_far, budget.allowed_so_far, Unit.EVENTS).removesuffix(" events")
        return f"{minutes} of outage, or {projected} at the rate so far ({so_far} of what came until now)"
    return minutes


def _spent(budget: Budget) -> str:
    if budget.unit in (Unit.SHARE, Unit.SAMPLE):
        return describe_amount(*budget.spent_minutes, Unit.MINUTES)
    return describe_amount(*budget.spent, budget.unit)


def _left_minutes(budget: Budget) -> str:
    return describe_amount(*budget.remaining_minutes, Unit.MINUTES)


def _minutes(minutes: float) -> str:
    return format_duration(minutes * 60.0)


def _stretch_name(window: Window, zone: str) -> str:
    start, end = (to_datetime(at).astimezone(ZoneInfo(zone)) for at in (window.start_us, window.end_us))
    if window.end_us - window.start_us <= 60 * US_PER_SECOND:
        return f"on {start:%d %b at %H:%M} ({zone})"
    return f"on {start:%d %b} from {start:%H:%M} to {end:%H:%M} ({zone})"
