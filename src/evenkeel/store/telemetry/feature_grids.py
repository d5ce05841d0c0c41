"""Grids: frozen from the service's own traffic once enough is seen, or given with a reference; then all is counted."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.build import public_grid
from evenkeel.kernel.profile.document import grid_to_json
from evenkeel.kernel.profile.model import Grid, Kind
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.telemetry.feature_fold import Tally
from evenkeel.store.telemetry.feature_port import FeatureGrid, Origin, WaitingFeature
from evenkeel.store.telemetry.feature_rows import READ_SQL, ROW_SQL, Group, group_rows, persons_by_level, read_values
from evenkeel.store.telemetry.feature_schema import COUNTED_SQL, LABEL, SCORE
from evenkeel.store.telemetry.feature_state import FEATURES_MAX, StoredGrid
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.queries import in_series
from evenkeel.store.telemetry.state import StoreState

#: Values that make a grid of 120 quantiles worth having.
PRESENT_MIN: Final = 500
#: A feature that is rare gets a grid of fewer, after a day in which no more came.
PRESENT_RARE_MIN: Final = 100
RARE_US: Final = US_PER_DAY

#: The latest predictions that a grid is made of: more make its quantiles no better that anybody could see.
FROZEN_FROM_MAX: Final = 20_000
#: Stored predictions that are counted on a new grid, the latest first: some 3 s during which nothing is folded.
RECOUNTED_MAX: Final = 300_000
#: Services whose features get grids in one pass.
SERVICES_PER_PASS: Final = 2
_READ_AT_ONCE: Final = 20_000


def freeze_grids(con: Any, state: StoreState, now_us: int) -> int:
    """Give grids to features of which enough was seen, of a few services at a time; answers how many."""
    made = 0
    ready = {key: names for key in sorted(state.features.waiting) if (names := _ready(state, key, now_us))}
    for key, names in list(ready.items())[:SERVICES_PER_PASS]:
        found = _latest(con, state, key)
        grids = {name: grid for name in names if (grid := _grid_of(found, name)) is not None}
        _store(con, state, key, _numbered(state, key, grids, now_us, origin="traffic"))
        _wait_anew(con, state, key, [name for name in names if name not in grids], now_us)
        made += len(grids)
    return made


def set_grids(con: Any, state: StoreState, key: ServiceKey, grids: Mapping[str, Grid], now_us: int) -> None:
    """Count these features on these grids; those that are counted on the same grid already stay as they are.

    Raises InvalidInputError where the service would have more features than are counted.
    """
    known = state.features.grids.get(key, {})
    features = (known.keys() | grids.keys()) - {LABEL, SCORE}
    if len(features) > FEATURES_MAX:
        raise InvalidInputError(
            f"{key} would have {len(features)} features that are counted.",
            hint=f"At most {FEATURES_MAX} of a service are; leave out of the reference what no model reads.",
            seen=len(features),
            allowed=FEATURES_MAX,
        )
    changed = {name: grid for name, grid in grids.items() if name not in known or known[name].made.grid.id != grid.id}
    _store(con, state, key, _numbered(state, key, changed, now_us, origin="reference"))


def _ready(state: StoreState, key: ServiceKey, now_us: int) -> list[str]:
    return [
        name
        for name, each in state.features.waiting[key].items()
        if each.present >= PRESENT_MIN or (each.present >= PRESENT_RARE_MIN and now_us - each.first_at >= RARE_US)
    ]


def _latest(con: Any, state: StoreState, key: ServiceKey) -> Group:
    """The service's latest predictions, as if they were of one hour."""
    chosen = in_series(state.by_service.get(key, []))
    rows = con.execute(
        f"SELECT 0, 0, {READ_SQL} FROM events WHERE {chosen} AND {COUNTED_SQL}"
        f' ORDER BY "at" DESC LIMIT {FROZEN_FROM_MAX}'
    ).fetchall()
    return group_rows(rows).get((0, 0), Group())


def _grid_of(group: Group, feature: str) -> Grid | None:
    """The grid of what is stored, or None where too little of it is."""
    rows, name = group.rows_of(feature)
    values = rows.values(name)
    column = read_values(values)
    if column.present < PRESENT_RARE_MIN:
        return None
    persons = None
    if column.kind in (Kind.CATEGORICAL, Kind.BOOLEAN):
        persons = persons_by_level(values, rows.callers, column.kind)
    return public_grid(column, persons)


def _numbered(
    state: StoreState, key: ServiceKey, grids: Mapping[str, Grid], now_us: int, *, origin: Origin
) -> list[StoredGrid]:
    first = state.features.last_number + 1
    return [
        StoredGrid(number, FeatureGrid(key, name, grid, now_us, origin), 0)
        for number, (name, grid) in enumerate(sorted(grids.items()), start=first)
    ]


def _store(con: Any, state: StoreState, key: ServiceKey, grids: Sequence[StoredGrid]) -> None:
    """Keep the grids and count what is stored on them, in one transaction."""
    if not grids:
        return
    series = state.by_service.get(key, [])
    con.execute("BEGIN")
    try:
        counted_from = first_hour(con, f"{in_series(series)} AND {COUNTED_SQL}", RECOUNTED_MAX)
        grids = [StoredGrid(grid.number, grid.made, counted_from) for grid in grids]
        con.executemany(
            "INSERT INTO grids VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (
                    grid.number, key.environment, key.service, grid.made.feature,
                    json.dumps(grid_to_json(grid.made.grid)), grid.made.made_at, grid.made.origin, counted_from,
                )
                for grid in grids
            ],
        )  # fmt: skip
        for grid in grids:
            con.execute(
                "DELETE FROM waiting_features WHERE environment = ? AND service = ? AND feature = ?",
                [key.environment, key.service, grid.made.feature],
            )
        for tally in count_stored(con, series, grids, counted_from):
            tally.store(con)
        con.execute("COMMIT")
    except BaseException:
        con.execute("ROLLBACK")
        raise
    state.features.add_grids(grids)


def count_stored(
    con: Any, series: Sequence[int], grids: Sequence[StoredGrid], start_us: int, end_us: int | None = None
) -> Iterator[Tally]:
    """Count the stored predictions of these series from an hour on, some thousands at a time."""
    until = "" if end_us is None else f' AND "at" < make_timestamp({end_us})'
    reading = con.cursor()  # events are read while counts are written
    try:
        reading.execute(
            f"SELECT {ROW_SQL} FROM events WHERE {in_series(series)} AND {COUNTED_SQL}"
            f' AND "at" >= make_timestamp({start_us}){until}'
        )
        while rows := reading.fetchmany(_READ_AT_ONCE):
            tally = Tally()
            for (number, hour_us), group in group_rows(rows).items():
                tally.add(number, hour_us, group, grids)
            yield tally
    finally:
        reading.close()


def first_hour(con: Any, condition: str, rows_max: int) -> int:
    """The hour from which on at most so many stored events meet a condition (or the last with any); 0 where all do."""
    hours = con.execute(
        f"SELECT epoch_us(date_trunc('hour', \"at\")) AS hour, count(*) FROM events"
        f" WHERE {condition} GROUP BY hour ORDER BY hour DESC"
    ).fetchall()
    total, first = 0, 0
    for hour_us, rows in hours:
        if total and total + rows > rows_max:
            return first
        total, first = total + rows, hour_us
    return 0


def _wait_anew(con: Any, state: StoreState, key: ServiceKey, names: Iterable[str], now_us: int) -> None:
    """Of these nothing much is stored any more: they wait until more comes."""
    again = [WaitingFeature(name, now_us, 0) for name in names]
    for each in again:
        con.execute(
            "INSERT OR REPLACE INTO waiting_features VALUES (?, ?, ?, ?, ?)",
            [key.environment, key.service, each.feature, each.first_at, each.present],
        )
    state.features.set_waiting(key, again)
