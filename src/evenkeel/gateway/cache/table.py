"""Cache policies and purges as the document that control publishes and workers read (`store.tables`).

Its words are those of `model`. What is not known here is not looked at.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import Any, Final, TypeVar, cast

import msgspec

from evenkeel.gateway.cache.model import CachePolicy, Purge

#: Purges that a document holds, the latest; a worker that missed more than that gives up all that it keeps.
PURGES_MAX: Final = 100
#: Of a policy these have to be said: whoever reads a policy without them would give an answer to more people.
_SAID: Final = ("ttl_s", "is_per_user")

T = TypeVar("T")


def parse_caches(document: Mapping[str, Any]) -> Mapping[str, CachePolicy]:
    """The policies in a document, by route name; a route without one has no cache.

    Raises ValueError or TypeError that names the place and what is wrong.

    >>> parse_caches({"caches": {"production/bot": {"ttl_s": 60, "is_per_user": True}}})["production/bot"].ttl_s
    60.0
    >>> parse_caches({"caches": {"production/bot": {"ttl_s": 60}}})
    Traceback (most recent call last):
    ...
    ValueError: caches['production/bot']: is_per_user missing
    """
    rows = _section(document, "caches", {})
    if not isinstance(rows, Mapping):
        raise TypeError("caches: not an object")
    made: dict[str, CachePolicy] = {}
    for name, row in cast("Mapping[str, Any]", rows).items():
        place = f"caches[{name!r}]"
        environment, _, service = name.partition("/")
        if not environment or not service:
            raise ValueError(f"{place}: not the name of a route, environment/service")
        made[name] = policy = _convert(place, row, CachePolicy, _SAID)
        if not (isfinite(policy.ttl_s) and policy.ttl_s >= 0):
            raise ValueError(f"{place}.ttl_s: {policy.ttl_s} is not a number of seconds from 0")
        if policy.answer_bytes_max < 0:
            raise ValueError(f"{place}.answer_bytes_max: {policy.answer_bytes_max} is below 0")
        if not 0 <= policy.asked_again_share <= 1:
            raise ValueError(f"{place}.asked_again_share: {policy.asked_again_share} is not between 0 and 1")
    return made


def caches_document(caches: Mapping[str, CachePolicy], store: str = "") -> dict[str, Any]:
    """What `parse_caches` and `parse_cache_store` read; equal policies give equal documents."""
    return {"caches": {name: msgspec.to_builtins(caches[name]) for name in sorted(caches)}, "cache_store": store}


def parse_cache_store(document: Mapping[str, Any]) -> str:
    """Where answers are kept that machines share: a URL without a secret, or env:NAME, file:PATH; empty: nowhere.

    Raises TypeError.

    >>> parse_cache_store({"cache_store": "redis://cache.internal/1"}), parse_cache_store({})
    ('redis://cache.internal/1', '')
    """
    url = _section(document, "cache_store", "")
    if not isinstance(url, str):
        raise TypeError("cache_store: no text")
    return url


def parse_purges(document: Mapping[str, Any]) -> tuple[Purge, ...]:
    """The purges in a document, in their order. Raises ValueError or TypeError that names the place.

    >>> parse_purges({"purges": [{"seq": 7, "service": "bot"}]})
    (Purge(seq=7, environment='', service='bot', version='', user=None),)
    """
    rows = _section(document, "purges", [])
    if not isinstance(rows, list):
        raise TypeError("purges: not a list")
    purges = tuple(
        _convert(f"purges[{index}]", row, Purge, ("seq",)) for index, row in enumerate(cast("list[Any]", rows))
    )
    last = 0
    for index, purge in enumerate(purges):
        if purge.seq <= last:
            raise ValueError(f"purges[{index}].seq: {purge.seq} is not above {last}")
        last = purge.seq
    return purges


def purges_document(purges: Iterable[Purge]) -> dict[str, Any]:
    """The part of the document that `parse_purges` reads: the latest of `purges`, which come in their order."""
    return {"purges": [msgspec.to_builtins(purge) for purge in [*purges][-PURGES_MAX:]]}


def _section(document: Mapping[str, Any], name: str, absent: object) -> object:
    if not isinstance(document, Mapping):  # pyright: ignore[reportUnnecessaryIsInstance]  it comes from a file
        raise TypeError("The table of the gateway is no object.")
    return document.get(name, absent)


def _convert(place: str, row: object, kind: type[T], said: Iterable[str]) -> T:
    if not isinstance(row, Mapping):
        raise TypeError(f"{place}: not an object")
    missing = [name for name in said if name not in row]
    if missing:
        raise ValueError(f"{place}: {', '.join(missing)} missing")
    try:
        return msgspec.convert(row, kind)
    except msgspec.ValidationError as error:
        raise ValueError(f"{place}: {error}") from None
