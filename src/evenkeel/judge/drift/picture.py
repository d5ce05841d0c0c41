"""How a feature looked then and how it looks now: shares of both samples in bins that people can read. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from evenkeel.judge.drift.vectors import align
from evenkeel.kernel.profile.model import Counts, Floats, Grid, Ints, Kind, NumericGrid
from evenkeel.kernel.time import isoformat

#: Bins of a picture of numbers: enough for two humps, few enough for a phone.
BINS: Final = 20
#: Levels that are named; the others are one bin.
LEVELS: Final = 12
#: Of all rows, the share beyond either end that is one bin, so that a single far value does not flatten the rest: more
#: than the reference's outermost bucket holds, which reaches as far as its farthest value.
_TAIL_RATIO: Final = 0.01


@dataclass(frozen=True, slots=True)
class Bin:
    """A bin with its shares of all rows. `low` and `high` are of numbers only, None where the bin is open."""

    name: str
    before: float
    after: float
    low: float | None = None
    high: float | None = None


def draw_bins(grid: Grid, reference: Counts, window: Counts) -> list[Bin]:
    """Bins in order of size, or levels with the most frequent first; rows without a value are a bin of their own.

    >>> from evenkeel.kernel.profile.build import build_profile
    >>> from evenkeel.kernel.profile.count import count_values
    >>> profile = build_profile(["de"] * 30 + ["en"] * 70)
    >>> window = count_values(["en"] * 5 + ["es"] * 5, profile.grid)
    >>> [(each.name, each.before, each.after) for each in draw_bins(profile.grid, profile.counts, window)]
    [('en', 0.7, 0.5), ('es', 0.0, 0.5), ('de', 0.3, 0.0)]
    """
    both = align(grid, reference, window)
    n, m = max(1, both.reference_n), max(1, both.window_n)
    if isinstance(grid, NumericGrid):
        bins = _of_numbers(grid, both.reference, both.window, (n, m))
    else:
        bins = _of_levels(both.names, both.reference, both.window, (n, m))
    if both.reference_absent + both.window_absent:
        bins.append(Bin("no value", both.reference_absent / n, both.window_absent / m))
    return bins


def _of_levels(names: Sequence[str], before: Ints, after: Ints, rows: tuple[int, int]) -> list[Bin]:
    shares = before / rows[0], after / rows[1]
    order: list[int] = np.argsort(-np.maximum(*shares), kind="stable").tolist()
    named = [place for place in order if names[place] and before[place] + after[place]][:LEVELS]
    # The sums of both samples decide the order, so that the picture is the same whoever is called the reference.
    named.sort(key=lambda place: -(shares[0][place] + shares[1][place]))
    bins = [Bin(names[place], float(shares[0][place]), float(shares[1][place])) for place in named]
    rest = [float(share.sum() - share[named].sum()) for share in shares]
    if max(rest) > 1e-12:
        bins.append(Bin("others", rest[0], rest[1]))
    return bins


def _of_numbers(grid: NumericGrid, before: Ints, after: Ints, rows: tuple[int, int]) -> list[Bin]:
    """Bins of one width between the ends of nearly all rows, made of the grid's own buckets."""
    middles = np.concatenate([[-np.inf], grid.middles, [np.inf]])
    pooled = before / rows[0] + after / rows[1]
    if not grid.body or pooled.sum() == 0:
        return [Bin("any value", float(before.sum()) / rows[0], float(after.sum()) / rows[1])]
    reached = np.cumsum(pooled) / pooled.sum()
    finite = np.flatnonzero(np.isfinite(middles) & (pooled > 0))
    if finite.size == 0:
        return [Bin("infinite", float(before.sum()) / rows[0], float(after.sum()) / rows[1])]
    first = max(int(np.searchsorted(reached, _TAIL_RATIO)), int(finite[0]))
    last = min(int(np.searchsorted(reached, 1.0 - _TAIL_RATIO)), int(finite[-1]))
    edges = _edges(middles[first : max(first, last) + 1], pooled[first : max(first, last) + 1])
    places = np.searchsorted(edges, middles, side="right")
    bins: list[Bin] = []
    for place in range(len(edges) + 1):
        inside = places == place
        shares = float(before[inside].sum()) / rows[0], float(after[inside].sum()) / rows[1]
        is_end = place in (0, len(edges))
        if is_end and max(shares) == 0.0:
            continue
        low = None if place == 0 else float(edges[place - 1])
        high = None if place == len(edges) else float(edges[place])
        bins.append(Bin(_name(grid.kind, low, high), *shares, low, high))
    return bins


def _edges(middles: Floats, pooled: Floats) -> Floats:
    """Edges between bins. Few buckets that hold rows have a bin each: whole numbers do not fall between bins."""
    low, high = float(middles[0]), float(middles[-1])
    inside = middles[pooled > 0]
    if inside.size <= BINS:
        between = (inside[1:] + inside[:-1]) / 2.0
        return between if between.size else np.asarray([low])
    return np.linspace(low, high, BINS + 1)


def _name(kind: Kind, low: float | None, high: float | None) -> str:
    def write(value: float) -> str:
        if kind is Kind.DATETIME and abs(value) < 2e11:
            return isoformat(int(value * 1e6))[:16].replace("T", " ")
        return f"{value:,.0f}" if abs(value) >= 1_000 else f"{value:.3g}"

    if low is None:
        return f"up to {write(high or 0.0)}"
    return f"from {write(low)}" if high is None else f"{write(low)} to {write(high)}"
