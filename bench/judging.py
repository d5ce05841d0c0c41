"""Judging: a service's verdicts renewed, a percentile of a month, passes over many services.

The verdicts are renewed over and over as in life, a second apart, each time after new events were folded;
only the judge's CPU counts. The slowest renewal is the one that reads its whole day or month again.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.cpu import cpu_s, median_cpu_s
from bench.events import MINUTE_US, NOON_US, Traffic, generator, make
from bench.report import Row, beside
from bench.stores import built_store

from evenkeel.judge.indicators.table import load_defaults
from evenkeel.judge.objectives.engine import JudgedService, ObjectiveEngine
from evenkeel.judge.objectives.model import Objective
from evenkeel.kernel.sketch import quantile
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_SECOND, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import JournalOffset, ServiceKey

HEADING = "Judging: CPU milliseconds"
SERVICES = 200
REFRESHES = 40


@dataclass(slots=True)
class Stream:
    """New events of one service, folded a few at a time; time goes on with them."""

    telemetry: DuckTelemetry
    now_us: int
    number: int
    con: Any = field(default_factory=generator)

    def pass_time(self, step_us: int, *, events: int, service: int | None) -> None:
        """Let `step_us` pass, with `events` evenly in it."""
        self.now_us += step_us
        if not events:
            return
        traffic = Traffic(self.number, events, self.now_us, step_us, services=SERVICES, service=service, callers=50_000)
        self.number += events
        offset = JournalOffset(1, self.number)
        self.telemetry.fold(make(self.con, traffic), {"bench": offset}, now_us=self.now_us)


def judged_services(telemetry: DuckTelemetry) -> list[JudgedService]:
    """Every service with the default objectives."""
    objectives = tuple(
        Objective(default.indicator, default.target, default.alert, default.page_s, default.verdict_s)
        for kind, default in load_defaults()
        if kind == "any"
    )
    return [JudgedService(state.key, "llm", True, "", objectives) for state in telemetry.services()]


def measure(*, full: bool = False) -> Sequence[Row]:
    """Renewals and percentiles on big stores, passes over many services."""
    rows: list[Row] = []
    for events in (10_000_000, 100_000_000) if full else (10_000_000,):
        rows += _on_big_store(events)
    return [*rows, *_passes()]


def _on_big_store(events: int) -> list[Row]:
    telemetry = DuckTelemetry(str(built_store(events)))
    newest = telemetry.usage().newest_event_at or NOON_US
    offset = telemetry.offsets().get("bench")
    stream = Stream(telemetry, newest + US_PER_SECOND, offset.position if offset else 10**12)
    size = f"{events // 1_000_000} M events"
    try:
        return [*_renewals(telemetry, stream, size), *_percentiles(telemetry, stream.now_us, size)]
    finally:
        telemetry.close()


def _renewals(telemetry: DuckTelemetry, stream: Stream, size: str) -> list[Row]:
    engine = ObjectiveEngine(telemetry)
    service = next(judged for judged in judged_services(telemetry) if judged.key.service == "service-003")
    engine.set_services([service])
    engine.judge(stream.now_us)

    def renew() -> None:
        engine.judge(stream.now_us)

    each = cpu_s(renew, REFRESHES, before=lambda: stream.pass_time(US_PER_SECOND, events=20, service=3))
    whole = cpu_s(
        renew, REFRESHES, before=lambda: stream.pass_time(MINUTE_US, events=20, service=3)
    )  # longer than any renewal of a day, a month or the callers waits
    what = f"a service with 10 % of {size}: verdicts renewed"
    return [
        Row(f"{what}, median", 1e3 * statistics.median(each), "ms", 20, at_most=True),
        Row(
            f"{what}, every minute for {REFRESHES} minutes, mean", 1e3 * statistics.fmean(whole), "ms", 20, at_most=True
        ),
        Row(f"{what}, slowest (day and month read again)", 1e3 * max(whole), "ms"),
    ]


def _percentiles(telemetry: DuckTelemetry, now_us: int, size: str) -> list[Row]:
    key = ServiceKey("production", "service-003")
    month = Window(now_us - 30 * US_PER_DAY, now_us)

    def p99(window: Window) -> float:
        found = telemetry.latency_histogram(key, window)
        return quantile(found.counts, 0.99, zero=found.zero)[0]

    def exact() -> None:
        with telemetry._reading() as con:  # noqa: SLF001 the limit reads what the store holds
            con.execute(
                "SELECT quantile_cont(latency_s, 0.99) FROM events WHERE service = 'service-003'"
                ' AND "at" >= make_timestamp(?)',
                [month.start_us],
            ).fetchall()

    month_s = median_cpu_s(lambda: p99(month), 9)
    hour_s = median_cpu_s(lambda: p99(Window(now_us - US_PER_HOUR, now_us)), 9)
    exact_s = median_cpu_s(exact, 3)
    peer = f"from the events, exactly: {1e3 * exact_s:,.0f} ms"
    return [
        Row(f"p99 of a service over 30 days, {size}", 1e3 * month_s, "ms", 50, at_most=True, beside=peer),
        Row(f"p99 of a service over 1 hour, {size}", 1e3 * hour_s, "ms"),
    ]


def _passes() -> list[Row]:
    with tempfile.TemporaryDirectory() as directory:
        telemetry = DuckTelemetry(str(Path(directory) / "telemetry.duckdb"))
        stream = Stream(telemetry, NOON_US - 2 * US_PER_HOUR, 0)
        for _ in range(24):
            stream.pass_time(5 * MINUTE_US, events=10_000, service=None)
        engine = ObjectiveEngine(telemetry)
        engine.set_services(judged_services(telemetry))
        first = cpu_s(lambda: engine.judge(stream.now_us), 1)[0]
        nothing = median_cpu_s(
            lambda: engine.judge(stream.now_us),
            15,
            before=lambda: stream.pass_time(US_PER_SECOND, events=0, service=None),
        )
        one = median_cpu_s(
            lambda: engine.judge(stream.now_us),
            15,
            before=lambda: stream.pass_time(US_PER_SECOND, events=20, service=7),
        )
        slid = median_cpu_s(
            lambda: engine.judge(stream.now_us),
            5,
            before=lambda: stream.pass_time(MINUTE_US, events=2_000, service=None),
        )
        telemetry.close()
    of = f"a pass over {SERVICES} services"
    return [
        Row(f"{of}, nothing changed", 1e3 * nothing, "ms", 50, at_most=True),
        Row(
            f"{of}, one changed",
            1e3 * one,
            "ms",
            50,
            at_most=True,
            beside=beside("nothing changed", 1e3 * nothing, "ms", 1e3 * one),
        ),
        Row(f"{of}, all changed, a minute later", 1e3 * slid, "ms"),
        Row(f"{of}, the first one", 1e3 * first, "ms"),
    ]
