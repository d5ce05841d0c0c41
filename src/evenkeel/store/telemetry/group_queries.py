"""Groups of predictions beside what turned out to be true of them, as counts: the answer grows with groups only."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from evenkeel.kernel.classes import LABEL_SQL
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.group_port import CELLS_MAX, GroupCell, GroupsAsked, PairedCell, SentTable
from evenkeel.store.telemetry.label_queries import LABEL_NAMED, TRUTH_NAMED
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series

CLASSES_MAX: Final = 100
#: Of so many of the latest predictions the segments are read; senders name the same ones each time.
SEGMENTS_READ_MAX: Final = 1_000
#: Tables of counts of one answer: a table for each hour of the longest window, ten times over.
TABLES_MAX: Final = 7_200
#: Events that carry counts of groups instead of a value (`observe.events.group_counts`).
SENT: Final = "kind = 'value' AND value_kind = 'group_counts'"


def group_cells(con: Any, series: Sequence[int], window: Window, asked: GroupsAsked) -> list[GroupCell]:
    """A row per version, step, group, decision and truth, at most one more than `CELLS_MAX`."""
    names = ", ".join(_columns(asked))
    rows = con.execute(
        f"WITH predicted AS ({_predictions(series, asked)}), told AS ({_truths(series)})"
        f" SELECT version, step, favoured, truth = $favourable, sum(weight), sum(weight * weight), {names}"
        f" FROM predicted LEFT JOIN told USING (subject) GROUP BY ALL LIMIT {CELLS_MAX + 1}",
        _parameters(window, asked) | {"step": asked.step_us},
    ).fetchall()
    return [GroupCell(row[0], int(row[1]), tuple(row[6:]), *row[2:6]) for row in rows]


def paired_cells(
    con: Any, series: Sequence[int], window: Window, asked: GroupsAsked, versions: tuple[str, str]
) -> list[PairedCell]:
    """A row per group, the two decisions and the truth; a version's last decision of a subject counts."""
    names = ", ".join(f"coalesce(one.{name}, two.{name})" for name in _columns(asked))
    last = ", ".join(f'arg_max({name}, "at") AS {name}' for name in ("favoured", *_columns(asked)))
    rows = con.execute(
        f"WITH predicted AS ({_predictions(series, asked)}), told AS ({_truths(series)}),"
        f" decided AS (SELECT version, subject, {last} FROM predicted WHERE subject IS NOT NULL GROUP BY ALL)"
        f" SELECT one.favoured, two.favoured, truth = $favourable, count(*), {names}"
        " FROM (FROM decided WHERE version = $current) one JOIN (FROM decided WHERE version = $candidate) two"
        f" USING (subject) LEFT JOIN told USING (subject) GROUP BY ALL LIMIT {CELLS_MAX + 1}",
        _parameters(window, asked) | {"step": asked.step_us, "current": versions[0], "candidate": versions[1]},
    ).fetchall()
    return [PairedCell(tuple(row[4:]), *row[:4]) for row in rows]


def classes_seen(con: Any, series: Sequence[int], window: Window) -> list[str]:
    """Predicted classes, the most frequent first."""
    rows = con.execute(
        f"SELECT {LABEL_NAMED} AS class FROM events WHERE {IN_WINDOW} AND {in_series(series)}"
        f" AND kind = 'prediction' AND label IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {CLASSES_MAX}",
        bounds(window),
    ).fetchall()
    return [name for (name,) in rows]


def segments_seen(con: Any, series: Sequence[int], window: Window) -> list[str]:
    """The names after `segment.` in the attributes of the latest predictions."""
    rows = con.execute(
        "SELECT DISTINCT name[9:] FROM (SELECT unnest(json_keys(attributes)) AS name FROM ("
        f" SELECT attributes FROM events WHERE {IN_WINDOW} AND {in_series(series)} AND kind = 'prediction'"
        f' AND attributes IS NOT NULL ORDER BY "at" DESC LIMIT {SEGMENTS_READ_MAX}))'
        " WHERE starts_with(name, 'segment.') ORDER BY 1",
        bounds(window),
    ).fetchall()
    return [name for (name,) in rows]


def tables_sent(con: Any, series: Sequence[int], window: Window) -> list[SentTable]:
    """The last table of each version, time and set of attributes, latest time first."""
    rows = con.execute(
        'SELECT version, start_us, epoch_us("at"), arg_max(counts, (arrived_at, event_id)) FROM ('
        " SELECT version, event_id, arrived_at, \"at\", json_extract(attributes, '$.group_counts') AS counts,"
        " CAST(json_extract(attributes, '$.group_counts.start_us') AS BIGINT) AS start_us,"
        " json_extract_string(attributes, '$.group_counts.attributes') AS told_by"
        f" FROM events WHERE {IN_WINDOW} AND {in_series(series)} AND {SENT} AND attributes IS NOT NULL)"
        f' GROUP BY version, start_us, "at", told_by ORDER BY 3 DESC, 2, 1, told_by LIMIT {TABLES_MAX}',
        bounds(window),
    ).fetchall()
    return [SentTable(*row) for row in rows]


def _columns(asked: GroupsAsked) -> list[str]:
    """A column for each attribute, named by its place: no text of others stands in a statement."""
    return [f"group_{place}" for place in range(len(asked.attributes))]


def _parameters(window: Window, asked: GroupsAsked) -> dict[str, Any]:
    paths = {f"path_{place}": _pointer(name) for place, name in enumerate(asked.attributes)}
    return {**bounds(window), "favourable": asked.favourable, **paths}


def _pointer(attribute: str) -> str:
    """Where an attribute's group stands (RFC 6901)."""
    return "/segment." + attribute.replace("~", "~0").replace("/", "~1")


def _predictions(series: Sequence[int], asked: GroupsAsked) -> str:
    """Those of a class; a failed one decided nothing."""
    groups = ", ".join(
        f"nullif(trim({LABEL_SQL.format(label=f'json_extract_string(attributes, $path_{place})')}), '') AS {name}"
        for place, name in enumerate(_columns(asked))
    )
    return (
        f'SELECT version, subject, {LABEL_NAMED} = $favourable AS favoured, weight, "at",'
        f' ($end - 1 - epoch_us("at")) // $step AS step, {groups} FROM events'
        f" WHERE {IN_WINDOW} AND {in_series(series)} AND kind = 'prediction' AND label IS NOT NULL"
    )


def _truths(series: Sequence[int]) -> str:
    """By subject, whenever it came; of several the last one counts."""
    return (
        f'SELECT subject, arg_max({TRUTH_NAMED}, ("at", arrived_at)) AS truth FROM events'
        f" WHERE \"at\" >= make_timestamp($start) AND {in_series(series)} AND kind = 'outcome'"
        " AND subject IN (SELECT subject FROM predicted) AND (label IS NOT NULL OR value IS NOT NULL)"
        " GROUP BY subject"
    )
