"""The numbers of the gateway's workers at `/metrics`: asked of each, told of all, by worker.

A worker that is started again counts from 0; here its counters go on where they were last read, so what it counted
between that and its end is missing, and nothing is counted twice. One that was there before this process begins at 0,
as all of this process does.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from evenkeel.gateway.proxy.counters import NUMBERS, PREFIX

#: Whether a worker said something.
UP: Final = f"{PREFIX}worker_up"
#: (name, type, what it is) of everything that is told here, in this order.
GATEWAY_METRICS: Final = (
    (UP, "gauge", "1 while a worker of the gateway tells its numbers."),
    *((PREFIX + number.name, number.kind, number.words) for number in NUMBERS),
)
#: Labels of each, where there are any.
GATEWAY_LABELS: Final = {UP: ("worker",)} | {PREFIX + each.name: ("worker", *each.labels) for each in NUMBERS}
_COUNTERS: Final = frozenset(PREFIX + number.name for number in NUMBERS if number.kind == "counter")

#: A name and its labels, without that of the worker.
Series = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class WorkerNumbers:
    """What a worker told."""

    worker: str
    pid: int
    values: Mapping[Series, float] | None  # None: it told nothing


@dataclass(slots=True)
class _Counted:
    """Counters of a worker, whichever process it is."""

    pid: int
    is_older: bool = False  # than this process, and has told nothing yet
    told: Mapping[Series, float] = field(default_factory=dict[Series, float])
    before: dict[Series, float] = field(default_factory=dict[Series, float])  # is added to what it tells

    def take(self, numbers: WorkerNumbers) -> None:
        values = {of: value for of, value in (numbers.values or {}).items() if of[0] in _COUNTERS}
        if numbers.pid != self.pid or any(values.get(of, 0.0) < value for of, value in self.told.items()):
            self.before = self.totals()
        elif self.is_older:
            self.before = {of: -value for of, value in values.items()}
        self.pid, self.told, self.is_older = numbers.pid, values, False

    def totals(self) -> dict[Series, float]:
        return {of: self.before.get(of, 0.0) + self.told.get(of, 0.0) for of in {**self.before, **self.told}}


class GatewayNumbers:
    """Numbers of all workers since this was made. `read` is safe from any thread."""

    def __init__(self, ask: Callable[[], Sequence[WorkerNumbers]]) -> None:
        self._ask = ask
        self._lock = threading.Lock()
        self._counted: dict[str, _Counted] = {}
        for numbers in ask():
            counted = self._counted[numbers.worker] = _Counted(numbers.pid, is_older=True)
            if numbers.values is not None:
                counted.take(numbers)

    def read(self) -> Iterator[tuple[str, tuple[tuple[str, str], ...], float]]:
        """(name, labels, value) of all: counters never fall; what is so right now only of workers that tell it."""
        with self._lock:
            now = {numbers.worker: numbers for numbers in self._ask()}
            for numbers in now.values():
                counted = self._counted.setdefault(numbers.worker, _Counted(numbers.pid))
                if numbers.values is not None:
                    counted.take(numbers)
            totals = {worker: counted.totals() for worker, counted in sorted(self._counted.items())}
        for worker, counters in totals.items():
            values = now[worker].values if worker in now else None
            here = ("worker", worker)
            yield UP, (here,), float(values is not None)
            gauges = {of: value for of, value in (values or {}).items() if of[0] not in _COUNTERS}
            for (name, labels), value in {**gauges, **counters}.items():
                yield name, (here, *labels), value
