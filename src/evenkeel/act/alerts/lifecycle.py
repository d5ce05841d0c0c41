"""What one look at a rule makes of its alert: values in, values out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from evenkeel.act.alerts.fingerprints import identify, label
from evenkeel.act.alerts.flapping import is_flapping, recent_flaps, settle_us
from evenkeel.act.alerts.model import Alert, AlertState, Entry, Source, What
from evenkeel.judge.slo.model import Family, Firing
from evenkeel.kernel.time import US_PER_SECOND, format_duration

#: How often a sentence whose numbers move is written down while nothing else happens.
RENEW_US: Final = 60 * US_PER_SECOND

_SAYS: Final = {
    Family.OUTAGE: "{service}: nothing succeeds",
    Family.BURN: "{service}: {objective} burns its budget ({rule})",
    Family.THRESHOLD: "{service}: {objective} beyond its alert",
}


@dataclass(frozen=True, slots=True)
class Step:
    """An alert after a look, what its history says of it, and whether that is to be written down."""

    alert: Alert
    entries: tuple[Entry, ...] = ()
    is_written: bool = True


def open_alert(firing: Firing, alert_id: str, now_us: int) -> Step:
    """A rule that fires for the first time."""
    key = firing.id.key
    alert = Alert(
        id=alert_id,
        fingerprint=identify(firing),
        source=Source.EVENKEEL,
        labels=label(firing),
        environment=key.environment,
        service=key.service,
        rule=firing.id.rule,
        severity=firing.severity.value,
        title=title_of(firing),
        sentence=firing.sentence,
        link=firing.link,
        facts=dict(firing.facts),
        since_us=firing.since_us,
        opened_at_us=now_us,
        group_id=alert_id,
        saved_at_us=now_us,
    )
    return Step(alert, (Entry(alert_id, now_us, What.OPENED, firing.sentence),))


def title_of(firing: Firing) -> str:
    """What a list calls it: the service, and what is wrong with it."""
    about = firing.id
    return _SAYS[firing.family].format(service=about.key.service, objective=about.objective, rule=about.rule)


def reopen(alert: Alert, firing: Firing, now_us: int) -> Step:
    """A rule that fires again soon after its alert was over: the same alert, of which people are told again."""
    flaps = (*recent_flaps(alert.flaps, now_us), now_us)
    opened = replace(
        _renewed(alert, firing, now_us),
        state=AlertState.FIRING,
        clear_since_us=None,
        held_since_us=None,
        resolved_at_us=None,
        flaps=flaps,
        told_at_us=None,
        quiet="",
        acknowledged_by="",
        acknowledged_at_us=None,
    )
    return Step(opened, (Entry(alert.id, now_us, What.AGAIN, _again(flaps, now_us, firing.sentence)),))


def see_firing(alert: Alert, firing: Firing, now_us: int) -> Step:
    """A rule that fires while its alert is open."""
    fresh = _renewed(alert, firing, now_us)
    entries: list[Entry] = []
    if alert.clear_since_us is not None:
        flaps = (*recent_flaps(alert.flaps, now_us), now_us)
        fresh = replace(fresh, clear_since_us=None, flaps=flaps)
        entries.append(Entry(alert.id, now_us, What.AGAIN, _again(flaps, now_us, firing.sentence)))
    if alert.held_since_us is not None:
        fresh = replace(fresh, held_since_us=None)
        entries.append(Entry(alert.id, now_us, What.BACK, "There is data again, and it still fires."))
    moved = (fresh.sentence, fresh.link, fresh.facts) != (alert.sentence, alert.link, alert.facts)
    is_written = bool(entries) or (moved and not 0 <= now_us - alert.saved_at_us < RENEW_US)
    saved = now_us if is_written else alert.saved_at_us
    return Step(replace(fresh, saved_at_us=saved), tuple(entries), is_written)


def see_nothing(alert: Alert, now_us: int) -> Step:
    """A rule that cannot be judged: its alert is held as it is."""
    if alert.held_since_us is not None:
        return Step(alert, is_written=False)
    held = replace(alert, held_since_us=now_us, clear_since_us=None)
    text = "There is no data to judge it by; it stays open until there is."
    return Step(held, (Entry(alert.id, now_us, What.HELD, text),))


def see_clear(alert: Alert, now_us: int) -> Step:
    """A rule that does not fire: its alert is over when that has lasted."""
    wait_us = settle_us(alert.flaps, now_us)
    since_us = alert.clear_since_us
    if since_us is None or now_us < since_us:  # the clock was set back: the wait begins anew
        clear = replace(alert, clear_since_us=now_us, held_since_us=None)
        text = f"The condition does not hold any more. It is over once that has lasted {format_duration(wait_us / 1e6)}"
        text += ", as it flaps." if is_flapping(alert.flaps, now_us) else "."
        entries = [Entry(alert.id, now_us, What.CLEAR, text)]
        if alert.held_since_us is not None:
            entries.insert(0, Entry(alert.id, now_us, What.BACK, "There is data again."))
        return Step(clear, tuple(entries))
    if now_us - since_us < wait_us:
        return Step(alert, is_written=False)
    over = replace(alert, state=AlertState.RESOLVED, resolved_at_us=now_us, quiet="")
    text = f"Clear for {format_duration((now_us - since_us) // 1_000_000)}."
    return Step(over, (Entry(alert.id, now_us, What.RESOLVED, text),))


def see_gone(alert: Alert, now_us: int) -> Step:
    """A rule that there is no more: nobody can tell whether its condition still holds."""
    about = alert.labels.get("objective", alert.rule)
    text = f"{about} of {alert.service} is judged no more: the configuration was changed. Nothing says that it is well."
    over = replace(alert, state=AlertState.RESOLVED, resolved_at_us=now_us, quiet="", sentence=text, saved_at_us=now_us)
    return Step(over, (Entry(alert.id, now_us, What.RESOLVED, text),))


def _renewed(alert: Alert, firing: Firing, now_us: int) -> Alert:
    return replace(
        alert,
        labels=label(firing),
        title=title_of(firing),
        sentence=firing.sentence,
        link=firing.link,
        facts=dict(firing.facts),
        saved_at_us=now_us,
    )


def _again(flaps: tuple[int, ...], now_us: int, sentence: str) -> str:
    if is_flapping(flaps, now_us):
        return f"It flaps: fired again {len(flaps)} times within the last hour. {sentence}"
    return sentence
