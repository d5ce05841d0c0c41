"""Batches as Arrow payloads: every value survives, every schema is read or refused."""

from __future__ import annotations

import math
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import ConflictError, CorruptDataError, InvalidInputError
from evenkeel.kernel.event import COLUMN_NAMES, COLUMNS, SCHEMA_ID, UPGRADES, Kind
from evenkeel.store.journal import codec
from evenkeel.store.journal.codec import decode_payload, encode_batch, estimate_bytes

TEXT = st.text(max_size=20)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "uuid": st.binary(min_size=16, max_size=16),
    "utf8": TEXT,
    "f64": st.floats(),
    "i64": st.integers(-(2**63), 2**63 - 1),
    "u64": st.integers(0, 2**64 - 1),
    "i32": st.integers(-(2**31), 2**31 - 1),
    "bool": st.booleans(),
    "ts_us": st.integers(0, 2**50),
}
EVENTS = st.fixed_dictionaries(
    {each.name: VALUES[each.type] for each in COLUMNS if each.required},
    optional={each.name: st.none() | VALUES[each.type] for each in COLUMNS if not each.required},
)


def heartbeat(**more: Any) -> dict[str, Any]:
    return {
        "event_id": bytes(16),
        "kind": Kind.HEARTBEAT,
        "at": 1,
        "arrived_at": 2,
        "environment": "production",
        "service": "bot",
        "request_id": bytes(16),
        "source": "api",
        **more,
    }


def batch_of(*events: dict[str, Any]) -> EventBatch:
    batch = EventBatch()
    for event in events:
        batch.add(event)
    return batch


def values(batch: Any, name: str) -> list[Any]:
    column = batch.column(name)
    if name in ("at", "arrived_at"):
        column = column.cast(codec.DataType.int64())
    return column.to_pylist()


def same(left: Any, right: Any) -> bool:
    both_nan = isinstance(left, float) and isinstance(right, float) and math.isnan(left) and math.isnan(right)
    return left == right or both_nan


@settings(max_examples=60, deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=5))
def test_every_value_survives(events: list[dict[str, Any]]) -> None:
    batch = batch_of(*events)
    decoded = decode_payload(encode_batch(batch), SCHEMA_ID)
    assert decoded.schema.names == list(COLUMN_NAMES)
    for name in COLUMN_NAMES:
        pairs = zip(batch.columns[name], values(decoded, name), strict=True)
        assert all(same(before, after) for before, after in pairs), name


def test_the_largest_numbers_and_every_kind_of_not_a_number_survive() -> None:
    decoded = decode_payload(
        encode_batch(
            batch_of(heartbeat(span_id=2**64 - 1, value=math.nan), heartbeat(tokens_in=2**63 - 1, value=-math.inf))
        ),
        SCHEMA_ID,
    )
    assert values(decoded, "span_id") == [2**64 - 1, None]
    assert values(decoded, "tokens_in") == [None, 2**63 - 1]
    assert math.isnan(values(decoded, "value")[0])
    assert values(decoded, "value")[1] == -math.inf


def test_lone_surrogates_become_question_marks_and_stop_nobody() -> None:
    decoded = decode_payload(encode_batch(batch_of(heartbeat(model="a\ud800b"), heartbeat(model="ünï✓\x00"))), 1)
    assert values(decoded, "model") == ["a?b", "ünï✓\x00"]


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("tokens_in", "many"),
        ("tokens_in", 2**63),
        ("span_id", -1),
        ("event_id", b"short"),
        ("latency_s", "slow"),
        ("model", 7),
        ("status_code", 2**31),
    ],
)
def test_a_value_of_another_type_is_refused_by_name(column: str, value: object) -> None:
    with pytest.raises(InvalidInputError, match=f"Column {column} holds a value that is not") as caught:
        encode_batch(batch_of(heartbeat(), heartbeat(**{column: value})))
    assert caught.value.facts["column"] == column


def test_a_surrogate_beside_a_wrong_type_is_still_refused_by_name() -> None:
    with pytest.raises(InvalidInputError, match="Column model"):
        encode_batch(batch_of(heartbeat(model="\ud800"), heartbeat(model=7)))


def test_a_batch_of_the_previous_schema_is_read_with_nulls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(UPGRADES, 0, ("finding", "price"))
    earlier = codec.COLUMNS
    monkeypatch.setattr(codec, "COLUMNS", tuple(each for each in earlier if each.name not in ("finding", "price")))
    monkeypatch.setattr(codec, "SCHEMA", codec.Schema([codec._field(each) for each in codec.COLUMNS]))
    payload = encode_batch(batch_of(heartbeat(model="m")))
    monkeypatch.setattr(codec, "COLUMNS", earlier)
    monkeypatch.setattr(codec, "SCHEMA", codec.Schema([codec._field(each) for each in earlier]))
    decoded = decode_payload(payload, 0)
    assert decoded.schema.names == list(COLUMN_NAMES)
    assert values(decoded, "finding") == values(decoded, "price") == [None]
    assert values(decoded, "model") == ["m"]
    with pytest.raises(CorruptDataError, match=r"columns \['finding', 'price'\] are missing"):
        decode_payload(payload, SCHEMA_ID)


def test_a_later_schema_is_refused_and_nothing_is_dropped() -> None:
    with pytest.raises(ConflictError, match=r"events of schema 99; this evenkeel reads \[1\]\. Start the newer"):
        decode_payload(encode_batch(batch_of(heartbeat())), 99)


@pytest.mark.parametrize(
    "payload", [b"", b"rubbish" * 20, b"\xff\xff\xff\xff\x10\x00\x00\x00rubbish", encode_batch(EventBatch())[:400]]
)
def test_bytes_that_are_no_arrow_stream_are_corrupt(payload: bytes) -> None:
    with pytest.raises(CorruptDataError, match="no Arrow stream"):
        decode_payload(payload, SCHEMA_ID)


def test_an_engine_reads_the_identities_as_uuid_and_the_times_as_utc() -> None:
    events = decode_payload(encode_batch(batch_of(heartbeat(event_id=bytes(range(16)), at=1_000_000))), SCHEMA_ID)
    with duckdb.connect() as connection:
        connection.register("events", events)
        row = connection.sql('SELECT typeof(event_id), event_id::VARCHAR, epoch_us("at"), typeof(span_id) FROM events')
        assert row.fetchall() == [("UUID", "00010203-0405-0607-0809-0a0b0c0d0e0f", 1_000_000, "UBIGINT")]


def test_the_size_of_a_batch_is_estimated_within_a_factor_of_two() -> None:
    batch = batch_of(*(heartbeat(model="gpt-x", attributes='{"a": "%s"}' % ("x" * 300)) for _ in range(500)))
    assert 0.5 < estimate_bytes(batch) / len(encode_batch(batch)) < 2


@pytest.mark.parametrize("word", [None, "bot", "", "\ud800", "w" * 1_000])
@pytest.mark.parametrize("length", [1, 40])
def test_a_column_that_says_one_word_throughout_is_read_as_one_that_does_not(word: str | None, length: int) -> None:
    batch = EventBatch()
    for number in range(length):
        batch.add(heartbeat(model=word, provider=word if number else "other"))
    read = decode_payload(encode_batch(batch), SCHEMA_ID)
    said = None if word is None else word.replace("\ud800", "?")
    assert values(read, "model") == [said] * length
    assert values(read, "provider") == ["other", *[said] * (length - 1)]
