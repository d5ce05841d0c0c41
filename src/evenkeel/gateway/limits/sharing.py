"""Whether accounts are kept in a store that machines share, as control publishes it and workers read it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import msgspec

from evenkeel.gateway.limits.shared_link import SharedSettings
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.store.resp import parse_address


@dataclass(frozen=True, slots=True)
class StorePolicy:
    """Which store, and what happens while it cannot be used."""

    url: str  # without a secret; or where the URL is: env:NAME, file:PATH
    lets_pass: bool = False  # requests pass uncounted while it is lost


def parse_store(document: Mapping[str, Any]) -> StorePolicy | None:
    """The store of a published document; None: each machine keeps its own accounts. Raises ValueError.

    >>> parse_store({"store": {"url": "redis://cache.internal/0", "lets_pass": False}}).url
    'redis://cache.internal/0'
    """
    row = document.get("store")
    if row is None:
        return None
    try:
        return msgspec.convert(row, StorePolicy)
    except ValueError as error:
        raise ValueError(f"store: {error}") from None


def store_document(policy: StorePolicy | None) -> dict[str, Any]:
    """What control publishes: `parse_store` of it is `policy`."""
    return {"store": None if policy is None else asdict(policy)}


def settings_of(policy: StorePolicy, read_secret: Callable[[str], str]) -> SharedSettings:
    """How a store is met. Raises NotFoundError for a secret that is not there, InvalidInputError for no address."""
    try:
        return SharedSettings(parse_address(read_secret(policy.url)), policy.lets_pass)
    except ValueError as error:
        fact = f"What {policy.url} holds is {error}."
        raise InvalidInputError(fact, hint="Mend it; nothing is counted without it.") from None
