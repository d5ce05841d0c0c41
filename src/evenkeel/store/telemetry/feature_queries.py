"""Counts of features and sums of evaluators' numbers, as they are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final

import numpy as np

from evenkeel.kernel.profile.count import keep_levels
from evenkeel.kernel.profile.model import Apart, Counts, Grid
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.feature_periods import DAYS_THROUGH, SHOWN_SQL
from evenkeel.store.telemetry.feature_port import FeatureCounts, NumberSum, Step
from evenkeel.store.telemetry.feature_schema import APART, NEW_NAMED, NEW_REST
from evenkeel.store.telemetry.feature_state import StoredGrid
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series
from evenkeel.store.telemetry.state import StoreState

#: Rows of one answer: 20 numbers of 8 versions, hour by hour for a quarter of a year.
SUMS_MAX: Final = 400_000
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
    grid_in = f"grid IN ({', '.join(map(str, by_number))})"
    at = f"date_trunc('{step}', \"at\")"
    chosen = f"{grid_in} AND {at} >= make_timestamp($start) AND {at} < make_timestamp($end)"
    shown = SHOWN_SQL.format(rows=f"(SELECT * FROM features_open WHERE {chosen})")
    values: dict[str, Any] = bounds(window)
    if step == "day":
        values["through"] = state.meta.get(DAYS_THROUGH, 0)
    found = con.execute(
        f"SELECT grid, version, epoch_us({at}) AS at_us, bucket, level, sum(n)::BIGINT AS n"
        f" FROM ({_PARTS[step].format(chosen=chosen)} UNION ALL {shown}) JOIN series USING (series)"
        " GROUP BY ALL ORDER BY grid, version, at_us, bucket, level",
        values,
    ).fetchnumpy()
    numbers, versions, times = found["grid"], found["version"], found["at_us"]
    if not len(numbers):
        return []
    differs = (numbers[1:] != numbers[:-1]) | (versions[1:] != versions[:-1]) | (times[1:] != times[:-1])
    edges = [0, *(np.flatnonzero(differs) + 1).tolist(), len(numbers)]
    rows = [
        FeatureCounts(
            by_number[int(numbers[start])].feature,
            str(versions[start]),
            int(times[start]),
            _counts(
                by_number[int(numbers[start])].grid, *(found[name][start:end] for name in ("bucket", "level", "n"))
            ),
        )
        for start, end in pairwise(edges)
    ]
    return sorted(rows, key=lambda row: (row.feature, row.version, row.at))


def _counts(grid: Grid, buckets: Any, levels: Any, rows: Any) -> Counts:
    """The rows of one feature, version and step, in order of bucket."""
    inside = buckets >= 0
    vector = np.zeros(grid.size, dtype=np.int64)
    vector[buckets[inside]] = rows[inside]
    told = dict(zip(buckets[~inside].tolist(), rows[~inside].tolist(), strict=True))
    named = buckets == NEW_NAMED
    new, rest = keep_levels(dict(zip(map(str, levels[named]), rows[named].tolist(), strict=True)))
    apart = Apart(**{name: told.get(bucket, 0) for name, bucket in APART.items()})
    return Counts(grid.id, tuple(vector.tolist()), apart, new, rest + told.get(NEW_REST, 0))


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
