"""Columns of embeddings: lists or arrays of equal length, as tables hold them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from evenkeel.judge.drift.chance import seeded
from evenkeel.kernel.profile.column import Values
from evenkeel.kernel.profile.embedding import (
    LENGTH_MAX,
    EmbeddingCounts,
    EmbeddingProfile,
    count_embeddings,
    profile_embeddings,
)
from evenkeel.kernel.profile.model import Profile
from evenkeel.kernel.profile.sketches import profile_sketches, sketch_rows
from evenkeel.library.table import Table

#: Vectors that are made into numbers at once: of 8,192 numbers they take 67 MB.
_AT_ONCE: Final = 1_024

#: So many vectors of a column are looked at, evenly over it.
VECTORS_MAX: Final = 20_000

#: So many values are looked at to tell what a column of objects holds.
_LOOKED_AT: Final = 20
_LENGTH_MIN: Final = 2
_OF_OBJECTS: Final = ("object", "list", "tuple", "ndarray", "unknown", "array")


@dataclass(frozen=True)
class Read:
    """Vectors of one length as rows, and rows that hold none, or another one."""

    vectors: NDArray[np.float32]
    missing: int
    mistyped: int


def holds_vectors(table: Table, name: str) -> bool:
    """Whether a column holds lists of numbers.

    >>> from evenkeel.library.lists import ListTable
    >>> table = ListTable({"e": [[0.1, 0.2], None], "tags": [["a"], ["b"]], "n": [1, 2]})
    >>> [holds_vectors(table, name) for name in table.columns]
    [True, False, False]
    """
    of = table.columns[name].lower()
    if not (of.endswith("]") or of.startswith(_OF_OBJECTS)):
        return False
    given = [value for value in cast("Sequence[object]", table.sample(name, _LOOKED_AT)) if value is not None]
    return bool(given) and sum(_as_vector(value) is not None for value in given) * 2 > len(given)


def profile_vectors(values: Values) -> EmbeddingProfile:
    """The profile of a reference's vectors. Raises InvalidInputError for fewer than 20 of one length."""
    read = read_vectors(values, None)
    order = seeded().permutation(len(read.vectors))
    return profile_embeddings(read.vectors, order, missing=read.missing, mistyped=read.mistyped)


def profile_sent(values: Values) -> dict[str, Profile]:
    """The reference of vectors for a service that sends such: of each number that is kept there.

    A service that sends what is no vector is refused, and a row without one does not count: both are left out.
    """
    given = [value for value in cast("Sequence[object]", values) if not _is_missing(value)]
    found: dict[str, list[float]] = {}
    for start in range(0, len(given), _AT_ONCE):
        alike: dict[int, list[NDArray[Any]]] = {}
        for each in given[start : start + _AT_ONCE]:
            vector = _as_vector(each, np.float64)
            if vector is not None and vector.size <= LENGTH_MAX and bool(np.isfinite(vector).all()):
                alike.setdefault(vector.size, []).append(vector)
        for vectors in alike.values():
            for end, numbers in sketch_rows(np.stack(vectors)).items():
                found.setdefault(end, []).extend(numbers.tolist())
    return profile_sketches(found)


def count_vectors(values: Values, reference: EmbeddingProfile) -> EmbeddingCounts:
    """A window's vectors on the grids of their reference; those of another length are of another type."""
    read = read_vectors(values, reference.frame.length)
    return count_embeddings(read.vectors, reference, missing=read.missing, mistyped=read.mistyped)


def read_vectors(values: Values, length: int | None) -> Read:
    """Vectors of that length, or of the one that most have.

    >>> read = read_vectors([[1.0, 2.0], None, [3.0], [4.0, float("nan")]], None)
    >>> read.vectors.tolist(), read.missing, read.mistyped
    ([[1.0, 2.0]], 1, 2)
    """
    listed = cast("Sequence[object]", values)
    given = [value for value in listed if not _is_missing(value)]
    found = [each for each in map(_as_vector, given) if each is not None]
    if length is None:
        length = max(Counter(each.size for each in found).items(), key=itemgetter(1), default=(0, 0))[0]
    fitting = [each for each in found if each.size == length and bool(np.isfinite(each).all())]
    vectors = np.stack(fitting) if fitting else np.zeros((0, length), dtype=np.float32)
    return Read(vectors, len(listed) - len(given), len(given) - len(fitting))


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _as_vector(value: object, of: type[np.floating[Any]] = np.float32) -> NDArray[Any] | None:
    if isinstance(value, str | bytes) or not isinstance(value, Sequence | np.ndarray):
        return None
    try:
        with np.errstate(over="ignore"):  # what is too large is infinite, and no vector
            made = np.asarray(cast("Any", value), dtype=of)
    except (TypeError, ValueError, OverflowError):
        return None
    return made if made.ndim == 1 and made.size >= _LENGTH_MIN else None
