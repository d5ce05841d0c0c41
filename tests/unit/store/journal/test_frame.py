"""Frames as bytes: whole ones are recognised, nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.store.journal import frame as frames
from evenkeel.store.journal.frame import (
    HEADER_BYTES,
    MAGIC,
    Header,
    NotAFrame,
    encode_frame,
    find_frame,
    parse_frame,
    payload_of,
    segment_seed,
)

SEED = segment_seed("w0", 1)


def frame_of(payload: bytes, seed: int = SEED, written_at_us: int = 5) -> bytes:
    return encode_frame(Header(1, 2, len(payload), written_at_us), payload, seed)


@given(st.binary(max_size=300), st.integers(0, 2**16 - 1), st.integers(0, 2**32 - 1), st.integers(-(2**63), 2**63 - 1))
def test_what_is_written_is_read(payload: bytes, schema_id: int, rows: int, written_at_us: int) -> None:
    header = Header(schema_id, rows, len(payload), written_at_us)
    data = b"before" + encode_frame(header, payload, SEED) + b"after"
    assert parse_frame(data, 6, SEED) == header
    assert payload_of(data, 6, header) == payload


@given(st.binary(max_size=100), st.data())
def test_any_changed_byte_is_noticed(payload: bytes, data: st.DataObject) -> None:
    whole = frame_of(payload)
    position = data.draw(st.integers(0, len(whole) - 1))
    changed = bytearray(whole)
    changed[position] ^= data.draw(st.integers(1, 255))
    assert isinstance(parse_frame(bytes(changed), 0, SEED), NotAFrame)


@given(st.binary(max_size=100), st.data())
def test_a_frame_cut_short_is_incomplete(payload: bytes, data: st.DataObject) -> None:
    whole = frame_of(payload)
    cut = data.draw(st.integers(0, len(whole) - 1))
    assert parse_frame(whole[:cut], 0, SEED) is NotAFrame.INCOMPLETE


@given(st.binary(max_size=200))
def test_the_next_frame_is_found_behind_any_rubbish(rubbish: bytes) -> None:
    data = rubbish + MAGIC + rubbish + frame_of(b"payload") + frame_of(b"another")
    assert find_frame(data, 0, SEED) == len(rubbish) * 2 + len(MAGIC)
    assert find_frame(rubbish + MAGIC, 0, SEED) is None


def test_a_frame_inside_a_payload_or_from_another_segment_is_not_found() -> None:
    foreign = frame_of(b"forged", seed=segment_seed("w0", 2))
    carrier = bytearray(frame_of(b"...." + foreign))
    carrier[-1] ^= 1
    data = bytes(carrier) + frame_of(b"next")
    assert find_frame(data, 0, SEED) == len(carrier)


def test_the_magic_is_not_text() -> None:
    with pytest.raises(UnicodeDecodeError):
        MAGIC.decode("utf-8")


def test_an_impossible_length_is_corrupt_not_a_reason_to_wait() -> None:
    data = bytearray(frame_of(b"x" * 50))
    data[16:20] = (frames.PAYLOAD_BYTES_MAX + 1).to_bytes(4, "little")
    assert parse_frame(bytes(data), 0, SEED) is NotAFrame.CORRUPT


def test_a_payload_beyond_the_limit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "PAYLOAD_BYTES_MAX", 10)
    with pytest.raises(InvalidInputError, match=r"takes 11 bytes; one may take 10\. Send it in several parts"):
        frame_of(b"x" * 11)
    assert len(frame_of(b"x" * 10)) == HEADER_BYTES + 10
