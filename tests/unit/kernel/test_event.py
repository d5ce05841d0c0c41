"""The event schema: what is on disks everywhere is not changed by accident."""

from __future__ import annotations

import hashlib

from evenkeel.kernel.event import (
    COLUMN_NAMES,
    COLUMNS,
    REQUIRED,
    SCHEMA_ID,
    UPGRADES,
    Kind,
    Outcome,
    Role,
    SourceRank,
)

#: Schema id -> digest of its columns, as they are in journals. One line more with each new schema; none changes.
FROZEN = {1: "e4a391ae2a8da318"}


def digest() -> str:
    text = "\n".join(f"{column.name} {column.type} {column.required}" for column in COLUMNS)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def test_a_schema_that_journals_carry_is_never_changed() -> None:
    assert digest() == FROZEN[SCHEMA_ID], "Raise SCHEMA_ID, say in UPGRADES what earlier ones lack, add a line here."


def test_every_earlier_schema_can_be_read() -> None:
    assert set(UPGRADES) == set(range(1, SCHEMA_ID + 1)) == set(FROZEN)
    assert UPGRADES[SCHEMA_ID] == ()
    for lacking in UPGRADES.values():
        assert set(lacking) <= set(COLUMN_NAMES)
        assert not set(lacking) & REQUIRED, "what every event has today cannot be added as NULL"


def test_columns_are_named_once_typed_and_explained() -> None:
    assert len(set(COLUMN_NAMES)) == len(COLUMNS)
    assert {column.type for column in COLUMNS} == {"uuid", "utf8", "f64", "i64", "u64", "i32", "bool", "ts_us"}
    assert all(column.meaning for column in COLUMNS)


def test_identity_time_and_place_are_required_and_measurements_are_not() -> None:
    assert {"event_id", "kind", "at", "arrived_at", "environment", "service", "request_id", "role"} <= REQUIRED
    assert not REQUIRED & {"latency_s", "cost_nano", "tokens_in", "caller", "attributes"}


def test_words_in_the_data_are_lower_case_and_stay_as_they_are() -> None:
    assert [kind.value for kind in Kind] == [
        "inference", "prediction", "outcome", "feedback", "review", "value", "heartbeat", "probe", "cost",
    ]  # fmt: skip
    assert [role.value for role in Role] == ["request", "entry", "attempt", "retrieval", "tool", "none"]
    assert [outcome.value for outcome in Outcome] == ["good", "bad", "excluded", "none"]


def test_the_gateway_is_believed_before_clients_and_clients_before_frameworks() -> None:
    assert SourceRank.GATEWAY < SourceRank.CLIENT < SourceRank.FRAMEWORK
