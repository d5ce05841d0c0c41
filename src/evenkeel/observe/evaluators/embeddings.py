"""Embeddings as they are sent: read, made into a few numbers in memory, and dropped.

This is done of every embedding, whatever the CPU budget of evaluating: those that were left out would look as if they
were missing. Of 384 and 1,536 numbers it takes some 46 and 130 microseconds, 15 and 50 of them to check the vector: two
to three times as long as to read it from JSON.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

from evenkeel.kernel.embedding import EMBEDDING, LENGTH_MAX, LENGTH_MIN, NAME_MAX, NORM_MAX
from evenkeel.kernel.errors import InvalidInputError

#: Of one event: each takes 18 features of the 300 that a service may have.
EMBEDDINGS_MAX: Final = 8
_RESERVED: Final = f"feature.{EMBEDDING}"


def read_embeddings(given: object) -> dict[str, Sequence[float]]:
    """The vectors of an event by name; none where there are none. Raises InvalidInputError naming what is no vector.

    >>> read_embeddings({"question": [0.6, 0.8]})
    {'question': [0.6, 0.8]}
    >>> read_embeddings({"question": [0.6, None]})
    Traceback (most recent call last):
    ...
    evenkeel.kernel.errors.InvalidInputError: embeddings.question holds None at place 2. Send finite numbers only.
    """
    if given is None:
        return {}
    if not isinstance(given, dict):
        raise InvalidInputError(
            f"embeddings is an object, not {type(given).__name__}.", hint='Send e.g. {"question": [0.12, -0.03]}.'
        )
    found = cast("dict[str, object]", given)
    if len(found) > EMBEDDINGS_MAX:
        raise InvalidInputError(
            f"{len(found)} embeddings in one event.", hint=f"Send at most {EMBEDDINGS_MAX}.", seen=len(found)
        )
    return {_name(name): read_vector(vector, f"embeddings.{name}") for name, vector in found.items()}


def read_vector(given: object, name: str) -> Sequence[float]:
    """2 to 8,192 finite numbers. Raises InvalidInputError that says what `name` is instead."""
    if not isinstance(given, list):
        raise InvalidInputError(f"{name:.140} is a list of numbers, not {type(given).__name__}.")
    vector = cast("list[Any]", given)
    if not LENGTH_MIN <= len(vector) <= LENGTH_MAX:
        raise InvalidInputError(
            f"{name:.140} has {len(vector):,} numbers.",
            hint=f"An embedding has {LENGTH_MIN} to {LENGTH_MAX:,}.",
            seen=len(vector),
            allowed=LENGTH_MAX,
        )
    if {float, int}.issuperset(map(type, vector)):
        try:
            if math.hypot(*vector) <= NORM_MAX:
                return vector
        except OverflowError:  # JSON may hold whole numbers of any length
            pass
    wrong = next((place for place, each in enumerate(vector) if not _is_finite(each)), None)
    if wrong is None:
        raise InvalidInputError(
            f"{name:.140} is longer than numbers go.", hint="Are these the numbers of an embedding?"
        )
    raise InvalidInputError(
        f"{name:.140} holds {vector[wrong]!r:.40} at place {wrong + 1}.", hint="Send finite numbers only."
    )


def refuse_reserved(attributes: Mapping[str, Any]) -> None:
    """Raise InvalidInputError where an attribute has a name that only embeddings make."""
    taken = next((name for name in attributes if name.startswith(_RESERVED)), None)
    if taken is not None:
        raise InvalidInputError(
            f"{taken[:120]!r} is a name of what is made of embeddings.",
            hint="Send the vector under `embeddings`, or name the feature otherwise.",
        )


def _name(name: str) -> str:
    if not 1 <= len(name) <= NAME_MAX or not name.isprintable():
        raise InvalidInputError(
            f"{name[:40]!r} is no name of an embedding.", hint=f"It has 1 to {NAME_MAX} characters that print."
        )
    return name


def _is_finite(value: object) -> bool:
    if type(value) not in (float, int):
        return False
    try:
        return math.isfinite(cast("float", value))
    except OverflowError:
        return False
