"""Names in the formats of other tools, where what differs here could be called the same."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Hashable, Mapping
from typing import TypeVar

_Key = TypeVar("_Key", bound=Hashable)


def distinct(names: Mapping[_Key, str], length_max: int | None = None) -> dict[_Key, str]:
    """The name of each; those that would be called the same end with a short hash of what they are.

    >>> distinct({"a": "x", "b": "y"})
    {'a': 'x', 'b': 'y'}
    >>> len(set(distinct({"a": "x", "b": "x"}).values()))
    2
    """
    times = Counter(names.values())
    return {key: name if times[name] == 1 else _marked(name, repr(key), length_max) for key, name in names.items()}


def _marked(name: str, what: str, length_max: int | None) -> str:
    mark = hashlib.blake2b(what.encode(), digest_size=4).hexdigest()
    kept = name if length_max is None else name[: length_max - 1 - len(mark)].strip("-")
    return f"{kept}-{mark}"
