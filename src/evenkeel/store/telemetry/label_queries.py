"""Predictions beside what turned out to be true: joined by their subject, whenever the truth came (SPEC Q-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from evenkeel.kernel.classes import LABEL_SQL, NUMBER_SQL
from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series
from evenkeel.store.telemetry.series import LabelAge, LabelPair, LabelSquares

#: (version, predicted, true) of one answer: 100 classes each way. With more, a label is no class.
PAIRS_MAX: Final = 10_000
#: (age, delay) of one answer, in steps: 400 each way, one half of which is empty.
AGES_MAX: Final = 100_000
#: A class has one name, whether it came as text, as a number or as a boolean (`kernel.classes`).
LABEL_NAMED: Final = LABEL_SQL.format(label="label")
TRUTH_NAMED: Final = f"coalesce({LABEL_NAMED}, {NUMBER_SQL.format(number='value')})"


def label_pairs(con: Any, series: Sequence[int], window: Window) -> list[LabelPair]:
    """A row per version, predicted class and true class of the window's predictions, whenever the truth came.

    Of several truths of one subject the last one counts, and that they disagree is told.
    """
    rows = con.execute(
        f"WITH predicted AS ({predictions_sql(series)}), told AS ({truths_sql(series)})"
        " SELECT version, label, truth, sum(weight), coalesce(sum(weight) FILTER (disagrees), 0),"
        f" {_sums('weight')}, sum(weight * weight), {_sums('weight * weight')}, bool_or(sampled_unknown)"
        " FROM predicted LEFT JOIN told USING (subject) GROUP BY ALL"
        f" ORDER BY version, label, truth LIMIT {PAIRS_MAX + 1}",
        bounds(window),
    ).fetchall()
    return [_pair(row) for row in rows]


def _sums(counted: str) -> str:
    """Of predictions that state a confidence, that state a high one, and that state a low one."""
    return (
        f"coalesce(sum({counted}) FILTER (value >= 0 AND value <= 1), 0),"
        f" coalesce(sum({counted}) FILTER (value >= 0.8 AND value <= 1), 0),"
        f" coalesce(sum({counted}) FILTER (value >= 0 AND value < 0.5), 0)"
    )


def _pair(row: Sequence[Any]) -> LabelPair:
    plain, squares, unknown = row[:8], LabelSquares(*row[8:12]), bool(row[12])
    is_sampled = squares != LabelSquares(plain[3], *plain[5:])
    return LabelPair(*plain, squares=squares if is_sampled else None, sampled_unknown=unknown)


def label_ages(con: Any, series: Sequence[int], window: Window, step_us: int) -> list[LabelAge]:
    """How old the window's predictions are at its end, and how long after them their first truth came, in steps."""
    return ages_of(con, predictions_sql(series), series, window, step_us)


def ages_of(con: Any, predicted: str, series: Sequence[int], window: Window, step_us: int) -> list[LabelAge]:
    """The same of the predictions that a query finds: their subject, time and weight."""
    rows = con.execute(
        f"WITH predicted AS ({predicted}), told AS ({truths_sql(series)})"
        ' SELECT ($end - epoch_us(predicted."at")) // $step AS age,'
        ' CASE WHEN first_us IS NOT NULL THEN greatest(0, (first_us - epoch_us(predicted."at")) // $step) END AS delay,'
        " sum(weight)"
        f" FROM predicted LEFT JOIN told USING (subject) GROUP BY ALL ORDER BY age, delay LIMIT {AGES_MAX}",
        bounds(window) | {"step": step_us},
    ).fetchall()
    return [LabelAge(*row) for row in rows]


def predictions_sql(series: Sequence[int]) -> str:
    """Those that can have a truth: a failed one predicted nothing."""
    return (
        f'SELECT version, subject, {LABEL_NAMED} AS label, value, weight, attributes, "at", caller, sampled_unknown'
        " FROM events"
        f" WHERE {IN_WINDOW} AND {in_series(series)} AND kind = 'prediction' AND subject IS NOT NULL"
        " AND label IS NOT NULL"
    )


def truths_sql(series: Sequence[int]) -> str:
    """By subject; one may have come before its prediction was folded, none before it was made."""
    return (
        f'SELECT subject, arg_max({TRUTH_NAMED}, ("at", arrived_at)) AS truth, epoch_us(min("at")) AS first_us,'
        f" count(DISTINCT {TRUTH_NAMED}) > 1 AS disagrees FROM events"
        f" WHERE \"at\" >= make_timestamp($start) AND {in_series(series)} AND kind = 'outcome'"
        " AND subject IN (SELECT subject FROM predicted) AND (label IS NOT NULL OR value IS NOT NULL)"
        " GROUP BY subject"
    )
