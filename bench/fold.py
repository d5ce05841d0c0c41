"""The fold: events, counters, sketches and the offset in one transaction, by batch size and shape of traffic.

The limit is the engine itself: inserting the same batch into a bare table, committed.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
from arro3.core import Table
from bench.cpu import median_cpu_s
from bench.events import MINUTE_US, NOON_US, Traffic, generator, make
from bench.report import Row, beside

from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import JournalOffset

HEADING = "Fold: events/s of CPU, each batch holding ten minutes of traffic"
REQUIRED = 40_000
CASES = [(rows, services) for rows in (1_000, 5_000, 20_000) for services in (10, 200)]
SHAPES = (("solo events", 1), ("traces of 3 spans", 3))
ROUNDS = 9
FEATURES = 20
FEATURE_ROWS = (1_000, 5_000)
FEATURES_US_MAX = 15


def measure(*, full: bool = False) -> Sequence[Row]:
    """One row per batch size, number of services and shape."""
    del full
    rows = [_row(what, rows, services, spans_per_trace) for what, spans_per_trace in SHAPES for rows, services in CASES]
    return [*rows, *map(_features_row, FEATURE_ROWS)]


def _row(what: str, rows: int, services: int, spans_per_trace: int) -> Row:
    batches = _batches(rows, services, spans_per_trace)
    with tempfile.TemporaryDirectory() as directory:
        folded = rows / _fold_s(Path(directory), batches)
        raw = rows / _raw_s(Path(directory), batches)
    return Row(
        f"fold {rows:,} rows, {what}, {services} services",
        folded,
        "events/s",
        REQUIRED,
        beside=beside("raw insert", raw, "events/s", folded),
    )


def _features_row(rows: int) -> Row:
    """What it takes to count the features of a prediction, beside folding it with the same text and nothing counted."""
    with tempfile.TemporaryDirectory() as directory:
        counted, stored = (
            _fold_s(Path(directory) / name, _prediction_batches(rows, name)) for name in ("feature.", "note.")
        )
    return Row(
        f"fold {rows:,} predictions with {FEATURES} features: counting one's",
        (counted - stored) / rows * 1e6,
        "µs of CPU",
        FEATURES_US_MAX,
        at_most=True,
        beside=beside("fold without counting", stored / rows * 1e6, "µs", (counted - stored) / rows * 1e6),
    )


def _prediction_batches(rows: int, named: str) -> list[list[Any]]:
    con = generator()
    return [
        make(
            con,
            Traffic(
                first=number * 10_000_000,
                count=rows,
                end_us=NOON_US + number * 10 * MINUTE_US,
                service=0,
                features=FEATURES,
                features_named=named,
            ),
        )
        for number in range(ROUNDS + 1)
    ]


def _batches(rows: int, services: int, spans_per_trace: int) -> list[list[Any]]:
    """Consecutive stretches of ten minutes; one more than is measured, because the first one makes the series."""
    con = generator()
    return [
        make(
            con,
            Traffic(
                first=(number * 10_000_000) // 3 * 3,
                count=rows,
                end_us=NOON_US + number * 10 * MINUTE_US,
                services=services,
                spans_per_trace=spans_per_trace,
            ),
        )
        for number in range(ROUNDS + 1)
    ]


def _fold_s(directory: Path, batches: list[list[Any]]) -> float:
    directory.mkdir(exist_ok=True)
    telemetry = DuckTelemetry(str(directory / "telemetry.duckdb"), threads=1)
    left: Iterator[tuple[int, list[Any]]] = iter(enumerate(batches))

    def fold() -> None:
        number, batch = next(left)
        telemetry.fold(batch, {"w0": JournalOffset(0, number + 1)}, now_us=NOON_US)

    fold()
    telemetry.close_periods(NOON_US)  # features that wait get their grids
    taken = median_cpu_s(fold, ROUNDS)
    telemetry.close()
    return taken


def _raw_s(directory: Path, batches: list[list[Any]]) -> float:
    con = duckdb.connect(str(directory / "raw.duckdb"), config={"threads": 1})
    left = iter(batches)
    con.register("incoming", Table.from_batches(batches[0]))
    con.execute("CREATE TABLE raw AS SELECT * FROM incoming WHERE false")

    def insert() -> None:
        con.register("incoming", Table.from_batches(next(left)))
        con.execute("INSERT INTO raw SELECT * FROM incoming")

    insert()
    taken = median_cpu_s(insert, ROUNDS)
    con.close()
    return taken
