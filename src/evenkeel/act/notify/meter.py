"""Numbers of notifications since the start, for a scraper."""

from __future__ import annotations

import threading
from collections import Counter
from dataclasses import dataclass
from typing import Final

from evenkeel.act.notify.sending import Finished

#: Upper edges in seconds; the alert path's objective is 10.
EDGES_S: Final = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3_600.0)


@dataclass(frozen=True, slots=True)
class Metered:
    """A reading: totals by (channel, state), and how long deliveries took."""

    totals: dict[tuple[str, str], int]
    below: tuple[int, ...]  # deliveries that took at most each of EDGES_S
    count: int
    sum_s: float


class Meter:
    """Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._totals: Counter[tuple[str, str]] = Counter()
        self._below = [0] * len(EDGES_S)
        self._count = 0
        self._sum_s = 0.0

    def add(self, finished: Finished) -> None:
        """Count what became of a message."""
        with self._lock:
            self._totals[finished.sent.channel, "delivered" if finished.receipt.delivered else "failed"] += 1
            if finished.receipt.delivered:
                self._count += 1
                self._sum_s += finished.latency_s
                for place, edge_s in enumerate(EDGES_S):
                    self._below[place] += finished.latency_s <= edge_s

    def read(self) -> Metered:
        """The numbers now."""
        with self._lock:
            return Metered(dict(self._totals), tuple(self._below), self._count, self._sum_s)
