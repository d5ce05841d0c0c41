"""What the view *Drift* of a service of 200 features and 28 days costs: the first look, and each further one.

Counts are put where the fold puts them, hour by hour and day by day; reading, judging and the document are all in the
figures. A new hour is predictions of every feature, an hour after the first look. The second version began a week ago.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from bench.cpu import cpu_s
from bench.drift_columns import Rng, zipf
from bench.report import Row

from evenkeel.judge.drift.service import DriftJudge
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.model import Floats, Grid, Ints, Kind, NumericGrid
from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.insert import insert_columns
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.testing.feeder import Feeder
from evenkeel.web.drift import drift_document

HEADING = "The view Drift of a service of 200 features, 28 days and two versions: CPU seconds"
FIRST_CPU_S_MAX, AGAIN_CPU_S_MAX = 1.5, 0.2
FEATURES: Final = 200
DAYS: Final = 40
ROWS_PER_HOUR: Final = 100
SEED: Final = 20_261_130
KEY: Final = ServiceKey("production", "scorer")
_START_US: Final = 20_000 * US_PER_DAY
#: The moment of the first look: in the afternoon of the last day.
NOW_US: Final = _START_US + (DAYS - 1) * US_PER_DAY + 15 * US_PER_HOUR + US_PER_HOUR // 3
_NEWER_SINCE_DAY: Final = DAYS - 7
_DRIFTS_SINCE_DAY: Final = DAYS - 4


@dataclass
class Counted:
    """A store that holds a service's counts."""

    telemetry: DuckTelemetry
    grids: Mapping[str, Grid]
    rng: Rng = field(default_factory=lambda: np.random.default_rng(SEED))

    def judge(self) -> DriftJudge:
        """One that has read nothing yet."""
        return DriftJudge(self.telemetry, lambda _: None)

    def add_hour(self, day: int, hour: int) -> None:
        """An event of the hour, so that it is folded; and its counts."""
        at = _START_US + day * US_PER_DAY + hour * US_PER_HOUR
        Feeder(self.telemetry).fold(_event(at, f"{day:06}{hour:010}", _version(day)))
        self.add(_version(day), [at], at)

    def add(self, version: str, hours: Sequence[int], day_us: int) -> None:
        """Counts of hours that are open."""
        shares = _shares(self.grids, day_us)
        _insert(self.telemetry, "features_open", version, _cells(self.rng, shares, hours))


def counted_service(directory: str, *, features: int = FEATURES) -> Counted:
    """A service whose newer version began a week ago, and of which five features drift since four days."""
    telemetry = DuckTelemetry(str(Path(directory) / "telemetry.duckdb"))
    feeder = Feeder(telemetry)
    for version, day in (("1", 0), ("2", _NEWER_SINCE_DAY)):
        feeder.fold(_event(_START_US + day * US_PER_DAY, f"{version:0>16}", version))
    rng = np.random.default_rng([SEED, 1])
    grids: dict[str, Grid] = {f"f{place:03}": _grid(rng, place) for place in range(features)}
    telemetry.set_feature_grids(KEY, grids, now_us=_START_US)
    made = Counted(telemetry, grids)
    for day in range(DAYS):
        at = _START_US + day * US_PER_DAY
        shares = _shares(grids, at)
        last = 15 if day == DAYS - 1 else 24
        hours = [at + hour * US_PER_HOUR for hour in range(last)]
        cells = _cells(rng, shares, hours)
        _insert(telemetry, "features_hour", _version(day), cells)
        _insert(telemetry, "features_day", _version(day), _of_day(cells, at))
    telemetry.close_periods(NOW_US)
    return made


def measure(*, full: bool = False) -> Sequence[Row]:  # noqa: ARG001 there is no longer way to measure it
    """The first look of a process, three further ones a minute apart, and one after an hour has come in."""
    with tempfile.TemporaryDirectory() as directory:
        counted = counted_service(directory)
        try:
            return _measure(counted)
        finally:
            counted.telemetry.close()


def _measure(counted: Counted) -> Sequence[Row]:
    judge, found = counted.judge(), dict[str, float]()

    def look(now_us: int) -> float:
        return cpu_s(lambda: drift_document(judge, KEY, Window(now_us - 28 * US_PER_DAY, now_us)), 1)[0]

    found["first look"] = look(NOW_US)
    found["again"] = max(look(NOW_US + minute * 60_000_000) for minute in (1, 2, 3))
    counted.add_hour(DAYS - 1, 15)
    found["after an hour of one day has come in"] = look(NOW_US + 600_000_000)
    limits = {"first look": FIRST_CPU_S_MAX, "again": AGAIN_CPU_S_MAX}
    return [Row(name, took, "CPU s", limits.get(name), at_most=True) for name, took in found.items()]


def _event(at: int, name: str, version: str) -> dict[str, Any]:
    identity = name.encode()[:16].ljust(16, b"0")
    return Feeder(None).event(  # type: ignore[arg-type]
        event_id=identity,
        request_id=identity,
        kind="prediction",
        service=KEY.service,
        version=version,
        at=at,
        model="",
        attributes=json.dumps({"feature.f001": 0.1}),
    )


def _version(day: int) -> str:
    return "2" if day >= _NEWER_SINCE_DAY else "1"


def _grid(rng: Rng, place: int) -> Grid:
    """Four of five features are numbers."""
    if place % 5:
        return build_profile(rng.normal(size=5_000)).grid
    levels = (3, 8, 20, 50)[place // 5 % 4]
    return build_profile([f"level {each}" for each in range(levels) for _ in range(20)], kind=Kind.CATEGORICAL).grid


def _shares(grids: Mapping[str, Grid], day_us: int) -> list[Floats]:
    """The share of each bucket; of every fortieth feature another one since some days."""
    drifts = day_us >= _START_US + _DRIFTS_SINCE_DAY * US_PER_DAY
    return [_of_grid(grid, 0.7 if drifts and place % 40 == 1 else 0.0) for place, grid in enumerate(grids.values())]


def _of_grid(grid: Grid, shift: float) -> Floats:
    if isinstance(grid, NumericGrid):
        density = np.exp(-0.5 * (grid.middles - shift) ** 2) * np.gradient(grid.middles)
    else:
        density = np.append(zipf(grid.size - 1), 0.0)
    return density / density.sum()


def _cells(rng: Rng, shares: Sequence[Floats], hours: Sequence[int]) -> dict[str, Ints]:
    columns: dict[str, list[Ints]] = {"grid": [], "at": [], "bucket": [], "n": []}
    for place, chances in enumerate(shares):
        table = rng.multinomial(ROWS_PER_HOUR, chances, size=len(hours))
        row, bucket = np.nonzero(table)
        columns["grid"].append(np.full(row.size, place + 1))
        columns["at"].append(np.asarray(hours)[row])
        columns["bucket"].append(bucket)
        columns["n"].append(table[row, bucket])
    return {name: np.concatenate(parts).astype(np.int64) for name, parts in columns.items()}


def _of_day(cells: Mapping[str, Ints], at: int) -> dict[str, Ints]:
    return {**cells, "at": np.full(cells["at"].size, at)}


def _insert(telemetry: Any, table: str, version: str, cells: Mapping[str, Ints]) -> None:
    """What the fold and the end of a period would write; a benchmark may reach that far in."""
    series = next(number for dims, number in telemetry._state.series.items() if dims[2] == version)  # noqa: SLF001 as below
    made = {**cells, "series": np.full(cells["n"].size, series)}
    insert_columns(telemetry._con, table, made)  # noqa: SLF001 the tables are the bench's own
