"""What a column of embeddings looked like: a few directions with a frozen grid each, the mean and the spectrum.

Half of the reference's vectors choose the directions in which they vary most (principal components of standardised
coordinates), the other half is counted along them: a direction that was chosen because it varies much in one sample
varies less in any other. Of a vector the coordinates along these directions are kept, its distance from the middle,
and how far it is from all directions together. All are one number for each row, and are compared as such.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, cast

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.count import count_values
from evenkeel.kernel.profile.document import profile_from_json, profile_to_json
from evenkeel.kernel.profile.merge import merge
from evenkeel.kernel.profile.model import Counts, Floats, Kind, Profile

#: Directions that are followed: each costs a grid of some three kilobytes and a share of the power of the others.
DIRECTIONS: Final = 8

#: Fewer vectors show no directions; longer ones are no embeddings.
ROWS_MIN: Final = 20
LENGTH_MAX: Final = 8_192

_VARIANCE_MIN: Final = 1e-12

#: A vector twice as far from the middle as half of them are is an outlier.
_REACH_MEDIANS: Final = 2.0

Vectors = NDArray[np.float32]


@dataclass(frozen=True)
class Frame:
    """How vectors are looked at: shifted by `centre`, divided by `scale`, then along `directions` (rows).

    What is farther from the middle than `reach` counts in means as if it were as far: else one outlier is the mean.
    """

    centre: Vectors
    scale: Vectors
    directions: Vectors
    reach: float

    @property
    def length(self) -> int:
        """Numbers of a vector."""
        return int(self.centre.size)

    def standardise(self, vectors: Vectors) -> Vectors:
        """Vectors as rows, on the scale of the reference."""
        return ((vectors - self.centre) / self.scale).astype(np.float32)

    def within_reach(self, vectors: Vectors) -> Vectors:
        """Standardised vectors, none farther from the middle than the reach."""
        y = self.standardise(vectors)
        distances = np.sqrt(np.einsum("ij,ij->i", y, y))
        return y * np.minimum(1.0, self.reach / np.maximum(distances, self.reach))[:, None].astype(np.float32)

    def features(self, vectors: Vectors) -> Floats:
        """For each vector its coordinates, its distance from the middle, and from all directions together."""
        y = self.standardise(vectors)
        along = y @ self.directions.T
        squares = np.einsum("ij,ij->i", y, y)
        left = np.maximum(squares - np.einsum("ij,ij->i", along, along), 0.0)
        return np.column_stack([along, np.sqrt(squares), np.sqrt(left)]).astype(np.float64)


@dataclass(frozen=True)
class EmbeddingCounts:
    """A window's vectors: counts of each feature, the sum of all standardised vectors, and rows that hold none.

    Counts and sums of parts are added up to those of the whole.
    """

    features: tuple[Counts, ...]
    total: Floats
    rows: int
    missing: int = 0
    mistyped: int = 0  # no vector, or one of another length, or with a number that is not finite

    @property
    def n(self) -> int:
        """All rows."""
        return self.rows + self.missing + self.mistyped


@dataclass(frozen=True)
class EmbeddingProfile:
    """A reference of embeddings. `spectrum` are the variances of standardised vectors along their own components."""

    frame: Frame
    features: tuple[Profile, ...]
    spectrum: Floats
    counts: EmbeddingCounts

    @cached_property
    def document(self) -> dict[str, Any]:
        """Plain values that JSON can hold."""
        return {
            "centre": _packed(self.frame.centre),
            "scale": _packed(self.frame.scale),
            "directions": _packed(self.frame.directions),
            "reach": self.frame.reach,
            "features": [profile_to_json(each) for each in self.features],
            "spectrum": _packed(self.spectrum),
            "total": base64.b64encode(self.counts.total.astype("<f8").tobytes()).decode("ascii"),
            "rows": self.counts.rows,
            "missing": self.counts.missing,
            "mistyped": self.counts.mistyped,
        }

    def __eq__(self, other: object) -> bool:
        """By what is kept of it."""
        return isinstance(other, EmbeddingProfile) and self.document == other.document

    __hash__ = None  # pyright: ignore[reportAssignmentType]


def profile_embeddings(
    vectors: Vectors, order: NDArray[np.int64], *, missing: int = 0, mistyped: int = 0
) -> EmbeddingProfile:
    """The profile of a reference's vectors (rows); `order` is a blind order of them, by which they are halved.

    Raises InvalidInputError for fewer than 20 vectors and for longer ones than 8,192.

    >>> rng = np.random.default_rng(1)
    >>> made = profile_embeddings(rng.normal(size=(200, 32)).astype(np.float32), rng.permutation(200))
    >>> made.frame.length, len(made.features), made.counts.rows
    (32, 10, 200)
    """
    rows, length = vectors.shape
    if rows < ROWS_MIN or not 1 < length <= LENGTH_MAX:
        message = f"{rows} vectors of {length} numbers are no reference of embeddings."
        hint = f"It takes {ROWS_MIN} vectors or more, of 2 to {LENGTH_MAX:,} numbers."
        raise InvalidInputError(message, hint=hint, seen=rows, allowed=ROWS_MIN)
    choosing, counted = vectors[order[::2]], vectors[order[1::2]]
    centre = choosing.mean(axis=0, dtype=np.float64)
    deviation = choosing.std(axis=0, dtype=np.float64)
    scale = np.where(deviation > _VARIANCE_MIN, deviation, 1.0)
    plain = Frame(_half(centre), _half(scale, at_least=1e-3), np.zeros((0, length), dtype=np.float32), 1.0)
    _, components = np.linalg.eigh(_covariance(plain.standardise(choosing)))
    many = min(DIRECTIONS, length - 1)
    directions = _half(components[:, ::-1][:, :many].T)
    distances = np.linalg.norm(plain.standardise(choosing), axis=1)
    reach = max(_VARIANCE_MIN, _REACH_MEDIANS * float(np.median(distances)))
    frame = Frame(plain.centre, plain.scale, directions, reach)
    found = frame.features(counted)
    features = tuple(build_profile(found[:, place], Kind.NUMERIC) for place in range(found.shape[1]))
    spectrum = np.maximum(np.linalg.eigvalsh(_covariance(frame.within_reach(vectors))), 0.0)
    total = frame.within_reach(vectors).sum(axis=0, dtype=np.float64)
    counts = EmbeddingCounts(tuple(each.counts for each in features), total, rows, missing, mistyped)
    return EmbeddingProfile(frame, features, _half(spectrum[::-1]).astype(np.float64), counts)


def count_embeddings(
    vectors: Vectors, reference: EmbeddingProfile, *, missing: int = 0, mistyped: int = 0
) -> EmbeddingCounts:
    """A window's vectors, counted on the grids of their reference; all have its length."""
    found = reference.frame.features(vectors)
    features = tuple(count_values(found[:, place], each.grid) for place, each in enumerate(reference.features))
    total = reference.frame.within_reach(vectors).sum(axis=0, dtype=np.float64)
    return EmbeddingCounts(features, total, int(vectors.shape[0]), missing, mistyped)


def merge_embeddings(one: EmbeddingCounts, two: EmbeddingCounts) -> EmbeddingCounts:
    """Both windows together. Raises InvalidInputError where they were counted on other grids."""
    features = tuple(merge(pair) for pair in zip(one.features, two.features, strict=True))
    missing, mistyped = one.missing + two.missing, one.mistyped + two.mistyped
    return EmbeddingCounts(features, one.total + two.total, one.rows + two.rows, missing, mistyped)


def embedding_from_json(document: Mapping[str, Any]) -> EmbeddingProfile:
    """The profile that a document holds. Raises KeyError, TypeError or ValueError where it holds none."""
    centre, scale, flat = (_unpacked(document[name]) for name in ("centre", "scale", "directions"))
    frame = Frame(centre, scale, flat.reshape(-1, centre.size), float(document["reach"]))
    features = tuple(profile_from_json(each) for each in cast("list[dict[str, Any]]", document["features"]))
    total = np.frombuffer(base64.b64decode(document["total"]), dtype="<f8")
    counts = EmbeddingCounts(
        tuple(each.counts for each in features),
        total,
        int(document["rows"]),
        int(document["missing"]),
        int(document["mistyped"]),
    )
    return EmbeddingProfile(frame, features, _unpacked(document["spectrum"]).astype(np.float64), counts)


def _covariance(y: Vectors) -> Floats:
    off = y.astype(np.float64) - y.mean(axis=0, dtype=np.float64)
    return off.T @ off / max(1, len(y) - 1)


def _half(values: NDArray[Any], *, at_least: float = 0.0) -> Vectors:
    """As it is kept, in two bytes a number: whoever made it and whoever reads it look at vectors alike."""
    kept = np.clip(values, -6e4, 6e4)
    return np.maximum(kept, at_least).astype("<f2").astype(np.float32) if at_least else kept.astype("<f2").astype("f4")


def _packed(values: NDArray[Any]) -> str:
    return base64.b64encode(values.astype("<f2").tobytes()).decode("ascii")


def _unpacked(text: str) -> Vectors:
    return np.frombuffer(base64.b64decode(text), dtype="<f2").astype(np.float32)
