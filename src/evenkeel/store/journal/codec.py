"""Batches of events as the bytes of a frame and back: an Arrow IPC stream of one record batch.

Uncompressed, because what the journal costs is the sync, not the bytes. UUID columns carry the Arrow
extension name that engines read as UUID. A journal written by an earlier schema is read with NULL in
the columns it lacked; one written by a later schema is refused, never guessed.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any, Final

from arro3.core import Array, DataType, Field, RecordBatch, Schema
from arro3.io import read_ipc_stream, write_ipc_stream

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import ConflictError, CorruptDataError, InvalidInputError
from evenkeel.kernel.event import COLUMN_NAMES, COLUMNS, UPGRADES, Column

_TYPES: Final = {
    "uuid": DataType.binary(16),
    "utf8": DataType.utf8(),
    "f64": DataType.float64(),
    "i64": DataType.int64(),
    "u64": DataType.uint64(),
    "i32": DataType.int32(),
    "bool": DataType.bool(),
    "ts_us": DataType.timestamp("us"),  # without a zone, which engines would need a calendar library to compare
}
_UUID: Final = {"ARROW:extension:name": "arrow.uuid"}
_STREAM_START: Final = b"\xff\xff\xff\xff"  # the continuation marker of every encapsulated message
_FIXED_BYTES_PER_ROW: Final = 320  # measured: a row of short strings without attributes
#: Columns that say one word throughout are remembered: how many, from which length on, and how large one may be.
_ALIKE_MAX: Final = 1_024
_ALIKE_ROWS_MIN: Final = 8
_ALIKE_BYTES_MAX: Final = 8_192


def _field(column: Column) -> Field:
    # Every column may be NULL on disk: an earlier schema may lack what is required today.
    return Field(column.name, _TYPES[column.type], nullable=True, metadata=_UUID if column.type == "uuid" else {})


SCHEMA: Final = Schema([_field(column) for column in COLUMNS])


def encode_batch(batch: EventBatch) -> bytes:
    """The payload of a frame holding `batch`.

    Lone surrogates, which have no UTF-8, become "?". Raises InvalidInputError naming the column that
    holds a value not of its type.
    """
    arrays = [_array(column, batch.columns[column.name]) for column in COLUMNS]
    out = io.BytesIO()
    write_ipc_stream(_batch(arrays), out, compression=None)
    return out.getvalue()


def decode_payload(payload: bytes, schema_id: int) -> RecordBatch:
    """The events of a payload as one record batch of today's schema.

    Raises ConflictError when a later evenkeel wrote it, CorruptDataError when it is no such batch.
    """
    if schema_id not in UPGRADES:
        message = f"The journal holds events of schema {schema_id}; this evenkeel reads {sorted(UPGRADES)}."
        hint = "Start the newer evenkeel that wrote them; nothing has been dropped."
        raise ConflictError(message, hint=hint, schema_id=schema_id)
    if not payload.startswith(_STREAM_START):  # arro3 would take the first bytes for a length and allocate it
        raise _corrupt(f"{len(payload)} bytes are no Arrow stream")
    try:
        batch = read_ipc_stream(io.BytesIO(payload)).read_next_batch()
    except Exception as error:  # arro3 raises plain Exception for every malformed stream
        raise _corrupt(f"{len(payload)} bytes are no Arrow stream ({error})") from error
    return _upgrade(batch, UPGRADES[schema_id])


def estimate_bytes(batch: EventBatch) -> int:
    """About how many bytes `batch` will take in the journal, without encoding it."""
    attributes = batch.columns["attributes"]
    return len(batch) * _FIXED_BYTES_PER_ROW + sum(len(text) for text in attributes if text)


def _upgrade(batch: RecordBatch, added: tuple[str, ...]) -> RecordBatch:
    present = set(batch.schema.names)
    expected = set(COLUMN_NAMES) - set(added)
    if not expected <= present:
        raise _corrupt(f"columns {sorted(expected - present)} are missing")
    if not added and batch.schema.names == list(COLUMN_NAMES):
        return batch
    absent: list[Any] = [None] * batch.num_rows
    arrays = [batch.column(column.name) if column.name in expected else _array(column, absent) for column in COLUMNS]
    return _batch(arrays)


def _batch(arrays: list[Array]) -> RecordBatch:
    return RecordBatch.from_arrays(arrays, schema=SCHEMA)  # pyright: ignore[reportUnknownMemberType]  numpy generics


def _array(column: Column, values: list[Any]) -> Array:
    try:
        return _convert(column, values)
    except UnicodeEncodeError:
        return _array(column, [_encodable(value) for value in values])
    except Exception as error:  # arro3 raises plain Exception beside TypeError and OverflowError
        message = f"Column {column.name} holds a value that is not {column.type}: {error}."
        raise InvalidInputError(message, hint=f"It means: {column.meaning}.", column=column.name) from error


def _convert(column: Column, values: list[Any]) -> Array:
    if column.type == "ts_us":  # arro3 builds no timestamps from integers, but casts them
        return Array(values, type=DataType.int64()).cast(_TYPES["ts_us"])
    word, rows = values[0] if values else 0, len(values)
    size = 8 + len(word) if isinstance(word, str) else 8 if word is None else _ALIKE_BYTES_MAX
    if rows >= _ALIKE_ROWS_MIN and rows * size <= _ALIKE_BYTES_MAX and values.count(word) == rows:
        return _alike(column.type, word, rows)
    return Array(values, type=_TYPES[column.type])


@lru_cache(maxsize=_ALIKE_MAX)
def _alike(kind: str, word: str | None, rows: int) -> Array:
    """A column that says the same throughout, or nothing: most of them do, and what is made of one is never changed."""
    return Array([word] * rows, type=_TYPES[kind])


def _encodable(value: object) -> object:
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else value


def _corrupt(fact: str) -> CorruptDataError:
    message = f"A journal frame passed its checksum but cannot be read: {fact}."
    return CorruptDataError(message, hint="It is kept in quarantine; report it with `evenkeel doctor`.")
