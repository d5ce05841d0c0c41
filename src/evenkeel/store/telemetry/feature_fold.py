"""Features of a batch's predictions, counted in the fold's transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from evenkeel.kernel.profile.model import Counts
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.telemetry.feature_port import RefusedFeatures, WaitingFeature
from evenkeel.store.telemetry.feature_rows import ROW_SQL, Group, count_rows, group_rows, new_levels
from evenkeel.store.telemetry.feature_schema import APART, COUNTED_SQL, LABEL, NEW_NAMED, NEW_REST, SCORE
from evenkeel.store.telemetry.feature_state import FEATURES_MAX, NAME_MAX, FeatureState, StoredGrid
from evenkeel.store.telemetry.insert import insert_columns, insert_rows
from evenkeel.store.telemetry.port import ServiceKey


@dataclass(slots=True)
class FeatureChange:
    """What a fold found out of features that are not counted; remembered once it has committed."""

    waiting: dict[ServiceKey, dict[str, WaitingFeature]] = field(
        default_factory=dict[ServiceKey, dict[str, WaitingFeature]]
    )
    refused: dict[ServiceKey, RefusedFeatures] = field(default_factory=dict[ServiceKey, RefusedFeatures])
    days: defaultdict[ServiceKey, set[int]] = field(default_factory=lambda: defaultdict(set))  # that were counted

    def apply(self, state: FeatureState) -> None:
        """Remember it."""
        for key, found in self.waiting.items():
            state.set_waiting(key, found.values())
        state.refused.update(self.refused)
        for key, days in self.days.items():
            state.note_days(key, days)


def count_features(con: Any, state: FeatureState, now_us: int) -> FeatureChange:
    """Count the staged predictions on the grids there are, and note which features wait for one."""
    groups = group_rows(con.execute(f"SELECT {ROW_SQL} FROM staged WHERE {COUNTED_SQL}").fetchall())
    owners = {
        series: ServiceKey(environment, service)
        for series, environment, service in con.execute(
            "SELECT DISTINCT series, environment, service FROM staged"
        ).fetchall()
    }
    change = FeatureChange()
    tally = Tally()
    for (series, hour_us), group in groups.items():
        key = owners[series]
        change.days[key].add(hour_us // US_PER_DAY * US_PER_DAY)
        grids = state.grids.get(key, {})
        tally.add(series, hour_us, group, (grid for grid in grids.values() if hour_us >= grid.counted_from))
        _note_waiting(state, change, key, group, now_us)
    tally.store(con)
    _store_change(con, change)
    return change


class Tally:
    """Cells to be appended to the counts of hours that are open."""

    def __init__(self) -> None:
        self._columns: tuple[list[int], list[int], list[int], list[int], list[int]] = ([], [], [], [], [])
        self._named: list[tuple[int, int, int, int, str, int, int | None]] = []

    def add(self, series: int, hour_us: int, group: Group, grids: Iterable[StoredGrid]) -> None:
        """Count a group's rows on each grid."""
        for grid in grids:
            rows, name = group.rows_of(grid.made.feature)
            if not rows.documents:
                continue
            counts = count_rows(rows.values(name), grid.made.grid)
            self._extend(grid.number, series, hour_us, cells_of(counts))
            if counts.new:
                levels = new_levels(counts, grid.made.grid.kind, rows, name)
                self._named += [
                    (grid.number, series, hour_us, NEW_NAMED, level, n, caller) for (level, caller), n in levels.items()
                ]

    def _extend(self, grid: int, series: int, hour_us: int, cells: Mapping[int, int]) -> None:
        grids, numbers, hours, buckets, rows = self._columns
        grids += [grid] * len(cells)
        numbers += [series] * len(cells)
        hours += [hour_us] * len(cells)
        buckets += cells.keys()
        rows += cells.values()

    def totals(self) -> Counter[tuple[int, int, int]]:
        """Rows by grid, series and hour."""
        found: Counter[tuple[int, int, int]] = Counter()
        grids, numbers, hours, _, rows = self._columns
        for grid, series, hour_us, n in zip(grids, numbers, hours, rows, strict=True):
            found[(grid, series, hour_us)] += n
        for grid, series, hour_us, _, _, n, _ in self._named:
            found[(grid, series, hour_us)] += n
        return found

    def store(self, con: Any) -> None:
        """Append them."""
        if self._columns[0]:
            arrays = (np.array(column, dtype=np.int64) for column in self._columns)
            names = ("grid", "series", "at", "bucket", "n")
            insert_columns(con, "features_open", dict(zip(names, arrays, strict=True)))
        if self._named:
            con.executemany(
                'INSERT INTO features_open(grid, series, "at", bucket, level, n, caller)'
                " VALUES (?, ?, make_timestamp(?), ?, ?, ?, ?)",
                self._named,
            )


def cells_of(counts: Counts) -> dict[int, int]:
    """Rows by bucket, where there are any; new levels that have a name are left out."""
    cells = {place: rows for place, rows in enumerate(counts.buckets) if rows}
    cells |= {bucket: getattr(counts.apart, name) for name, bucket in APART.items()}
    cells[NEW_REST] = counts.new_rest
    return {bucket: rows for bucket, rows in cells.items() if rows}


def _note_waiting(state: FeatureState, change: FeatureChange, key: ServiceKey, group: Group, now_us: int) -> None:
    grids = state.grids.get(key, {})
    unknown = group.feature_names() - grids.keys()
    if not unknown:
        return
    noted = change.waiting.setdefault(key, {})
    before = state.waiting.get(key, {})
    for name, rows in sorted(group.present().items()):
        if name not in unknown:
            continue
        known = noted.get(name) or before.get(name)
        is_full = len(grids) + len(before.keys() | noted.keys()) >= FEATURES_MAX and name not in (LABEL, SCORE)
        if known is not None:
            noted[name] = WaitingFeature(name, known.first_at, known.present + rows)
        elif is_full or len(name) > NAME_MAX:
            last = change.refused.get(key) or state.refused.get(key)
            times = rows + (last.predictions if last else 0)
            change.refused[key] = RefusedFeatures(name[:NAME_MAX], now_us, times)
        else:
            noted[name] = WaitingFeature(name, now_us, rows)


def _store_change(con: Any, change: FeatureChange) -> None:
    waiting = [
        (key.environment, key.service, each.feature, each.first_at, each.present)
        for key, found in change.waiting.items()
        for each in found.values()
    ]
    names = ("environment", "service", "feature", "first_at", "present")
    insert_rows(con, "waiting_features", names, waiting, verb="INSERT OR REPLACE")
    for key, refused in change.refused.items():
        con.execute(
            "INSERT OR REPLACE INTO refused_features VALUES (?, ?, ?, ?, ?)",
            [key.environment, key.service, refused.feature, refused.last_at, refused.predictions],
        )
