"""Counters of many services at once, as columns: what error budgets and burn rates are computed from.

One query reads all services; a service is a contiguous piece of each column. Whether a minute was bad is told by
its requests in SQL; runs of failed probes cross the border of minutes, so they are told here, from the minutes
that hold probes. Both are twins of `judge.indicators.minutes`, held together by the contract suite.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.time import US_PER_HOUR, Window
from evenkeel.store.telemetry.port import ServiceKey
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series
from evenkeel.store.telemetry.schema import PROBED_SQL
from evenkeel.store.telemetry.series import CountSeries, OutcomeAt, ProbeRuns
from evenkeel.store.telemetry.state import StoreState

Floats = NDArray[np.float64]
Moments = NDArray[np.int64]
Columns = dict[str, NDArray[Any]]

#: Outcomes of one question: enough for the longest run that decides anything.
OUTCOMES_MAX: Final = 10_000
#: Probes further apart are not of one failure (twin of `RUNAPART_US`).
APART_US: Final = US_PER_HOUR
#: An hour has no more, however often its minutes came again.
MINUTES_PER_HOUR: Final = 60.0
#: Half of a minute's requests failing makes it bad (twin of `BAD_SHARE`).
_BAD_SQL: Final = "(good + bad > 0 AND bad >= 0.5 * (good + bad))"
_KNOWN_SQL: Final = "(good + bad + probes_good + probes_bad > 0)"

_COUNTS: Final = ("good", "bad", "undetermined", "excluded", "timed", "probes_good", "probes_bad", "sampled_unknown")


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked of the counters beside the window."""

    step_minutes: int
    thresholds: Sequence[float] = ()
    probes: Sequence[str] = ()
    rolled_before_us: int = 0  # earlier minutes may be gone, and be told by their hour


def counts(con: Any, owners: Sequence[tuple[int, int]], window: Window, asked: Asked) -> dict[int, CountSeries]:
    """By owner, the buckets of `window` that hold anything. `owners` are pairs (series, owner)."""
    if asked.step_minutes not in (1, 60):
        msg = f"counters are per minute or per hour: step_minutes is 1 or 60, not {asked.step_minutes}"
        raise ValueError(msg)
    if not owners:
        return {}
    con.execute("BEGIN")  # one state of the store: no fold between the queries
    try:
        name_owners(con, owners)
        by = "minute" if asked.step_minutes == 1 else "hour"
        rows = _fetch(con, f"counters_{by}", _COUNTS, window)
        minutes = _minutes_of(rows) if asked.step_minutes == 1 else _minutes_by_hour(con, window, len(owners))
        if asked.step_minutes == 60 and window.start_us < asked.rolled_before_us:
            minutes = _with_rolled(con, minutes, window)
        slow = {
            threshold: _fetch(con, f"slow_{by}", ("n",), window, f" AND threshold = {threshold!r}")
            for threshold in asked.thresholds
        }
        runs = _fetch_runs(con, f"probes_{by}", asked.probes, window) if asked.probes else {}
    finally:
        con.execute("ROLLBACK")
    return _by_owner(rows, minutes, slow, runs)


def name_owners(con: Any, owners: Sequence[tuple[int, int]]) -> None:
    """Tell the queries of this connection whose series are whose."""
    con.execute("CREATE OR REPLACE TEMP TABLE owners(series INTEGER, owner INTEGER)")
    con.execute(f"INSERT INTO owners VALUES {', '.join(f'({series}, {owner})' for series, owner in owners)}")


def _by_owner(
    rows: Columns, minutes: Columns, slow: Mapping[float, Columns], runs: Mapping[int, Mapping[str, Columns]]
) -> dict[int, CountSeries]:
    """The columns of all cut into those of each owner."""
    found: dict[int, CountSeries] = {}
    for owner, piece in _pieces(rows["owner"]):
        at: Moments = rows["at"][piece]
        found[owner] = CountSeries(
            at=at,
            good=rows["good"][piece],
            bad=rows["bad"][piece],
            undetermined=rows["undetermined"][piece],
            excluded=rows["excluded"][piece],
            timed=rows["timed"][piece],
            probes_good=rows["probes_good"][piece],
            probes_bad=rows["probes_bad"][piece],
            minutes_known=_aligned(at, minutes, owner, "known"),
            minutes_bad=_aligned(at, minutes, owner, "bad"),
            slow={threshold: _aligned(at, each, owner, "n") for threshold, each in slow.items()},
            sampled_unknown=bool(rows["sampled_unknown"][piece].any()),
            by_probe={
                name: ProbeRuns(*(_placed(at, each["at"], each[column]) for column in ("good", "bad")))
                for name, each in runs.get(owner, {}).items()
            },
        )
    return found


def outcomes(con: Any, series: Sequence[int], window: Window, *, limit: int) -> list[OutcomeAt]:
    """The latest requests and probes that ended well or badly, latest first."""
    rows = con.execute(
        f"SELECT epoch_us(\"at\"), outcome = 'bad', kind = 'probe', caller, weight FROM events"
        f" WHERE {IN_WINDOW} AND {in_series(series)} AND outcome IN ('good', 'bad')"
        f' AND (counts_request OR ({PROBED_SQL})) ORDER BY "at" DESC LIMIT {min(limit, OUTCOMES_MAX)}',
        bounds(window),
    ).fetchall()
    return [
        OutcomeAt(at, bad=bad, probe=probe, caller=caller, weight=weight) for at, bad, probe, caller, weight in rows
    ]


def owners_of(state: StoreState, keys: Sequence[ServiceKey]) -> list[tuple[int, int]]:
    """(series, place of its service in `keys`) of all their series."""
    return [(number, place) for place, key in enumerate(keys) for number in state.by_service.get(key, ())]


def _fetch(con: Any, table: str, names: Sequence[str], window: Window, more: str = "") -> Columns:
    sums = ", ".join(f"sum({name})::DOUBLE AS {name}" for name in names)
    found: Columns = con.execute(
        f'SELECT owner, epoch_us("at") AS "at", {sums} FROM {table} JOIN owners USING (series)'
        f' WHERE {IN_WINDOW}{more} GROUP BY owner, {table}."at" ORDER BY owner, {table}."at"',
        bounds(window),
    ).fetchnumpy()
    return found


def _minutes_of(rows: Columns) -> Columns:
    """Known and bad minutes of rows that are minutes."""
    requests = rows["good"] + rows["bad"]
    probed = rows["probes_good"] + rows["probes_bad"] > 0
    bad = (requests > 0) & (rows["bad"] >= 0.5 * requests)
    bad[probed] |= _probes_down(*(rows[name][probed] for name in ("owner", "at", "probes_good", "probes_bad")))
    known = (requests > 0) | probed
    return {"owner": rows["owner"], "at": rows["at"], "known": known.astype(float), "bad": bad.astype(float)}


def _minutes_by_hour(con: Any, window: Window, series: int) -> Columns:
    """Known and bad minutes of each hour, as far back as minutes are kept."""
    inner = minutes_sql(con, series)
    found = minutes_by_hour(con, inner, window)
    add_bad(found, *down_by_probes(con, inner, window))
    return found


def minutes_sql(con: Any, series: int) -> str:
    """The minutes of each of the named owners of so many series, as a query with a window."""
    inner = (
        f'SELECT owner, "at", good, bad, probes_good, probes_bad FROM counters_minute JOIN owners USING (series)'
        f" WHERE {IN_WINDOW}"
    )
    (several,) = con.execute("SELECT count(DISTINCT owner) < ? FROM owners", [series]).fetchone()
    if several:
        inner = (
            'SELECT owner, "at", sum(good) AS good, sum(bad) AS bad, sum(probes_good) AS probes_good,'
            f' sum(probes_bad) AS probes_bad FROM ({inner}) GROUP BY owner, "at"'
        )
    return inner


def minutes_by_hour(con: Any, inner: str, window: Window) -> Columns:
    """Known minutes of each hour, and those that are bad by their requests, of the minutes `inner`."""
    hours: Columns = con.execute(
        f'SELECT owner, epoch_us("at") // {US_PER_HOUR} * {US_PER_HOUR} AS hour,'
        f" count(*) FILTER {_KNOWN_SQL} ::DOUBLE AS known, count(*) FILTER {_BAD_SQL} ::DOUBLE AS bad"
        f" FROM ({inner}) GROUP BY owner, hour ORDER BY owner, hour",
        bounds(window),
    ).fetchnumpy()
    return {"owner": hours["owner"], "at": hours["hour"], "known": hours["known"], "bad": hours["bad"]}


def _with_rolled(con: Any, minutes: Columns, window: Window) -> Columns:
    """Known and bad minutes of each hour with those that are kept no longer."""
    rolled: Columns = con.execute(
        'SELECT owner, epoch_us("at") AS "at", known, bad FROM availability_hour JOIN'
        " (SELECT DISTINCT owner, environment, service FROM owners JOIN series USING (series))"
        f" USING (environment, service) WHERE {IN_WINDOW}",
        bounds(window),
    ).fetchnumpy()
    both = {name: np.concatenate((minutes[name], rolled[name])) for name in ("owner", "at", "known", "bad")}
    order = np.lexsort((both["at"], both["owner"]))
    owner, at = both["owner"][order], both["at"][order]
    is_first = np.ones(owner.size, dtype=np.bool_)
    is_first[1:] = (owner[1:] != owner[:-1]) | (at[1:] != at[:-1])
    starts = np.flatnonzero(is_first)
    if not starts.size:
        return minutes
    known = np.minimum(np.add.reduceat(both["known"][order], starts), MINUTES_PER_HOUR)
    bad = np.minimum(np.add.reduceat(both["bad"][order], starts), known)
    return {"owner": owner[starts], "at": at[starts], "known": known, "bad": bad}


def down_by_probes(con: Any, inner: str, window: Window) -> tuple[NDArray[Any], Moments]:
    """(owner, minute) of what only probes tell to be bad; looks no further around failures than a run reaches."""
    owners, first, last = con.execute(
        'SELECT list(DISTINCT owner), epoch_us(min("at")), epoch_us(max("at"))'
        f" FROM counters_minute JOIN owners USING (series) WHERE {IN_WINDOW} AND probes_bad > 0",
        bounds(window),
    ).fetchone()
    if not owners:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    near = Window(max(window.start_us, first - APART_US), min(window.end_us, last + APART_US + 1))
    probed: Columns = con.execute(
        f'SELECT owner, epoch_us("at") AS "at", probes_good, probes_bad, {_BAD_SQL} AS failed FROM ({inner})'
        f" WHERE owner IN ({', '.join(map(str, owners))}) AND probes_good + probes_bad > 0 ORDER BY 1, 2",
        bounds(near),
    ).fetchnumpy()
    down = _probes_down(*(probed[name] for name in ("owner", "at", "probes_good", "probes_bad"))) & ~probed["failed"]
    return probed["owner"][down], probed["at"][down]


def add_bad(found: Columns, owner: NDArray[Any], at: Moments) -> None:
    """Count these minutes as bad in their hours, which are all in `found`."""
    if not owner.size:
        return
    hour = at // US_PER_HOUR * US_PER_HOUR
    width = int(max(found["at"].max(), hour.max())) // US_PER_HOUR + 1
    places = np.searchsorted(
        found["owner"].astype(np.int64) * width + found["at"] // US_PER_HOUR,
        owner.astype(np.int64) * width + hour // US_PER_HOUR,
    )
    bad = np.array(found["bad"])
    np.add.at(bad, places, 1.0)
    found["bad"] = bad


def _probes_down(owner: NDArray[Any], at: NDArray[Any], good: NDArray[Any], bad: NDArray[Any]) -> NDArray[np.bool_]:
    """Which minutes with probes, in order, are bad by them: two failed in a row, none succeeded."""
    fails = (bad > 0) & (good <= 0)
    if fails.size < 2:
        return fails & (bad >= 2)
    near = (owner[1:] == owner[:-1]) & (at[1:] - at[:-1] <= APART_US) & fails[1:] & fails[:-1]
    goes_on = np.zeros(fails.size, dtype=np.bool_)
    goes_on[1:] |= near
    goes_on[:-1] |= near
    return fails & ((bad >= 2) | goes_on)


def _pieces(owner: NDArray[Any]) -> Iterator[tuple[int, slice]]:
    """(owner, its contiguous piece) in order."""
    starts = np.flatnonzero(np.concatenate(([True], owner[1:] != owner[:-1]))) if owner.size else np.empty(0, np.int64)
    for place, start in enumerate(starts):
        end = int(starts[place + 1]) if place + 1 < starts.size else owner.size
        yield int(owner[start]), slice(int(start), end)


def _fetch_runs(con: Any, table: str, names: Sequence[str], window: Window) -> dict[int, dict[str, Columns]]:
    """By owner and probe, the buckets in which one of `names` ran."""
    rows: Columns = con.execute(
        f'SELECT owner, list_position($names, probe) - 1 AS place, epoch_us("at") AS "at",'
        f" sum(good)::DOUBLE AS good, sum(bad)::DOUBLE AS bad FROM {table} JOIN owners USING (series)"
        f" WHERE {IN_WINDOW} AND list_contains($names, probe)"
        f' GROUP BY owner, place, {table}."at" ORDER BY owner, place, {table}."at"',
        {**bounds(window), "names": list(names)},
    ).fetchnumpy()
    found: dict[int, dict[str, Columns]] = {}
    for owner, piece in _pieces(rows["owner"]):
        mine = {name: column[piece] for name, column in rows.items()}
        found[owner] = {
            names[place]: {name: column[inside] for name, column in mine.items()}
            for place, inside in _pieces(mine["place"])
        }
    return found


def _aligned(at: Moments, rows: Columns, owner: int, name: str) -> Floats:
    """A column of an owner's rows at the moments `at`; 0 where it has none."""
    first, last = np.searchsorted(rows["owner"], (owner, owner + 1))
    return _placed(at, rows["at"][first:last], rows[name][first:last])


def _placed(at: Moments, mine: Moments, values: Floats) -> Floats:
    """`values` of the moments `mine` at the moments `at`; 0 where there is none."""
    found = np.zeros(at.size)
    if mine.size:
        places = np.minimum(np.searchsorted(mine, at), mine.size - 1)
        same = mine[places] == at
        found[same] = values[places[same]]
    return found
