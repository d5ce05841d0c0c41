"""Judging 1,000 SLOs over 30 days of history: from cold, and when one in a hundred changed."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from bench.cpu import cpu_s
from bench.report import Row

from evenkeel.judge.slo.engine import SloEngine
from evenkeel.judge.slo.model import ErrorsSli, LatencySli, Method, MinutesSli, Slo
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, US_PER_SECOND, Window
from evenkeel.store.telemetry.duckdb_store import FILE_NAME, DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.schema import MEASURES
from evenkeel.testing.feeder import NOON_US, Feeder

HEADING = "1,000 SLOs of 250 services, 30 days of history, a row of counters each minute"
SERVICES: Final = 250
DAYS: Final = 30
CHANGED: Final = -(-SERVICES // 100)
ROUNDS: Final = 15


def measure(*, full: bool = False) -> Sequence[Row]:
    """From cold, unchanged, and changed."""
    del full
    with tempfile.TemporaryDirectory() as folder:
        build(folder)
        store = DuckTelemetry(str(Path(folder) / FILE_NAME), threads=2)
        try:
            return _measure(store)
        finally:
            store.close()


def _measure(store: DuckTelemetry) -> list[Row]:
    slos = [slo for state in store.services() for slo in slos_of(state.key)]
    now_us = NOON_US
    engine = SloEngine(store)
    engine.set_slos(slos)
    (cold_s,) = cpu_s(lambda: engine.observe(now_us), 1)
    feeder = Feeder(store)
    changed: list[float] = []
    idle: list[float] = []
    for number in range(ROUNDS):
        now_us += US_PER_SECOND
        feeder.fold(
            *(
                feeder.event(service=f"s{place}", at=now_us, outcome="bad" if number % 5 == 0 else "good")
                for place in range(number, number + CHANGED)
                for _ in range(5)
            )
        )
        changed += cpu_s(partial(engine.observe, now_us), 1)
        idle += cpu_s(partial(engine.observe, now_us), 1)
    (slid_s,) = cpu_s(lambda: engine.observe(now_us + US_PER_MINUTE), 1)
    window = Window(now_us - US_PER_HOUR, now_us)
    raw_s = min(cpu_s(lambda: store.counts(window, step_minutes=1), 3))
    return [
        Row(f"{len(slos):,} SLOs from cold", cold_s, "s CPU", 2.0, at_most=True),
        Row(
            f"the same, {CHANGED} of {SERVICES} services changed",
            1_000 * sorted(changed)[ROUNDS // 2],
            "ms CPU",
            100,
            at_most=True,
            beside=f"reading the last hour of all {1_000 * raw_s:.0f} ms",
        ),
        Row("the same, nothing changed", 1_000 * sorted(idle)[ROUNDS // 2], "ms CPU"),
        Row("once a minute, as windows slide", 1_000 * slid_s, "ms CPU"),
    ]


def slos_of(key: ServiceKey) -> tuple[Slo, ...]:
    """The four that every service has by default."""
    return (
        Slo(key, "availability", "Available minutes", MinutesSli(), 0.999, method=Method.TIMESLICES),
        Slo(key, "error_rate", "Requests without error", ErrorsSli(), 0.999),
        Slo(key, "latency_p95", "Requests within 2 s", LatencySli(2.0), 0.95),
        Slo(key, "latency_p99", "Requests within 5 s", LatencySli(5.0), 0.99),
    )


def build(folder: str) -> None:
    """A store with counters put in directly: ten requests a minute, one in a thousand bad, one in fifty slow."""
    store = DuckTelemetry(str(Path(folder) / FILE_NAME), threads=2)
    con: Any = store._con  # noqa: SLF001 - counters of a month are not fed one event at a time
    start = NOON_US - DAYS * US_PER_DAY
    values = ", ".join(
        {"good": "10 - ((m + i) % 100 = 0)::INT", "bad": "((m + i) % 100 = 0)::INT", "timed": "10"}.get(name, "0")
        for name in MEASURES
    )
    sums = ", ".join(f"sum({name})" for name in MEASURES)
    minute = f"make_timestamp({start} + m * 60000000)"
    everything = f"range({SERVICES}) a(i), range({DAYS * 1_440}) b(m)"
    con.execute(f"INSERT INTO series SELECT i, 'production', 's' || i, '1', 'gpt-4o' FROM range({SERVICES}) a(i)")
    con.execute(
        "INSERT INTO services SELECT 'production', 's' || i,"
        f" {start}, {NOON_US}, {NOON_US}, NULL, NULL, 1, 'chat' FROM range({SERVICES}) a(i)"
    )
    con.execute(f"INSERT INTO counters_minute SELECT i, {minute}, {values} FROM {everything}")
    con.execute(f"INSERT INTO slow_minute SELECT i, {minute}, 2.0, 1 FROM {everything} WHERE (m + i) % 5 = 0")
    for table, columns in (("counters", sums), ("slow", "threshold, sum(n)")):
        by = ", threshold" if table == "slow" else ""
        hours = f"SELECT series, date_trunc('hour', \"at\"), {columns} FROM {table}_minute GROUP BY 1, 2{by}"
        con.execute(f"INSERT INTO {table}_hour {hours}")
    con.execute("CHECKPOINT")
    store.close()
