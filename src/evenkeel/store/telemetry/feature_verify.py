"""Counts of features and sums of numbers, recounted from the events that are kept."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.feature_grids import RECOUNTED_MAX, count_stored, first_hour
from evenkeel.store.telemetry.feature_schema import COUNTED_SQL, HAS_NUMBERS_SQL
from evenkeel.store.telemetry.number_fold import EXCHANGES_SQL, add_numbers
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series
from evenkeel.store.telemetry.state import StoreState
from evenkeel.store.telemetry.upkeep_port import Discrepancy

#: Exchanges that are recounted at most: their numbers are read into memory.
_EXCHANGES_MAX: Final = 50_000
#: Discrepancies of one answer.
_FOUND_MAX: Final = 1_000
#: How far a sum of floats may be from another of the same in another order, by its size.
_TOLERANCE: Final = 1e-9


def verify_features(con: Any, state: StoreState, window: Window) -> list[Discrepancy]:
    """Recount every hour the window touches; what an erasure took out of events may be counted and not be found.

    Of a service's predictions, and of all exchanges, the latest are recounted: nothing is folded meanwhile.
    """
    start, end = window.start_us // US_PER_HOUR * US_PER_HOUR, -(-window.end_us // US_PER_HOUR) * US_PER_HOUR
    if end <= start:
        return []
    hours = Window(start, end)
    erased = {
        (series, at_us): rows
        for series, at_us, rows in con.execute(
            f'SELECT series, epoch_us("at"), n FROM erased_rows WHERE {IN_WINDOW}', bounds(hours)
        ).fetchall()
    }
    return [*_features(con, state, hours, erased), *_numbers(con, state, hours, erased)][:_FOUND_MAX]


def _features(con: Any, state: StoreState, hours: Window, erased: dict[tuple[int, int], int]) -> list[Discrepancy]:
    found: list[Discrepancy] = []
    for key, grids in state.features.grids.items():
        series = state.by_service.get(key, [])
        start_us = max(hours.start_us, first_hour(con, f"{in_series(series)} AND {COUNTED_SQL}", RECOUNTED_MAX))
        part_of = Window(min(start_us, hours.end_us), hours.end_us)
        numbers = ", ".join(str(grid.number) for grid in grids.values())
        counted: Counter[tuple[int, int, int]] = Counter()
        for part in ("open", "hour"):
            rows = con.execute(
                f'SELECT grid, series, epoch_us("at"), sum(n)::BIGINT FROM features_{part}'
                f" WHERE {IN_WINDOW} AND grid IN ({numbers}) GROUP BY ALL",
                bounds(part_of),
            ).fetchall()
            counted.update({(grid, of, at_us): n for grid, of, at_us, n in rows})
        told: Counter[tuple[int, int, int]] = Counter()
        for tally in count_stored(con, series, list(grids.values()), part_of.start_us, part_of.end_us):
            told.update(tally.totals())
        names = {grid.number: grid for grid in grids.values()}
        for place in counted.keys() | told.keys():
            number, of, at_us = place
            surplus = counted[place] - told[place]
            if at_us >= names[number].counted_from and not 0 <= surplus <= erased.get((of, at_us), 0):
                measure = f"feature {names[number].made.feature}"
                found.append(Discrepancy(key, at_us, measure, counted[place], told[place]))
    return sorted(found, key=lambda each: (each.key, each.at, each.measure))


def _numbers(con: Any, state: StoreState, hours: Window, erased: dict[tuple[int, int], int]) -> list[Discrepancy]:
    sums: dict[tuple[int, int, str], list[float]] = {}
    start_us = max(hours.start_us, first_hour(con, HAS_NUMBERS_SQL, _EXCHANGES_MAX))
    hours = Window(min(start_us, hours.end_us), hours.end_us)
    around = Window(hours.start_us - US_PER_HOUR, hours.end_us + US_PER_HOUR)  # what is believed may lie beyond an edge
    rows = con.execute(
        EXCHANGES_SQL.format(rows=f"(SELECT * FROM events WHERE {IN_WINDOW})"), bounds(around)
    ).fetchall()
    add_numbers(sums, rows)
    owners = {number: ServiceKey(dims[0], dims[1]) for dims, number in state.series.items()}
    counted = {
        (series, at_us, name): (n, total)
        for series, at_us, name, n, total in con.execute(
            f'SELECT series, epoch_us("at"), name, n, total FROM numbers_hour WHERE {IN_WINDOW}', bounds(hours)
        ).fetchall()
    }
    found: list[Discrepancy] = []
    for place in sorted(counted.keys() | sums.keys()):
        series, at_us, name = place
        if not hours.start_us <= at_us < hours.end_us:
            continue
        if (series, at_us) in erased or name not in state.features.names.get(owners[series], ()):
            continue
        n, total = counted.get(place, (0.0, 0.0))
        told = sums.get(place, [0.0] * 5)
        if abs(n - told[0]) > _TOLERANCE * max(1.0, n) or abs(total - told[1]) > _TOLERANCE * max(1.0, told[2]):
            found.append(Discrepancy(owners[series], at_us, name, n, told[0]))
    return found
