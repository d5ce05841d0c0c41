"""An embedding as the few numbers that are kept of it, and the names they go by.

A vector is kept nowhere. What is kept are signed sums of disjoint parts of its numbers (very sparse random projections:
Li, Hastie and Church 2006, KDD), its length and how many numbers it has. Which numbers belong to which part, and with
which sign, follows from how many there are alone: whoever makes the numbers, wherever, makes the same ones.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final

#: Features whose names begin so are made of embeddings: no sender's own feature may be called so.
EMBEDDING: Final = "embedding:"
#: Numbers that an embedding may have.
LENGTH_MIN: Final = 2
LENGTH_MAX: Final = 8_192
#: Longer ones have sums beyond what numbers hold.
NORM_MAX: Final = 1e300
#: Sums of one vector. Eight find as much of what is plain (a shift by half a standard deviation along the first of 384
#: directions, a rotated cloud, a tenth about something new), and of a shift by 0.3 with 1,000 vectors 1 of 20 where 16
#: find 8. Of a shift along one of 384 directions that vary alike, neither finds anything, nor do 64: what more of them
#: would show is in docs/concepts/drift.md. Another number moves every part, and so makes every grid another one.
DIRECTIONS: Final = 16
#: Ends of the names of the other two.
NORM: Final = "norm"
SIZE: Final = "size"
#: Lengths whose parts are held; each takes up to 130 kB.
_LENGTHS_HELD_MAX: Final = 32
#: Digits kept, of sums behind the point and of the norm in all: two samples differ by far more. A norm of 1 is 1
#: however its vector was written: with more digits, floats of 32 bits would look unlike those of 64.
DIGITS: Final = 5
#: Of a vector's name, so that the names of its numbers are no longer than a feature's may be.
NAME_MAX: Final = 100

Part = tuple[Sequence[int], Sequence[int]]


def sketch_embedding(vector: Sequence[float]) -> dict[str, float | None]:
    """The numbers that stay of a vector by the ends of their names: `1` to `16`, `norm` and `size`.

    The sums are of the vector at length 1, in units of what a vector without a preferred direction has: near 1 whatever
    the model. How long it was is told by itself. A vector of length 0 has no direction: its sums are None. Takes 2 to
    8,192 finite numbers, of a vector that is no longer than 1e300.

    >>> found = sketch_embedding([3.0, 4.0])
    >>> found["norm"], found["size"], sorted(abs(found[end]) for end in "12")
    (5.0, 2, [0.84853, 1.13137])
    """
    size = len(vector)
    norm = math.hypot(*vector)
    parts = parts_of(size)
    made: dict[str, float | None] = {SIZE: size, NORM: round_norm(norm)}
    if not 0.0 < norm < math.inf:
        return made | {str(place): None for place in range(1, len(parts) + 1)}
    for place, (plus, minus) in enumerate(parts, start=1):
        total = math.fsum(_chosen(vector, plus)) - math.fsum(_chosen(vector, minus))
        made[str(place)] = round(total / norm * math.sqrt(size / (len(plus) + len(minus))), DIGITS)
    return made


def round_norm(norm: float) -> float:
    """How long a vector was, as it is kept.

    >>> round_norm(0.99999998), round_norm(123.4567)
    (1.0, 123.46)
    """
    return float(f"{norm:.{DIGITS}g}")


def feature_of(name: str, end: str) -> str:
    """The name of the feature that is one number of an embedding.

    >>> feature_of("question", "norm")
    'embedding:question/norm'
    """
    return f"{EMBEDDING}{name}/{end}"


def split_feature(feature: str) -> tuple[str, str]:
    """(the feature that people are told of, which number of it): of anything but an embedding, itself and nothing.

    >>> split_feature("embedding:question/norm"), split_feature("age")
    (('embedding:question', 'norm'), ('age', ''))
    """
    if not feature.startswith(EMBEDDING):
        return feature, ""
    whole, slash, end = feature.rpartition("/")
    return (whole, end) if slash else (feature, "")


def as_attributes(embeddings: Mapping[str, Sequence[float]], prefix: str) -> dict[str, float | None]:
    """The numbers of embeddings by the names of attributes; no vector is in them."""
    return {
        prefix + feature_of(name, end): number
        for name, vector in embeddings.items()
        for end, number in sketch_embedding(vector).items()
    }


def _chosen(vector: Sequence[float], places: Sequence[int]) -> Sequence[float]:
    if len(places) < 2:  # `itemgetter` of one place answers no sequence
        return [vector[place] for place in places]
    return itemgetter(*places)(vector)


@lru_cache(maxsize=_LENGTHS_HELD_MAX)
def parts_of(size: int) -> tuple[Part, ...]:
    """Of each sum, the places of the numbers that are added and of those that are taken off: drawn by a hash."""
    drawn = hashlib.shake_256(f"evenkeel embedding {size}".encode()).digest(8 * size)
    ranks = [int.from_bytes(drawn[8 * place : 8 * place + 8], "big") for place in range(size)]
    order = sorted(range(size), key=lambda place: (ranks[place], place))
    many = min(DIRECTIONS, size)
    return tuple(
        (
            tuple(place for place in order[part::many] if ranks[place] & 1),
            tuple(place for place in order[part::many] if not ranks[place] & 1),
        )
        for part in range(many)
    )
