"""What a door counts about itself, in Prometheus text format."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from evenkeel.observe.evaluators.evaluating import RESULTS

_HELP: Final = {
    "evenkeel_intake_requests_total": "Requests by path and status.",
    "evenkeel_intake_events_total": "Events made durable, by path.",
    "evenkeel_intake_rejected_total": "Events or spans rejected, by path.",
    "evenkeel_intake_ignored_spans_total": "Spans that are no AI work and no server spans.",
    "evenkeel_intake_bytes_total": "Bytes of request bodies as they arrived.",
}


_NO_ANSWERS: Final[Mapping[str, int]] = MappingProxyType({})


class IntakeCounters:
    """Counts since the process started. One event loop writes."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str]] = Counter()

    def add(self, name: str, labels: str = "", amount: int = 1) -> None:
        """Raise a counter; `labels` as Prometheus writes them, without braces."""
        self._counts[(f"evenkeel_intake_{name}", labels)] += amount

    def render(self, backlog_bytes: int, answers: Mapping[str, int] = _NO_ANSWERS) -> str:
        """The exposition; `answers` is what became of content that could be evaluated."""
        lines: list[str] = []
        for name, text in _HELP.items():
            lines += [f"# HELP {name} {text}", f"# TYPE {name} counter"]
            rows = sorted((labels, count) for (known, labels), count in self._counts.items() if known == name)
            lines += [f"{name}{{{labels}}} {count}" if labels else f"{name} {count}" for labels, count in rows]
        lines += [
            "# HELP evenkeel_intake_backlog_bytes Bytes accepted and not yet durable.",
            "# TYPE evenkeel_intake_backlog_bytes gauge",
            f"evenkeel_intake_backlog_bytes {backlog_bytes}",
            "# HELP evenkeel_intake_answers_total Answers with content, by whether they were evaluated, or why not.",
            "# TYPE evenkeel_intake_answers_total counter",
            *(f'evenkeel_intake_answers_total{{result="{each}"}} {answers.get(each, 0)}' for each in RESULTS),
        ]
        return "\n".join(lines) + "\n"
