"""Counts of features and sums of evaluators' numbers, as they are asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import numpy as np

from evenkeel.kernel.profile.count import keep_levels
from evenkeel.kernel.profile.model import Apart, Counts, Grid
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.feature_periods import DAYS_THROUGH, SHOWN_SQL
from evenkeel.store.telemetry.feature_port import FeatureCounts, FeatureGrid, NumberSum, Step
from evenkeel.store.telemetry.feature_schema import APART, NEW_REST
from evenkeel.store.telemetry.feature_state import StoredGrid
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series
from evenkeel.store.telemetry.state import StoreState

#: Rows of one answer: 20 numbers of 8 versions, hour by hour for a quarter of a year.
SUMS_MAX: Final = 400_000
#: A time in microseconds and a version's place, of at most 200, in one whole number.
_TIME_BITS: Final = 53
_TIME_MASK: Final = (1 << _TIME_BITS) - 1
#: Buckets below 0.
_BELOW: Final = -NEW_REST
Place = tuple[int, int, int]  # grid, version, start of the step
_COLUMNS: Final = 'grid, series, "at", bucket, level, n'
#: What each step counts rows of, by where they are kept: a day that is closed is read from days.
_PARTS: Final[Mapping[Step, str]] = {
    "hour": f"SELECT {_COLUMNS} FROM features_hour WHERE {{chosen}}",
    "day": (
        f'SELECT {_COLUMNS} FROM features_day WHERE {{chosen}} AND "at" < make_timestamp($through)'
        f' UNION ALL SELECT {_COLUMNS} FROM features_hour WHERE {{chosen}} AND "at" >= make_timestamp($through)'
    ),
}


def feature_counts(
    con: Any, state: StoreState, grids: Sequence[StoredGrid], window: Window, step: Step
) -> list[FeatureCounts]:
    """Rows per feature, version and step of the window, on these grids."""
    by_number = {grid.number: grid.made for grid in grids}
    if not by_number:
        return []
    owned = state.by_service.get(grids[0].made.key, [])
    version_of = {number: dims[2] for dims, number in state.series.items()}
    versions = sorted({version_of[number] for number in owned})
    con.execute("CREATE OR REPLACE TEMP TABLE asked_series(series INTEGER, version INTEGER)")
    if owned:
        con.executemany(
            "INSERT INTO asked_series VALUES (?, ?)", [(each, versions.index(version_of[each])) for each in owned]
        )
    summed = _summed_sql(by_number, step)
    values = bounds(window) | ({"through": state.meta.get(DAYS_THROUGH, 0)} if step == "day" else {})
    cells = con.execute(f"{summed} SELECT grid, version, at_us, bucket, n FROM summed WHERE level IS NULL", values)
    tables = _tables(cells.fetchnumpy(), {number: made.grid for number, made in by_number.items()})
    named: dict[Place, dict[str, int]] = {}
    for *place, level, n in con.execute(
        f"{summed} SELECT grid, version, at_us, level, n FROM summed WHERE level IS NOT NULL", values
    ).fetchall():
        named.setdefault(cast("Place", tuple(place)), {})[level] = n
    found = _all_counts(tables, named, by_number)
    rows = [
        FeatureCounts(by_number[number].feature, versions[version], at_us, counts)
        for (number, version, at_us), counts in found.items()
    ]
    return sorted(rows, key=lambda row: (row.feature, row.version, row.at))


def _summed_sql(grids: Iterable[int], step: Step) -> str:
    at = f"date_trunc('{step}', \"at\")"
    chosen = (
        f"grid IN ({', '.join(map(str, grids))}) AND {at} >= make_timestamp($start) AND {at} < make_timestamp($end)"
    )
    shown = SHOWN_SQL.format(rows=f"(SELECT * FROM features_open WHERE {chosen})")
    return (
        f"WITH summed AS (SELECT grid, version, epoch_us({at}) AS at_us, bucket, level, sum(n)::BIGINT AS n"
        f" FROM ({_PARTS[step].format(chosen=chosen)} UNION ALL {shown}) JOIN asked_series USING (series) GROUP BY ALL)"
    )


def feature_rows(
    con: Any, series: Sequence[int], grids: Sequence[StoredGrid], window: Window
) -> dict[str, dict[int, int]]:
    """Rows of these series by feature and start of the hour, with no bucket told apart."""
    names = {grid.number: grid.made.feature for grid in grids}
    found: dict[str, dict[int, int]] = {}
    if not names or not series:
        return found
    at = "date_trunc('hour', \"at\")"
    chosen = (
        f"grid IN ({', '.join(map(str, names))}) AND {in_series(series)}"
        f" AND {at} >= make_timestamp($start) AND {at} < make_timestamp($end)"
    )
    parts = " UNION ALL ".join(f"SELECT grid, {at} AS hour, n FROM {table} WHERE {chosen}"
                               for table in ("features_hour", "features_open"))  # fmt: skip
    rows = con.execute(
        f"SELECT grid, epoch_us(hour) AS hour_us, sum(n)::BIGINT FROM ({parts}) GROUP BY ALL ORDER BY ALL",
        bounds(window),
    ).fetchall()
    for number, hour_us, n in rows:
        found.setdefault(names[number], {})[hour_us] = n
    return found


@dataclass(frozen=True, slots=True)
class _Table:
    """What was counted on one grid: a row per version and step, a column per bucket, those below 0 first."""

    places: list[Place]
    rows: list[list[int]]


def _tables(cells: Mapping[str, Any], grids: Mapping[int, Grid]) -> dict[int, _Table]:
    tables: dict[int, _Table] = {}
    for number, grid in grids.items():
        here = np.flatnonzero(cells["grid"] == number)
        if not here.size:
            continue
        steps = cells["version"][here].astype(np.int64) << _TIME_BITS | cells["at_us"][here]
        places, row = np.unique(steps, return_inverse=True)
        matrix = np.zeros((len(places), grid.size + _BELOW), dtype=np.int64)
        matrix[row, cells["bucket"][here] + _BELOW] = cells["n"][here]
        split = [(number, step >> _TIME_BITS, step & _TIME_MASK) for step in places.tolist()]
        tables[number] = _Table(split, matrix.tolist())
    return tables


def _all_counts(
    tables: Mapping[int, _Table], named: dict[Place, dict[str, int]], grids: Mapping[int, FeatureGrid]
) -> dict[Place, Counts]:
    found: dict[Place, Counts] = {}
    for number, table in tables.items():
        for place, row in zip(table.places, table.rows, strict=True):
            found[place] = _counts(grids[number].grid, row, named.pop(place, {}))
    for place, levels in named.items():  # steps that hold nothing but new levels
        grid = grids[place[0]].grid
        found[place] = _counts(grid, [0] * (grid.size + _BELOW), levels)
    return found


def _counts(grid: Grid, row: Sequence[int], named: Mapping[str, int]) -> Counts:
    new, rest = keep_levels(named) if named else ({}, 0)
    apart = Apart(**{name: row[bucket + _BELOW] for name, bucket in APART.items()}) if any(row[:_BELOW]) else Apart()
    return Counts(grid.id, tuple(row[_BELOW:]), apart, new, rest + row[NEW_REST + _BELOW])


def numbers(
    con: Any, series: Sequence[int], window: Window, names: Sequence[str] | None, step: Step
) -> list[NumberSum]:
    """Sums per name, version and step of the window."""
    chosen = "" if names is None else " AND name IN (SELECT unnest($names))"
    values: dict[str, Any] = bounds(window) if names is None else bounds(window) | {"names": list(names)}
    rows = con.execute(
        'SELECT name, version, epoch_us("at") AS at_us, sum(n), sum(total), sum(squares), sum(positive),'
        f" sum(weight_squares) FROM numbers_{step} JOIN series USING (series)"
        f" WHERE {IN_WINDOW} AND {in_series(series)}{chosen} GROUP BY ALL HAVING sum(n) > 0"
        f" ORDER BY name, version, at_us LIMIT {SUMS_MAX}",
        values,
    ).fetchall()
    return [NumberSum(*row) for row in rows]
