"""What became of messages, as it is read; counted and listed on real records (contract: tests/contracts)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Connection

from evenkeel.act.notify import deliveries, outbox
from evenkeel.act.notify.deliveries import ChannelCounts, State
from evenkeel.act.notify.model import Event, Level, Message, Receipt
from evenkeel.act.notify.outbox import Waiting
from evenkeel.store.records.engine import Records
from evenkeel.testing.ids import SimIds

IDS = SimIds()


def enqueue(
    connection: Connection, key: str, at_us: int, event: Event = Event.TRIGGER, *, synthetic: bool = False
) -> Waiting:
    labels = outbox.SYNTHETIC if synthetic else {}
    told = Message(event, key, Level.ERROR, f"title {key}", "", "production", "bot", at_us, labels=labels)
    (delivery_id,) = outbox.enqueue(connection, told, ("pager",), at_us, IDS)
    return Waiting(delivery_id, "pager", told, at_us, 0)


def end(connection: Connection, sent: Waiting, at_us: int, *, delivered: bool = True) -> None:
    outbox.finish(connection, sent, Receipt(delivered=delivered, retry=False, detail="id-1"), at_us)


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[Connection]:
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    with records.transaction() as opened:
        yield opened
    records.close()


def test_what_waits_and_what_is_over_is_one_list_newest_first(connection: Connection) -> None:
    first, second = enqueue(connection, "a", 10), enqueue(connection, "b", 20)
    end(connection, first, 15)
    listed = deliveries.load_deliveries(connection, 10)
    assert [(each.dedup_key, each.state, each.latency_us) for each in listed] == [
        ("b", State.WAITING, None),
        ("a", State.DELIVERED, 5),
    ]
    assert deliveries.load_deliveries(connection, 10, channel="chat") == []
    assert len(deliveries.load_deliveries(connection, 1)) == 1
    for each in listed:
        assert deliveries.load_delivery(connection, each.id) == each
    assert deliveries.load_delivery(connection, "none") is None
    assert second.id == listed[0].id


def test_messages_are_counted_by_channel_since_a_time(connection: Connection) -> None:
    end(connection, enqueue(connection, "a", 10), 15)
    end(connection, enqueue(connection, "b", 10), 25, delivered=False)
    enqueue(connection, "c", 30)
    assert deliveries.count_by_channel(connection, 0) == {"pager": ChannelCounts(1, 1, 1)}
    assert deliveries.count_by_channel(connection, 20) == {"pager": ChannelCounts(0, 1, 1)}


def test_the_path_counts_what_was_late_lost_or_still_waits_and_no_tests_of_people(connection: Connection) -> None:
    end(connection, enqueue(connection, "in time", 100), 110)
    end(connection, enqueue(connection, "late", 100), 111)
    end(connection, enqueue(connection, "lost", 100), 101, delivered=False)
    end(connection, enqueue(connection, "tried", 100, Event.TEST), 101, delivered=False)
    end(connection, enqueue(connection, "synthetic", 100, Event.TEST, synthetic=True), 105)
    end(connection, enqueue(connection, "long ago", 10), 90)
    enqueue(connection, "waits", 100)
    enqueue(connection, "test/1", 100, Event.TEST)
    enqueue(connection, "just now", 195)
    deliveries.note_nowhere(connection, enqueue(connection, "nowhere", 195).message, 100, IDS)
    assert deliveries.count_path(connection, 50, 200, 10) == (5, 3)
    assert deliveries.count_path(connection, 50, 300, 10) == (7, 5)


def test_the_last_synthetic_page_is_found_waiting_or_over(connection: Connection) -> None:
    assert deliveries.last_synthetic_at_us(connection, 30) is None
    sent = enqueue(connection, "synthetic/1", 10, Event.TEST, synthetic=True)
    enqueue(connection, "a", 20)
    assert deliveries.last_synthetic_at_us(connection, 30) == 10
    end(connection, sent, 15)
    assert deliveries.last_synthetic_at_us(connection, 30) == 10
    assert deliveries.last_synthetic_at_us(connection, 9) is None  # the clock was set back
