"""Isotonic regression: the nearest values that never fall, by pooling adjacent violators.

Ayer, Brunk, Ewing, Reid and Silverman 1955 (Annals of Mathematical Statistics 26). One pass with a stack: linear time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def isotonic(values: Floats, weights: Floats) -> Floats:
    """The non-decreasing values nearest to `values` in weighted squares, one for each, in the same order.

    Where a weight is 0 the value counts for nothing, and the result is interpolated between its neighbours'.
    Of nothing but zero weights, the values come back as they are.

    >>> isotonic(np.array([1.0, 3.0, 2.0, 4.0]), np.ones(4))
    array([1. , 2.5, 2.5, 4. ])
    """
    held = np.flatnonzero(weights > 0.0)
    if held.size == 0:
        return values.copy()
    sums: list[float] = []
    totals: list[float] = []
    lengths: list[int] = []
    for value, weight in zip(values[held].tolist(), weights[held].tolist(), strict=True):
        total, product, length = weight, value * weight, 1
        while sums and sums[-1] * total >= product * totals[-1]:
            product += sums.pop()
            total += totals.pop()
            length += lengths.pop()
        sums.append(product)
        totals.append(total)
        lengths.append(length)
    fitted = np.repeat(np.array(sums) / np.array(totals), lengths)
    return np.interp(np.arange(values.size), held, fitted)
