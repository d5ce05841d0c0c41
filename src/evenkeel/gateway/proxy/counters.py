"""What a worker tells of itself at /metrics of its own port; control tells it on, of all workers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from evenkeel.kernel.facts import fact

#: What the names of all series begin with.
PREFIX: Final = "evenkeel_gateway_"


@fact
class Number:
    """A series, as scrapers are told of it. Counters rise as long as the worker lives, and begin at 0 with it."""

    name: str  # without the prefix
    kind: str  # counter | gauge
    words: str
    labels: tuple[str, ...] = ()


#: All there are, in the order in which they are told.
NUMBERS: Final[tuple[Number, ...]] = (
    Number("requests_total", "counter", "Requests by operation and HTTP status.", ("operation", "status")),
    Number("refusals_total", "counter", "Requests refused here, by reason.", ("code",)),
    Number("open", "gauge", "Requests to models that are being served."),
    Number("connections", "gauge", "Connections of callers that are open."),
    Number("held_bytes", "gauge", "Bytes of the bodies of requests that are being served."),
    Number("generation", "gauge", "Number of the published table that the worker goes by."),
    Number("breaker", "gauge", "1 for an upstream that the worker leaves alone, and how.", ("upstream", "state")),
    Number("limits_passed_total", "counter", "Requests let through uncounted while the store of limits was lost."),
    Number(
        "guard_failures_total",
        "counter",
        "Requests with a text that the guard broke on: blocked, or passed where it fails open.",
    ),
    Number("shadows_skipped_total", "counter", "Shadow calls not made because too many were under way."),
    Number("cache_bytes", "gauge", "Bytes of the answers that the worker keeps."),
    Number("cache_bytes_max", "gauge", "Bytes that it may keep."),
    Number("cache_entries", "gauge", "Answers that the worker keeps."),
    Number("cache_hits_total", "counter", "Requests answered from what the worker keeps."),
    Number("cache_misses_total", "counter", "Requests for which it kept no answer."),
    Number("cache_evicted_total", "counter", "Answers given up for want of room."),
    Number("cache_expired_total", "counter", "Answers given up because they were too old."),
    Number("cache_store_up", "gauge", "1 while the store of shared answers can be used; left out where there is none."),
    Number("cache_store_hits_total", "counter", "Requests answered from the store of shared answers."),
    Number("cache_store_misses_total", "counter", "Requests for which it kept no answer, or none to be used."),
    Number("cache_store_lost_total", "counter", "Questions to the store that it did not answer."),
    Number("cache_store_unkept_total", "counter", "Answers that could not be kept in the store."),
    Number("answers_total", "counter", "Answers with content, by whether they were evaluated or why not.", ("result",)),
    Number("vectors_total", "counter", "Answers with vectors, by whether they were counted or why not.", ("result",)),
)


class GatewayCounters:
    """Counters of one worker, in Prometheus' text format."""

    def __init__(self) -> None:
        self._values: dict[tuple[str, str], int] = {}

    def add(self, name: str, labels: str = "", amount: int = 1) -> None:
        """Count. `labels` are written as Prometheus shows them, their values escaped."""
        key = (name, labels)
        self._values[key] = self._values.get(key, 0) + amount

    def render(self, told: Mapping[str, int]) -> str:
        """All of them, and what is `told` beside: a name, with its labels where it has some.

        Raises KeyError for a name that is none of `NUMBERS`.

        >>> counters = GatewayCounters()
        >>> counters.add("shadows_skipped_total")
        >>> print(counters.render({"open": 2}), end="")
        # HELP evenkeel_gateway_open Requests to models that are being served.
        # TYPE evenkeel_gateway_open gauge
        evenkeel_gateway_open 2
        # HELP evenkeel_gateway_shadows_skipped_total Shadow calls not made because too many were under way.
        # TYPE evenkeel_gateway_shadows_skipped_total counter
        evenkeel_gateway_shadows_skipped_total 1
        """
        samples: dict[str, list[str]] = {number.name: [] for number in NUMBERS}
        for sample, value in told.items():
            samples[sample.partition("{")[0]].append(f"{PREFIX}{sample} {value}")
        for (name, labels), value in sorted(self._values.items()):
            samples[name].append(f"{PREFIX}{name}{f'{{{labels}}}' if labels else ''} {value}")
        lines: list[str] = []
        for number in NUMBERS:
            if samples[number.name]:
                lines.append(f"# HELP {PREFIX}{number.name} {number.words}")
                lines.append(f"# TYPE {PREFIX}{number.name} {number.kind}")
                lines += samples[number.name]
        return "\n".join([*lines, ""])
