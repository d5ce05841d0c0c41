"""A spool: events written down at once, before they are journaled together with many others.

What is in it survives the process, however that ends, and not a power cut: nothing is synced here, a write costs
microseconds. Whoever answers more requests per second than a disk can sync writes here before each answer; the journal
follows within a tenth of a second. Events found in it after a restart are journaled first; as they have the same
identities, those that were journaled already are known by the fold.

Two files take turns: while the events of one are being journaled, new ones go to the other.
"""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
import xxhash

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.kernel.ports import Disk, DiskFile

#: magic, schema, payload length, checksum of the payload
_HEAD: Final = struct.Struct("<4sHIQ")
_MAGIC: Final = b"\xf5EKR"
NAMES: Final = ("spool-0", "spool-1")
#: Of one file, read at once after a restart; doors refuse work long before so much waits.
_FILE_BYTES_MAX: Final = 256 * 1024 * 1024


class Spool:
    """The spool of one writer, in the directory of its journal. To be used by one thread at a time.

    `write` adds to the file whose turn it is, `turn` gives the other one its turn, and `clear` empties the one before,
    once all that was in it is in the journal.
    """

    def __init__(self, disk: Disk, directory: str) -> None:
        self._disk = disk
        self._paths = tuple(f"{directory}/{name}" for name in NAMES)
        disk.make_directory(directory)
        self._files: tuple[DiskFile, ...] = tuple(disk.open_append(path) for path in self._paths)
        disk.sync_directory(directory)
        self._turn = 0

    def left(self) -> EventBatch:
        """What a process before this one wrote and did not clear, in no order; a torn end is left out.

        Journal it, then call `clear_all`.
        """
        found = EventBatch()
        for path in self._paths:
            _read_into(found, self._disk.read(path, 0, _FILE_BYTES_MAX))
        return found

    def write(self, events: Sequence[Mapping[str, Any]]) -> int:
        """Add `events`, each without its absent values; answers how many bytes they took.

        On return they outlive this process. Raises OSError.
        """
        payload = _encode(events)
        head = _HEAD.pack(_MAGIC, SCHEMA_ID, len(payload), xxhash.xxh3_64_intdigest(payload))
        self._files[self._turn].append(head + payload)
        return _HEAD.size + len(payload)

    def turn(self) -> None:
        """From now on `write` adds to the other file, which has to be clear."""
        self._turn = 1 - self._turn

    def clear(self) -> None:
        """Empty the file that had its turn before: what was in it is in the journal."""
        self._files[1 - self._turn].truncate(0)

    def clear_all(self) -> None:
        """Empty both."""
        for file in self._files:
            file.truncate(0)

    def close(self) -> None:
        """Release the files; what is in them stays."""
        for file in self._files:
            file.close()


_encode: Final = msgspec.msgpack.Encoder().encode
_decode: Final = msgspec.msgpack.Decoder(list[dict[str, Any]]).decode


def _read_into(found: EventBatch, data: bytes) -> None:
    """Add the events of a file up to the first entry that is not whole: what comes after it was never answered for."""
    position = 0
    while len(data) - position >= _HEAD.size:
        magic, schema_id, length, checksum = _HEAD.unpack_from(data, position)
        payload = data[position + _HEAD.size : position + _HEAD.size + length]
        if magic != _MAGIC or len(payload) < length or xxhash.xxh3_64_intdigest(payload) != checksum:
            return
        if schema_id == SCHEMA_ID:
            found.add_all(_decode(payload))
        position += _HEAD.size + length
