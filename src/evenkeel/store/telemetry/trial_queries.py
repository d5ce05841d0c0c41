"""Trials of a window in clusters: what was judged one by one, summed up where it may go bad together (SPEC C)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.kernel.time import US_PER_DAY, US_PER_HOUR, US_PER_MINUTE, Window, floor_hour
from evenkeel.store.telemetry.feature_queries import numbers
from evenkeel.store.telemetry.feature_schema import HAS_NUMBERS_SQL
from evenkeel.store.telemetry.label_queries import predictions_sql, truths_sql
from evenkeel.store.telemetry.number_fold import NUMBER_MAX
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series
from evenkeel.store.telemetry.trial_port import TASK_LABELS, Labelled, LabelTrials, Source, Trials

#: Share of a window's trials that must name their caller for callers to be the clusters.
CALLERS_NAMED: Final = 0.9
#: More callers than this are no clusters: minutes or hours are, of which there are fewer.
CALLERS_MAX: Final = 20_000
#: A longer window is told by the hour.
MINUTES_MAX_US: Final = 2 * US_PER_DAY
#: Rows (cluster, class, class) of one answer: beyond them clusters are hours.
ROWS_MAX: Final = 200_000

_COMPLETED: Final = TASK_LABELS[0]
_TASK: Final = ", ".join(f"'{label}'" for label in TASK_LABELS)
_CONFIDENT: Final = "kind = 'prediction' AND label IS NOT NULL AND value >= 0 AND value <= 1"
_LATEST: Final = 'row_number() OVER (PARTITION BY {by} ORDER BY "at" DESC, arrived_at DESC) = 1'
#: By source: which events, how bad one is (1 is as bad as can be), and which of several on one thing counts. Of whom
#: was erased it is not known what they were on.
_SOURCES: Final[Mapping[Source, tuple[str, str, str]]] = {
    Source.CONFIDENCE_HIGH: (_CONFIDENT, "CAST(value < 0.8 AS DOUBLE)", ""),
    Source.CONFIDENCE_LOW: (_CONFIDENT, "CAST(value < 0.5 AS DOUBLE)", ""),
    Source.RATING: (
        "kind = 'feedback' AND value_kind = 'rating' AND value >= 1 AND value <= 5 AND subject IS NOT NULL",
        "(5 - value) / 4",
        _LATEST.format(by="subject, caller"),
    ),
    Source.TASK: (
        f"kind = 'outcome' AND label IN ({_TASK}) AND subject IS NOT NULL",
        f"CAST(label <> '{_COMPLETED}' AS DOUBLE)",
        _LATEST.format(by="subject"),
    ),
    Source.GOLDEN: (
        "kind = 'probe' AND operation = 'golden' AND value >= 0 AND value <= 1",
        "1 - value",
        "",
    ),
}
#: Evaluators' numbers: above 0 is bad. Of several exchanges of one request that an evaluator has seen, the one that is
#: believed counts, and a number is what the fold takes for one (`number_fold`): senders may write anything there.
_NUMBERS: Final[Mapping[Source, str]] = {
    Source.UNSUPPORTED: "evenkeel.grounding.unsupported",
    Source.DONT_KNOW: "evenkeel.answer.dont_know",
}
_BELIEVED: Final = (
    "row_number() OVER (PARTITION BY CASE WHEN solo THEN event_id ELSE request_id END"
    ' ORDER BY source_rank, "at" DESC, event_id) = 1'
)


def trials(con: Any, series: Sequence[int], window: Window, source: Source) -> Trials:
    """The window's trials of `source`, summed up by what may go bad together."""
    if source in _NUMBERS and window.end_us - window.start_us > MINUTES_MAX_US:
        return _from_sums(con, series, window, _NUMBERS[source])
    chosen = _trials_sql(series, source)
    by = _clusters(con, chosen, window)
    rows = con.execute(
        f"WITH chosen AS ({chosen}) SELECT sum(weight), sum(weight * least(1, greatest(0, bad))), count(*),"
        f" sum(weight * weight), bool_or(sampled_unknown) FROM chosen GROUP BY {_cluster_sql(by)}",
        bounds(window),
    ).fetchall()
    return Trials(
        by=by,
        total=[row[0] for row in rows],
        bad=[row[1] for row in rows],
        rows=sum(row[2] for row in rows),
        squares=sum(row[3] for row in rows),
        sampled_unknown=any(row[4] for row in rows),
    )


def _from_sums(con: Any, series: Sequence[int], window: Window, name: str) -> Trials:
    """An evaluator's number by the hour, as the fold has summed it up: no event of a month is read for it."""
    hours: dict[int, list[float]] = {}
    whole = Window(floor_hour(window.start_us), window.end_us)
    for each in numbers(con, series, whole, [name], "hour"):
        sums = hours.setdefault(each.at, [0.0, 0.0, 0.0])
        for place, value in enumerate((each.n, each.positive, each.weight_squares or each.n)):
            sums[place] += value
    n, squares = (sum(sums[place] for sums in hours.values()) for place in (0, 2))
    unknown = con.execute(  # of requests: which of them were evaluated sums do not say
        f"SELECT coalesce(sum(sampled_unknown), 0) > 0 FROM counters_hour WHERE {IN_WINDOW} AND {in_series(series)}",
        bounds(whole),
    ).fetchall()[0][0]
    return Trials(
        by="hour",
        total=[sums[0] for sums in hours.values()],
        bad=[sums[1] for sums in hours.values()],
        rows=max(1, round(n * n / squares)) if n else 0,
        squares=squares,
        sampled_unknown=bool(n and unknown),
    )


def label_trials(con: Any, series: Sequence[int], window: Window) -> LabelTrials:
    """The window's predictions that have a truth, by cluster and class."""
    known = (
        f"WITH predicted AS ({predictions_sql(series)}), told AS ({truths_sql(series)})"
        " SELECT * FROM predicted JOIN told USING (subject)"
    )
    by = _clusters(con, known, window)
    rows = _label_rows(con, known, window, by)
    if len(rows) > ROWS_MAX and by != "hour":
        by = "hour"
        rows = _label_rows(con, known, window, by)
    numbers: dict[Any, int] = {}
    return LabelTrials(
        by=by,
        cluster=[numbers.setdefault(row[0], len(numbers)) for row in rows],
        predicted=[row[1] for row in rows],
        truth=[row[2] for row in rows],
        n=[row[3] for row in rows],
        rows=sum(row[4] for row in rows),
        squares=sum(row[5] for row in rows),
        sampled_unknown=any(row[6] for row in rows),
    )


def days_with(con: Any, series: Sequence[int], window: Window, of: Source | Labelled) -> set[int]:
    """When the days of the window began that hold any of these, whatever they were like."""
    if isinstance(of, Source) and of in _NUMBERS and window.end_us - window.start_us > MINUTES_MAX_US:
        whole = Window(floor_hour(window.start_us), window.end_us)
        return {each.at // US_PER_DAY * US_PER_DAY for each in numbers(con, series, whole, [_NUMBERS[of]], "hour")}
    chosen = _labelled_sql(series, of) if isinstance(of, Labelled) else _trials_sql(series, of)
    found = con.execute(f'SELECT DISTINCT epoch_us("at") // {US_PER_DAY} FROM ({chosen})', bounds(window)).fetchall()
    return {day * US_PER_DAY for (day,) in found}


def _labelled_sql(series: Sequence[int], of: Labelled) -> str:
    if of is Labelled.PREDICTIONS:
        return (
            f"SELECT \"at\" FROM events WHERE {IN_WINDOW} AND {in_series(series)} AND kind = 'prediction'"
            " AND label IS NOT NULL"
        )
    return (
        f"WITH predicted AS ({predictions_sql(series)}), told AS ({truths_sql(series)})"
        ' SELECT predicted."at" FROM predicted JOIN told USING (subject)'
    )


def _label_rows(con: Any, known: str, window: Window, by: str) -> list[tuple[Any, ...]]:
    return con.execute(
        f"WITH known AS ({known}) SELECT {_cluster_sql(by)} AS cluster, label, truth, sum(weight), count(*),"
        " sum(weight * weight), bool_or(sampled_unknown) FROM known GROUP BY ALL ORDER BY ALL",
        bounds(window),
    ).fetchall()


def _trials_sql(series: Sequence[int], source: Source) -> str:
    """Rows (at, caller, weight, sampled_unknown, bad)."""
    columns = '"at", caller, weight, sampled_unknown'
    where = f"{IN_WINDOW} AND {in_series(series)}"
    if source in _NUMBERS:
        return (
            f"SELECT {columns}, CAST(number > 0 AS DOUBLE) AS bad FROM ({_numbers_sql(_NUMBERS[source], where)})"
            f" WHERE abs(number) < {NUMBER_MAX}"
        )
    chosen, bad, counts = _SOURCES[source]
    qualify = f" QUALIFY {counts}" if counts else ""
    return f"SELECT {columns}, {bad} AS bad FROM events WHERE {where} AND {chosen}{qualify}"


def _numbers_sql(name: str, where: str) -> str:
    """What the exchange that is believed says of an evaluator's number; NULL where that is no number."""
    evaluator = name.rpartition(".")[0]
    is_number = f"json_type(attributes, '/{name}') IN ('UBIGINT', 'BIGINT', 'DOUBLE')"
    return (
        f"SELECT *, CASE WHEN {is_number} THEN TRY_CAST(json_extract_string(attributes, '/{name}') AS DOUBLE) END"
        f" AS number FROM events WHERE {where} AND {HAS_NUMBERS_SQL} AND contains(attributes, '\"{evaluator}.')"
        f" QUALIFY {_BELIEVED}"
    )


def _clusters(con: Any, chosen: str, window: Window) -> str:
    """What trials may go bad together: those of a caller where callers are known, else of a minute or an hour."""
    named, rows, callers = con.execute(
        f"WITH chosen AS ({chosen}) SELECT count(caller), count(*), count(DISTINCT caller) FROM chosen", bounds(window)
    ).fetchall()[0]
    if rows and named >= CALLERS_NAMED * rows and callers <= CALLERS_MAX:
        return "caller"
    return "minute" if window.end_us - window.start_us <= MINUTES_MAX_US else "hour"


def _cluster_sql(by: str) -> str:
    step = US_PER_HOUR if by == "hour" else US_PER_MINUTE
    moment = f'epoch_us("at") // {step}'
    return moment if by != "caller" else f"coalesce('c' || CAST(caller AS VARCHAR), CAST({moment} AS VARCHAR))"
