"""Batches: events as columns of equal length, refused whole when one is not an event."""

from __future__ import annotations

from typing import Any

import pytest

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.event import COLUMN_NAMES, REQUIRED

HEARTBEAT: dict[str, Any] = {
    "event_id": b"0" * 16,
    "kind": "heartbeat",
    "at": 1,
    "arrived_at": 2,
    "environment": "production",
    "service": "bot",
    "request_id": b"0" * 16,
    "source": "api",
}


def batch_of(*events: dict[str, Any]) -> EventBatch:
    batch = EventBatch()
    for event in events:
        batch.add(event)
    return batch


def test_every_column_grows_with_every_event() -> None:
    batch = batch_of(HEARTBEAT, HEARTBEAT | {"model": "gpt-4o"})
    assert len(batch) == 2
    assert set(batch.columns) == set(COLUMN_NAMES)
    assert {len(column) for column in batch.columns.values()} == {2}
    assert batch.columns["model"] == [None, "gpt-4o"]


def test_many_at_once_are_what_each_would_be_and_one_that_is_no_event_keeps_out_all() -> None:
    events = [HEARTBEAT, HEARTBEAT | {"model": "gpt-4o", "weight": 2.0}, HEARTBEAT | {"version": "7"}]
    together = EventBatch()
    together.add_all(events)
    assert together.columns == batch_of(*events).columns
    for wrong in ({"no_such_column": 1}, {"service": None}):
        with pytest.raises(ValueError):
            together.add_all([HEARTBEAT, HEARTBEAT | wrong])
    assert len(together) == 3


def test_what_is_not_said_is_the_cautious_default() -> None:
    row = batch_of(HEARTBEAT).row(0)
    defaults = {name: value for name, value in row.items() if name not in HEARTBEAT}
    assert defaults == {
        "version": "",
        "solo": False,
        "role": "none",
        "source_rank": 10,
        "weight": 1.0,
        "sampled_unknown": False,
        "outcome": "none",
    }


@pytest.mark.parametrize("name", sorted(REQUIRED & HEARTBEAT.keys()))
def test_an_event_without_a_required_column_is_refused_by_its_name(name: str) -> None:
    batch = EventBatch()
    with pytest.raises(ValueError, match=f"an event needs {name}"):
        batch.add({key: value for key, value in HEARTBEAT.items() if key != name})


def test_a_name_that_is_no_column_is_refused_and_nothing_is_added() -> None:
    batch = batch_of(HEARTBEAT)
    with pytest.raises(ValueError, match=r"no such columns: \['colour', 'size'\]"):
        batch.add(HEARTBEAT | {"size": 1, "colour": "red"})
    assert {len(column) for column in batch.columns.values()} == {1}


def test_an_event_that_is_refused_leaves_no_half_row() -> None:
    batch = batch_of(HEARTBEAT)
    with pytest.raises(ValueError, match="an event needs service"):
        batch.add(HEARTBEAT | {"service": None})
    assert {len(column) for column in batch.columns.values()} == {1}


def test_a_batch_extended_by_another_holds_both_in_order() -> None:
    batch = batch_of(HEARTBEAT)
    other = batch_of(HEARTBEAT | {"service": "lounge"}, HEARTBEAT | {"service": "triage"})
    batch.extend(other)
    assert batch.columns["service"] == ["bot", "lounge", "triage"]
    assert len(other) == 2


def test_a_row_leaves_out_what_is_absent_but_not_what_is_zero() -> None:
    row = batch_of(HEARTBEAT | {"tokens_in": 0, "value": 0.0}).row(0)
    assert (row["tokens_in"], row["value"]) == (0, 0.0)
    assert "model" not in row
