"""What a feature looked like: counts on a grid that is frozen with the reference (DESIGN §4).

A window is a vector of whole numbers on its reference's grid, so merging is addition, and windows and versions can be
compared as long as they were counted on the same grid. Grids carry an id made of their content; counts of another grid
are refused, never re-binned.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.errors import InvalidInputError

#: Quantiles of the reference that are edges: deciles and ventiles are among them.
QUANTILES: Final = 120

#: Doublings of the distance beyond either end of the reference that have a bucket of their own.
TAIL_DOUBLINGS: Final = 40

#: Levels of a category that are counted one by one, by the reference and, again, among those that are new.
LEVELS_MAX: Final = 1_000

#: Buckets that the other levels share.
SHARED_BUCKETS: Final = 20

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


class Kind(StrEnum):
    """What a feature's values are."""

    NUMERIC = "numeric"
    CATEGORICAL = "categorical"
    BOOLEAN = "boolean"
    DATETIME = "datetime"  # counted as seconds since 1970, UTC
    EMBEDDING = "embedding"  # a vector; what is told of it has grids of its own (`embedding`)


@dataclass(frozen=True, slots=True)
class Apart:
    """How many rows hold no value that could be compared; each sort for itself."""

    missing: int = 0  # nothing was given
    nan: int = 0  # given, but not a number
    above: int = 0  # +infinity
    below: int = 0  # -infinity
    mistyped: int = 0  # a value of another type, such as a word among numbers

    @property
    def total(self) -> int:
        """All of them."""
        return self.missing + self.nan + self.above + self.below + self.mistyped

    def __add__(self, other: Apart) -> Apart:
        return Apart(
            self.missing + other.missing,
            self.nan + other.nan,
            self.above + other.above,
            self.below + other.below,
            self.mistyped + other.mistyped,
        )


@dataclass(frozen=True)
class NumericGrid:
    """Buckets of numbers: `(edge, next edge]`, one more than there are edges; the outermost two are open.

    `body` are the edges inside the reference's range, the first just below its smallest value and the last its largest.
    An atom, a value with at least 1/120 of the rows, has an edge just below itself and one at itself, so that its
    bucket holds nothing else. Beyond the body, distances double from `unit` on. `deciles` are edges of the body.

    >>> grid = NumericGrid(Kind.NUMERIC, body=(0.0, 1.0, 2.0), unit=1.0, deciles=(1.0,))
    >>> grid.edges[38:45].tolist()
    [-2.0, -1.0, 0.0, 1.0, 2.0, 3.0, 4.0]
    >>> grid.size == len(grid.edges) + 1
    True
    """

    kind: Kind
    body: tuple[float, ...]  # empty where the reference held no number at all
    unit: float
    deciles: tuple[float, ...]

    @cached_property
    def edges(self) -> Floats:
        """All edges in order of size."""
        if not self.body:
            return np.empty(0)
        with np.errstate(over="ignore"):
            steps = self.unit * 2.0 ** np.arange(TAIL_DOUBLINGS)
            edges = np.concatenate([self.body[0] - steps, self.body, self.body[-1] + steps])
        return np.unique(edges[np.isfinite(edges)])

    @property
    def size(self) -> int:
        """How many buckets there are."""
        return len(self.edges) + 1

    @cached_property
    def decile_starts(self) -> Ints:
        """The first bucket of each bin between deciles; 0 is the first.

        Of a constant all deciles are one; what comes to lie below it has a bin of its own, too.
        """
        if len(self.body) == 2:
            return np.searchsorted(self.edges, [-np.inf, *self.body], side="right").astype(np.int64)
        after = np.searchsorted(self.edges, np.asarray(self.deciles, dtype=float)) + 1
        return np.concatenate([[0], after]).astype(np.int64)

    @cached_property
    def middles(self) -> Floats:
        """A number for each bucket: its middle, an atom itself, and the edge where a bucket is open."""
        if self.edges.size == 0:
            return np.zeros(1)
        low = np.concatenate([self.edges[:1], self.edges])
        high = np.concatenate([self.edges, self.edges[-1:]])
        atom = np.nextafter(low, np.inf) >= high
        return np.where(atom, high, low + (high - low) / 2.0)

    @cached_property
    def id(self) -> str:
        """The same for the same buckets, whoever made them."""
        return _id_of(numeric_to_json(self))


@dataclass(frozen=True)
class LevelGrid:
    """Buckets of levels: one each, in order of name, then those that rare levels of a reference with too many share.

    Which of these a level shares is decided by a hash of its name, so that they tell something of the rare ones, too.
    """

    kind: Kind
    levels: tuple[str, ...]
    rest_levels: int = 0  # how many levels of the reference have no bucket of their own

    @property
    def size(self) -> int:
        """How many buckets there are."""
        return len(self.levels) + (SHARED_BUCKETS if self.rest_levels else 1)

    def shared_place(self, level: str) -> int:
        """The bucket that a level without one of its own shares."""
        return len(self.levels) + hash_of(level) % (self.size - len(self.levels))

    @cached_property
    def places(self) -> dict[str, int]:
        """The bucket of each level."""
        return {level: place for place, level in enumerate(self.levels)}

    @cached_property
    def id(self) -> str:
        """The same for the same buckets, whoever made them."""
        return _id_of(levels_to_json(self))


Grid = NumericGrid | LevelGrid


@dataclass(frozen=True)
class Counts:
    """How many rows fell into each bucket of a grid, and how many hold nothing to compare.

    `new` are levels that the grid does not know: at most `LEVELS_MAX` by name, chosen by a hash of the name, so that
    merging in any order keeps the same ones with exact counts; `new_rest` are the rows of all others.
    """

    grid_id: str
    buckets: tuple[int, ...]
    apart: Apart = Apart()
    new: dict[str, int] = field(default_factory=dict[str, int])
    new_rest: int = 0

    @cached_property
    def present(self) -> int:
        """Rows with a value that can be compared."""
        return sum(self.buckets) + sum(self.new.values()) + self.new_rest

    @cached_property
    def n(self) -> int:
        """All rows."""
        return self.present + self.apart.total

    @cached_property
    def vector(self) -> Ints:
        """The buckets as an array."""
        return np.asarray(self.buckets, dtype=np.int64)


@dataclass(frozen=True)
class Profile:
    """A feature's reference: its grid and how the reference fell into it."""

    grid: Grid
    counts: Counts

    def __post_init__(self) -> None:
        refuse_other_grid(self.grid, self.counts)


def refuse_other_grid(grid: Grid, counts: Counts) -> None:
    """Raise InvalidInputError where counts were not made on this grid."""
    if counts.grid_id != grid.id or len(counts.buckets) != grid.size:
        raise InvalidInputError(
            f"These counts were made on grid {counts.grid_id} ({len(counts.buckets)} buckets), not on grid {grid.id} "
            f"({grid.size} buckets).",
            hint="Compare a window with the reference whose grid it was counted on, or count its rows again.",
            seen=counts.grid_id,
            allowed=grid.id,
        )


def hash_of(level: str) -> int:
    """A number that orders levels the same everywhere, whatever their names."""
    return int.from_bytes(hashlib.blake2b(level.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def numeric_to_json(grid: NumericGrid) -> dict[str, object]:
    """Plain values that JSON can hold; deciles by their place in the body."""
    deciles = [grid.body.index(decile) for decile in grid.deciles]
    return {"kind": grid.kind.value, "body": list(grid.body), "unit": grid.unit, "deciles": deciles}


def levels_to_json(grid: LevelGrid) -> dict[str, object]:
    """Plain values that JSON can hold."""
    return {"kind": grid.kind.value, "levels": list(grid.levels), "rest_levels": grid.rest_levels}


def _id_of(document: dict[str, object]) -> str:
    text = json.dumps(document, sort_keys=True, ensure_ascii=True)
    return hashlib.blake2b(text.encode(), digest_size=8).hexdigest()
