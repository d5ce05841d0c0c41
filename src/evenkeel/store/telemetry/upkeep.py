"""Keeping the store right and small: periods, thresholds, retention, erasure, recounting, copies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry import feature_periods
from evenkeel.store.telemetry.feature_grids import freeze_grids
from evenkeel.store.telemetry.feature_verify import verify_features
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.rollup import ROLLED_BEFORE, roll_up
from evenkeel.store.telemetry.schema import BLANK_SQL, MEASURES, PROBE_RUNS_SQL, TIMED_SQL, sums_sql
from evenkeel.store.telemetry.state import StoreState
from evenkeel.store.telemetry.upkeep_port import Discrepancy

#: A period is sketched this long after its end, when most late events are in.
GRACE_US: Final = {"hour": 5 * 60 * 1_000_000, "day": US_PER_HOUR}
PERIOD_US: Final = {"hour": US_PER_HOUR, "day": US_PER_DAY}

#: Days each class is kept when nothing else is said (DESIGN §3).
KEEP_DAYS: Final[Mapping[str, int]] = {
    "events": 30,
    "counters_minute": 125,
    "counters_hour": 400,
    "sketches_hour": 90,
    "sketches_day": 400,
    "features_hour": 90,
    "features_day": 400,
}

#: class -> (table, condition); `$before` is the end of what goes.
_RETENTION: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    "events": (("events", "arrived_at < make_timestamp($before)"),),
    "counters_minute": (
        ("counters_minute", '"at" < make_timestamp($before)'),
        ("slow_minute", '"at" < make_timestamp($before)'),
        ("probes_minute", '"at" < make_timestamp($before)'),
    ),
    "counters_hour": (
        ("counters_hour", '"at" < make_timestamp($before)'),
        ("slow_hour", '"at" < make_timestamp($before)'),
        ("probes_hour", '"at" < make_timestamp($before)'),
        ("availability_hour", '"at" < make_timestamp($before)'),
    ),
    "sketches_hour": (("sketches", "period = 'hour' AND \"at\" < make_timestamp($before)"),),
    "sketches_day": (("sketches", "period = 'day' AND \"at\" < make_timestamp($before)"),),
    **feature_periods.RETENTION,
}

#: Where `meta` remembers the event time from which on no event has been deleted.
_COMPLETE_FROM: Final = "events_complete_from"

#: Minutes whose counters may be corrected no more than this far from the events: weights are floats.
TOLERANCE: Final = 1e-6


def close_periods(con: Any, state: StoreState, now_us: int) -> int:
    """Sketch the hours and days that ended since the last call; one pass over each one's events.

    Counts of features are moved, and features of which enough was seen are counted from now on.
    """
    written = 0
    for period, length in PERIOD_US.items():
        key = f"sketched_through_{period}"
        end = (now_us - GRACE_US[period]) // length * length
        start = state.meta.get(key, 0)
        if end <= start:
            continue
        con.execute("BEGIN")
        try:
            written += con.execute(
                f"INSERT INTO sketches SELECT series, '{period}', date_trunc('{period}', \"at\") AS a, bucket,"
                f' sum(weight) FROM events WHERE {TIMED_SQL} AND "at" >= make_timestamp($start)'
                ' AND "at" < make_timestamp($end) GROUP BY ALL ORDER BY a',
                {"start": start, "end": end},
            ).fetchall()[0][0]
            con.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [key, end])
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise
        state.meta[key] = end
    freeze_grids(con, state, now_us)
    return written + feature_periods.close_features(con, state, now_us)


def recount_thresholds(con: Any, state: StoreState, keys: frozenset[ServiceKey]) -> None:
    """Count the thresholds of `keys` anew over the stored events, in one transaction."""
    series = [number for key in keys for number in state.by_service.get(key, ())]
    chosen = f"series IN ({', '.join(map(str, series)) or 'NULL'})"
    con.execute("BEGIN")
    try:
        con.execute("DELETE FROM thresholds")
        pairs = state.thresholds_of(state.series)
        if pairs:
            con.execute(
                "INSERT INTO thresholds SELECT unnest($series), unnest($threshold)",
                {"series": [number for number, _ in pairs], "threshold": [value for _, value in pairs]},
            )
        if series:
            _count_thresholds_anew(con, chosen, complete_from(state))
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def _count_thresholds_anew(con: Any, chosen: str, complete_us: int) -> None:
    """Count from the events where all are kept; what was counted from others is added to, never lowered."""
    for grain in ("minute", "hour"):
        con.execute(f'DELETE FROM slow_{grain} WHERE {chosen} AND "at" >= make_timestamp(?)', [complete_us])
        for side, count in ((">=", "excluded.n"), ("<", "greatest(n, excluded.n)")):
            con.execute(
                f"INSERT INTO slow_{grain} SELECT series, date_trunc('{grain}', \"at\"), threshold, sum(weight)"
                f" FROM events JOIN thresholds USING (series) WHERE {chosen} AND {TIMED_SQL}"
                f' AND latency_s > threshold AND "at" {side} make_timestamp(?) GROUP BY ALL'
                f" ON CONFLICT DO UPDATE SET n = {count}",
                [complete_us],
            )


def complete_from(state: StoreState) -> int:
    """The event time from which on no event has been deleted: the start of an hour."""
    return state.meta.get(_COMPLETE_FROM, 0)


def _note_deletion(con: Any, state: StoreState, before_us: int) -> None:
    """Remember, before events are deleted, up to what event time some will be missing."""
    last = con.execute(
        'SELECT epoch_us(max("at")) FROM events WHERE arrived_at < make_timestamp(?)', [before_us]
    ).fetchall()[0][0]
    if last is None:
        return
    complete_us = max(complete_from(state), last // US_PER_HOUR * US_PER_HOUR + US_PER_HOUR)
    con.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [_COMPLETE_FROM, complete_us])
    state.meta[_COMPLETE_FROM] = complete_us


def erase_caller(con: Any, state: StoreState, caller: int, now_us: int) -> int:
    """Take out of a person's events what tells who it was, and remember to do so with re-sent ones."""
    con.execute("BEGIN")
    try:
        con.execute("INSERT OR IGNORE INTO erased VALUES (?, ?)", [caller, now_us])
        feature_periods.forget_caller(con, caller)
        done = con.execute(f"UPDATE events SET {BLANK_SQL} WHERE caller = ?", [caller]).fetchall()[0][0]
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    state.erased.add(caller)
    state.features.note_all()
    return int(done)


def apply_retention(con: Any, state: StoreState, keep_days: Mapping[str, int], now_us: int) -> dict[str, int]:
    """Delete what is older than its class allows; counters and sketches never before their events.

    Events count from their arrival, so that imported history is kept as long as any other.
    """
    deleted: dict[str, int] = {}
    oldest = now_us
    for name in _RETENTION:
        before = min(oldest, now_us - keep_days.get(name, KEEP_DAYS[name]) * US_PER_DAY)
        if name == "events":
            _note_deletion(con, state, before)
        deleted[name] = _delete(con, state, name, before)
        if name == "events":
            first = con.execute('SELECT epoch_us(min("at")) FROM events').fetchall()[0][0]
            oldest = now_us if first is None else first // US_PER_DAY * US_PER_DAY
    con.execute(feature_periods.DROP_OLD_GRIDS)
    con.execute("CHECKPOINT")
    return deleted


def _delete(con: Any, state: StoreState, name: str, before_us: int) -> int:
    """Delete what a class holds from before a moment, in one transaction; what minutes tell is kept by the hour."""
    con.execute("BEGIN")
    try:
        if name == "counters_minute":
            roll_up(con, state, before_us)
        deleted = sum(
            con.execute(f"DELETE FROM {table} WHERE {condition}", {"before": before_us}).fetchall()[0][0]
            for table, condition in _RETENTION[name]
        )
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    if deleted and name in feature_periods.RETENTION:
        state.features.note_all()
    state.meta.update(con.execute("SELECT key, value FROM meta WHERE key = ?", [ROLLED_BEFORE]).fetchall())
    return int(deleted)


def verify(con: Any, state: StoreState, window: Window) -> list[Discrepancy]:
    """Recount the window's minutes from its events, where all are still kept; answers what does not agree."""
    names = {number: ServiceKey(dims[0], dims[1]) for dims, number in state.series.items()}
    differs = " OR ".join(f"abs(coalesce(c.{name}, 0) - coalesce(e.{name}, 0)) > {TOLERANCE}" for name in MEASURES)
    pairs = ", ".join(f"coalesce(c.{name}, 0)::DOUBLE, coalesce(e.{name}, 0)::DOUBLE" for name in MEASURES)
    inside = '"at" >= make_timestamp($start) AND "at" < make_timestamp($end)'
    rows = con.execute(
        f"WITH e AS (SELECT series, date_trunc('minute', \"at\") AS m, {sums_sql()} FROM"
        f" (SELECT *, weight AS w FROM events WHERE {inside}) GROUP BY ALL),"
        f' c AS (SELECT *, "at" AS m FROM counters_minute WHERE {inside})'
        f" SELECT series, epoch_us(m), {pairs} FROM c FULL JOIN e USING (series, m) WHERE {differs}"
        " ORDER BY m LIMIT 1000",
        {"start": max(window.start_us, complete_from(state)), "end": window.end_us},
    ).fetchall()
    found = [
        Discrepancy(names[series], at, measure, counter, events)
        for series, at, *values in rows
        for measure, counter, events in zip(MEASURES, values[::2], values[1::2], strict=True)
        if abs(counter - events) > TOLERANCE
    ]
    kept = Window(max(window.start_us, complete_from(state)), window.end_us)
    return [*found, *_verify_probes(con, names, kept), *verify_features(con, state, kept)]


def _verify_probes(con: Any, names: Mapping[int, ServiceKey], window: Window) -> list[Discrepancy]:
    """Recount the runs of named probes."""
    inside = '"at" >= make_timestamp($start) AND "at" < make_timestamp($end)'
    rows = PROBE_RUNS_SQL.format(grain="minute", rows=f"(SELECT * FROM events WHERE {inside})")
    found = con.execute(
        f"SELECT series, epoch_us(\"at\"), probe || ' ' || outcome, counter, events FROM ("
        " SELECT series, \"at\", probe, unnest(['good', 'bad']) AS outcome,"
        " unnest([coalesce(c.good, 0), coalesce(c.bad, 0)]) AS counter,"
        " unnest([coalesce(e.good, 0), coalesce(e.bad, 0)]) AS events"
        f' FROM (SELECT * FROM probes_minute WHERE {inside}) c FULL JOIN ({rows}) e USING (series, "at", probe))'
        f" WHERE abs(counter - events) > {TOLERANCE} ORDER BY ALL LIMIT 1000",
        {"start": window.start_us, "end": window.end_us},
    ).fetchall()
    return [Discrepancy(names[series], *rest) for series, *rest in found]


def copy_to(con: Any, path: str) -> None:
    """Write a consistent copy of the whole store to a new file."""
    name = con.execute("SELECT current_database()").fetchall()[0][0]
    con.execute(f"ATTACH '{path.replace(chr(39), chr(39) * 2)}' AS copied")
    try:
        con.execute(f'COPY FROM DATABASE "{name}" TO copied')
    finally:
        con.execute("DETACH copied")
