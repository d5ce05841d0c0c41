"""A frame: one batch as bytes, with everything needed to know whether it is whole.

    magic 8 | format u16 | schema u16 | rows u32 | payload length u32 | written at i64 µs | checksum u64 | payload

little-endian. The checksum is xxh3-64 over the header before it and the payload, seeded with writer and
segment: a frame copied elsewhere, left over in a recycled block, or written by a sender into its own
data does not pass for one. The magic is not UTF-8, so that no text column can hold it.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import Final

import xxhash

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.ids import derive_u64

MAGIC: Final = b"\xf5EVKFR\r\n"
FORMAT: Final = 1
_FIELDS: Final = struct.Struct("<8sHHIIq")
_CHECKSUM: Final = struct.Struct("<Q")
HEADER_BYTES: Final = _FIELDS.size + _CHECKSUM.size
#: One frame is read, checked and decoded at once; doors take bodies well below this.
PAYLOAD_BYTES_MAX: Final = 32 * 1024 * 1024
FRAME_BYTES_MAX: Final = HEADER_BYTES + PAYLOAD_BYTES_MAX


class NotAFrame(Enum):
    """Why bytes are not a whole frame."""

    INCOMPLETE = "incomplete"  # the bytes end before the frame does
    CORRUPT = "corrupt"  # no magic, an impossible length or a wrong checksum


@dataclass(frozen=True, slots=True)
class Header:
    """What a frame says of itself."""

    schema_id: int
    rows: int
    payload_bytes: int
    written_at_us: int

    @property
    def frame_bytes(self) -> int:
        """Header and payload."""
        return HEADER_BYTES + self.payload_bytes


def segment_seed(writer: str, segment: int) -> int:
    """The seed of the checksums in one segment of one writer."""
    return derive_u64(writer.encode(), b"%d" % segment)


def encode_frame(header: Header, payload: bytes, seed: int) -> bytes:
    """The bytes of a frame. Raises InvalidInputError when the payload is larger than a frame may be.

    >>> seed = segment_seed("intake-0", 1)
    >>> frame = encode_frame(Header(schema_id=1, rows=2, payload_bytes=3, written_at_us=9), b"abc", seed)
    >>> parse_frame(frame, 0, seed)
    Header(schema_id=1, rows=2, payload_bytes=3, written_at_us=9)
    >>> parse_frame(frame[:-1], 0, seed), parse_frame(frame, 0, seed + 1)
    (<NotAFrame.INCOMPLETE: 'incomplete'>, <NotAFrame.CORRUPT: 'corrupt'>)
    """
    if len(payload) > PAYLOAD_BYTES_MAX:
        message = f"A batch of {header.rows} events takes {len(payload)} bytes; one may take {PAYLOAD_BYTES_MAX}."
        raise InvalidInputError(message, hint="Send it in several parts.", rows=header.rows, bytes=len(payload))
    fields = _FIELDS.pack(MAGIC, FORMAT, header.schema_id, header.rows, len(payload), header.written_at_us)
    return b"".join((fields, _CHECKSUM.pack(_checksum(fields, payload, seed)), payload))


def parse_header(buffer: bytes, position: int) -> Header | NotAFrame:
    """The header at `position`, its checksum not looked at."""
    if len(buffer) - position < HEADER_BYTES:
        return NotAFrame.INCOMPLETE
    magic, version, schema_id, rows, length, written_at_us = _FIELDS.unpack_from(buffer, position)
    if magic != MAGIC or version != FORMAT or length > PAYLOAD_BYTES_MAX:
        return NotAFrame.CORRUPT
    return Header(schema_id, rows, length, written_at_us)


def parse_frame(buffer: bytes, position: int, seed: int) -> Header | NotAFrame:
    """The header of the whole, intact frame at `position`, or why there is none."""
    header = parse_header(buffer, position)
    if isinstance(header, NotAFrame):
        return header
    if len(buffer) - position < header.frame_bytes:
        return NotAFrame.INCOMPLETE
    view = memoryview(buffer)[position : position + header.frame_bytes]
    (stored,) = _CHECKSUM.unpack_from(view, _FIELDS.size)
    computed = _checksum(view[: _FIELDS.size], view[HEADER_BYTES:], seed)
    return header if stored == computed else NotAFrame.CORRUPT


def payload_of(buffer: bytes, position: int, header: Header) -> bytes:
    """The payload of the frame at `position`."""
    return buffer[position + HEADER_BYTES : position + header.frame_bytes]


def find_frame(buffer: bytes, start: int, seed: int) -> int | None:
    """The position of the first whole, intact frame at or after `start`."""
    position = buffer.find(MAGIC, start)
    while position >= 0:
        if isinstance(parse_frame(buffer, position, seed), Header):
            return position
        position = buffer.find(MAGIC, position + 1)
    return None


def _checksum(fields: bytes | memoryview, payload: bytes | memoryview, seed: int) -> int:
    digest = xxhash.xxh3_64(fields, seed=seed)
    digest.update(payload)
    return digest.intdigest()
