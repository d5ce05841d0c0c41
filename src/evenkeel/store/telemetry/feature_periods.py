"""Counts of features moved to hours and days that have ended, kept, erased from and recounted.

A level that the grid does not know keeps its name only where, on its day, `PERSONS_MIN` people held it: counts outlive
the events, and a name that one person alone had would tell of that person for as long.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from evenkeel.kernel.profile.build import PERSONS_MIN
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE
from evenkeel.store.telemetry.feature_port import FIRST_DAYS, FIRST_DAYS_BEFORE_GRID_US
from evenkeel.store.telemetry.feature_schema import APART, HAS_FEATURES_SQL, HAS_NUMBERS_SQL, NEW_NAMED, NEW_REST
from evenkeel.store.telemetry.state import StoreState

#: Where `meta` remembers up to when hours and days were moved.
HOURS_THROUGH: Final = "features_through_hour"
DAYS_THROUGH: Final = "features_through_day"
#: A period is moved this long after its end, when most late events are in.
_GRACE_US: Final = {"hour": 5 * US_PER_MINUTE, "day": US_PER_HOUR}
#: Rows of open hours beyond which those of one hour are added up before it ends.
OPEN_ROWS_MAX: Final = 1_000_000

#: Counts of open hours as they may be shown: a name only where enough people hold the level on its day.
SHOWN_SQL: Final = f"""
SELECT o.grid, o.series, o."at",
  CASE WHEN o.bucket = {NEW_NAMED} AND k.level IS NULL THEN {NEW_REST} ELSE o.bucket END AS bucket,
  k.level, o.n
FROM {{rows}} o LEFT JOIN (
  SELECT grid, date_trunc('day', "at") AS day, level FROM features_open WHERE bucket = {NEW_NAMED} GROUP BY ALL
  HAVING count(DISTINCT caller) + coalesce(sum(n) FILTER (caller IS NULL), 0) >= {PERSONS_MIN}
) k ON o.bucket = {NEW_NAMED} AND o.grid = k.grid AND date_trunc('day', o."at") = k.day AND o.level = k.level
"""
_ADDED: Final = "grid, series, {at}, bucket, level, sum(n)"
_SORTED: Final = "GROUP BY ALL ORDER BY ALL"


def close_features(con: Any, state: StoreState, now_us: int) -> int:
    """Move the counts of hours and days that have ended; answers how many rows were written."""
    hours_end = (now_us - _GRACE_US["hour"]) // US_PER_HOUR * US_PER_HOUR
    days_end = (now_us - _GRACE_US["day"]) // US_PER_DAY * US_PER_DAY
    if hours_end <= state.meta.get(HOURS_THROUGH, 0):
        _compact(con)
        return 0
    con.execute("BEGIN")
    try:
        written = _move(con, state, hours_end, days_end)
        marks = [(HOURS_THROUGH, hours_end), (DAYS_THROUGH, max(days_end, state.meta.get(DAYS_THROUGH, 0)))]
        con.executemany("INSERT OR REPLACE INTO meta VALUES (?, ?)", marks)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    state.meta.update(marks)
    return written


def _move(con: Any, state: StoreState, hours_end: int, days_end: int) -> int:
    """Levels that wait for a name stay open until their day has ended."""
    bounds = {"hours": hours_end, "days": days_end}
    going = (
        f'"at" < make_timestamp($hours) AND (bucket <> {NEW_NAMED} OR "at" < make_timestamp($days))'
    )  # fmt: skip
    con.execute(
        "CREATE OR REPLACE TEMP TABLE closing AS "
        + SHOWN_SQL.format(rows=f"(SELECT * FROM features_open WHERE {going})"),
        bounds,
    )
    through = state.meta.get(DAYS_THROUGH, 0)
    by_hour, by_day = (_ADDED.format(at=at) for at in ('"at"', "date_trunc('day', \"at\")"))
    late = con.execute(
        f'INSERT INTO features_day SELECT {by_day} FROM closing WHERE "at" < make_timestamp(?) {_SORTED}',
        [through],
    ).fetchall()[0][0]
    hours = con.execute(f"INSERT INTO features_hour SELECT {by_hour} FROM closing {_SORTED}").fetchall()[0][0]
    con.execute(f"DELETE FROM features_open WHERE {going}", bounds)
    days = con.execute(
        f"INSERT INTO features_day SELECT {by_day} FROM features_hour"
        f' WHERE "at" >= make_timestamp(?) AND "at" < make_timestamp(?) {_SORTED}',
        [through, days_end],
    ).fetchall()[0][0]
    return int(late + hours + days)


def _compact(con: Any) -> None:
    """Add up the rows of open hours where there are many: each fold appends some of the same."""
    if con.execute("SELECT count(*) FROM features_open").fetchall()[0][0] <= OPEN_ROWS_MAX:
        return
    con.execute("BEGIN")
    try:
        con.execute(
            'CREATE OR REPLACE TEMP TABLE closing AS SELECT grid, series, "at", bucket, level, sum(n) AS n, caller'
            f" FROM features_open {_SORTED}"
        )
        con.execute("DELETE FROM features_open")
        con.execute("INSERT INTO features_open SELECT * FROM closing")
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise


def forget_caller(con: Any, caller: int) -> None:
    """Before a person's events are blanked: forget levels that wait for a name, and note what no recount will find."""
    con.execute(
        "INSERT INTO erased_rows SELECT series, date_trunc('hour', \"at\"), count(*) FROM events WHERE caller = ?"
        f" AND ({HAS_FEATURES_SQL} OR {HAS_NUMBERS_SQL}) GROUP BY ALL ON CONFLICT DO UPDATE SET n = n + excluded.n",
        [caller],
    )
    con.execute(f"UPDATE features_open SET bucket = {NEW_REST}, level = NULL, caller = NULL WHERE caller = ?", [caller])


#: The first days of features on their newest grids: drift is compared with them as long as the service runs. Without
#: them the reference would move along with time, and slow drift with it.
_FIRST_DAYS: Final = f"""
WITH newest AS (
  FROM grids QUALIFY row_number() OVER (PARTITION BY environment, service, feature ORDER BY grid DESC) = 1
), counted AS (
  SELECT grid, min(made_at) OVER (PARTITION BY environment, service) - {FIRST_DAYS_BEFORE_GRID_US} AS from_us
  FROM newest
), days AS (
  SELECT grid, "at" AS day, bool_or(bucket <> {APART["missing"]}) AS has_value
  FROM features_day JOIN counted USING (grid)
  WHERE "at" >= date_trunc('day', make_timestamp(from_us)) GROUP BY grid, "at"
), born AS (SELECT grid, min(day) AS first_day FROM days WHERE has_value GROUP BY grid)
SELECT grid, day FROM days JOIN born USING (grid) WHERE day >= first_day
QUALIFY row_number() OVER (PARTITION BY grid ORDER BY day) <= {FIRST_DAYS}
"""
_IS_OLD: Final = '"at" < make_timestamp($before)'

#: class -> (table, condition) of what goes when it is older than the class allows; `$before` is the end.
RETENTION: Final[Mapping[str, tuple[tuple[str, str], ...]]] = {
    f"features_{grain}": tuple(
        (
            table,
            f"{_IS_OLD} AND (grid, date_trunc('day', \"at\")) NOT IN (SELECT (grid, day) FROM ({_FIRST_DAYS}))"
            if table == f"features_{grain}"
            else _IS_OLD,
        )
        for table in tables
    )
    for grain, tables in {
        "hour": ("features_open", "features_hour", "numbers_hour", "erased_rows"),
        "day": ("features_day", "numbers_day"),
    }.items()
}

#: Grids that another has taken the place of, and that nothing is counted on any more.
DROP_OLD_GRIDS: Final = (
    "DELETE FROM grids WHERE grid NOT IN (SELECT max(grid) FROM grids GROUP BY environment, service, feature)"
    + "".join(f" AND grid NOT IN (SELECT DISTINCT grid FROM features_{part})" for part in ("open", "hour", "day"))
)
