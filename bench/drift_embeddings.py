"""Embeddings of 384 numbers: how often drift is found where there is none, and what is found of what there is.

Vectors are normal with equal variances, with variances that fall as 1/rank, with a heavy-tailed length, and clusters on
a sphere. A false alarm is a p-value at which a table of this one column is said to have drifted (0.007). A column is
found where its p-value would stand among 20 columns (0.007 / 20). Making a reference takes most of the time, so each
has ten windows; the standard error is that of references, whose windows resemble each other.

Of a service that runs, 18 numbers are kept of each vector: the same is measured of these, each window with a reference
of its own. Whether more sums would find more is told by the means of 16, 32 and 64 of them, over parts drawn anew.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import NormalDist
from typing import Final

import numpy as np
from bench.report import Row
from numpy.typing import NDArray

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.embeddings import Embedding, compare_embedding
from evenkeel.judge.drift.model import FALSE_ALARMS_MAX
from evenkeel.judge.drift.sketches import join_comparisons
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.embedding import feature_of, sketch_embedding
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.embedding import EmbeddingProfile, count_embeddings, profile_embeddings
from evenkeel.kernel.profile.model import Profile
from evenkeel.kernel.stats.binomial import exact_interval
from evenkeel.kernel.stats.monte_carlo import Drawing

HEADING = "Embeddings of 384 numbers: windows without drift that are detected, and changes found among 20 columns"
SEED: Final = 20_261_129
LENGTH: Final = 384
FOUND_AT: Final = FALSE_ALARMS_MAX / 20
ALLOWED_PERCENT: Final = 1.0
WINDOWS: Final = 10
#: Fewer windows say too little of a hundredth of them to be held against a limit.
_TOLD_APART_MIN: Final = 400

Rng = np.random.Generator
Vectors = NDArray[np.float32]
_MADE: Final = np.random.default_rng(SEED)
_TURN: Final = np.linalg.qr(_MADE.normal(size=(LENGTH, LENGTH)))[0]
_FALLING: Final = np.sqrt(1.0 / np.arange(1, LENGTH + 1))
_TOPICS: Final = _MADE.normal(size=(5, LENGTH))


def equal(rng: Rng, rows: int) -> Vectors:
    """No direction is another one's better."""
    return rng.normal(size=(rows, LENGTH)).astype(np.float32)


def falling(rng: Rng, rows: int) -> Vectors:
    """A few directions hold most of the variance, as in most embeddings."""
    return ((rng.normal(size=(rows, LENGTH)) * _FALLING) @ _TURN).astype(np.float32)


def heavy(rng: Rng, rows: int) -> Vectors:
    """Some vectors are far longer than others."""
    return (rng.standard_t(3.0, size=(rows, 1)) * falling(rng, rows)).astype(np.float32)


def sphere(rng: Rng, rows: int) -> Vectors:
    """Five topics, on a sphere."""
    vectors = falling(rng, rows) + _TOPICS[rng.integers(len(_TOPICS), size=rows)]
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


@dataclass(frozen=True, slots=True)
class Change:
    """What is done to the window."""

    name: str
    draw: Callable[[Rng, int], Vectors]
    rows: int
    change: Callable[[Vectors], Vectors]


_ONE: Final = (np.arange(LENGTH) == 7).astype(np.float32)
CHANGES: Final = (
    Change("+ 0.1 sd along the first direction", falling, 5_000, lambda v: v + np.float32(0.1) * _TURN[0]),
    Change("+ 0.1 sd along one of 384 equal ones", equal, 5_000, lambda v: v + np.float32(0.1) * _ONE),
    Change("+ 0.05 sd of each number", equal, 1_000, lambda v: v + np.float32(0.05)),
    Change("covariance rotated", falling, 300, lambda v: v @ _TURN.T),
    Change("all 1.1 times as far", falling, 300, lambda v: v * np.float32(1.1)),
    Change("a tenth of rows the same text", sphere, 500, lambda v: np.vstack([v[:1].repeat(50, axis=0), v[50:]])),
)


def measure(*, full: bool = False) -> Sequence[Row]:
    """All shapes and changes: 1,000 windows without drift of each and 8 with; with `full`, 5,000 and 40."""
    times = 5 if full else 1
    shapes = ((equal, 300, 300), (falling, 300, 300), (heavy, 300, 300), (sphere, 1_000, 200))
    rows = [_false(draw, n, m, 100 * times) for draw, n, m in shapes]
    kept = [_false_kept(draw, 500, 500, 80 * times) for draw in (falling, heavy)]
    sums = [_found_by_sums(each, many, 24 * times) for each in KEPT[1:3] for many in (16, 32, 64)]
    found = [*(_found(each, 8 * times) for each in CHANGES), *(_found_kept(each, times) for each in KEPT)]
    whole = [_found_whole(KEPT[2], many, 10 * times) for many in (1_000, 3_000)]
    return [*rows, *kept, *found, *sums, *whole]


_CLUSTER: Final = _MADE.normal(size=LENGTH)


def _tenth_new(vectors: Vectors) -> Vectors:
    """A tenth is about a topic that nobody asked about before."""
    many = len(vectors) // 10
    new = vectors[:many] + np.float32(1.0) * (_CLUSTER / np.linalg.norm(_CLUSTER)).astype(np.float32)
    return np.vstack([new / np.linalg.norm(new, axis=1, keepdims=True), vectors[many:]])


KEPT: Final = (
    Change("+ 0.5 sd along the first direction", falling, 1_000, lambda v: v + np.float32(0.5) * _TURN[0]),
    Change("+ 0.3 sd along the first direction", falling, 1_000, lambda v: v + np.float32(0.3) * _TURN[0]),
    Change("+ 0.5 sd along one of 384 equal ones", equal, 1_000, lambda v: v + np.float32(0.5) * _TURN[0]),
    Change("+ 0.1 sd along the first direction", falling, 5_000, lambda v: v + np.float32(0.1) * _TURN[0]),
    Change("covariance rotated", falling, 2_000, lambda v: v @ _TURN.T),
    Change("a tenth is a new topic", sphere, 2_000, _tenth_new),
)


def _keep(vectors: Vectors) -> dict[str, list[float | None]]:
    made = [sketch_embedding(vector) for vector in vectors.tolist()]
    return {feature_of("v", end): [each[end] for each in made] for end in made[0]}


def _kept_p(reference: dict[str, Profile], vectors: Vectors) -> float:
    kept = _keep(vectors)
    found = [
        compare_feature(each.grid, align(each.grid, each.counts, count_values(kept[name], each.grid)), None)
        for name, each in reference.items()
    ]
    return join_comparisons(list(reference), found).p


def _false_kept(draw: Callable[[Rng, int], Vectors], n: int, m: int, windows: int) -> Row:
    """Each window has a reference of its own, so that they are independent."""
    false = 0
    for number in range(windows):
        rng = np.random.default_rng([SEED, 3, number])
        made = {name: build_profile(values) for name, values in _keep(draw(rng, n)).items()}
        false += _kept_p(made, draw(rng, m)) <= FALSE_ALARMS_MAX
    low, high = exact_interval(false, windows, 0.05)
    what = f"18 numbers of each, {draw.__name__}, {n:,} against {m:,}: p ≤ {FALSE_ALARMS_MAX}"
    beside = f"{false} of {windows:,}, 95 % interval {100 * low:.2g} to {100 * high:.2g} %"
    allowed = ALLOWED_PERCENT if windows >= _TOLD_APART_MIN else None
    return Row(what, 100 * false / windows, "% windows", allowed, at_most=True, beside=beside)


def _found_kept(each: Change, times: int) -> Row:
    kept = exact = 0
    for number in range(many := 2 * times):
        rng = np.random.default_rng([SEED, 4, number])
        before, after = each.draw(rng, each.rows), each.change(each.draw(rng, each.rows)).astype(np.float32)
        made = {name: build_profile(values) for name, values in _keep(before).items()}
        kept += _kept_p(made, after) <= FOUND_AT
        exact += _p(profile_embeddings(before, rng.permutation(each.rows)), after, rng) <= FOUND_AT
    what = f"18 numbers of each, {each.name}, {each.rows:,} against as many"
    return Row(what, 100 * kept / many, "% found", beside=f"of {many}; the library {100 * exact / many:.0f} %")


def _found_by_sums(each: Change, sums: int, windows: int) -> Row:
    """By the mean of the sum that moved most, at the share of p that all sums have together."""
    bound = NormalDist().inv_cdf(1.0 - 0.75 * FOUND_AT / sums / 2.0)
    found = 0
    for number in range(windows):
        rng = np.random.default_rng([SEED, 5, sums, number])
        signs = np.zeros((LENGTH, sums), dtype=np.float32)
        signs[rng.permutation(LENGTH), np.arange(LENGTH) % sums] = rng.choice([-1.0, 1.0], LENGTH)
        before, after = each.draw(rng, each.rows), each.change(each.draw(rng, each.rows))
        one, two = ((v / np.linalg.norm(v, axis=1, keepdims=True)) @ signs for v in (before, after))
        moved = (two.mean(axis=0) - one.mean(axis=0)) / np.sqrt((one.var(axis=0) + two.var(axis=0)) / each.rows)
        found += bool(np.abs(moved).max() > bound)
    return Row(f"{sums} sums, {each.name}, {each.rows:,} against as many", 100 * found / windows, "% found",
               beside=f"of {windows}, by means alone")  # fmt: skip


def _found_whole(each: Change, rows: int, windows: int) -> Row:
    """By the library, which compares the mean in all directions together."""
    found = 0
    for number in range(windows):
        rng = np.random.default_rng([SEED, 6, number])
        before, after = each.draw(rng, rows), each.change(each.draw(rng, rows)).astype(np.float32)
        found += _p(profile_embeddings(before, rng.permutation(rows)), after, rng) <= FOUND_AT
    what = f"whole vectors, {each.name}, {rows:,} against as many"
    return Row(what, 100 * found / windows, "% found", beside=f"of {windows}")


def _false(draw: Callable[[Rng, int], Vectors], n: int, m: int, references: int) -> Row:
    """The share of windows detected, in percent; beside it how many would be among 20 columns."""
    p = np.empty((references, WINDOWS))
    for number in range(references):
        rng = np.random.default_rng([SEED, 1, number])
        made = profile_embeddings(draw(rng, n), rng.permutation(n))
        p[number] = [_p(made, draw(rng, m), rng) for _ in range(WINDOWS)]
    shares = (p <= FALSE_ALARMS_MAX).mean(axis=1)
    error = 100 * float(shares.std(ddof=1)) / references**0.5
    rare = int((p <= FOUND_AT).sum())
    beside = f"of {p.size:,} of {references} references, SE {error:.2g}; {rare} at p ≤ {FOUND_AT:.2g}"
    what = f"{draw.__name__}, {n:,} against {m:,}: p ≤ {FALSE_ALARMS_MAX}"
    return Row(what, 100 * float(shares.mean()), "% windows", ALLOWED_PERCENT, at_most=True, beside=beside)


def _found(each: Change, many: int) -> Row:
    found = 0
    for number in range(many):
        rng = np.random.default_rng([SEED, 2, number])
        before, after = each.draw(rng, each.rows), each.change(each.draw(rng, each.rows))
        found += _p(profile_embeddings(before, rng.permutation(each.rows)), after, rng) <= FOUND_AT
    return Row(f"{each.name}, {each.rows:,} against as many", 100 * found / many, "% found", beside=f"of {many:,}")


def _p(reference: EmbeddingProfile, vectors: Vectors, rng: Rng) -> float:
    window = count_embeddings(vectors.astype(np.float32), reference)
    return compare_embedding(Embedding("vector", reference, window), Drawing(rng)).p
