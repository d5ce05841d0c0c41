"""The embedded telemetry adapter: one DuckDB file, one writing process, readers beside the writer."""

from __future__ import annotations

import os
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import duckdb

from evenkeel.kernel.errors import HomeBusyError
from evenkeel.kernel.sketch import quantile
from evenkeel.kernel.time import US_PER_MINUTE, Window
from evenkeel.store.telemetry import (
    browse,
    counts,
    fold,
    queries,
    rollup,
    samples,
    upkeep,
)
from evenkeel.store.telemetry.content_store import DuckContent
from evenkeel.store.telemetry.event_port import EventFilter, EventPage
from evenkeel.store.telemetry.feature_store import DuckFeatures
from evenkeel.store.telemetry.gateway_store import DuckGateway
from evenkeel.store.telemetry.group_store import DuckGroups
from evenkeel.store.telemetry.migrate import carry_forward
from evenkeel.store.telemetry.port import (
    BreakdownRow,
    FoldResult,
    Histogram,
    JournalOffset,
    MinuteRow,
    Sample,
    ServiceKey,
    ServiceState,
    Thresholds,
    VersionSpan,
)
from evenkeel.store.telemetry.prediction_store import DuckPredictions
from evenkeel.store.telemetry.probe_port import ProbeRow
from evenkeel.store.telemetry.rating_store import DuckRatings
from evenkeel.store.telemetry.schema import STORE_VERSION, TABLES, WORKING
from evenkeel.store.telemetry.series import (
    CountSeries,
    OutcomeAt,
)
from evenkeel.store.telemetry.state import StoreState
from evenkeel.store.telemetry.trial_store import DuckTrials
from evenkeel.store.telemetry.upkeep_port import Discrepancy, Usage

FILE_NAME: Final = "telemetry.duckdb"

#: The engine's write-ahead log may grow this far; smaller ones stall the fold at every checkpoint.
CHECKPOINT_THRESHOLD: Final = "512MB"
MEMORY_LIMIT: Final = "2GB"


class DuckTelemetry(DuckGroups, DuckFeatures, DuckGateway, DuckTrials, DuckContent, DuckRatings, DuckPredictions):
    """`port.Telemetry` on one DuckDB file.

    Every reading method takes a cursor of its own, so any thread may ask; folding and upkeep hold a lock.
    """

    def __init__(self, path: str, *, threads: int | None = None) -> None:
        self._path = path
        self._write_lock = threading.RLock()
        self._con = _connect(path, threads or min(2, os.cpu_count() or 1))
        try:
            self._state = _open_store(self._con)
        except BaseException:
            self._con.close()  # else the file stays locked as long as somebody holds the error
            raise
        upkeep.recount_thresholds(self._con, self._state, frozenset())

    # --- fold

    def offsets(self) -> Mapping[str, JournalOffset]:
        """How far each writer's journal has been folded."""
        return dict(self._state.offsets)

    def fold(self, batches: Sequence[Any], offsets: Mapping[str, JournalOffset], *, now_us: int) -> FoldResult:
        """Store Arrow batches of the event schema and move the offsets, in one transaction."""
        with self._write_lock:
            return fold.fold(self._con, self._state, batches, offsets, now_us=now_us)

    def close_periods(self, now_us: int) -> int:
        """Make the sketches of hours and days that have ended; answers how many rows were written."""
        with self._write_lock:
            return upkeep.close_periods(self._con, self._state, now_us)

    # --- what judging asks

    def services(self) -> Sequence[ServiceState]:
        """Every service ever seen, in memory: no query."""
        return list(self._state.services.values())

    def samples(
        self, key: ServiceKey, windows: Sequence[Window], *, by: str, thresholds: Sequence[float]
    ) -> Sequence[Sample]:
        """The evidence of each window, its requests grouped by `caller`, `minute` or `hour`."""
        series = self._series(key)
        with self._reading() as con:
            if by == "caller":
                return samples.samples_by_caller(con, self._state, series, windows, thresholds)
            return samples.samples_by_time(con, self._state, series, windows, samples.Counted(by, thresholds))

    def caller_share(self, key: ServiceKey, window: Window) -> float:
        """Share of the window's requests that name their caller (0 when there are none)."""
        with self._reading() as con:
            return queries.caller_share(con, self._series(key), window)

    def minutes(
        self, key: ServiceKey, window: Window, *, step_minutes: int = 1, version: str | None = None
    ) -> Sequence[MinuteRow]:
        """The buckets of the window that hold anything, in order; `step_minutes` wide."""
        with self._reading() as con:
            return queries.minutes(con, self._series(key, version), window, step_minutes=step_minutes)

    def counts(
        self,
        window: Window,
        *,
        step_minutes: int,
        keys: Sequence[ServiceKey] | None = None,
        thresholds: Sequence[float] = (),
        probes: Sequence[str] = (),
    ) -> Mapping[ServiceKey, CountSeries]:
        """Counters of many services at once, per minute or hour."""
        chosen = sorted(self._state.by_service) if keys is None else list(keys)
        owners = counts.owners_of(self._state, chosen)
        asked = counts.Asked(step_minutes, thresholds, probes, rollup.rolled_before(self._state))
        with self._reading() as con:
            found = counts.counts(con, owners, window, asked)
        return {chosen[place]: series for place, series in found.items()}

    def outcomes(self, key: ServiceKey, window: Window, *, limit: int) -> Sequence[OutcomeAt]:
        """How the latest requests and probes of a window ended, latest first."""
        with self._reading() as con:
            return counts.outcomes(con, self._series(key), window, limit=limit)

    def latency_histogram(self, key: ServiceKey, window: Window, *, version: str | None = None) -> Histogram:
        """Latency of the window's requests, from events, hours and days as it pays."""
        parts = queries.latency_parts(self._state, window)
        with self._reading() as con:
            return queries.histograms(con, parts, self._series(key, version)).get(0, Histogram({}))

    # --- what people ask

    def breakdown(self, key: ServiceKey, window: Window, *, by: str) -> Sequence[BreakdownRow]:
        """The window split by `version`, `model`, `environment` or `reason`, most requests first."""
        if by == "reason":
            with self._reading() as con:
                return queries.breakdown_reasons(con, self._series(key), window)
        labels = self._labels(key, by)
        parts = queries.latency_parts(self._state, window)
        with self._reading() as con:
            sums = queries.breakdown_counts(con, labels, window)
            by_series = queries.histograms(con, parts, list(labels), group="series")
        merged: dict[str, dict[int, float]] = {}
        for series, histogram in by_series.items():
            counts = merged.setdefault(labels[series], {})
            for bucket, n in histogram.counts.items():
                counts[bucket] = counts.get(bucket, 0.0) + n
        rows = [_breakdown_row(label, row, merged.get(label, {})) for label, row in sums.items()]
        return sorted(rows, key=lambda row: (-(row.good + row.bad + row.attempts), row.value))

    def _labels(self, key: ServiceKey, by: str) -> dict[int, str]:
        """Series number -> what it is called in a breakdown."""
        place = {"environment": 0, "version": 2, "model": 3}.get(by)
        if place is None:
            msg = f"a breakdown is by version, model, environment or reason, not {by!r}"
            raise ValueError(msg)
        return {
            number: dims[place]
            for dims, number in self._state.series.items()
            if dims[1] == key.service and (by == "environment" or dims[0] == key.environment)
        }

    def latency_histograms(
        self, key: ServiceKey, window: Window, *, step_minutes: int
    ) -> Sequence[tuple[int, Histogram]]:
        """(start of bucket, its latencies) for each bucket of the window that has any, in order."""
        step = step_minutes * US_PER_MINUTE
        parts = queries.latency_parts(self._state, window) if step_minutes % 60 == 0 else [("events", window)]
        if step_minutes % 1440:  # a day's sketch has no hours in it
            parts = [("hour" if source == "day" else source, piece) for source, piece in parts]
        with self._reading() as con:
            found = queries.histograms(con, parts, self._series(key), group=f'epoch_us("at") // {step} * {step}')
        return sorted(found.items())

    def probes(self, window: Window, key: ServiceKey | None = None) -> Sequence[ProbeRow]:
        """What the probes of a service, or of all, found in the window: one row per probe and vantage, by name."""
        with self._reading() as con:
            return browse.probes(con, window, key)

    def version_spans(self, key: ServiceKey) -> Sequence[VersionSpan]:
        """When each version of a service was first and last counted, earliest first."""
        labels = self._labels(key, "version")
        with self._reading() as con:
            return queries.version_spans(con, labels)

    def events(self, where: EventFilter, *, limit: int = 50, cursor: str | None = None) -> EventPage:
        """A page of events, latest first."""
        with self._reading() as con:
            return browse.events(con, where, limit=limit, cursor=cursor)

    def event(self, event_id: str) -> Mapping[str, Any] | None:
        """One event by its id (a UUID string), or None."""
        with self._reading() as con:
            return browse.event(con, event_id)

    def request_events(self, request_id: str, near_us: int) -> Sequence[Mapping[str, Any]]:
        """The events of one request, earliest first."""
        with self._reading() as con:
            return browse.request_events(con, request_id, near_us)

    # --- upkeep

    def set_thresholds(self, thresholds: Thresholds) -> None:
        """Count these thresholds from now on, and recount them over the stored events."""
        with self._write_lock:
            before = self._state.thresholds
            changed = frozenset(key for key in self._state.by_service if before.of(key) != thresholds.of(key))
            self._state.thresholds = thresholds
            upkeep.recount_thresholds(self._con, self._state, changed)

    def erase_caller(self, caller: int, *, now_us: int) -> int:
        """Take from a person's events all that tells who it was; answers how many."""
        with self._write_lock:
            return upkeep.erase_caller(self._con, self._state, caller, now_us)

    def apply_retention(self, keep_days: Mapping[str, int], now_us: int) -> Mapping[str, int]:
        """Delete what is older than its class allows; answers rows deleted per class."""
        with self._write_lock:
            return upkeep.apply_retention(self._con, self._state, keep_days, now_us)

    def verify(self, window: Window) -> Sequence[Discrepancy]:
        """Recount the window from its events, where all are still kept; answers what does not agree."""
        with self._write_lock:
            return upkeep.verify(self._con, self._state, window)

    def usage(self) -> Usage:
        """Rows and bytes."""
        with self._reading() as con:
            rows = [
                con.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0]
                for table in ("events", "counters_minute", "counters_hour", "sketches")
            ]
            oldest, newest = con.execute('SELECT epoch_us(min("at")), epoch_us(max("at")) FROM events').fetchall()[0]
        files = (Path(self._path), Path(f"{self._path}.wal"))
        size = sum(file.stat().st_size for file in files if file.exists())
        return Usage(rows[0], rows[1] + rows[2], rows[3], size, oldest, newest)

    def backup(self, directory: str) -> None:
        """Write a consistent copy, named as the store itself is, into `directory`."""
        with self._write_lock:
            upkeep.copy_to(self._con, str(Path(directory) / FILE_NAME))

    def close(self) -> None:
        """Make everything durable and release the files."""
        with self._write_lock:
            self._con.close()


def _connect(path: str, threads: int) -> duckdb.DuckDBPyConnection:
    settings = {
        "threads": threads,
        "memory_limit": MEMORY_LIMIT,
        "checkpoint_threshold": CHECKPOINT_THRESHOLD,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        return duckdb.connect(path, config={**settings})
    except duckdb.IOException as error:
        if "lock" not in str(error).lower():
            raise
        raise HomeBusyError(
            f"{path} is held by another evenkeel process.",
            hint="Stop it, or ask it (evenkeel talks to the server that owns a home by itself).",
            path=path,
        ) from error


def _open_store(con: duckdb.DuckDBPyConnection) -> StoreState:
    """Make the tables if they are absent, all or none, and read the small ones."""
    known = con.execute("SELECT count(*) FROM duckdb_tables() WHERE table_name = 'meta'").fetchall()[0]
    if known == (0,):
        con.execute("BEGIN")
        for statement in TABLES:
            con.execute(statement)
        con.execute("INSERT INTO meta VALUES ('store_version', ?)", [STORE_VERSION])
        con.execute("COMMIT")
    for statement in WORKING:
        con.execute(statement)
    carry_forward(con)
    return StoreState.load(con)


def _breakdown_row(label: str, sums: Mapping[str, float], counts: Mapping[int, float]) -> BreakdownRow:
    p50, p95 = (quantile(counts, q)[0] if counts else None for q in (0.5, 0.95))
    whole = {name: int(sums[name]) for name in ("tokens_in", "tokens_out", "cost_nano")}
    rest = {name: sums[name] for name in ("good", "bad", "excluded", "attempts", "unpriced")}
    return BreakdownRow(value=label, **rest, **whole, latency_s_p50=p50, latency_s_p95=p95)
