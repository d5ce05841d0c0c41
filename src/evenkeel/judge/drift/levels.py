"""Levels of a category one by one: is the share of one beyond how much it usually differs?

Two questions, and only what is beyond both is told: whether the share has moved by more than it does from day to day as
such, and by more in proportion (log odds), for shares that double and halve have a tail that no share as such has.
Levels that the reference does not know are one level together.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from evenkeel.judge.drift.vectors import Vectors
from evenkeel.kernel.profile.model import Floats, Ints
from evenkeel.kernel.stats.homogeneity import CELLS_MAX, EXPECTED_MIN
from evenkeel.kernel.stats.tails import student_two_sided

#: The level that stands for all that the reference does not know.
NEW = "\0new"


@dataclass(frozen=True, slots=True)
class LevelScore:
    """How far the share of a level lies from that of the other sample.

    `z` in standard deviations of a blind draw from the pooled rows (hypergeometric), `odds` the logarithm of the
    window's odds, `moved` how far these are from the other sample's.
    """

    z: float
    odds: float
    moved: float
    pooled: int


@dataclass(frozen=True, slots=True)
class LevelSpread:
    """How much a level's share differs from window to window: `square` is the mean of z squared."""

    square: float
    odds: float  # mean of the log odds
    deviation: float  # of the log odds; 0 where they never differed


@dataclass(frozen=True, slots=True)
class LevelScores:
    """Scores by level; `large` are those with rows enough to be judged, the most frequent first, 20 at most."""

    by_level: Mapping[str, LevelScore] = field(default_factory=dict[str, LevelScore])
    large: tuple[str, ...] = ()

    def frequent(self, ratio: float) -> list[str]:
        """Levels with at least this share of the rows."""
        total = max(1, sum(each.pooled for each in self.by_level.values()))
        return [name for name, each in self.by_level.items() if each.pooled >= ratio * total]


def score_levels(both: Vectors) -> LevelScores:
    """The scores of a window beside its reference.

    >>> from evenkeel.judge.drift.vectors import align
    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile(["de"] * 50 + ["en"] * 50)
    >>> found = score_levels(align(profile.grid, profile.counts, count_values(["de"] * 90 + ["es"] * 10, profile.grid)))
    >>> [(name, round(found.by_level[name].z, 1)) for name in (*found.large, NEW)]
    [('de', 6.2), ('en', -8.1), ('\\x00new', 3.2)]
    """
    a, b = both.reference, both.window
    n, m = int(a.sum()), int(b.sum())
    if n == 0 or m == 0:
        return LevelScores()
    is_new = (a == 0) & (b > 0)
    known = np.flatnonzero((a > 0) | (b == 0))
    names = [*(_name(both.names, place) for place in known.tolist()), NEW]
    before = np.append(a[known], 0)
    after = np.append(b[known], b[is_new].sum())
    scores = _scores(before, after, n, m)
    pooled = before + after
    order: list[int] = np.argsort(-pooled[:-1], kind="stable")[:CELLS_MAX].tolist()
    large = [place for place in order if pooled[place] * min(n, m) >= EXPECTED_MIN * (n + m)]
    return LevelScores(dict(zip(names, scores, strict=True)), tuple(names[place] for place in large))


def measure_levels(found: Sequence[LevelScores]) -> Mapping[str, LevelSpread]:
    """How much the share of each level differs over windows, each scored beside the rest of them."""
    scores: defaultdict[str, list[LevelScore]] = defaultdict(list)
    for each in found:
        for name, score in each.by_level.items():
            scores[name].append(score)
    return {name: _spread(windows, len(found)) for name, windows in scores.items()}


def judge_level(score: LevelScore, spread: LevelSpread | None, effect: float, windows: int) -> float:
    """The chance that a share lies so far away without drift, learned from so many windows of its season.

    `effect` is by how much its squared deviations exceed those of independent rows.
    """
    return student_two_sided(reach_of_level(score, spread, effect, windows), windows - 1)


def reach_of_level(score: LevelScore, spread: LevelSpread | None, effect: float, windows: int) -> float:
    """How far away a share lies, as Student's t of `windows` - 1: the nearer of both ways to measure it.

    The least chance of many levels is that of the farthest one, so that one tail is computed instead of one for each.
    """
    reach = abs(score.z) / math.sqrt(effect)
    if spread is None or spread.deviation <= 0.0:
        return reach
    return min(reach, abs(score.moved) / (spread.deviation * math.sqrt(1.0 + 1.0 / windows)))


def judge_new(score: LevelScore, spread: LevelSpread, effect: float, windows: int) -> float:
    """The same of levels that are new, which have a share only among those that were new before."""
    moved = LevelScore(score.z, score.odds, max(0.0, score.odds - spread.odds), score.pooled)
    return judge_level(moved, spread, effect, windows)


def _scores(before: Ints, after: Ints, n: int, m: int) -> list[LevelScore]:
    pooled, total = before + after, n + m
    shares = pooled / total
    variance = n * m * shares * (1.0 - shares) / (total - 1.0)
    z: Floats = np.where(variance > 0.0, (after - m * shares) / np.sqrt(np.maximum(variance, 1e-300)), 0.0)
    odds = np.log((after + 0.5) / (m - after + 0.5))
    moved = odds - np.log((before + 0.5) / (n - before + 0.5))
    columns = (z.tolist(), odds.tolist(), moved.tolist(), pooled.tolist())
    return [LevelScore(*values) for values in zip(*columns, strict=True)]


def _spread(found: Sequence[LevelScore], windows: int) -> LevelSpread:
    odds = np.array([each.odds for each in found])
    deviation = float(odds.std(ddof=1)) if odds.size > 1 and np.ptp(odds) > 0.0 else 0.0
    return LevelSpread(sum(each.z**2 for each in found) / windows, float(odds.mean()), deviation)


def _name(names: tuple[str, ...], place: int) -> str:
    """Cells without a name share rows; the number tells them apart, and the last one is what is over."""
    if names[place]:
        return names[place]
    return "\0over" if place == len(names) - 1 else f"\0{place}"
