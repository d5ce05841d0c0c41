"""Counters of many services at once, and how the latest requests ended: what error budgets are read from.

The counters are put into the tables directly, a row for every minute of every service for a month. Cold: the
store has just been opened. The limit is the engine itself, adding up one column of the same rows.
"""

from __future__ import annotations

import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.cpu import cpu_s, median_cpu_s
from bench.events import MINUTE_US, NOON_US
from bench.report import Row, beside
from bench.stores import END_US, built_store

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.schema import MEASURES

HEADING = "Counters of 250 services over 30 days, a row a minute (10.8 M): CPU milliseconds"
SERVICES = 250
DAYS = 30
MONTH = Window(NOON_US - DAYS * US_PER_DAY, NOON_US)
HOURS = Window(NOON_US - 6 * US_PER_HOUR, NOON_US)
THRESHOLD = 2.0
#: Values of the measures of minute `m` of series `s`; the others are 0. One service in ten has probes, one minute
#: in 97 is bad.
VALUES = {
    "good": "CASE WHEN hash(m, s) % 97 = 0 THEN 1 ELSE 20 + hash(m, s) % 50 END",
    "bad": "CASE WHEN hash(m, s) % 97 = 0 THEN 9 ELSE hash(s, m) % 3 // 2 END",
    "timed": "20",
    "attempts": "20",
    "probes_good": "CASE WHEN s % 10 = 0 AND hash(m) % 211 > 1 THEN 2 ELSE 0 END",
    "probes_bad": "CASE WHEN s % 10 = 0 AND hash(m) % 211 <= 1 THEN 2 ELSE 0 END",
}


def measure(*, full: bool = False) -> Sequence[Row]:
    """Hours of all services and of three, cold and warm; the last minutes; the latest outcomes."""
    with tempfile.TemporaryDirectory() as directory:
        path = str(Path(directory) / "telemetry.duckdb")
        _build(path)
        rows = [*_month(path), *_few_and_recent(path)]
    return [*rows, _outcomes(100_000_000 if full else 10_000_000)]


@contextmanager
def _opened(path: str) -> Iterator[DuckTelemetry]:
    telemetry = DuckTelemetry(path)
    try:
        yield telemetry
    finally:
        telemetry.close()


def _build(path: str) -> None:
    """Counters as folds of one minute each would leave them: in the order of time."""
    with _opened(path) as telemetry, telemetry._reading() as con:  # noqa: SLF001 the tables are the bench's own
        con.execute(
            "INSERT INTO series SELECT s, 'production', format('service-{:03d}', s), '1', 'gpt-4o'"
            f" FROM range({SERVICES}) AS numbers(s)"
        )
        values = ", ".join(f"{VALUES.get(name, '0')} AS {name}" for name in MEASURES)
        for start_us in range(MONTH.start_us, MONTH.end_us, US_PER_DAY):
            con.execute(
                f'INSERT INTO counters_minute SELECT s, make_timestamp({start_us} + m * {MINUTE_US}) AS "at", {values}'
                f' FROM range(1440) AS minutes(m), range({SERVICES}) AS numbers(s) ORDER BY "at", s'
            )
        sums = ", ".join(f"sum({name})" for name in MEASURES)
        con.execute(
            f"INSERT INTO counters_hour SELECT series, date_trunc('hour', \"at\") AS hour, {sums}"
            " FROM counters_minute GROUP BY series, hour ORDER BY hour, series"
        )
        con.execute(f'INSERT INTO slow_hour SELECT series, "at", {THRESHOLD}, timed // 9 FROM counters_hour')
        con.execute(
            f'INSERT INTO slow_minute SELECT series, "at", {THRESHOLD}, timed // 9 FROM counters_minute'
            f' WHERE "at" >= make_timestamp({HOURS.start_us})'
        )


def _month(path: str) -> list[Row]:
    cold: list[float] = []
    for _ in range(3):
        with _opened(path) as telemetry:
            cold += cpu_s(lambda: _read(telemetry, MONTH, 60), 1)
    with _opened(path) as telemetry:
        _read(telemetry, MONTH, 60)
        warm = median_cpu_s(lambda: _read(telemetry, MONTH, 60), 5)
        with telemetry._reading() as con:  # noqa: SLF001 the limit reads what the store holds
            limit = median_cpu_s(
                lambda: con.execute("SELECT series, sum(good) FROM counters_minute GROUP BY 1").fetchall(), 5
            )
    first = 1e3 * statistics.median(cold)
    near = beside("one column", 1e3 * limit, "ms", 1e3 * warm)
    return [
        Row(f"{SERVICES} services by hour, cold", first, "ms", 1_000, at_most=True),
        Row(f"{SERVICES} services by hour, warm", 1e3 * warm, "ms", 1_000, at_most=True, beside=near),
    ]


def _few_and_recent(path: str) -> list[Row]:
    three = [ServiceKey("production", f"service-{number:03d}") for number in (3, 40, 90)]
    with _opened(path) as telemetry:
        few = median_cpu_s(lambda: _read(telemetry, MONTH, 60, three), 9)
        recent = median_cpu_s(lambda: _read(telemetry, HOURS, 1), 9)
        both = median_cpu_s(lambda: _read(telemetry, HOURS, 1, three), 9)
    return [
        Row("3 services by hour, warm", 1e3 * few, "ms", 10, at_most=True),
        Row(f"{SERVICES} services by minute, last 6 h", 1e3 * recent, "ms", 150, at_most=True),
        Row("3 services by minute, last 6 h", 1e3 * both, "ms"),
    ]


def _read(telemetry: DuckTelemetry, window: Window, step: int, keys: Sequence[ServiceKey] | None = None) -> None:
    found = telemetry.counts(window, step_minutes=step, keys=keys, thresholds=(THRESHOLD,))
    if len(found) != (SERVICES if keys is None else len(keys)):
        msg = f"only {len(found)} services have counters"
        raise RuntimeError(msg)


def _outcomes(events: int) -> Row:
    with _opened(str(built_store(events))) as telemetry:
        key = ServiceKey("production", "service-003")
        window = Window(END_US - 10 * MINUTE_US, END_US)
        taken = median_cpu_s(lambda: telemetry.outcomes(key, window, limit=10_000), 15)
    return Row(f"outcomes of 10 minutes, {events // 1_000_000} M events stored", 1e3 * taken, "ms")
