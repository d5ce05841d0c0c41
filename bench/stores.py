"""Telemetry stores of a given size, built through the fold itself and kept for the next run.

They lie in the temporary directory under a name that holds a hash of what wrote them, so that a changed
store or generator builds anew.
"""

from __future__ import annotations

import hashlib
import inspect
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import bench.events
from bench.events import NOON_US, Traffic, generator, make

from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.telemetry import fold, grouping, schema, upkeep
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import JournalOffset

SPAN_US = 30 * US_PER_DAY
BATCH = 200_000
WRITER = "built"
#: Noon is in the middle of an hour-aligned day: the last hours are not sketched yet, as in life.
END_US = NOON_US


def built_store(events: int) -> Path:
    """The file of a store that holds `events` over 30 days, evenly on ten services."""
    modules = (bench.events, fold, grouping, schema, upkeep)
    digest = hashlib.blake2b("".join(map(inspect.getsource, modules)).encode(), digest_size=6).hexdigest()
    root = Path(tempfile.gettempdir()) / f"evenkeel-bench-{os.getuid()}"
    kept = root / f"{events}-{digest}" / "telemetry.duckdb"
    if not kept.exists():
        building = kept.parent.with_suffix(f".{os.getpid()}")
        building.mkdir(parents=True)
        _build(building / kept.name, events)
        building.rename(kept.parent)
        for old in root.glob(f"{events}-*"):
            if old != kept.parent:
                shutil.rmtree(old)
    return kept


def _build(path: Path, events: int) -> None:
    con = generator()
    telemetry = DuckTelemetry(str(path))
    traffic = Traffic(first=0, count=min(BATCH, events), span_us=0, callers=50_000)
    for first in range(0, events, BATCH):
        count = min(BATCH, events - first)
        start_us = END_US - SPAN_US + SPAN_US * first // events
        end_us = END_US - SPAN_US + SPAN_US * (first + count) // events
        batch = make(con, replace(traffic, first=first, count=count, end_us=end_us, span_us=end_us - start_us))
        telemetry.fold(batch, {WRITER: JournalOffset(0, first + count)}, now_us=end_us)
        telemetry.close_periods(end_us)
        if sys.stderr.isatty():
            print(f"\rbuilding a store: {100 * (first + count) // events} %", end="", file=sys.stderr)
    telemetry.close()
    if sys.stderr.isatty():
        print("\r" + " " * 40 + "\r", end="", file=sys.stderr)
