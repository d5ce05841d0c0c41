"""The tables of the DuckDB adapter, and the measures that are counted per minute and per hour.

Every telemetry number people see is a sum over these tables; `verify` recounts them from the events.
"""

from __future__ import annotations

from typing import Final

from evenkeel.kernel.event import COLUMNS
from evenkeel.kernel.sketch import BUCKET_MIN
from evenkeel.store.telemetry.feature_schema import TABLES_SINCE_3

#: Raised when tables change, together with a step in `migrate.py` that carries an older file forward.
STORE_VERSION: Final = 3

SQL_TYPE: Final = {
    "uuid": "UUID",
    "utf8": "VARCHAR",
    "f64": "DOUBLE",
    "i64": "BIGINT",
    "u64": "UBIGINT",
    "i32": "INTEGER",
    "bool": "BOOLEAN",
    "ts_us": "TIMESTAMP",
}

#: Written in place of a bucket for a latency of exactly zero, which has no logarithm.
ZERO_BUCKET: Final = -32768

#: The bucket of `kernel.sketch` (scale 5, upper bound inclusive), as the engine computes it.
BUCKET_SQL: Final = (
    f"CAST(CASE WHEN latency_s > 0 THEN greatest(ceil(log2(latency_s) * 32) - 1, {BUCKET_MIN})"
    f" WHEN latency_s = 0 THEN {ZERO_BUCKET} END AS SMALLINT)"
)

#: What a row must be for its latency to be judged.
TIMED_SQL: Final = "counts_request AND outcome <> 'excluded' AND latency_s IS NOT NULL"

#: Kinds of probes (`operation`) that are evidence of availability, see `observe.probes.model`; others are seen only.
AVAILABILITY_PROBES: Final = ("http",)

#: What a row must be to count as a probe of the service itself.
PROBED_SQL: Final = (
    "kind = 'probe' AND coalesce(operation, 'http') IN ("
    + ", ".join(f"'{operation}'" for operation in AVAILABILITY_PROBES)
    + ")"
)

#: Sums are HUGEINT: a counter that overflowed would stop the fold for everybody.
#: measure -> (type, value of one row). `w` is the signed weight: negative where a row is taken back.
MEASURES: Final[dict[str, tuple[str, str]]] = {
    "good": ("DOUBLE", "CASE WHEN counts_request AND outcome = 'good' THEN w END"),
    "bad": ("DOUBLE", "CASE WHEN counts_request AND outcome = 'bad' THEN w END"),
    "excluded": ("DOUBLE", "CASE WHEN counts_request AND outcome = 'excluded' THEN w END"),
    "undetermined": ("DOUBLE", "CASE WHEN counts_request AND outcome = 'none' THEN w END"),
    "timed": ("DOUBLE", f"CASE WHEN {TIMED_SQL} THEN w END"),
    "sampled_unknown": ("DOUBLE", "CASE WHEN counts_request AND sampled_unknown THEN w END"),
    "attempts": ("DOUBLE", "CASE WHEN counts_attempt THEN w END"),
    "tokens_in": ("HUGEINT", "CASE WHEN counts_attempt THEN CAST(round(w * tokens_in) AS BIGINT) END"),
    "tokens_cached": ("HUGEINT", "CASE WHEN counts_attempt THEN CAST(round(w * tokens_cached) AS BIGINT) END"),
    "tokens_out": ("HUGEINT", "CASE WHEN counts_attempt THEN CAST(round(w * tokens_out) AS BIGINT) END"),
    "cost_nano": (
        "HUGEINT",
        "CASE WHEN counts_attempt THEN CASE WHEN abs(w) = 1 THEN CAST(w AS BIGINT) * cost_nano"
        " ELSE CAST(round(w * cost_nano) AS BIGINT) END END",
    ),
    "unpriced": ("DOUBLE", "CASE WHEN counts_attempt AND cost_basis = 'unpriced' THEN w END"),
    "heartbeats": ("DOUBLE", "CASE WHEN kind = 'heartbeat' THEN w END"),
    "probes_good": ("DOUBLE", f"CASE WHEN {PROBED_SQL} AND outcome = 'good' THEN w END"),
    "probes_bad": ("DOUBLE", f"CASE WHEN {PROBED_SQL} AND outcome = 'bad' THEN w END"),
}

#: Columns of a row that the measures, thresholds and sketches read.
MEASURED: Final[tuple[str, ...]] = (
    "series", "at", "kind", "operation", "outcome", "weight", "sampled_unknown", "latency_s", "bucket",
    "tokens_in", "tokens_cached", "tokens_out", "cost_nano", "cost_basis", "counts_request", "counts_attempt",
)  # fmt: skip

#: What tells who it was; taken out when a person is erased.
PERSONAL: Final[tuple[str, ...]] = ("caller", "session", "subject", "attributes", "response_id")

#: Taking it out of a row. The subject of a probe is the probe's name, by which its runs are counted.
BLANK_SQL: Final = ", ".join(
    f"{name} = CASE WHEN kind = 'probe' THEN subject END" if name == "subject" else f"{name} = NULL"
    for name in PERSONAL
)

#: What a row must be to count as a run of a named probe: of any kind, as long as it says good or bad.
PROBE_RUN_SQL: Final = "kind = 'probe' AND subject IS NOT NULL AND outcome IN ('good', 'bad')"

#: The runs of named probes, of events or staged rows, by `{grain}` (minute or hour).
PROBE_RUNS_SQL: Final = (
    'SELECT series, date_trunc(\'{grain}\', "at") AS "at", subject AS probe,'
    " coalesce(sum(weight) FILTER (outcome = 'good'), 0) AS good,"
    " coalesce(sum(weight) FILTER (outcome = 'bad'), 0) AS bad FROM {rows} WHERE " + PROBE_RUN_SQL + " GROUP BY ALL"
)

_EVENT_COLUMNS = ",\n  ".join(f'"{column.name}" {SQL_TYPE[column.type]}' for column in COLUMNS)
_MEASURE_COLUMNS = ", ".join(f"{name} {kind} NOT NULL" for name, (kind, _) in MEASURES.items())

#: What version 2 has more than version 1. A probe's name is unique, so its runs need no further key; there are never
#: more rows than runs. Known and bad minutes of an hour outlive the minutes that told them.
TABLES_SINCE_2: Final[tuple[str, ...]] = (
    *(
        f'CREATE TABLE probes_{grain}(series INTEGER, "at" TIMESTAMP, probe VARCHAR, good DOUBLE NOT NULL,'
        ' bad DOUBLE NOT NULL, PRIMARY KEY(series, "at", probe))'
        for grain in ("minute", "hour")
    ),
    'CREATE TABLE availability_hour(environment VARCHAR, service VARCHAR, "at" TIMESTAMP, known DOUBLE NOT NULL,'
    ' bad DOUBLE NOT NULL, PRIMARY KEY(environment, service, "at"))',
)

#: All tables, made in one transaction so that a crash cannot leave half a store.
TABLES: Final[tuple[str, ...]] = (
    "CREATE TABLE meta(key VARCHAR PRIMARY KEY, value BIGINT NOT NULL)",
    f"CREATE TABLE events({_EVENT_COLUMNS}, series INTEGER NOT NULL, bucket SMALLINT,"
    " counts_request BOOLEAN NOT NULL, counts_attempt BOOLEAN NOT NULL)",
    "CREATE TABLE series(series INTEGER PRIMARY KEY, environment VARCHAR NOT NULL, service VARCHAR NOT NULL,"
    " version VARCHAR NOT NULL, model VARCHAR NOT NULL)",
    f'CREATE TABLE counters_minute(series INTEGER, "at" TIMESTAMP, {_MEASURE_COLUMNS}, PRIMARY KEY(series, "at"))',
    f'CREATE TABLE counters_hour(series INTEGER, "at" TIMESTAMP, {_MEASURE_COLUMNS}, PRIMARY KEY(series, "at"))',
    'CREATE TABLE slow_minute(series INTEGER, "at" TIMESTAMP, threshold DOUBLE, n DOUBLE NOT NULL,'
    ' PRIMARY KEY(series, "at", threshold))',
    'CREATE TABLE slow_hour(series INTEGER, "at" TIMESTAMP, threshold DOUBLE, n DOUBLE NOT NULL,'
    ' PRIMARY KEY(series, "at", threshold))',
    'CREATE TABLE sketches(series INTEGER, period VARCHAR, "at" TIMESTAMP, bucket SMALLINT, n DOUBLE NOT NULL)',
    "CREATE TABLE services(environment VARCHAR, service VARCHAR, first_at BIGINT NOT NULL, last_at BIGINT NOT NULL,"
    " last_arrived_at BIGINT NOT NULL, last_heartbeat_at BIGINT, heartbeat_every_s DOUBLE, folded BIGINT NOT NULL,"
    " kinds VARCHAR NOT NULL, PRIMARY KEY(environment, service))",
    "CREATE TABLE ai_routes(environment VARCHAR, service VARCHAR, operation VARCHAR,"
    " PRIMARY KEY(environment, service, operation))",
    "CREATE TABLE erased(caller UBIGINT PRIMARY KEY, erased_at BIGINT NOT NULL)",
    "CREATE TABLE offsets(writer VARCHAR PRIMARY KEY, segment BIGINT NOT NULL, position BIGINT NOT NULL)",
    *TABLES_SINCE_2,
    *TABLES_SINCE_3,
)

#: Working tables of the writing connection, never on disk.
WORKING: Final[tuple[str, ...]] = (
    "CREATE TEMP TABLE dims(series INTEGER, environment VARCHAR, service VARCHAR, version VARCHAR, model VARCHAR)",
    "CREATE TEMP TABLE thresholds(series INTEGER, threshold DOUBLE)",
)


def sums_sql() -> str:
    """`sum(...) AS name` of every measure over rows that carry `w`."""
    return ", ".join(
        f"coalesce(sum({expression}), 0)::{kind} AS {name}" for name, (kind, expression) in MEASURES.items()
    )


def totals_sql() -> str:
    """`sum(name) AS name` of every measure over counter rows."""
    return ", ".join(f"coalesce(sum({name}), 0)::{kind} AS {name}" for name, (kind, _) in MEASURES.items())
