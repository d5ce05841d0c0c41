"""Fisher's exact test of a share in two samples (Fisher 1935): here, of rows in which something is missing."""

from __future__ import annotations

import math
from typing import Final

import numpy as np

#: Tables farther from the expected one, in standard deviations, are too unlikely for a float.
_DEVIATIONS: Final = 40.0


def shares_p(reference_hits: int, reference_n: int, window_hits: int, window_n: int) -> float:
    """The two-sided p-value: the chance of all tables that are no more likely than what was seen.

    >>> round(shares_p(8, 10, 1, 6), 4)
    0.035
    """
    total, hits = reference_n + window_n, reference_hits + window_hits
    if reference_n == 0 or window_n == 0 or hits == 0 or hits == total:
        return 1.0
    mean = window_n * hits / total
    variance = mean * (1.0 - hits / total) * (total - window_n) / max(1, total - 1)
    reach = _DEVIATIONS * math.sqrt(variance) + _DEVIATIONS
    first = max(0, window_n + hits - total, math.floor(mean - reach))
    last = min(window_n, hits, math.ceil(mean + reach))
    if not first <= window_hits <= last:
        return 0.0
    places = np.arange(first, last, dtype=float)
    ratios = (hits - places) * (window_n - places) / ((places + 1.0) * (total - hits - window_n + places + 1.0))
    logs = np.concatenate([[0.0], np.cumsum(np.log(ratios))])
    chances = np.exp(logs - logs.max())
    seen = chances[window_hits - first]
    # Tables as likely as the one seen differ from it in their last digits.
    return min(1.0, float(chances[chances <= seen * (1.0 + 1e-7)].sum() / chances.sum()))
