"""Which segment carries a feature's drift: the one without whose rows nothing that matters is left.

For each level of each segment (country = ES, device = phone) the index of all other rows is computed. Whoever looks at
many levels finds one without which little is left by luck; so a level is told only where three things hold, each
corrected for all levels looked at: its own rows, or its share of rows, differ beyond chance; the upper bound of the
index of the others is within the limit; and that bound is at most half of what the whole surely has. Drift that is the
same everywhere is carried by nobody, nor is a drift that needs two levels to be left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.judge.drift.compare import compare_feature
from evenkeel.judge.drift.effect import measure_psi
from evenkeel.judge.drift.model import FALSE_ALARMS_MAX, PSI_LIMIT
from evenkeel.judge.drift.sentences import say_percent
from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts, Grid
from evenkeel.kernel.stats.fisher import shares_p
from evenkeel.kernel.stats.monte_carlo import Drawing
from evenkeel.kernel.stats.noncentral import noncentrality_with
from evenkeel.kernel.stats.psi import Psi, psi

#: What is left of the drift may be at most this part of the whole's lower bound.
_LEFT_MAX: Final = 0.5
_SURE: Final = 0.05


@dataclass(frozen=True)
class Level:
    """The rows of one level of a segment: its counts of a feature in the reference and in the window.

    What is not `named`, such as all rare levels together, belongs to the rest and carries nothing by itself.
    """

    segment: str
    name: str
    reference: Counts
    window: Counts
    is_named: bool = True


@dataclass(frozen=True, slots=True)
class Carrier:
    """A level that carries the drift of a feature.

    `p` is how likely chance makes the level differ as much, and `left_high` the 95 % upper bound of the index of all
    other rows, both corrected for all levels that were looked at.
    """

    segment: str
    level: str
    share_before: float
    share_after: float
    is_share_other: bool  # beyond chance
    p: float
    within: Psi
    left: Psi
    left_high: float


def find_carriers(
    grid: Grid, levels: Sequence[Level], drawing: Drawing | None, *, psi_limit: float = PSI_LIMIT
) -> tuple[Carrier, ...]:
    """The levels that carry the drift of one feature, one for each segment at most, the least left first.

    All levels of a segment together are all rows. Raises InvalidInputError where counts are of another grid.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> rng = np.random.default_rng(1)
    >>> profile = build_profile(rng.normal(size=4_000))
    >>> def counts(shift): return count_values(rng.normal(shift, 1.0, size=2_000), profile.grid)
    >>> both = [Level("country", "DE", counts(0), counts(0)), Level("country", "ES", counts(0), counts(2))]
    >>> [(found.level, found.left_high < 0.2) for found in find_carriers(profile.grid, both, None)]
    [('ES', True)]
    """
    named = [level for level in levels if level.is_named]
    found = [_look(grid, level, [each for each in levels if each.segment == level.segment], drawing, len(named))
             for level in named]  # fmt: skip
    best: dict[str, Carrier] = {}
    for carrier, whole in found:
        bound = min(psi_limit, _LEFT_MAX * whole.low_one_sided)
        if carrier.p > FALSE_ALARMS_MAX or carrier.left_high > bound:
            continue
        other = best.get(carrier.segment)
        if other is None or carrier.left_high < other.left_high:
            best[carrier.segment] = carrier
    return tuple(sorted(best.values(), key=lambda carrier: carrier.left_high))


def describe_carrier(carrier: Carrier) -> str:
    """What is left without a level, in words.

    >>> index = Psi(0.01, 0.0, 0.0, 0.03, 0.0, 10, 1_000, 1_000)
    >>> describe_carrier(Carrier("country", "ES", 0.05, 0.4, True, 1e-9, index, index, 0.04))
    'without country = ES, whose share went from 5 % to 40 %, nothing that matters is left (PSI 0, at most 0.04)'
    """
    shares = say_percent(carrier.share_before), say_percent(carrier.share_after)
    went = "" if not carrier.is_share_other else f", whose share went from {shares[0]} to {shares[1]},"
    left = f"PSI {carrier.left.debiased:.2g}, at most {carrier.left_high:.2g}"
    return f"without {carrier.segment} = {carrier.level}{went} nothing that matters is left ({left})"


def _look(
    grid: Grid, level: Level, siblings: Sequence[Level], drawing: Drawing | None, many: int
) -> tuple[Carrier, Psi]:
    others = [each for each in siblings if each is not level]
    n, m = (sum(counts) for counts in zip(*((e.reference.n, e.window.n) for e in siblings), strict=True))
    own = align(grid, level.reference, level.window)
    p_rows = compare_feature(grid, own, drawing).p if min(level.reference.n, level.window.n) else 1.0
    p_share = shares_p(level.reference.n, n, level.window.n, m)
    left, left_high = _index(grid, others, _SURE / many)
    whole, _ = _index(grid, siblings, _SURE)
    carrier = Carrier(
        segment=level.segment,
        level=level.name,
        share_before=level.reference.n / max(1, n),
        share_after=level.window.n / max(1, m),
        is_share_other=2.0 * many * p_share <= FALSE_ALARMS_MAX,
        p=min(1.0, 2.0 * many * min(p_rows, p_share)),
        within=measure_psi(grid, own),
        left=left,
        left_high=left_high,
    )
    return carrier, whole


def _index(grid: Grid, levels: Sequence[Level], below: float) -> tuple[Psi, float]:
    """The index of some levels' rows, and its upper bound, which is exceeded with the chance `below`."""
    if not levels:
        return psi(np.zeros(2, dtype=np.int64), np.zeros(2, dtype=np.int64)), float("inf")
    both = align(grid, merge([each.reference for each in levels]), merge([each.window for each in levels]))
    found = measure_psi(grid, both)
    if found.n == 0 or found.m == 0:
        return found, float("inf")
    if found.bins < 2:
        return found, 0.0
    noise = 1.0 / found.n + 1.0 / found.m
    return found, max(found.debiased, noise * noncentrality_with(found.value / noise, found.bins - 1, below))
