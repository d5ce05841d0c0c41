"""Carrying the file of an earlier release forward: one step per version, each in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from evenkeel.kernel.errors import ConflictError
from evenkeel.store.telemetry.feature_schema import FEATURE_PREFIX, HAS_FEATURES_SQL, LABEL, SCORE, TABLES_SINCE_3
from evenkeel.store.telemetry.feature_state import FEATURES_MAX, NAME_MAX
from evenkeel.store.telemetry.schema import PROBE_RUNS_SQL, STORE_VERSION, TABLES_SINCE_2


def carry_forward(con: Any) -> None:
    """Make the store one of today's version. Raises ConflictError, and changes nothing, where no step leads here.

    Killed within a step, the store is of the version before it; the next start takes the step again.
    """
    version = _version(con)
    while version != STORE_VERSION:
        step = _STEPS.get(version)
        if step is None:
            raise ConflictError(
                f"The telemetry store has version {version}; this evenkeel reads version {STORE_VERSION}.",
                hint="Start the evenkeel release that wrote it, or restore a backup made by this one.",
                version=version,
            )
        con.execute("BEGIN")
        try:
            step(con)
            version += 1
            con.execute("UPDATE meta SET value = ? WHERE key = 'store_version'", [version])
            con.execute("COMMIT")
        except BaseException:
            con.execute("ROLLBACK")
            raise


def _version(con: Any) -> int:
    found = con.execute("SELECT value FROM meta WHERE key = 'store_version'").fetchall()
    return int(found[0][0]) if found else 0


def _count_named_probes(con: Any) -> None:
    """Version 2: the runs of each probe, counted from the events that are still kept."""
    for statement in TABLES_SINCE_2:
        con.execute(statement)
    for grain in ("minute", "hour"):
        con.execute(f"INSERT INTO probes_{grain} {PROBE_RUNS_SQL.format(grain=grain, rows='events')}")


def _find_features(con: Any) -> None:
    """Version 3: what of the stored predictions could be counted; their grids are made when the server has started."""
    for statement in TABLES_SINCE_3:
        con.execute(statement)
    named = {
        "unnest(json_keys(attributes))": HAS_FEATURES_SQL + " AND json_valid(attributes)",
        f"'{FEATURE_PREFIX}{LABEL}'": "kind = 'prediction' AND label IS NOT NULL",
        f"'{FEATURE_PREFIX}{SCORE}'": "kind = 'prediction' AND value IS NOT NULL",
    }
    found = " UNION ALL ".join(
        f"SELECT environment, service, {name} AS name, arrived_at FROM events WHERE {condition}"
        for name, condition in named.items()
    )
    grouped = (
        f"SELECT environment, service, substr(name, {len(FEATURE_PREFIX) + 1}) AS feature,"
        f" epoch_us(min(arrived_at)) AS first_at, count(*) AS present FROM ({found})"
        f" WHERE starts_with(name, '{FEATURE_PREFIX}') AND length(name) <= {NAME_MAX}"
        " GROUP BY environment, service, name"
    )
    con.execute(
        f"INSERT INTO waiting_features SELECT * FROM ({grouped}) QUALIFY feature IN ('{LABEL}', '{SCORE}') OR"
        f" row_number() OVER (PARTITION BY environment, service ORDER BY present DESC, feature) <= {FEATURES_MAX}"
    )


#: Version -> what makes it the next one.
_STEPS: Final[Mapping[int, Callable[[Any], None]]] = {1: _count_named_probes, 2: _find_features}
