"""Values that are made for every request: frozen for type checkers, as cheap as any other object to make.

A frozen dataclass sets each field through `object.__setattr__`, five times the cost of an assignment; a request makes
some twenty of them, which was a sixth of all its CPU. What a type checker has seen is not assigned to; nothing more
is needed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeVar, dataclass_transform

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def fact(cls: type[T]) -> type[T]:
    """A dataclass with slots that is not to be changed once it is made; it can be compared and hashed by its values.

    >>> @fact
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1) == Point(1, 0), hash(Point(1)) == hash(Point(1, 0))
    (True, True)
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
