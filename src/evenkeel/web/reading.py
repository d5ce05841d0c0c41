"""What pages show, read from judge and store: rows, charts, breakdowns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from evenkeel.judge.indicators.table import BY_NAME
from evenkeel.judge.objectives.briefing import counts_towards_status, worst_verdict
from evenkeel.judge.objectives.model import ObjectiveVerdict, ServiceStatus
from evenkeel.judge.objectives.sentences import describe_window, format_interval, format_target, format_value
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.money import NANO_PER_UNIT
from evenkeel.kernel.time import (
    US_PER_DAY,
    US_PER_HOUR,
    US_PER_MINUTE,
    Window,
    floor_minute,
    format_duration,
    isoformat,
)
from evenkeel.kernel.verdict import Status, Verdict, read_status
from evenkeel.store.telemetry.port import EventFilter, MinuteRow, ServiceKey, Telemetry
from evenkeel.ui.charts import Chart, Line, draw, sparkline
from evenkeel.ui.formats import compact, count, seconds

#: range -> (length, step in minutes).
RANGES: Final[Mapping[str, tuple[int, int]]] = {
    "1h": (US_PER_HOUR, 1),
    "6h": (6 * US_PER_HOUR, 5),
    "24h": (US_PER_DAY, 15),
    "7d": (7 * US_PER_DAY, 60),
    "30d": (30 * US_PER_DAY, 360),
}
_QUANTILES: Final = (0.5, 0.95, 0.99)


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
    mood = "breach" if words[Status.BREACH] else "warning" if words[Status.WARNING] else "ok"
    open_words = [status for status in (Status.STALE, Status.PARTIAL, Status.UNKNOWN) if words[status]]
    if mood == "ok" and open_words:
        mood = "unknown"
    parts = [
        f"{words[status]} {'is' if words[status] == 1 else 'are'} {_phrase(status)}"
        for status in (Status.BREACH, Status.WARNING, Status.STALE, Status.PARTIAL, Status.UNKNOWN, Status.OK)
        if words[status]
    ]
    noun = "service" if len(judged) == 1 else "services"
    how = f"Of {len(judged)} judged {noun}, {_listed(parts)}." if judged else "No service is judged yet."
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


def _listed(parts: Sequence[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"


def service_url(key: ServiceKey, **query: str) -> str:
    """The page of a service."""
    path = f"/services/{quote(key.environment, safe='')}/{quote(key.service, safe='')}"
    return f"{path}?{urlencode(query)}" if query else path


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
        "sample": f"{count(estimate.n)} {BY_NAME[objective.indicator].counts} · "
        f"{format_duration(estimate.window.seconds)}",
        "target": format_target(objective),
        "alert": format_value(alert, objective.unit),
        "sentence": verdict.sentence,
        "since_us": verdict.since_us,
        "evidence": estimate.evidence.query if estimate.evidence else "",
        "counts": counts_towards_status(verdict),
        "windows": [_window_line(describe_window(name), found, now_us) for name, found in verdict.by_window.items()],
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


def window_of(chosen: str, now_us: int) -> tuple[Window, int]:
    """(window, step in minutes) of a range in a URL. Raises InvalidInputError for one that is not known."""
    if chosen not in RANGES:
        raise InvalidInputError(f"There is no range {chosen[:20]!r}.", hint=f"Use one of {', '.join(RANGES)}.")
    length, step = RANGES[chosen]
    step_us = step * US_PER_MINUTE
    return Window((now_us - length) // step_us * step_us, now_us), step


def charts(telemetry: Telemetry, service: ServiceStatus, window: Window, step: int) -> list[dict[str, Any]]:
    """Traffic, latency, errors, tokens and cost over a window."""
    rows = telemetry.minutes(service.key, window, step_minutes=step)
    latencies = telemetry.latency_series(service.key, window, step_minutes=step, quantiles=_QUANTILES)
    limits = {verdict.objective.name: verdict.objective for verdict in service.verdicts}
    p95, errors = limits.get("latency_p95"), limits.get("error_rate")

    def line(name: str, style: str, value: Callable[[MinuteRow], float | None]) -> Line:
        return Line(name, [(row.at, value(row)) for row in rows], style)

    def chart(
        title: str,
        unit: str,
        lines: Sequence[Line],
        marks: Sequence[tuple[str, float]] = (),
        write: Callable[[float], str] = compact,
    ) -> dict[str, Any]:
        span = (window.start_us, window.end_us, step * US_PER_MINUTE)
        drawn = Chart(title, unit, lines, *span, marks=marks, write=write)
        return {"title": title, "unit": unit, "svg": draw(drawn), "lines": lines}

    per_minute = 1.0 / step
    return [
        chart(
            "Traffic",
            "requests per minute",
            [
                line("requests", "a", lambda row: row.requests * per_minute),
                line("failed", "bad", lambda row: row.bad * per_minute if row.bad else None),
            ],
        ),
        chart(
            "Latency",
            "per request",
            [
                Line(f"p{100 * q:g}", [(at, values[place]) for at, _, values in latencies], style)
                for place, (q, style) in enumerate(zip(_QUANTILES, ("b", "a", "c"), strict=True))
            ],
            marks=[("p95 target", p95.target)] if p95 else [],
            write=lambda value: seconds(value) if value else "0",
        ),
        chart(
            "Errors",
            "share of requests",
            [line("error rate", "bad", lambda row: row.bad / row.requests if row.requests else None)],
            marks=[("target", errors.target)] if errors else [],
            write=lambda value: f"{100 * value:.3g} %",
        ),
        chart(
            "Tokens",
            "per minute",
            [
                line("input", "a", lambda row: row.tokens_in * per_minute),
                line("output", "c", lambda row: row.tokens_out * per_minute),
            ],
        ),
        chart(
            "Cost",
            "USD per hour",
            [line("cost", "a", lambda row: row.cost_nano / NANO_PER_UNIT * 60 * per_minute)],
            write=lambda value: f"{value:.3g}",
        ),
    ]


def totals(rows: Sequence[MinuteRow]) -> dict[str, float]:
    """Sums over a window."""
    names = ("good", "bad", "excluded", "attempts", "tokens_in", "tokens_out", "tokens_cached", "cost_nano", "unpriced")
    return {name: sum(getattr(row, name) for row in rows) for name in names}


def traffic_csv(telemetry: Telemetry, key: ServiceKey, window: Window, step: int) -> str:
    """What is behind the charts."""
    latencies = {at: (n, values) for at, n, values in telemetry.latency_series(
        key, window, step_minutes=step, quantiles=_QUANTILES)}  # fmt: skip
    lines = ["start_utc,good,bad,excluded,attempts,tokens_in,tokens_out,cost_nano,latency_n,p50_s,p95_s,p99_s"]
    for row in telemetry.minutes(key, window, step_minutes=step):
        n, values = latencies.get(row.at, (0, ("", "", "")))
        cells = (isoformat(row.at), row.good, row.bad, row.excluded, row.attempts, row.tokens_in, row.tokens_out,
                 row.cost_nano, n, *values)  # fmt: skip
        lines.append(",".join(map(str, cells)))
    return "\n".join(lines) + "\n"


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
            "text",
        )
        if query.get(name)
    }
    try:
        return EventFilter(
            window=window,
            slower_than_s=float(slower) if slower else None,
            counted={"true": True, "false": False}.get(counted),
            **texts,
        )
    except ValueError:
        raise InvalidInputError(f"slower_than_s is {slower!r:.20}, not a number of seconds.") from None


def _number(query: Mapping[str, str], name: str, otherwise: int) -> int:
    text = query.get(name)
    if not text:
        return otherwise
    if not text.isdigit() or len(text) > 18:
        raise InvalidInputError(f"{name} is {text[:30]!r}.", hint="Write microseconds since 1970 UTC.")
    return int(text)
