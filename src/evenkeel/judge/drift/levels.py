"""Levels of a category one by one: how far the share of each lies from that of the other sample.

The score of a level is its rows less those expected, in standard deviations of a blind draw from the pooled rows
(hypergeometric). Levels that the reference does not know are scored together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from evenkeel.judge.drift.vectors import Vectors
from evenkeel.kernel.profile.model import Floats, Ints
from evenkeel.kernel.stats.homogeneity import CELLS_MAX, EXPECTED_MIN


@dataclass(frozen=True)
class LevelScores:
    """Scores by level, in the order of the cells; `new` is that of levels that the reference does not know."""

    names: tuple[str, ...]
    scores: Floats
    pooled: Ints
    is_large: Floats  # whether a cell has rows enough to be judged
    new: float

    @property
    def kept(self) -> list[tuple[str, float]]:
        """The most frequent levels, at most 20, that have rows enough."""
        order: list[int] = np.argsort(-self.pooled, kind="stable")[:CELLS_MAX].tolist()
        return [(self.names[place], float(self.scores[place])) for place in order if self.is_large[place]]

    def frequent(self, ratio: float) -> list[str]:
        """Levels with at least this share of the rows."""
        total = max(1, int(self.pooled.sum()))
        return [self.names[place] for place in np.flatnonzero(self.pooled >= ratio * total).tolist()]


def score_levels(both: Vectors) -> LevelScores:
    """The scores of a window beside its reference.

    >>> from evenkeel.judge.drift.vectors import align
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile(["de"] * 50 + ["en"] * 50)
    >>> found = score_levels(align(profile.grid, profile.counts, count_values(["de"] * 90 + ["es"] * 10, profile.grid)))
    >>> [(name, round(score, 1)) for name, score in found.kept], round(found.new, 1)
    ([('de', 6.2), ('en', -8.1)], 3.2)
    """
    a, b = both.reference, both.window
    n, m, pooled = int(a.sum()), int(b.sum()), a + b
    total = n + m
    is_new = (a == 0) & (b > 0)
    scores = np.zeros(pooled.size)
    if n == 0 or m == 0:
        return LevelScores(_names(both.names), scores, pooled, np.zeros(pooled.size), 0.0)
    shares = pooled / total
    variance = n * m * shares * (1.0 - shares) / (total - 1.0)
    varies = (variance > 0.0) & ~is_new
    scores[varies] = (b[varies] - m * shares[varies]) / np.sqrt(variance[varies])
    rows = int(b[is_new].sum())
    share = rows / total
    spread = n * m * share * (1.0 - share) / (total - 1.0)
    new = (rows - m * share) / math.sqrt(spread) if spread > 0.0 else 0.0
    is_large = (pooled * min(n, m) >= EXPECTED_MIN * total) & ~is_new
    return LevelScores(_names(both.names), scores, pooled, is_large.astype(float), new)


def mean_squares(found: Sequence[LevelScores]) -> Mapping[str, float]:
    """The mean squared score of each level over windows; one that a window does not hold scores nothing there."""
    sums: defaultdict[str, float] = defaultdict(float)
    for each in found:
        for name, square in zip(each.names, (each.scores**2).tolist(), strict=True):
            sums[name] += square / len(found)
    return dict(sums)


def _names(names: tuple[str, ...]) -> tuple[str, ...]:
    """Cells without a name share rows; the number tells them apart, and the last one is what is over."""
    last = len(names) - 1
    return tuple(name or ("\0over" if place == last and place else f"\0{place}") for place, name in enumerate(names))
