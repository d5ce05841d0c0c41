"""Do embeddings differ: along the directions in which the reference varies most, in their mean, and in their distances.

Three tests, each with a null that holds, share one p-value as the tests of any feature do. Coordinates along frozen
directions and distances are numbers of independent rows and compared as such, by rank. The mean in all directions
together is judged by its squared distance: without drift that is a sum of chi-squares, each as large as the reference
varies along one of its components, of which the first three cumulants are matched (Buckley and Eagleson 1988, Aust. J.
Stat. 30). What it cannot see: a change in a few of many directions that carry little of the variance, below
what the mean of all directions shows; and another dependence of directions that leaves each as it was.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.effect import measure_effect
from evenkeel.judge.drift.model import Comparison, Effect, Part, Reason, Signal
from evenkeel.judge.drift.sketches import join_indices
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.embedding import EmbeddingCounts, EmbeddingProfile
from evenkeel.kernel.profile.model import Apart, Counts
from evenkeel.kernel.stats.fisher import shares_p
from evenkeel.kernel.stats.monte_carlo import Drawing
from evenkeel.kernel.stats.tails import chi2_upper

_DIRECTIONS, _MEAN, _DISTANCES, _MISSING = 0.40, 0.35, 0.20, 0.05
#: Distances at the end of the features of a vector.
_LAST: Final = 2


@dataclass(frozen=True)
class Embedding:
    """A column of embeddings: its reference and its window."""

    name: str
    reference: EmbeddingProfile
    window: EmbeddingCounts


def compare_embedding(given: Embedding, drawing: Drawing | None) -> Comparison:
    """The tests of one column. A window without rows is not compared: the reason says so.

    >>> import numpy as np
    >>> from evenkeel.kernel.profile.embedding import count_embeddings, profile_embeddings
    >>> rng = np.random.default_rng(1)
    >>> vectors = rng.normal(size=(800, 16)).astype(np.float32)
    >>> made = profile_embeddings(vectors[:500], rng.permutation(500))
    >>> shifted = Embedding("e", made, count_embeddings(vectors[500:] + 0.5, made))
    >>> compare_embedding(shifted, None).p < 1e-6
    True
    """
    before, after = given.reference.counts, given.window
    if after.n == 0:
        return Comparison((), before.n, 0, Reason.EMPTY_WINDOW)
    absent = before.missing + before.mistyped, after.missing + after.mistyped
    has_missing = sum(absent) > 0
    parts: tuple[Part, ...] = ()
    if after.rows:
        p = [
            compare_feature(each.grid, align(each.grid, each.counts, counts), drawing).p
            for each, counts in zip(given.reference.features, after.features, strict=True)
        ]
        along, distances = p[:-_LAST], p[-_LAST:]
        parts = (
            Part(Signal.LOCATION, mean_p(given), _MEAN + (0.0 if has_missing else _MISSING)),
            Part(Signal.SHAPE, min(1.0, len(along) * min(along)), _DIRECTIONS),
            Part(Signal.SPREAD, min(1.0, len(distances) * min(distances)), _DISTANCES),
        )
    if has_missing:
        parts += (Part(Signal.MISSINGNESS, shares_p(absent[0], before.n, absent[1], after.n), _MISSING),)
    return Comparison(parts, before.n, after.n)


def mean_p(given: Embedding) -> float:
    """How likely chance moves the mean of all vectors as far, in all directions together."""
    before, after = given.reference.counts, given.window
    if not before.rows or not after.rows:
        return 1.0
    moved = after.total / after.rows - before.total / before.rows
    seen = float(moved @ moved) / (1.0 / before.rows + 1.0 / after.rows)
    spectrum = given.reference.spectrum
    first, second, third = (float((spectrum**power).sum()) for power in (1, 2, 3))
    if second <= 0.0:
        return 1.0 if seen <= 0.0 else 0.0
    df = second**3 / third**2
    return chi2_upper(max(0.0, df + (seen - first) * (df / second) ** 0.5), df)


def measure_embedding(given: Embedding, *, features: int) -> Effect:
    """How large the difference is, where it is largest: the index of that direction or distance.

    The direction is the one of all that differs most, so its lower bound allows for having been picked.
    """
    before, after = given.reference.counts, given.window
    found = [
        measure_effect(
            each.grid, align(each.grid, _with_gaps(each.counts, before), _with_gaps(counts, after)), features=features
        )
        for each, counts in zip(given.reference.features, after.features, strict=True)
    ]
    index, place = join_indices([effect.psi for effect in found])
    return replace(
        found[place],
        psi=index,
        median_before=None,
        median_after=None,
        absent_before=(before.missing + before.mistyped) / max(1, before.n),
        absent_after=(after.missing + after.mistyped) / max(1, after.n),
    )


def _with_gaps(counts: Counts, whole: EmbeddingCounts) -> Counts:
    """One feature of the vectors, with rows that hold none in their share: half of a reference's rows are counted."""
    gaps = round((whole.missing + whole.mistyped) * counts.n / whole.rows) if whole.rows else whole.n
    return replace(counts, apart=Apart(missing=gaps))
