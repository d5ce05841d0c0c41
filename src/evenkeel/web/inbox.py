"""Alerts as lists, documents and one quiet line: the same on every door (API, pages, CLI)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import urlencode

from evenkeel.act.alerts.flapping import is_flapping
from evenkeel.act.alerts.matching import VALUE_LENGTH_MAX
from evenkeel.act.alerts.model import Alert, AlertFilter, Entry, Silence, Source
from evenkeel.act.alerts.wording import next_step
from evenkeel.judge.slo.model import Family
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import isoformat
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.ui.formats import plural

#: Families of rules, the one that says most of what is wrong first.
_TELLING: Final = (Family.OUTAGE.value, Family.THRESHOLD.value, Family.BURN.value)
_COUNTED: Final = ("page", "ticket", "alert", "warning")
STATES: Final = ("firing", "acknowledged", "quiet", "resolved")
#: Labels that name an alert well enough to silence it again and again.
_NAMING: Final = ("environment", "service", "objective", "rule", "alertname")


def read_filter(query: Mapping[str, str]) -> AlertFilter:
    """The filter that a URL names. Raises InvalidInputError for a state that is not known."""
    state = query.get("state", "")
    if state and state not in STATES:
        raise InvalidInputError(f"There is no state {state[:20]!r}.", hint=f"Use one of {', '.join(STATES)}.")
    names = ("environment", "service", "severity", "source")
    return AlertFilter(state, *(query.get(name, "") for name in names))


def alert_document(alert: Alert, now_us: int) -> dict[str, Any]:
    """An alert as JSON."""
    return {
        "id": alert.id,
        "fingerprint": alert.fingerprint,
        "source": alert.source.value,
        "state": alert.state.value,
        "severity": alert.severity,
        "environment": alert.environment,
        "service": alert.service,
        "objective": alert.objective,
        "rule": alert.rule,
        "title": alert.title,
        "sentence": alert.sentence,
        "next": next_step(alert) if alert.is_firing else "",
        "since": isoformat(alert.since_us),
        "opened_at": isoformat(alert.opened_at_us),
        "clear_since": _moment(alert.clear_since_us),
        "no_data_since": _moment(alert.held_since_us),
        "resolved_at": _moment(alert.resolved_at_us),
        "told_at": _moment(alert.told_at_us),
        "quiet": alert.quiet,
        "flapping": is_flapping(alert.flaps, now_us),
        "acknowledged_by": alert.acknowledged_by,
        "acknowledged_at": _moment(alert.acknowledged_at_us),
        "labels": dict(alert.labels),
        "facts": dict(alert.facts),
        "evidence": alert.link,
        "url": f"/alerts/{alert.id}",
    }


def entry_document(entry: Entry) -> dict[str, Any]:
    """A line of an alert's history as JSON."""
    return {"at": isoformat(entry.at_us), "what": entry.what.value, "actor": entry.actor, "text": entry.text}


def silence_document(silence: Silence, now_us: int) -> dict[str, Any]:
    """A silence as JSON."""
    to_come = now_us < silence.starts_at_us
    return {
        "id": silence.id,
        "state": "active" if silence.is_active(now_us) else "to come" if to_come else "over",
        "matchers": [str(matcher) for matcher in silence.matchers],
        "starts_at": isoformat(silence.starts_at_us),
        "ends_at": isoformat(silence.ends_at_us),
        "reason": silence.reason,
        "author": silence.author,
    }


def alert_row(alert: Alert, now_us: int) -> dict[str, Any]:
    """An alert as lists and its page show it: a sign, words about where it stands, the matchers that name it."""
    return {
        "alert": alert,
        "sign": _sign(alert),
        "word": alert.severity or "alert" if alert.is_firing else "resolved",
        "notes": _notes(alert, now_us),
        "next": next_step(alert) if alert.is_firing else "",
        "matchers": "\n".join(
            f'{name}="{alert.labels[name]}"' for name in _NAMING if _is_plain(alert.labels.get(name, ""))
        ),
    }


def group_rows(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of one service that are told together as one: the most telling first, the others beneath it.

    Their order stays that of the first row of each. Alerts that are over, and foreign ones, stand alone. What began
    once others were acknowledged is a row of its own, as it is a notification of its own.
    """
    alerts: list[Alert] = [row["alert"] for row in rows]
    together = [alert for alert in alerts if alert.is_firing and alert.source is Source.EVENKEEL]
    seen = {(alert.environment, alert.service) for alert in together if alert.acknowledged_at_us is not None}
    own = {alert.id for alert in together}
    groups: dict[tuple[object, ...], list[Mapping[str, Any]]] = {}
    for alert, row in zip(alerts, rows, strict=True):
        about = alert.environment, alert.service
        is_seen = about in seen and (alert.acknowledged_at_us is not None or bool(alert.quiet))
        groups.setdefault((*about, is_seen) if alert.id in own else (alert.id,), []).append(row)
    found: list[dict[str, Any]] = []
    for members in groups.values():
        lead, *others = sorted(members, key=lambda row: _how_telling(row["alert"]))
        found.append({**lead, "others": others})
    return found


def _how_telling(alert: Alert) -> tuple[bool, int]:
    """What says most of what is wrong comes first."""
    family = alert.labels.get("family", "")
    return alert.severity != "page", _TELLING.index(family) if family in _TELLING else len(_TELLING)


def summarize(firing: Sequence[Alert]) -> dict[str, str]:
    """The answer on top of the inbox."""
    if not firing:
        return {"how": "No alert fires.", "mood": "ok", "todo": ""}
    words = Counter(alert.severity or "alert" for alert in firing)
    in_order = sorted(words.items(), key=lambda pair: (pair[0] != "page", pair[0]))
    # Severities of others are words of theirs, of which no plural is known: 2 critical, 1 P2.
    parts = [plural(n, f"{word}s") if word in _COUNTED else f"{n} {word}" for word, n in in_order]
    unseen = [alert for alert in firing if alert.acknowledged_at_us is None and not alert.quiet]
    pages = [alert for alert in unseen if alert.severity == "page"]
    how = f"{plural(len(firing), 'alerts')} firing: {', '.join(parts)}."
    if len(unseen) < len(firing):
        how += f" {len(firing) - len(unseen)} acknowledged or quiet."
    first = _first_to_see(pages or unseen)
    todo = "" if first is None else f"Start with {first.title}: acknowledge it, so that others know you look after it."
    return {"how": how, "mood": "breach" if pages else "warning", "todo": todo}


def _first_to_see(unseen: Sequence[Alert]) -> Alert | None:
    """Of the service that waits longest, the alert that leads its group in the list."""
    oldest = min(unseen, key=lambda alert: alert.opened_at_us, default=None)
    if oldest is None or oldest.source is not Source.EVENKEEL:
        return oldest
    where = oldest.environment, oldest.service, oldest.source
    return min((each for each in unseen if (each.environment, each.service, each.source) == where), key=_how_telling)


def firing_line(firing: Sequence[Alert], key: ServiceKey | None = None) -> dict[str, str] | None:
    """A quiet line for other pages, with its link; None when nothing fires."""
    fitting = [alert for alert in firing if key in (None, ServiceKey(alert.environment, alert.service))]
    if not fitting:
        return None
    where = {} if key is None else {"environment": key.environment, "service": key.service}
    return {
        "text": f"{plural(len(fitting), 'alerts')} firing",
        "url": f"/alerts?{urlencode({'state': 'firing', **where})}",
    }


def _sign(alert: Alert) -> str:
    if not alert.is_firing:
        return "ok"
    if alert.held_since_us is not None:
        return "unknown"
    return "breach" if alert.severity in ("page", "critical") else "warning"


def _notes(alert: Alert, now_us: int) -> list[str]:
    if not alert.is_firing:
        return []
    notes: list[str] = []
    if alert.held_since_us is not None:
        notes.append("No data to judge it by at the moment: it stays open.")
    if alert.clear_since_us is not None:
        notes.append("The condition does not hold any more; it is over once that has lasted.")
    if is_flapping(alert.flaps, now_us):
        notes.append(f"It flaps: fired again {plural(len(alert.flaps), 'times')} within an hour.")
    if alert.quiet:
        notes.append(f"Nobody is told: {alert.quiet}.")
    if alert.acknowledged_at_us is not None:
        notes.append(f"Acknowledged by {alert.acknowledged_by}.")
    return notes


def _is_plain(value: str) -> bool:
    """Whether a value can stand in a matcher on one line."""
    return 0 < len(value) <= VALUE_LENGTH_MAX and value.isprintable()


def _moment(at_us: int | None) -> str | None:
    return None if at_us is None else isoformat(at_us)
