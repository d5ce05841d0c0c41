"""What pages show of verdicts: rows, cards, the three answers; and the filter of an event list."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final
from urllib.parse import quote, urlencode

from evenkeel.judge.indicators.table import BY_NAME
from evenkeel.judge.objectives.briefing import counts_towards_status, worst_verdict
from evenkeel.judge.objectives.engine import ObjectiveEngine
from evenkeel.judge.objectives.model import ObjectiveVerdict, ServiceStatus
from evenkeel.judge.objectives.sentences import describe_window, format_interval, format_target, format_value
from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.kernel.time import US_PER_MINUTE, Window, floor_minute, format_duration
from evenkeel.kernel.verdict import Status, Verdict, read_status
from evenkeel.store.telemetry.event_port import EventFilter
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.ui.charts import sparkline
from evenkeel.ui.formats import count, plural

#: The last moment that has a date to be shown by: the end of the year 9999.
_MOMENT_MAX_US: Final = 253_402_300_799_999_999


@dataclass(frozen=True, slots=True)
class Filter:
    """Which services a list shows."""

    environment: str = ""
    status: str = ""
    text: str = ""

    def fits(self, service: ServiceStatus) -> bool:
        """Whether a service is shown."""
        word = service.status.value if service.judged else "not judged"
        return (
            self.environment in ("", service.key.environment)
            and self.status in ("", word)
            and self.text.lower() in f"{service.key} {' '.join(service.labels.values())}".lower()
        )


def service_row(service: ServiceStatus, now_us: int) -> dict[str, Any]:
    """One line of the overview."""
    worst = worst_verdict([verdict for verdict in service.verdicts if counts_towards_status(verdict)])
    start = floor_minute(now_us) - 59 * US_PER_MINUTE
    by_minute = {row.at: row for row in service.recent}
    minutes = [by_minute.get(start + n * US_PER_MINUTE) for n in range(60)]
    requests = sum(row.requests for row in minutes if row)
    failed = sum(row.bad for row in minutes if row)
    return {
        "key": service.key,
        "url": service_url(service.key),
        "id": f"row-{service.key.environment}-{service.key.service}",
        "kind": service.kind,
        "word": service.status.value if service.judged else "not judged",
        "sentence": worst.sentence if worst else service.why_not_judged,
        "changed": service.changed,
        "todo": service.todo,
        "labels": service.labels,
        "objectives": [
            {"title": verdict.objective.title, "word": read_status(verdict.headline, now_us).value}
            for verdict in service.verdicts
            if counts_towards_status(verdict)
        ],
        "last_at_us": service.last_at_us,
        "requests": requests,
        "spark": sparkline(
            [row.requests if row else None for row in minutes],
            bad=[row.bad if row else None for row in minutes],
            label=f"{count(requests)} requests in the last hour, {count(failed)} failed",
        ),
    }


def answers(services: Sequence[ServiceStatus]) -> dict[str, str]:
    """The three answers on top of the overview, in sentences."""
    judged = [service for service in services if service.judged]
    words = Counter(service.status for service in judged)
    is_ok = bool(judged) and words[Status.OK] == len(judged)
    mood = "breach" if words[Status.BREACH] else "warning" if words[Status.WARNING] else "ok" if is_ok else "unknown"
    parts = [
        f"{words[status]} {'is' if words[status] == 1 else 'are'} {_phrase(status)}"
        for status in (Status.BREACH, Status.WARNING, Status.STALE, Status.PARTIAL, Status.UNKNOWN, Status.OK)
        if words[status]
    ]
    noun = "service" if len(judged) == 1 else "services"
    how = f"Of {len(judged)} judged {noun}, {listed(parts)}." if judged else "No service is judged yet."
    worst = judged[0] if judged else None
    name = f"{worst.key.service}: " if worst else ""
    return {
        "mood": mood,
        "how": how,
        "changed": f"{name}{worst.changed}" if worst and worst.changed else "",
        "todo": f"{name}{worst.todo}" if worst and worst.todo and worst.status is not Status.OK else "",
    }


def _phrase(status: Status) -> str:
    return {Status.BREACH: "in breach", Status.WARNING: "in warning", Status.OK: "ok"}.get(status, status.value)


def listed(parts: Sequence[str]) -> str:
    """Parts as a sentence names them, at least one.

    >>> listed(["a", "b", "c"])
    'a, b and c'
    """
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def service_url(key: ServiceKey, **query: str) -> str:
    """The page of a service."""
    path = f"/services/{quote(key.environment, safe='')}/{quote(key.service, safe='')}"
    return f"{path}?{urlencode(query)}" if query else path


def find_service(engine: ObjectiveEngine, path: str, now_us: int) -> ServiceStatus:
    """The service that `environment/service` names; both may hold slashes. Raises NotFoundError."""
    parts = path.split("/")
    for place in range(1, len(parts)):
        found = engine.service(ServiceKey("/".join(parts[:place]), "/".join(parts[place:])), now_us)
        if found is not None:
            return found
    raise NotFoundError(f"No service {path} was heard from.", hint="The overview lists all there are.")


def objective_card(verdict: ObjectiveVerdict, now_us: int) -> dict[str, Any]:
    """One objective as its card shows it."""
    objective, headline = verdict.objective, verdict.headline
    estimate = headline.estimate
    alert = objective.target if objective.alert is None else objective.alert
    return {
        "name": objective.name,
        "title": objective.title,
        "definition": objective.definition.definition,
        "word": read_status(headline, now_us).value,
        "value": format_value(estimate.value, objective.unit),
        "interval": format_interval(estimate),
        "sample": f"{plural(estimate.n, estimate.counts or BY_NAME[objective.indicator].counts)} · "
        f"{format_duration(estimate.window.seconds)}",
        "target": format_target(objective),
        "alert": format_value(alert, objective.unit),
        "sentence": verdict.sentence,
        "since_us": verdict.since_us,
        "evidence": estimate.evidence.query if estimate.evidence else "",
        "counts": counts_towards_status(verdict),
        "windows": [
            _window_line(describe_window(name, objective), found, now_us) for name, found in verdict.by_window.items()
        ],
        "bounds": f"{format_value(_finite(estimate.low), objective.unit)} to "
        f"{format_value(_finite(estimate.high), objective.unit)}",
        "estimate": estimate,
        "verdict": headline,
    }


def _finite(value: float) -> float | None:
    return value if abs(value) < 1e9 else None


def _window_line(name: str, verdict: Verdict, now_us: int) -> dict[str, Any]:
    estimate = verdict.estimate
    return {
        "name": name,
        "word": read_status(verdict, now_us).value,
        "value": format_value(estimate.value, estimate.unit),
        "interval": format_interval(estimate),
        "sample": f"n {count(estimate.n)} · {format_duration(estimate.window.seconds)}",
        "coverage": estimate.coverage,
    }


def event_filter(query: Mapping[str, str]) -> EventFilter:
    """The filter of an event list from its URL. Raises InvalidInputError naming what cannot be read."""
    window = None
    if query.get("from") or query.get("to"):
        window = Window(_number(query, "from", 0), max(_number(query, "from", 0), _number(query, "to", 1 << 60)))
    slower = query.get("slower_than_s")
    counted = query.get("counted", "")
    texts = {
        name: query[name]
        for name in (
            "environment",
            "service",
            "version",
            "model",
            "kind",
            "role",
            "outcome",
            "reason",
            "finding",
            "guard",
            "cache",
            "text",
        )
        if query.get(name)
    }
    return EventFilter(
        window=window,
        slower_than_s=_seconds(slower) if slower else None,
        probes=tuple(filter(None, query.get("probe", "").split(","))),
        counted={"true": True, "false": False}.get(counted),
        **texts,
    )


def _seconds(text: str) -> float:
    try:
        if isfinite(found := float(text)):
            return found
    except ValueError:
        pass
    raise InvalidInputError(f"slower_than_s is {text[:20]!r}, not a number of seconds.")


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name)
    if not text:
        return otherwise
    if not (text.isascii() and text.isdigit()) or len(text) > 18 or int(text) > _MOMENT_MAX_US:
        raise InvalidInputError(f"{name} is {text[:30]!r}.", hint="Write microseconds since 1970 UTC.")
    return int(text)
