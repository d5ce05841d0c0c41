"""What a worker tells of itself at /metrics."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_HELP: Final = {
    "requests_total": "Requests by operation and HTTP status.",
    "refusals_total": "Requests refused here, by reason.",
    "guard_failures_total": "Requests with a text that the guard broke on: blocked, or passed where it fails open.",
    "shadows_skipped_total": "Shadow calls not made because too many were under way.",
}


class GatewayCounters:
    """Counters of one worker, in Prometheus' text format."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], int] = {}

    def add(self, name: str, labels: str = "", amount: int = 1) -> None:
        """Count. `labels` are written as Prometheus shows them, their values escaped."""
        key = (name, labels)
        self._values[key] = self._values.get(key, 0) + amount

    def render(self, gauges: Mapping[str, int]) -> str:
        """All of them, and what is so right now: a name, with its labels where it has some; one in `_total` only rises.

        >>> counters = GatewayCounters()
        >>> counters.add("shadows_skipped_total")
        >>> print(counters.render({"open": 2}), end="")
        # TYPE evenkeel_gateway_open gauge
        evenkeel_gateway_open 2
        # HELP evenkeel_gateway_shadows_skipped_total Shadow calls not made because too many were under way.
        # TYPE evenkeel_gateway_shadows_skipped_total counter
        evenkeel_gateway_shadows_skipped_total 1
        """
        lines: list[str] = []
        told = ""
        for sample, value in gauges.items():
            name = sample.partition("{")[0]
            kind = "counter" if name.endswith("_total") else "gauge"
            lines += [] if name == told else [f"# TYPE evenkeel_gateway_{name} {kind}"]
            lines.append(f"evenkeel_gateway_{sample} {value}")
            told = name
        for name in dict.fromkeys(name for name, _ in sorted(self._values)):
            lines.append(f"# HELP evenkeel_gateway_{name} {_HELP[name]}")
            lines.append(f"# TYPE evenkeel_gateway_{name} counter")
            lines += [
                f"evenkeel_gateway_{name}{f'{{{labels}}}' if labels else ''} {value}"
                for (of, labels), value in sorted(self._values.items())
                if of == name
            ]
        return "\n".join([*lines, ""])
