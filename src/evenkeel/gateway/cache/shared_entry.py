"""An answer as it stands in a store that machines share: with whose it is, and how many purges were known by then."""

from __future__ import annotations

from typing import Final

import msgspec

from evenkeel.gateway.cache.model import CachedAnswer, Partition
from evenkeel.gateway.metering.model import Metered


class _Entry(msgspec.Struct, array_like=True, frozen=True):
    number: int
    partition: tuple[str, str, str, str, int | None]
    status: int
    headers: tuple[tuple[bytes, bytes], ...]
    chunks: tuple[bytes, ...]
    metered: Metered
    kept_at_us: int
    until_us: int


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(_Entry).decode


def write_entry(answer: CachedAnswer, partition: Partition, number: int) -> bytes:
    """The bytes to keep; `number` is that of the latest purge known when the answer was begun."""
    of = _facts(partition)
    head = (answer.status, answer.headers, answer.chunks, answer.metered, answer.kept_at_us, answer.until_us)
    return _encode(_Entry(number, of, *head))


def read_entry(data: bytes, partition: Partition) -> tuple[int, CachedAnswer] | None:
    """(number of the latest purge known to who kept it, the answer), or None where it is of another partition.

    Raises ValueError for what is no entry.
    """
    found = _decode(data)
    if found.partition != _facts(partition):
        return None
    said = (found.status, found.headers, found.chunks, found.metered, found.kept_at_us, found.until_us)
    return found.number, CachedAnswer(*said)


def _facts(partition: Partition) -> tuple[str, str, str, str, int | None]:
    return partition.tenant, partition.environment, partition.service, partition.version, partition.user
