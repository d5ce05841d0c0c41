"""How large errors of predicted numbers are, as a multiple of what is normal: RMSE and MAE against a baseline.

The baseline is what the owner declares, in the unit of what is predicted, or what was measured of earlier hours. Both
sides have bounds by how hours differ (`kernel.stats.batches`); where both were measured, each may err by the half. A
few large errors make the error large and its bound no further: they prove nothing alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from enum import StrEnum
from typing import Final

import numpy as np

from evenkeel.judge.indicators.bounded import Bounded
from evenkeel.judge.indicators.evidence import Circumstances
from evenkeel.kernel.stats.batches import BatchMean, mean_of_batches
from evenkeel.store.telemetry.predictions import NumberStep


class ErrorFigure(StrEnum):
    """What is measured of the errors of predicted numbers."""

    RMSE = "rmse"
    MAE = "mae"


_SHOWN_ALPHA: Final = 0.025


def measure_errors(steps: Sequence[NumberStep], figure: ErrorFigure) -> BatchMean:
    """The mean square, or the mean size, of the errors of these hours.

    >>> hours = [NumberStep(hour, 10.0, 20.0, 40.0) for hour in range(6)]
    >>> measure_errors(hours, ErrorFigure.MAE).value, measure_errors(hours, ErrorFigure.RMSE).value
    (2.0, 4.0)
    """
    column = "squared" if figure is ErrorFigure.RMSE else "absolute"
    return mean_of_batches(np.array([each.n for each in steps]), np.array([getattr(each, column) for each in steps]))


def compare_errors(
    steps: Sequence[NumberStep], before: BatchMean | float | None, figure: ErrorFigure, given: Circumstances
) -> Bounded:
    """The error as a multiple of the baseline; without one, or with one of 0, there is no value."""
    root = math.sqrt if figure is ErrorFigure.RMSE else float
    now = measure_errors(steps, figure)
    n = sum(each.n for each in steps)
    learned = before if isinstance(before, BatchMean) else None
    declared = before if isinstance(before, float) else math.nan
    normal = declared if learned is None else root(learned.value) if learned.batches else math.nan
    method = f"{figure.upper()} by the baseline, Student's t over hours"
    if not now.batches or not normal > 0.0:
        return Bounded(None, 0.0, math.inf, None, n, method)

    def bound(alpha: float, *, upper: bool) -> float:
        over = root(max(0.0, now.bound(alpha if learned is None else alpha / 2.0, upper=upper)))
        if learned is None:
            return over / normal
        under = root(max(0.0, learned.bound(alpha / 2.0, upper=not upper)))
        return math.inf if not under > 0.0 else 0.0 if math.isinf(under) else over / under

    low, high = bound(given.alpha_low, upper=False), bound(given.alpha_high, upper=True)
    shown = bound(_SHOWN_ALPHA, upper=False), bound(_SHOWN_ALPHA, upper=True)
    error = root(now.value)
    parts = {"error": error, "baseline": normal, "hours": float(now.batches)}
    return Bounded(error / normal, low, high, shown if math.isfinite(shown[1]) else None, n, method, parts)
