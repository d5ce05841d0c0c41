"""What minutes tell of availability and hours cannot: kept by the hour before the minutes go.

Whether a minute was bad is no sum, so months of availability would end with the minutes. The hours here are made by the
code that counts (`counts.py`), and `counts` adds them to what the minutes left tell.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, Window
from evenkeel.store.telemetry import counts
from evenkeel.store.telemetry.state import StoreState

#: Where `meta` remembers up to when minutes may be told by their hour.
ROLLED_BEFORE: Final = "minutes_rolled_before"
#: Minutes that are rolled up at a time; a policy that is shortened makes months of them go at once.
_STEP_US: Final = 7 * US_PER_DAY


def roll_up(con: Any, state: StoreState, before_us: int) -> None:
    """Keep what the minutes before `before_us` tell; the caller deletes them in the same transaction."""
    keys = sorted(state.by_service)
    owners = counts.owners_of(state, keys)
    first_us = con.execute(
        'SELECT epoch_us(min("at")) FROM counters_minute WHERE "at" < make_timestamp(?)', [before_us]
    ).fetchall()[0][0]
    if first_us is None or not owners:
        return
    counts.name_owners(con, owners)
    inner = counts.minutes_sql(con, len(owners))
    for start_us in range(first_us // US_PER_HOUR * US_PER_HOUR, before_us, _STEP_US):
        window = Window(start_us, min(start_us + _STEP_US, before_us))
        hours = counts.minutes_by_hour(con, inner, window)
        # Runs of failed probes cross the window's borders.
        around = Window(window.start_us - counts.APART_US, window.end_us + counts.APART_US)
        owner, at = counts.down_by_probes(con, inner, around)
        inside = (at >= window.start_us) & (at < window.end_us)
        counts.add_bad(hours, owner[inside], at[inside])
        _keep(con, state, hours)
    _keep(con, state, _orphans(con, inner, before_us))
    con.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", [ROLLED_BEFORE, max(before_us, rolled_before(state))])


def rolled_before(state: StoreState) -> int:
    """Up to when minutes may be told by their hour."""
    return state.meta.get(ROLLED_BEFORE, 0)


def _orphans(con: Any, inner: str, before_us: int) -> counts.Columns:
    """The minutes that stay, and are bad only by a failed probe in one that goes."""
    # A minute's neighbours are at most an hour away, and its predecessor is one that goes.
    end_us = before_us + 2 * counts.APART_US
    bad = [
        set(zip(*(column.tolist() for column in counts.down_by_probes(con, inner, window)), strict=True))
        for window in (Window(before_us - counts.APART_US, end_us), Window(before_us, end_us))
    ]
    stay = sorted((owner, at) for owner, at in bad[0] - bad[1] if before_us <= at < before_us + counts.APART_US)
    return {
        "owner": np.array([owner for owner, _ in stay], np.int64),
        "at": np.array([at // US_PER_HOUR * US_PER_HOUR for _, at in stay], np.int64),
        "known": np.zeros(len(stay)),
        "bad": np.ones(len(stay)),
    }


def _keep(con: Any, state: StoreState, hours: counts.Columns) -> None:
    if not hours["owner"].size:
        return
    keys = sorted(state.by_service)
    names = [keys[owner] for owner in map(int, hours["owner"])]
    con.execute(
        "INSERT INTO availability_hour SELECT environment, service, make_timestamp(hour), sum(known), sum(bad) FROM"
        " (SELECT unnest($environment) AS environment, unnest($service) AS service, unnest($hour) AS hour,"
        " unnest($known) AS known, unnest($bad) AS bad) GROUP BY ALL"
        f" ON CONFLICT DO UPDATE SET known = least(known + excluded.known, {counts.MINUTES_PER_HOUR:g}),"
        f" bad = least(bad + excluded.bad, {counts.MINUTES_PER_HOUR:g})",
        {
            "environment": [key.environment for key in names],
            "service": [key.service for key in names],
            "hour": hours["at"].tolist(),
            "known": hours["known"].tolist(),
            "bad": hours["bad"].tolist(),
        },
    )
