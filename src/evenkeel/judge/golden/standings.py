"""The newest runs of golden sets as objectives judge them: read by the hour, reckoned once."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from evenkeel.judge.golden import records
from evenkeel.judge.golden.model import GoldenRun, SetHead
from evenkeel.judge.golden.scoring import MEASURES, measure_run, value_by_query
from evenkeel.judge.quality.model import Figure
from evenkeel.kernel.time import Window
from evenkeel.store.records.engine import Records
from evenkeel.store.telemetry.port import ServiceKey

#: Runs that are kept: of 5,000 queries one takes about a megabyte.
_HELD_MAX: Final = 64


@dataclass(frozen=True, slots=True)
class StandingRun:
    """A run with each measure of each query, from 0 to 1, and the figures that people are shown; at `k` places."""

    run: GoldenRun
    k: int
    values: Mapping[str, Sequence[float]]
    figures: Mapping[str, Figure]


class KnownRuns:
    """What was read of runs. Safe to use from any thread."""

    def __init__(self, given: Records) -> None:
        self._records = given
        self._lock = threading.Lock()
        self._held: OrderedDict[tuple[object, ...], StandingRun] = OrderedDict()

    def sets(self, key: ServiceKey) -> list[SetHead]:
        """A service's golden sets, by name."""
        with self._records.transaction() as connection:
            return records.load_heads(connection, key)

    def newest(self, key: ServiceKey, name: str, window: Window) -> StandingRun | None:
        """The newest run of a set in a time; None where there is none."""
        with self._records.transaction() as connection:
            run = records.load_newest_run(connection, key, name, window)
            if run is None:
                return None
            own = (key, name, run.version, run.id, run.digest, run.at_us)
            with self._lock:
                held = self._held.get(own)
            if held is None:
                golden = records.load_set(connection, key, name, run.version)
                if golden is None:
                    return None
                held = StandingRun(
                    run,
                    golden.head.k,
                    {each: value_by_query(golden.queries, run.scored, each, golden.head.k) for each in MEASURES},
                    measure_run(golden.queries, run.scored, golden.head.k),
                )
        with self._lock:
            self._held[own] = held
            self._held.move_to_end(own)
            while len(self._held) > _HELD_MAX:
                self._held.popitem(last=False)
        return held
