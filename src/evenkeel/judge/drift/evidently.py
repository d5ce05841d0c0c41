"""Drift scores as Evidently 0.7 gives them, for those who compare with it or migrate. They decide nothing here.

They need rows: numbers with more than 20 different values in the reference are counted in bins of equal width between
the smallest and the largest value of both samples together (Sturges 1926), so one outlier moves all bins, and a
monotone transform changes the score. Missing and infinite values are left out, so a change in how many there are is
not seen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.model import Floats

Rows = Sequence[object] | NDArray[Any]

#: More different values in the reference are binned.
_VALUES_MAX: Final = 20

#: The share that an empty bin is given, unless the smallest share is no larger: then a millionth of that.
_EMPTY_RATIO: Final = 1e-4
_LEAST_STD: Final = 1e-3


def evidently_psi(reference: Rows, window: Rows) -> float:
    """The index over Evidently's bins; Evidently calls 0.1 and more drift.

    Raises InvalidInputError where a sample holds no value.

    >>> round(evidently_psi(["a"] * 50 + ["b"] * 50, ["a"] * 40 + ["b"] * 60), 6)
    0.040547
    """
    p, q = (_fill(shares) for shares in _shares(reference, window))
    return float(((p - q) * np.log(p / q)).sum())


def evidently_jensen_shannon(reference: Rows, window: Rows) -> float:
    """The Jensen-Shannon distance over Evidently's bins, from natural logarithms: at most sqrt(ln 2), 0.83.

    >>> round(evidently_jensen_shannon(["a"] * 50, ["b"] * 50), 6)
    0.832555
    """
    p, q = _shares(reference, window)
    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2.0
    total = 0.0
    for shares in (p, q):
        filled = shares > 0
        total += float((shares[filled] * np.log(shares[filled] / middle[filled])).sum())
    return math.sqrt(max(0.0, total / 2.0))


def evidently_wasserstein(reference: Rows, window: Rows) -> float:
    """How far rows would have to move on average, in standard deviations of the reference.

    >>> evidently_wasserstein([0.0, 2.0], [1.0, 3.0])
    1.0
    """
    before, after = (np.sort(_numbers(rows, which)) for rows, which in ((reference, "reference"), (window, "window")))
    every = np.sort(np.concatenate([before, after]))
    gaps = np.diff(every)
    below = [np.searchsorted(rows, every[:-1], side="right") / rows.size for rows in (before, after)]
    return float((np.abs(below[0] - below[1]) * gaps).sum()) / max(float(before.std()), _LEAST_STD)


def _shares(reference: Rows, window: Rows) -> tuple[Floats, Floats]:
    if _is_numeric(reference) and _is_numeric(window):
        before, after = _numbers(reference, "reference"), _numbers(window, "window")
        if np.unique(before).size > _VALUES_MAX:
            edges = np.histogram_bin_edges(np.concatenate([before, after]), bins="sturges")
            return np.histogram(before, edges)[0] / before.size, np.histogram(after, edges)[0] / after.size
        tallies = Counter[object](before.tolist()), Counter[object](after.tolist())
    else:
        tallies = _tally(reference, "reference"), _tally(window, "window")
    every = {*tallies[0], *tallies[1]}
    first, second = (np.array([tally[value] for value in every], dtype=float) for tally in tallies)
    return first / first.sum(), second / second.sum()


def _fill(shares: Floats) -> Floats:
    least = float(shares[shares > 0].min())
    return np.where(shares == 0, least / 1e6 if least <= _EMPTY_RATIO else _EMPTY_RATIO, shares)


def _is_numeric(rows: Rows) -> bool:
    if isinstance(rows, np.ndarray) and rows.dtype.kind != "O":
        return rows.dtype.kind in "fiu"
    return all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in rows)


def _numbers(rows: Rows, which: str) -> Floats:
    if not _is_numeric(rows):
        raise InvalidInputError(
            f"The {which} holds values that are not numbers.",
            hint="Compare categories by their PSI or Jensen-Shannon distance.",
            seen="other values",
            allowed="numbers and None",
        )
    numbers = np.array(rows, dtype=float)  # None becomes NaN
    finite = numbers[np.isfinite(numbers)]
    _refuse_nothing(finite.size, which)
    return finite


def _tally(rows: Rows, which: str) -> Counter[object]:
    listed: list[object] = rows.tolist() if isinstance(rows, np.ndarray) else list(rows)
    given = [value for value in listed if value is not None and not (isinstance(value, float) and math.isnan(value))]
    _refuse_nothing(len(given), which)
    return Counter(given)


def _refuse_nothing(rows: int, which: str) -> None:
    if not rows:
        raise InvalidInputError(
            f"The {which} holds no value.",
            hint="Give rows of which at least one has a value.",
            seen=0,
            allowed="1 or more",
        )
