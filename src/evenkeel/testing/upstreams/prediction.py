"""What scoring servers have in common: a function that answers rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

#: Takes rows (lists of values, or whatever the format's instances are) and answers one prediction for each.
Predict = Callable[[list[Any]], Any]


def run_predict(predict: Predict, rows: list[Any]) -> list[Any]:
    """The predictions as plain values, one for each row; arrays are taken apart. Raises ValueError.

    Example:
        >>> run_predict(lambda rows: [sum(row) for row in rows], [[1, 2], [3, 4]])
        [3, 7]
    """
    try:
        answered = predict(rows)
    except (ValueError, TypeError, KeyError, IndexError) as error:
        msg = f"the model could not predict: {error}"
        raise ValueError(msg) from error
    take_apart = getattr(answered, "tolist", None)
    return list(answered) if take_apart is None else take_apart()


def sum_rows(rows: list[Any]) -> list[Any]:
    """The model of a double that was given none: the sum of each row's numbers."""
    return [sum(cast("list[float]", row)) if isinstance(row, list) else row for row in rows]
