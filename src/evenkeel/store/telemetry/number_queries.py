"""Predicted numbers beside the numbers that came true, as sums of powers of their errors (SPEC Q-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from evenkeel.kernel.time import Window
from evenkeel.store.telemetry.label_queries import ages_of
from evenkeel.store.telemetry.predictions import NumberErrors, NumberStep
from evenkeel.store.telemetry.queries import IN_WINDOW, bounds, in_series
from evenkeel.store.telemetry.series import LabelAge

#: Larger errors are counted apart: the sixth power of one would leave no digits for all others, of many no number.
ERROR_MAX: Final = 1e40
_POWERS: Final = ("w", "w * x", "w * x ** 2", "w * x ** 3", "w * w", "w * w * x", "w * w * x ** 2")
#: What is summed -> of which rows.
_MEASURED: Final = {"e": "near", "abs(e)": "near", "e ** 2": "near", "abs(e / truth)": "has_ratio"}


def number_errors(con: Any, series: Sequence[int], window: Window) -> list[NumberErrors]:
    """The window's predicted numbers beside the true ones, a row per version.

    A number is predicted by a prediction without a class; its truth is a number too. Of several the last one counts.
    """
    sums = ", ".join(_sums(expression, held) for expression, held in _MEASURED.items())
    rows = con.execute(
        f"WITH predicted AS ({_numbers(series)}), told AS ({_truths(series)}),"
        " joined AS (SELECT version, weight AS w, value, truth, is_class, value_kind,"
        " value - truth AS e FROM predicted LEFT JOIN told USING (subject)),"
        f" known AS (SELECT *, abs(e) <= {ERROR_MAX} AS near,"
        f" abs(e) <= {ERROR_MAX} AND truth <> 0 AND abs(e) / {ERROR_MAX} <= abs(truth) AS has_ratio FROM joined)"
        f" SELECT version, {sums},"
        " coalesce(sum(w) FILTER (value IS NOT NULL AND truth IS NULL AND is_class IS NULL), 0),"
        " coalesce(sum(w) FILTER (value IS NOT NULL AND truth IS NULL AND is_class), 0),"
        " coalesce(sum(w) FILTER (value IS NULL), 0),"
        " coalesce(sum(w) FILTER (e IS NOT NULL AND NOT near), 0),"
        " coalesce(sum(w) FILTER (near AND NOT has_ratio), 0)"
        " FROM known GROUP BY version ORDER BY version",
        bounds(window),
    ).fetchall()
    width = len(_POWERS)
    return [
        NumberErrors(row[0], *(row[1 + width * i : 1 + width * (i + 1)] for i in range(4)), *row[1 + 4 * width :])
        for row in rows
    ]


def number_steps(con: Any, series: Sequence[int], window: Window, step_us: int) -> list[NumberStep]:
    """Sums of the errors of each step that has any, usable or not; steps begin at multiples of `step_us`."""
    near = f"coalesce(abs(e) <= {ERROR_MAX}, false)"
    sums = ", ".join(f"coalesce(sum({term}) FILTER ({near}), 0)" for term in ("w", "w * abs(e)", "w * e * e"))
    rows = con.execute(
        f"WITH predicted AS ({_numbers(series)}), told AS ({_truths(series)}),"
        " joined AS (SELECT at_us // $step * $step AS step, weight AS w, value - truth AS e, truth"
        " FROM predicted JOIN told USING (subject))"
        f" SELECT step, {sums}, coalesce(sum(w) FILTER (NOT {near}), 0) FROM joined WHERE truth IS NOT NULL"
        " GROUP BY step ORDER BY step",
        bounds(window) | {"step": step_us},
    ).fetchall()
    return [NumberStep(*row) for row in rows]


def number_ages(con: Any, series: Sequence[int], window: Window, step_us: int) -> list[LabelAge]:
    """How old predicted numbers are at the window's end, and how long after them their first truth came, in steps."""
    return ages_of(con, _numbers(series), series, window, step_us)


def _sums(expression: str, held: str) -> str:
    terms = [power.replace("x", f"({expression})") for power in _POWERS]
    return ", ".join(f"coalesce(sum({term}) FILTER ({held}), 0)" for term in terms)


def _numbers(series: Sequence[int]) -> str:
    """Predictions that say no class but a number, be it one that is not finite; failed ones say none."""
    return (
        'SELECT version, subject, value, value_kind, weight, "at", epoch_us("at") AS at_us FROM events'
        f" WHERE {IN_WINDOW} AND {in_series(series)} AND kind = 'prediction' AND subject IS NOT NULL AND label IS NULL"
        " AND (value IS NOT NULL OR value_kind IN ('nan', 'inf', '-inf'))"
    )


def _truths(series: Sequence[int]) -> str:
    """By subject; one may have come before its prediction was folded, none before it was made."""
    return (
        'SELECT subject, arg_max(value, ("at", arrived_at)) FILTER (value IS NOT NULL) AS truth, TRUE AS is_class'
        f" FROM events WHERE \"at\" >= make_timestamp($start) AND {in_series(series)} AND kind = 'outcome'"
        " AND subject IN (SELECT subject FROM predicted) AND (label IS NOT NULL OR value IS NOT NULL)"
        " GROUP BY subject"
    )
