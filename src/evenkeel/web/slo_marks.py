"""What happened while a budget was spent: versions that came up, alerts that fired, maintenance."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from evenkeel.act.alerts.model import Alert
from evenkeel.judge.slo.status import SloStatus
from evenkeel.kernel.time import Window, isoformat
from evenkeel.org.calendar.model import Entry
from evenkeel.store.telemetry.port import VersionSpan

#: Marks of one kind that are shown, the latest ones: more would cover the chart, and nobody reads them.
MARKS_MAX: Final = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """Something that happened: at a moment, or until another one."""

    kind: str  # deployment | alert | maintenance
    at_us: int
    text: str
    url: str
    until_us: int | None = None
    is_running: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """Those that are shown, in order, and how many of each kind are not."""

    shown: tuple[Mark, ...] = ()
    hidden: tuple[tuple[str, int], ...] = ()


def collect_marks(
    status: SloStatus, spans: Sequence[VersionSpan], alerts: Iterable[Alert], entries: Iterable[Entry]
) -> Marks:
    """What happened to the service and its SLO in the counted part of the period, the latest of each kind."""
    found = (
        _deployments(status, spans),
        _alerts(status, alerts),
        _maintenance(status, entries),
    )
    shown: list[Mark] = []
    hidden: list[tuple[str, int]] = []
    for marks in found:
        marks.sort(key=lambda mark: mark.at_us)
        shown += marks[-MARKS_MAX:]
        if len(marks) > MARKS_MAX:
            hidden.append((marks[0].kind, len(marks) - MARKS_MAX))
    return Marks(tuple(sorted(shown, key=lambda mark: mark.at_us)), tuple(hidden))


def marks_document(marks: Marks) -> dict[str, Any]:
    """The same as JSON."""
    return {
        "marks": [
            {
                "kind": mark.kind,
                "at": isoformat(mark.at_us),
                "until": None if mark.until_us is None else isoformat(mark.until_us),
                "running": mark.is_running,
                "text": mark.text,
                "url": mark.url,
            }
            for mark in marks.shown
        ],
        "marks_not_shown": dict(marks.hidden),
    }


def _deployments(status: SloStatus, spans: Sequence[VersionSpan]) -> list[Mark]:
    """When versions were first seen. What ran when the service was first seen is no deployment that we saw."""
    key = status.slo.key
    named = [span for span in spans if span.version]
    return [
        Mark("deployment", span.first_at, f"version {span.version} first seen", f"/services/{key}")
        for span in named[1:]
        if status.counted.contains(span.first_at)
    ]


def _alerts(status: SloStatus, alerts: Iterable[Alert]) -> list[Mark]:
    return [
        Mark(
            "alert",
            alert.since_us,
            f"{alert.severity}: {alert.rule}",
            f"/alerts/{alert.id}",
            alert.resolved_at_us,
            is_running=alert.is_firing,
        )
        for alert in alerts
        if alert.objective == status.slo.name
        and _touches(status.counted, alert.since_us, alert.resolved_at_us or status.at_us)
    ]


def _maintenance(status: SloStatus, entries: Iterable[Entry]) -> list[Mark]:
    return [
        Mark(
            "maintenance",
            span.start_us,
            entry.reason,
            "#maintenance",
            span.end_us,
            is_running=span.contains(status.at_us),
        )
        for entry in entries
        if entry.covers(status.slo.key) and (span := entry.span) is not None
        and _touches(Window(status.counted.start_us, status.period.end_us), span.start_us, span.end_us)
    ]  # fmt: skip


def _touches(window: Window, start_us: int, end_us: int) -> bool:
    return start_us < window.end_us and end_us >= window.start_us
