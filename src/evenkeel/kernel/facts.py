"""Values that are made for every request: frozen, and as cheap to make as anything in Python.

A dataclass sets its fields in Python, a frozen one through `object.__setattr__`; a request makes some thirty of
them, which was a sixth of all its CPU. A struct of msgspec sets them in C, and is frozen in truth.
"""

from __future__ import annotations

from dataclasses import MISSING, dataclass, field, fields
from typing import Any, TypeVar, cast, dataclass_transform

import msgspec

T = TypeVar("T")

#: What a class has of its own that the struct must not inherit: the places of its instances.
_OF_INSTANCES = ("__dict__", "__weakref__")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def fact(cls: type[T]) -> type[T]:
    """A class of frozen values, written as a dataclass is: compared and hashed by value, copied by `replace`.

    Raises TypeError for a class with a parent: what it inherits would be lost.

    >>> @fact
    ... class Point:
    ...     x: int
    ...     y: int = 0
    >>> Point(1) == Point(1, 0), hash(Point(1)) == hash(Point(1, 0)), Point(1)
    (True, True, Point(x=1, y=0))
    """
    if cls.__bases__ != (object,):
        raise TypeError(f"{cls.__name__} has a parent, and a fact has none")
    own = {name: value for name, value in vars(cls).items() if name not in _OF_INSTANCES}
    described = dataclass(cls)
    for each in fields(cast("Any", described)):
        own.pop(each.name, None)
        if each.default is not MISSING:
            own[each.name] = each.default
        elif each.default_factory is not MISSING:
            own[each.name] = msgspec.field(default_factory=each.default_factory)
    made = cast("Any", type(msgspec.Struct))(cls.__name__, (msgspec.Struct,), own, frozen=True)
    made.__dataclass_fields__ = cast("Any", described).__dataclass_fields__  # `replace` and `asdict` go by them
    return made
