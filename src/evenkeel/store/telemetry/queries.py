"""What judging and charts ask of the DuckDB adapter. A window is the sum of its parts (DESIGN §3).

The evidence that verdicts stand on is in `samples.py`.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import fields
from operator import add
from typing import Any, Final

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window
from evenkeel.store.telemetry.port import BreakdownRow, Histogram, MinuteRow, VersionSpan
from evenkeel.store.telemetry.schema import TIMED_SQL, ZERO_BUCKET
from evenkeel.store.telemetry.state import StoreState

IN_WINDOW: Final = '"at" >= make_timestamp($start) AND "at" < make_timestamp($end)'
_JUDGED: Final = "counts_request AND outcome IN ('good', 'bad')"
#: So many rows of counters are added up here in less time than the engine takes to plan their sums.
PLAIN_ROWS_MAX: Final = 500
_ROW_FIELDS: Final = tuple(field.name for field in fields(MinuteRow) if field.name != "at")


def bounds(window: Window) -> dict[str, int]:
    """A window as the parameters `start` and `end`."""
    return {"start": window.start_us, "end": window.end_us}


def in_series(series: Sequence[int]) -> str:
    """The condition on a row's series. Numbers of our own making: nothing to escape."""
    return f"series IN ({', '.join(map(str, series)) or 'NULL'})"


def caller_share(con: Any, series: Sequence[int], window: Window) -> float:
    """Share of the window's requests that name their caller."""
    named, total = con.execute(
        f"SELECT count(caller), count(*) FROM events WHERE {IN_WINDOW} AND {in_series(series)} AND {_JUDGED}",
        bounds(window),
    ).fetchall()[0]
    return named / total if total else 0.0


def minutes(con: Any, series: Sequence[int], window: Window, *, step_minutes: int) -> list[MinuteRow]:
    """Counter buckets `step_minutes` wide that hold anything."""
    table = "counters_hour" if step_minutes % 60 == 0 else "counters_minute"
    step = step_minutes * US_PER_MINUTE
    where = f"FROM {table} WHERE {IN_WINDOW} AND {in_series(series)}"
    if step_minutes == 1 and len(series) * window.minutes <= PLAIN_ROWS_MAX:
        found = con.execute(f'SELECT epoch_us("at"), {", ".join(_ROW_FIELDS)} {where}', bounds(window)).fetchall()
        return [_minute_row((at, *sums)) for at, sums in sorted(_sums(found).items())]
    sums = ", ".join(f"sum({name})" for name in _ROW_FIELDS)
    rows = con.execute(
        f'SELECT epoch_us("at") // {step} * {step} AS bucket, {sums} {where} GROUP BY 1 ORDER BY 1', bounds(window)
    ).fetchall()
    return [_minute_row(row) for row in rows]


def _sums(rows: Sequence[Sequence[Any]]) -> dict[int, list[Any]]:
    """Rows (time, counts) added up by time."""
    found: dict[int, list[Any]] = {}
    for at, *counts in rows:
        known = found.get(at)
        found[at] = counts if known is None else list(map(add, known, counts))
    return found


def _minute_row(row: Sequence[Any]) -> MinuteRow:
    named = dict(zip(_ROW_FIELDS, row[1:], strict=True))
    for whole in ("tokens_in", "tokens_out", "tokens_cached", "cost_nano"):
        named[whole] = int(named[whole])
    return MinuteRow(at=row[0], **named)


def latency_parts(state: StoreState, window: Window) -> list[tuple[str, Window]]:
    """Cut a window into what the day sketches, the hour sketches and the events answer.

    Days where whole days lie inside, hours at their edges, events before the first whole hour and after
    what is sketched.
    """
    hours = _whole(window, US_PER_HOUR, state.meta.get("sketched_through_hour", 0))
    if hours is None:
        return [("events", window)]
    days = _whole(hours, US_PER_DAY, state.meta.get("sketched_through_day", 0))
    pieces = [("events", Window(window.start_us, hours.start_us))]
    if days is None:
        pieces.append(("hour", hours))
    else:
        pieces.append(("hour", Window(hours.start_us, days.start_us)))
        pieces.append(("day", days))
        pieces.append(("hour", Window(days.end_us, hours.end_us)))
    pieces.append(("events", Window(hours.end_us, window.end_us)))
    return [(source, piece) for source, piece in pieces if piece.end_us > piece.start_us]


def _whole(window: Window, period_us: int, through_us: int) -> Window | None:
    """The whole periods inside `window` that end by `through_us`."""
    start = -(-window.start_us // period_us) * period_us
    end = min(window.end_us, through_us) // period_us * period_us
    return Window(start, end) if end > start else None


def _bucket_counts_sql(source: str, piece: Window, series: Sequence[int], group: str) -> str:
    """Rows (group, bucket, n) of one part of a window."""
    where = (
        f'"at" >= make_timestamp({piece.start_us}) AND "at" < make_timestamp({piece.end_us}) AND {in_series(series)}'
    )
    if source == "events":
        return f"SELECT {group} AS g, bucket, sum(weight) AS n FROM events WHERE {where} AND {TIMED_SQL} GROUP BY ALL"
    return f"SELECT {group} AS g, bucket, sum(n) AS n FROM sketches WHERE {where} AND period = '{source}' GROUP BY ALL"


def histograms(
    con: Any, parts: Sequence[tuple[str, Window]], series: Sequence[int], *, group: str = "0"
) -> dict[Any, Histogram]:
    """Latency histograms of the parts together, one per value of the SQL expression `group`."""
    union = " UNION ALL ".join(_bucket_counts_sql(source, piece, series, group) for source, piece in parts)
    if not union:
        return {}
    counts: dict[Any, dict[int, float]] = defaultdict(dict)
    zero: dict[Any, float] = {}
    for key, bucket, n in con.execute(
        f"SELECT g, bucket, sum(n) FROM ({union}) GROUP BY ALL HAVING sum(n) > 0"
    ).fetchall():
        if bucket == ZERO_BUCKET:
            zero[key] = n
        else:
            counts[key][bucket] = n
    return {key: Histogram(counts[key], zero.get(key, 0.0)) for key in sorted(counts.keys() | zero.keys())}


def breakdown_counts(con: Any, labels: Mapping[int, str], window: Window) -> dict[str, dict[str, float]]:
    """Counter sums of the window by label, where `labels` names every series to be counted."""
    names = ("good", "bad", "excluded", "attempts", "tokens_in", "tokens_out", "cost_nano", "unpriced")
    table = "counters_hour" if window.seconds > 2 * 86_400 else "counters_minute"
    rows = con.execute(
        f"SELECT series, {', '.join(f'sum({name})' for name in names)} FROM {table}"
        f" WHERE {IN_WINDOW} AND {in_series(list(labels))} GROUP BY 1",
        bounds(window),
    ).fetchall()
    sums: dict[str, dict[str, float]] = {}
    for series, *values in rows:
        row = sums.setdefault(labels[series], dict.fromkeys(names, 0.0))
        for name, value in zip(names, values, strict=True):
            row[name] += value
    return sums


def breakdown_reasons(con: Any, series: Sequence[int], window: Window) -> list[BreakdownRow]:
    """Bad and excluded requests of the window by reason, from the events."""
    rows = con.execute(
        "SELECT coalesce(reason, ''), coalesce(sum(weight) FILTER (outcome = 'bad'), 0),"
        " coalesce(sum(weight) FILTER (outcome = 'excluded'), 0) FROM events"
        f" WHERE {IN_WINDOW} AND {in_series(series)} AND counts_request AND outcome IN ('bad', 'excluded')"
        " GROUP BY 1 ORDER BY 2 DESC, 3 DESC LIMIT 100",
        bounds(window),
    ).fetchall()
    return [BreakdownRow(reason, 0.0, bad, excluded, 0.0, 0, 0, 0, 0.0, None, None) for reason, bad, excluded in rows]


def version_spans(con: Any, labels: Mapping[int, str]) -> list[VersionSpan]:
    """First and last minute of each version, where `labels` names the version of every series."""
    rows = con.execute(
        f'SELECT series, epoch_us(min("at")), epoch_us(max("at")) FROM counters_minute'
        f" WHERE {in_series(list(labels))} AND good + bad + excluded + undetermined + attempts > 0 GROUP BY 1"
    ).fetchall()
    spans: dict[str, tuple[int, int]] = {}
    for series, first, last in rows:
        version = labels[series]
        known = spans.get(version, (first, last))
        spans[version] = (min(known[0], first), max(known[1], last))
    found = [VersionSpan(version, first, last) for version, (first, last) in spans.items()]
    return sorted(found, key=lambda span: (span.first_at, span.version))
