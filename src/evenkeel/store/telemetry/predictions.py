"""What is known of a service's predictions beside their truths, as columns and rows that add up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the data plane loads this module, and no arrays
    import numpy as np
    from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Scoring:
    """Which score is counted: that of class `positive` where there are two; with `positive` None that of the class
    which was predicted, and then a row is positive where the prediction was right."""

    negative: str | None = None
    positive: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class ScoreTable:
    """Scores by part of the window, version, whether positive was predicted, truth and bucket of the fixed grid.

    One place per row in every column. `truth` is 1, 0, or -1 while it is not known; `bucket` is -1 for a prediction
    that states no score and -2 for a score outside of 0 to 1. Rows of `sums` hold Σw, Σw², the sum of the scores,
    Σw of scores with more than three decimals, and then of log loss l and Brier b: Σwl, Σwl², Σwl³, Σw²l, Σw²l², and
    the same of b.
    """

    part: NDArray[np.int64]
    version: NDArray[np.object_]
    as_positive: NDArray[np.bool_]
    truth: NDArray[np.int64]
    bucket: NDArray[np.int64]
    sums: NDArray[np.float64]
    is_cut: bool = False  # there were more rows than one answer holds


@dataclass(frozen=True, slots=True)
class NumberErrors:
    """Numbers that a version predicted, beside the numbers that came true: sums of powers of their errors.

    Each of `signed`, `absolute`, `squared` and `relative` is (Σw, Σwx, Σwx², Σwx³, Σw², Σw²x, Σw²x²). The rest are
    sums of weights: predictions without a truth yet, those whose truth came as a class only, those that are not
    finite, errors too large for their powers, and truths of 0, which have no relative error.
    """

    version: str
    signed: tuple[float, ...]
    absolute: tuple[float, ...]
    squared: tuple[float, ...]
    relative: tuple[float, ...]
    unlabelled: float = 0.0
    told_as_class: float = 0.0
    infinite: float = 0.0
    huge: float = 0.0
    zero_truth: float = 0.0


@dataclass(frozen=True, slots=True)
class NumberStep:
    """Numbers predicted in one step of time whose truth is a number: Σw, Σw|e| and Σwe² of their errors e.

    `unusable` are those whose error is none that could be added up: of NaN, infinite, or beyond 1e40.
    """

    at: int  # start of the step
    n: float
    absolute: float
    squared: float
    unusable: float = 0.0


@dataclass(frozen=True, slots=True)
class SegmentRow:
    """Predictions of one value of one attribute: sums of weights, and of their squares, by whether they were right."""

    attribute: str
    value: str
    right: float
    wrong: float
    right_squares: float
    wrong_squares: float
    unlabelled: float


@dataclass(frozen=True, slots=True)
class LabelStep:
    """Predictions of a version in one step of time: sums of weights, and of their squares, by whether they were right.

    `positives` and `expected_positives` are of labelled rows that have a score: how many were positive, and how many
    the scores promised; `scored` is how many such rows there are.
    """

    at: int  # start of the step
    version: str
    right: float
    wrong: float
    right_squares: float
    wrong_squares: float
    unlabelled: float
    scored: float = 0.0
    positives: float = 0.0
    expected_positives: float = 0.0
