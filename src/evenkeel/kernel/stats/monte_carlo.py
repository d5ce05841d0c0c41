"""P-values of grouped counts by drawing tables: exact where counts are too sparse for an approximation.

Under "both samples are of one distribution", which of the N pooled rows are in the smaller sample is chance alone: its
counts are multivariate hypergeometric. Tables are drawn until 20 of them are at least as extreme as what was seen, or
all `draws` are used (Besag and Clifford 1991, "Sequential Monte Carlo p-values", Biometrika 78): either way the p-value
is valid, and clear answers come early.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

#: What draws at random: a seeded generator of numpy, as an argument.
Chance = np.random.Generator

#: Enough for p-values down to 0.00002; 0.0004 x 0.2, what a shape has to reach among 20 columns, is four times that.
DRAWS: Final = 50_000

_EXTREMES: Final = 20
_CHUNK: Final = 5_000
_ROWS_MAX: Final = 2_000_000

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Statistic = Callable[[Ints], Floats]


@dataclass(frozen=True, slots=True)
class Drawing:
    """What draws tables, and how many at most."""

    chance: Chance
    draws: int = DRAWS


def monte_carlo_p(pooled: Ints, size: int, statistic: Statistic, seen: float, drawing: Drawing) -> float:
    """The chance of a table at least as extreme as `seen` when `size` of the pooled rows are drawn blindly.

    `pooled` are the rows of each bucket in both samples; `statistic` takes drawn tables, one a row, and gives a number
    each, larger for more extreme.

    >>> pooled = np.array([2, 8])
    >>> drawing = Drawing(np.random.default_rng(1))
    >>> 0.15 < monte_carlo_p(pooled, 5, lambda tables: tables[:, 0].astype(float), 2.0, drawing) < 0.3
    True
    """
    # Row by row costs `size` steps a table and memory for all rows, bucket by bucket as many steps as buckets.
    is_small = size <= 4 * pooled.size and int(pooled.sum()) <= _ROWS_MAX
    method: Literal["count", "marginals"] = "count" if is_small else "marginals"
    drawn = extreme = 0
    while drawn < drawing.draws:
        many = min(_CHUNK, drawing.draws - drawn)
        tables = drawing.chance.multivariate_hypergeometric(pooled, size, size=many, method=method)
        # Sums of floats in another order differ in their last digits; what is equal must count as extreme.
        hits = np.flatnonzero(statistic(tables) >= seen - 1e-9 * abs(seen))
        if extreme + hits.size >= _EXTREMES:
            return _EXTREMES / (drawn + int(hits[_EXTREMES - extreme - 1]) + 1)
        extreme += hits.size
        drawn += len(tables)
    return (extreme + 1) / (drawing.draws + 1)
