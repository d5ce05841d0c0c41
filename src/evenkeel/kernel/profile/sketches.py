"""A column of embeddings as the few numbers that a running service's vectors are made into: its reference there.

The numbers of many vectors at once, the same as `kernel.embedding.sketch_embedding` makes of each.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from evenkeel.kernel.embedding import DIGITS, NORM, SIZE, parts_of, round_norm
from evenkeel.kernel.profile.build import build_profile
from evenkeel.kernel.profile.model import Floats, Kind, Profile


def sketch_rows(vectors: NDArray[Any]) -> dict[str, Floats]:
    """The numbers of vectors (rows) by the ends of their names, as `sketch_embedding` makes them; NaN for none.

    >>> {end: found.tolist() for end, found in sketch_rows(np.array([[3.0, 4.0]])).items() if end in (NORM, SIZE)}
    {'size': [2.0], 'norm': [5.0]}
    """
    rows, size = vectors.shape
    exact = vectors.astype(np.float64)
    largest = np.abs(exact).max(axis=1, initial=0.0)
    scale = np.where(largest > 0.0, largest, 1.0)  # or the squares of long vectors are infinite
    norms = scale * np.sqrt(np.square(exact / scale[:, None]).sum(axis=1))
    found = {SIZE: np.full(rows, float(size)), NORM: np.array([round_norm(each) for each in norms.tolist()])}
    with np.errstate(invalid="ignore", divide="ignore"):
        directions = exact / norms[:, None]  # of a vector of length 0, not a number
    for place, (plus, minus) in enumerate(parts_of(size), start=1):
        total = directions[:, list(plus)].sum(axis=1) - directions[:, list(minus)].sum(axis=1)
        found[str(place)] = np.round(total * math.sqrt(size / (len(plus) + len(minus))), DIGITS)
    return found


def profile_sketches(found: Mapping[str, Sequence[float]]) -> dict[str, Profile]:
    """The reference of each number; NaN is a vector without a direction, as it is of a running service."""
    return {end: build_profile(_with_gaps(values), Kind.NUMERIC) for end, values in found.items()}


def _with_gaps(values: Sequence[float]) -> Floats | list[float | None]:
    numbers = np.asarray(values, dtype=np.float64)
    if not np.isnan(numbers).any():
        return numbers
    return [None if math.isnan(each) else each for each in numbers.tolist()]
