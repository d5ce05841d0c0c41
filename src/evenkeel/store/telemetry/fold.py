"""The fold: journal batches become events, counters and sketches in one transaction (DESIGN §3).

Cost follows the batch: stored events are touched only where the batch completes a group of theirs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import duckdb
from arro3.core import Table

from evenkeel.kernel.errors import UnstorableError
from evenkeel.kernel.event import COLUMN_NAMES
from evenkeel.store.telemetry import grouping
from evenkeel.store.telemetry.feature_fold import FeatureChange, count_features
from evenkeel.store.telemetry.feature_schema import COUNTED_SQL, HAS_NUMBERS_SQL
from evenkeel.store.telemetry.insert import insert_rows
from evenkeel.store.telemetry.number_fold import NumberChange, sum_numbers
from evenkeel.store.telemetry.port import LATE_US, FoldResult, JournalOffset, ServiceKey, ServiceState
from evenkeel.store.telemetry.schema import (
    BLANK_SQL,
    BUCKET_SQL,
    MEASURED,
    MEASURES,
    PROBE_RUNS_SQL,
    PROBED_SQL,
    TIMED_SQL,
    sums_sql,
    totals_sql,
)
from evenkeel.store.telemetry.state import Dimensions, StoreState, merge_service

_COLUMNS: Final = ", ".join(f'"{name}"' for name in COLUMN_NAMES)
_INCOMING: Final = ", ".join(f'i."{name}"' for name in COLUMN_NAMES)
_MEASURED: Final = ", ".join(f'"{name}"' for name in MEASURED)

_SERVICE_COLUMNS: Final = (
    "environment", "service", "first_at", "last_at", "last_arrived_at",
    "last_heartbeat_at", "heartbeat_every_s", "folded", "kinds",
)  # fmt: skip

#: What a row that shares its request with no other counts as.
_SOLO_REQUEST: Final = (
    "i.solo AND (i.role IN ('request', 'attempt') OR (i.role = 'entry' AND (i.environment, i.service,"
    " coalesce(i.operation, '')) IN (SELECT (environment, service, operation) FROM ai_routes)))"
)

_STAGE_SQL: Final = f"""
CREATE OR REPLACE TEMP TABLE staged AS
SELECT {_INCOMING}, d.series, {BUCKET_SQL} AS bucket, {_SOLO_REQUEST} AS counts_request,
  i.solo AND i.role = 'attempt' AS counts_attempt
FROM incoming i JOIN dims d
  ON i.environment = d.environment AND i.service = d.service AND i.version = d.version
  AND coalesce(i.model, '') = d.model
WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.event_id = i.event_id AND e."at" = i."at"
                  AND e."at" BETWEEN $low AND $high)
"""

#: Which of the parts of a fold that not every batch needs this one does.
_CONTENTS_SQL: Final = (
    f"SELECT count(*), count(*) FILTER (kind = 'probe'), count(*) FILTER ({COUNTED_SQL}),"
    f" count(*) FILTER ({HAS_NUMBERS_SQL}) FROM staged"
)

_ONCE_SQL: Final = """
QUALIFY row_number() OVER (
  PARTITION BY i.event_id, CASE WHEN i."at" <> i.arrived_at THEN i."at" END ORDER BY i."at") = 1
"""

#: Events that said no time carry that of their arrival, so a re-send of one has another: what names them is looked
#: for among such events of the last hour, for as long as a sender may retry.
_RESENT_SQL: Final = """
DELETE FROM staged WHERE "at" = arrived_at AND event_id IN (
  SELECT event_id FROM events WHERE "at" BETWEEN $low - INTERVAL 1 HOUR AND $high AND "at" = arrived_at)
"""

_CHANGED_SQL: Final = f"""
CREATE OR REPLACE TEMP TABLE delta AS
SELECT {_MEASURED}, weight AS w FROM staged
UNION ALL
SELECT {", ".join(f'e."{name}"' for name in MEASURED if not name.startswith("counts_"))},
  f.was_request, f.was_attempt, -e.weight
FROM events e JOIN flags f ON e.event_id = f.event_id AND e."at" = f."at"
WHERE NOT f.fresh AND e."at" BETWEEN $low AND $high
UNION ALL
SELECT {", ".join(f'e."{name}"' for name in MEASURED if not name.startswith("counts_"))},
  f.counts_request, f.counts_attempt, e.weight
FROM events e JOIN flags f ON e.event_id = f.event_id AND e."at" = f."at"
WHERE NOT f.fresh AND e."at" BETWEEN $low AND $high
"""

_ADD_MEASURES: Final = ", ".join(f"{name} = {name} + excluded.{name}" for name in MEASURES)

#: `kind` as admission reads it: what the service does, not the name of a route.
#: A probe of the service itself tells how it is, good or bad; one that found nothing out tells nothing.
SERVICES_SQL: Final = f"""
SELECT environment, service, epoch_us(min("at")) AS first_at,
  epoch_us(max(least("at", arrived_at)) FILTER (role <> 'none' OR kind IN ('heartbeat', 'prediction')
    OR ({PROBED_SQL} AND outcome <> 'none'))) AS last_at,
  epoch_us(max(arrived_at)) AS last_arrived_at,
  epoch_us(max(least("at", arrived_at)) FILTER (kind = 'heartbeat')) AS beat_at,
  arg_max(value, "at") FILTER (kind = 'heartbeat') AS beat_every_s,
  list(DISTINCT CASE WHEN role = 'entry' THEN 'entry' WHEN kind <> 'inference' THEN kind
    ELSE coalesce(nullif(operation, ''), role) END) AS kinds
FROM staged GROUP BY environment, service
"""


def fold(
    con: Any, state: StoreState, batches: Sequence[Any], offsets: Mapping[str, JournalOffset], *, now_us: int
) -> FoldResult:
    """Store `batches` and `offsets` in one transaction; see `port.Telemetry.fold`."""
    changes: list[FeatureChange | NumberChange] = []
    con.execute("BEGIN")
    try:
        received = sum(batch.num_rows for batch in batches)
        stored, erased, services = 0, 0, dict[ServiceKey, ServiceState]()
        found, routes = dict[Dimensions, int](), set[tuple[str, str, str]]()
        if received:
            found = _stage(con, state, Table.from_batches(batches))
            erased = _anonymise(con, state)
            routes, low, high = _group(con, state)
            stored, probed, featured, numbered = _one(con, _CONTENTS_SQL)
            _count(con, state, low=low, high=high)
            if probed:
                _count_probes(con)
            if featured:
                changes.append(count_features(con, state.features, now_us))
            if numbered:
                changes.append(sum_numbers(con, state.features))
            _store_events(con, low=low, high=high)
            services = _touch_services(con, state, now_us)
        _save_offsets(con, offsets)
        con.execute("COMMIT")
    except duckdb.DataError as error:
        con.execute("ROLLBACK")
        raise UnstorableError(f"The store refuses what a batch says: {error}.", hint="Report it.") from error
    except BaseException:
        con.execute("ROLLBACK")
        raise
    state.add_series((*dims, number) for dims, number in found.items())
    state.routes |= routes
    state.services.update(services)
    state.offsets.update(offsets)
    for change in changes:
        change.apply(state.features)
    return FoldResult(received, stored, received - stored, erased, frozenset(services))


def _one(con: Any, sql: str, values: Any = None) -> tuple[Any, ...]:
    return con.execute(sql, values).fetchall()[0]


def _stage(con: Any, state: StoreState, incoming: Table) -> dict[Dimensions, int]:
    """Put what is new into `staged`; answers the series that were not known before."""
    con.register("incoming", incoming)
    try:
        rows, distinct, low, high, timeless_low, timeless_high = _one(
            con,
            'SELECT count(*), count(DISTINCT event_id), min("at"), max("at"),'
            ' min("at") FILTER ("at" = arrived_at), max("at") FILTER ("at" = arrived_at) FROM incoming',
        )
        wanted = con.execute(
            "SELECT DISTINCT environment, service, version, coalesce(model, '') FROM incoming"
        ).fetchall()
        found, new = state.resolve(wanted)
        if new:
            _insert_series(con, new)
            insert_rows(con, "thresholds", ("series", "threshold"), state.thresholds_of(new))
        con.execute("DELETE FROM dims")
        names = ("series", "environment", "service", "version", "model")
        insert_rows(con, "dims", names, [(number, *dims) for dims, number in found.items()])
        con.execute(_STAGE_SQL + ("" if rows == distinct else _ONCE_SQL), {"low": low, "high": high})
        if timeless_low is not None:
            con.execute(_RESENT_SQL, {"low": timeless_low, "high": timeless_high})
    finally:
        con.unregister("incoming")
    return new


def _insert_series(con: Any, new: Mapping[Dimensions, int]) -> None:
    names = ("environment", "service", "version", "model", "series")
    insert_rows(con, "series", names, [(*dims, number) for dims, number in new.items()])


def _anonymise(con: Any, state: StoreState) -> int:
    """Take out what tells who it was from staged events of erased people."""
    if not state.erased:
        return 0
    done = con.execute(f"UPDATE staged SET {BLANK_SQL} WHERE caller IN (SELECT caller FROM erased)").fetchall()[0]
    return int(done[0])


def _group(con: Any, state: StoreState) -> tuple[set[tuple[str, str, str]], Any, Any]:
    """Decide which staged rows count, and which stored ones count differently now.

    Answers the routes learned, and the event times within which stored rows may change.
    """
    low, high = _one(con, grouping.BOUNDS_SQL)
    if low is None:
        con.execute("DROP TABLE IF EXISTS flags")
        return set(), None, None
    con.execute(grouping.MEMBERS_SQL, {"low": low, "high": high})
    learned = set(con.execute(grouping.ROUTES_SQL).fetchall()) - state.routes
    insert_rows(con, "ai_routes", ("environment", "service", "operation"), sorted(learned))
    con.execute(grouping.FLAGS_SQL)
    con.execute(
        "UPDATE staged SET counts_request = f.counts_request, counts_attempt = f.counts_attempt"
        " FROM flags f WHERE f.fresh AND staged.event_id = f.event_id"
    )
    if not _one(con, "SELECT count(*) FROM flags WHERE NOT fresh")[0]:
        return learned, None, None
    return learned, low, high


def _count(con: Any, state: StoreState, *, low: Any, high: Any) -> None:
    """Add the batch, and what it changed, to counters and to sketches that are made already."""
    if low is None:
        con.execute(f"CREATE OR REPLACE TEMP TABLE delta AS SELECT {_MEASURED}, weight AS w FROM staged")
    else:
        con.execute(_CHANGED_SQL, {"low": low, "high": high})
    con.execute(
        'CREATE OR REPLACE TEMP TABLE minute_delta AS SELECT series, date_trunc(\'minute\', "at") AS "at",'
        f" {sums_sql()} FROM delta GROUP BY ALL"
    )
    upsert = f"ON CONFLICT DO UPDATE SET {_ADD_MEASURES}"
    con.execute(f"INSERT INTO counters_minute SELECT * FROM minute_delta {upsert}")
    con.execute(
        f"INSERT INTO counters_hour SELECT series, date_trunc('hour', \"at\"), {totals_sql()}"
        f" FROM minute_delta GROUP BY ALL {upsert}"
    )
    con.execute(
        'CREATE OR REPLACE TEMP TABLE slow_delta AS SELECT series, date_trunc(\'minute\', "at") AS "at", threshold,'
        f" sum(w) AS n FROM delta JOIN thresholds USING (series) WHERE {TIMED_SQL} AND latency_s > threshold"
        " GROUP BY ALL"
    )
    for grain in ("minute", "hour"):
        con.execute(
            f"INSERT INTO slow_{grain} SELECT series, date_trunc('{grain}', \"at\"), threshold, sum(n)"
            " FROM slow_delta GROUP BY ALL ON CONFLICT DO UPDATE SET n = n + excluded.n"
        )
    for period in ("hour", "day"):
        through = state.meta.get(f"sketched_through_{period}", 0)
        if through:
            con.execute(
                f"INSERT INTO sketches SELECT series, '{period}', date_trunc('{period}', \"at\"), bucket, sum(w)"
                f' FROM delta WHERE {TIMED_SQL} AND "at" < make_timestamp(?) GROUP BY ALL',
                [through],
            )


def _count_probes(con: Any) -> None:
    """Add the batch's runs of named probes.

    They need no correction later: a run is never part of a request that is completed, what it said is never changed,
    and one that is sent again was dropped before.
    """
    for grain in ("minute", "hour"):
        con.execute(
            f"INSERT INTO probes_{grain} {PROBE_RUNS_SQL.format(grain=grain, rows='staged')}"
            " ON CONFLICT DO UPDATE SET good = good + excluded.good, bad = bad + excluded.bad"
        )


def _store_events(con: Any, *, low: Any, high: Any) -> None:
    if low is not None:
        con.execute(
            "UPDATE events SET counts_request = f.counts_request, counts_attempt = f.counts_attempt FROM flags f"
            ' WHERE NOT f.fresh AND events.event_id = f.event_id AND events."at" = f."at"'
            ' AND events."at" BETWEEN $low AND $high',
            {"low": low, "high": high},
        )
    con.execute(
        f"INSERT INTO events({_COLUMNS}, series, bucket, counts_request, counts_attempt)"
        f" SELECT {_COLUMNS}, series, bucket, counts_request, counts_attempt FROM staged"
    )


def _touch_services(con: Any, state: StoreState, now_us: int) -> dict[ServiceKey, ServiceState]:
    """Note for each service of the batch that it was folded, and when it last showed life."""
    cursor = con.execute(SERVICES_SQL)
    names = [column[0] for column in cursor.description]
    folded = max((known.folded for known in state.services.values()), default=0) + 1
    touched: dict[ServiceKey, ServiceState] = {}
    for row in cursor.fetchall():
        seen = dict(zip(names, row, strict=True))
        key = ServiceKey(seen["environment"], seen["service"])
        touched[key] = merge_service(
            state.services.get(key), key, seen, folded=folded, is_late=seen["first_at"] < now_us - LATE_US // 2
        )
    rows = [
        (
            key.environment, key.service, service.first_at, service.last_at, service.last_arrived_at,
            service.last_heartbeat_at, service.heartbeat_every_s, folded, "\x1f".join(sorted(service.kinds)),
        )
        for key, service in touched.items()
    ]  # fmt: skip
    insert_rows(con, "services", _SERVICE_COLUMNS, rows, verb="INSERT OR REPLACE")
    return touched


def _save_offsets(con: Any, offsets: Mapping[str, JournalOffset]) -> None:
    rows = [(writer, offset.segment, offset.position) for writer, offset in offsets.items()]
    insert_rows(con, "offsets", ("writer", "segment", "position"), rows, verb="INSERT OR REPLACE")
