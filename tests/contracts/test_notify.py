"""The outbox of notifications on every database that records may live in."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from evenkeel.act.notify import outbox
from evenkeel.act.notify.deliveries import (
    NOWHERE,
    NOWHERE_DETAIL,
    SYNTHETIC_KEY,
    TEST_KEY,
    ChannelCounts,
    Delivery,
    State,
    count_by_channel,
    count_path,
    last_synthetic_at_us,
    load_deliveries,
    load_delivery,
    note_nowhere,
)
from evenkeel.act.notify.model import Event, Level, Message, Receipt
from evenkeel.act.notify.outbox import Waiting, channels_told, enqueue, find_due, find_thread, finish, postpone
from evenkeel.act.notify.records import deliveries, threads
from evenkeel.act.notify.records import outbox as table
from evenkeel.kernel.errors import InvalidInputError
from evenkeel.kernel.time import US_PER_DAY, US_PER_SECOND
from evenkeel.store.records.engine import Records, metadata
from evenkeel.store.system import SystemIds
from evenkeel.testing.ids import SimIds

NOW_US = 1_767_225_600 * US_PER_SECOND
DELIVERED = Receipt(delivered=True, retry=False, detail="id 1")
REFUSED = Receipt(delivered=False, retry=False, detail="no such key " + "x" * 1_000)
LATER = Receipt(delivered=False, retry=True, detail="busy")


def message(event: Event = Event.TRIGGER, key: str = "k1", **more: object) -> Message:
    told = Message(
        event=event, dedup_key=key, level=Level.CRITICAL, title="Errors »ü« 😀", text="2 % of 400.\nNext: look.",
        environment="production", service="bot", at_us=NOW_US, facts=(("n", "400"),), links=(("Alert", "/alerts/1"),),
        labels={"rule": "burn", "ü": "ß"},
    )  # fmt: skip
    return replace(told, **more)  # pyright: ignore[reportArgumentType]


@pytest.fixture
def put(records: Records) -> Callable[..., list[str]]:
    ids = SimIds()

    def write(told: Message, *channels: str, now_us: int = NOW_US) -> list[str]:
        with records.transaction() as connection:
            return list(enqueue(connection, told, channels or ("pager",), now_us, ids))

    return write


def due(records: Records, now_us: int = NOW_US, *, per_channel: int = 20, channel: str | None = None) -> list[Waiting]:
    with records.transaction() as connection:
        found = find_due(connection, now_us, per_channel=per_channel, channel=channel)
    return [row for rows in found.values() for row in rows]


def end(records: Records, row: Waiting, receipt: Receipt = DELIVERED, now_us: int = NOW_US) -> None:
    with records.transaction() as connection:
        finish(connection, row, receipt, now_us)


def test_the_migration_makes_the_indexes_that_the_room_declares(records: Records) -> None:
    with records.transaction() as connection:
        inspector = sa.inspect(connection)
        for name in ("notify_outbox", "notify_deliveries", "notify_threads"):
            found = {each["name"]: each["column_names"] for each in inspector.get_indexes(name) if not each["unique"]}
            declared = metadata.tables[name].indexes
            assert found == {each.name: [column.name for column in each.columns] for each in declared}
            columns = {each["name"]: each["nullable"] for each in inspector.get_columns(name)}
            assert columns == {each.name: each.nullable for each in metadata.tables[name].columns}


def test_a_message_is_read_as_it_was_written(records: Records, put: Callable[..., list[str]]) -> None:
    (delivery_id,) = put(message())
    assert due(records) == [Waiting(delivery_id, "pager", message(), NOW_US, 0)]


def test_a_message_exists_only_if_the_transaction_it_was_written_in_does(records: Records) -> None:
    with pytest.raises(ZeroDivisionError), records.transaction() as connection:
        enqueue(connection, message(), ("pager",), NOW_US, SimIds())
        _ = 1 // 0
    assert due(records) == []


def test_each_channel_gets_a_message_once_and_no_channel_means_no_row(
    records: Records, put: Callable[..., list[str]]
) -> None:
    assert len(put(message(), "pager", "chat", "pager")) == 2
    with records.transaction() as connection:
        assert list(enqueue(connection, message(), (), NOW_US, SimIds())) == []
    assert [row.channel for row in due(records)] == ["pager", "chat"]


@pytest.mark.parametrize("key", ["", "k" * 256])
def test_a_dedup_key_that_receivers_refuse_is_refused_at_once(put: Callable[..., list[str]], key: str) -> None:
    with pytest.raises(InvalidInputError, match="1 to 255"):
        put(message(key=key))


def test_a_resolve_waits_for_its_trigger_and_other_threads_do_not(
    records: Records, put: Callable[..., list[str]]
) -> None:
    put(message())
    put(message(Event.RESOLVE))
    put(message(key="k2"))
    first, other = due(records)
    assert (first.message.event, other.message.dedup_key) == (Event.TRIGGER, "k2")
    with records.transaction() as connection:
        postpone(connection, first, LATER, NOW_US, NOW_US + 60 * US_PER_SECOND)
    assert [row.message.dedup_key for row in due(records)] == ["k2"], "the resolve waits with its trigger"
    again = due(records, NOW_US + 60 * US_PER_SECOND)[0]
    assert (again.id, again.attempts, again.message.event) == (first.id, 1, Event.TRIGGER)
    end(records, again)
    assert [row.message.event for row in due(records) if row.message.dedup_key == "k1"] == [Event.RESOLVE]


def test_a_clock_that_was_set_back_holds_nothing_up(records: Records, put: Callable[..., list[str]]) -> None:
    put(message())
    before_us = NOW_US - 3_600 * US_PER_SECOND
    (row,) = due(records, before_us)
    with records.transaction() as connection:
        postpone(connection, row, LATER, NOW_US, NOW_US + US_PER_SECOND)
    assert len(due(records, before_us)) == 1


def test_a_channel_with_much_to_send_hides_no_other(records: Records, put: Callable[..., list[str]]) -> None:
    for number in range(30):
        put(message(key=f"k{number}"), "slow")
    put(message(), "pager")
    found = due(records, per_channel=5)
    assert [row.message.dedup_key for row in found if row.channel == "slow"] == [f"k{number}" for number in range(5)]
    assert [row.channel for row in found if row.channel != "slow"] == ["pager"]
    assert {row.channel for row in due(records, channel="pager")} == {"pager"}


def test_what_became_of_a_message_is_kept(records: Records, put: Callable[..., list[str]]) -> None:
    put(message(), "pager")
    put(message(Event.TEST, "k2", labels=outbox.SYNTHETIC), "chat")
    delivered, refused = due(records)
    end(records, delivered, now_us=NOW_US + 5)
    end(records, refused, REFUSED)
    with records.transaction() as connection:
        rows = {row["channel"]: row for row in connection.execute(sa.select(deliveries)).mappings()}
        assert connection.execute(sa.select(sa.func.count()).select_from(table)).scalar() == 0
    kept = {name: rows["pager"][name] for name in ("delivered", "detail", "attempts", "event", "level", "synthetic")}
    assert kept == {
        "delivered": True, "detail": "id 1", "attempts": 1, "event": "trigger", "level": "critical", "synthetic": False,
    }  # fmt: skip
    assert (rows["pager"]["enqueued_at_us"], rows["pager"]["finished_at_us"]) == (NOW_US, NOW_US + 5)
    assert (rows["chat"]["delivered"], rows["chat"]["synthetic"], len(rows["chat"]["detail"])) == (False, True, 500)


def test_a_thread_is_known_once_it_began_and_as_long_as_it_waits(
    records: Records, put: Callable[..., list[str]]
) -> None:
    put(message(), "pager", "chat")
    with records.transaction() as connection:
        assert channels_told(connection, "k1") == {"pager", "chat"}
        assert find_thread(connection, "pager", "k1") is None
    pager, chat = due(records)
    end(records, pager, replace(DELIVERED, thread={"ts": "1.5", "channel": "C1"}))
    end(records, chat, REFUSED)
    with records.transaction() as connection:
        assert find_thread(connection, "pager", "k1") == {"ts": "1.5", "channel": "C1"}
        assert channels_told(connection, "k1") == {"pager"}, "who refused the trigger is not told of its end"
        assert channels_told(connection, "k2") == set()


def test_what_is_known_of_a_thread_stays_unless_the_receiver_says_otherwise(
    records: Records, put: Callable[..., list[str]]
) -> None:
    known = {"ts": "1.5"}
    put(message())
    (row,) = due(records)
    end(records, row, replace(DELIVERED, thread=known))
    put(message(Event.ACKNOWLEDGE))
    (row,) = due(records)
    end(records, row, DELIVERED)
    with records.transaction() as connection:
        assert find_thread(connection, "pager", "k1") == known
    put(message(Event.RESOLVE))
    (row,) = due(records)
    with records.transaction() as connection:
        postpone(connection, row, replace(LATER, thread={}), NOW_US, NOW_US)
        assert find_thread(connection, "pager", "k1") == {}, "the root is gone: it is posted anew"


def test_text_that_a_database_refuses_ends_in_a_receipt_too(records: Records, put: Callable[..., list[str]]) -> None:
    odd = "a\x00b\ud83d"
    put(message(title=odd, text=odd, service=odd))
    (row,) = due(records)
    with records.transaction() as connection:
        postpone(connection, row, replace(LATER, detail=odd), NOW_US, NOW_US)
    (row,) = due(records)
    assert row.message.title == odd, "what is sent is for the adapter to mend"
    end(records, row, replace(DELIVERED, detail=odd))
    with records.transaction() as connection:
        kept = connection.execute(sa.select(deliveries)).mappings().one()
    assert (kept["title"], kept["service"], kept["detail"]) == ("a\ufffdb?",) * 3


def test_receipts_and_threads_are_forgotten_after_their_time(records: Records, put: Callable[..., list[str]]) -> None:
    put(message())
    end(records, due(records)[0])
    for later_us, left in ((outbox.KEPT_DAYS * US_PER_DAY, 1), (outbox.KEPT_DAYS * US_PER_DAY + 1, 0)):
        with records.transaction() as connection:
            outbox.forget_old(connection, NOW_US + later_us)
            counts = [
                connection.execute(sa.select(sa.func.count()).select_from(each)).scalar()
                for each in (deliveries, threads)
            ]
        assert counts == [left, left]


def test_whatever_fails_each_thread_is_sent_in_order(records: Records, put: Callable[..., list[str]]) -> None:
    chance = random.Random(4)
    expected: dict[tuple[str, str], list[str]] = {}
    for _ in range(60):
        channel, key = chance.choice(["pager", "chat"]), chance.choice(["a", "b", "c"])
        expected.setdefault((channel, key), []).extend(put(message(key=key), channel))
    sent: dict[tuple[str, str], list[str]] = {}
    now_us = NOW_US
    while rows := due(records, now_us, per_channel=3):
        for row in rows:
            if chance.random() < 0.4:
                with records.transaction() as connection:
                    postpone(connection, row, LATER, now_us, now_us + chance.randint(0, 3))
            else:
                sent.setdefault((row.channel, row.message.dedup_key), []).append(row.id)
                end(records, row, now_us=now_us)
        now_us += 3
    assert sent == expected


class TestDeliveries:
    """What became of messages, as it is read back."""

    def test_a_message_is_found_while_it_waits_and_when_it_is_over(
        self, records: Records, put: Callable[..., list[str]]
    ) -> None:
        (delivery_id,) = put(message())
        (row,) = due(records)
        with records.transaction() as connection:
            postpone(connection, row, LATER, NOW_US, NOW_US)
            waiting = load_delivery(connection, delivery_id)
        assert waiting == Delivery(
            delivery_id, "pager", "trigger", "critical", "Errors »ü« 😀", "production", "bot", "k1", State.WAITING, 1,
            NOW_US, None, "busy", False,
        )  # fmt: skip
        assert waiting.latency_us is None
        end(records, due(records)[0], now_us=NOW_US + 7)
        with records.transaction() as connection:
            over = load_delivery(connection, delivery_id)
            assert load_delivery(connection, "nosuch") is None
        changed = {"state": State.DELIVERED, "attempts": 2, "finished_at_us": NOW_US + 7, "detail": "id 1"}
        assert over == replace(waiting, **changed)  # pyright: ignore[reportArgumentType]
        assert over.latency_us == 7

    def test_a_list_has_the_newest_first_whether_they_wait_or_not(
        self, records: Records, put: Callable[..., list[str]]
    ) -> None:
        ids = [put(message(key=f"k{n}"), ("pager", "chat")[n % 2], now_us=NOW_US + n)[0] for n in range(6)]
        for row in due(records, NOW_US + 6)[::2]:
            end(records, row)
        with records.transaction() as connection:
            assert [each.id for each in load_deliveries(connection, 4)] == ids[:1:-1]
            assert [each.id for each in load_deliveries(connection, 9, channel="chat")] == ids[5::-2]

    def test_messages_are_counted_by_channel_since_some_time(
        self, records: Records, put: Callable[..., list[str]]
    ) -> None:
        for number, receipt in enumerate((DELIVERED, DELIVERED, REFUSED)):
            put(message(key=f"k{number}"))
            end(records, due(records)[0], receipt, now_us=NOW_US + number)
        put(message(), "chat")
        with records.transaction() as connection:
            assert count_by_channel(connection, NOW_US) == {
                "pager": ChannelCounts(2, 1, 0), "chat": ChannelCounts(0, 0, 1),
            }  # fmt: skip
            assert count_by_channel(connection, NOW_US + 1)["pager"] == ChannelCounts(1, 1, 0)

    def test_the_path_counts_what_was_late_given_up_or_waits_too_long_but_no_tests_of_people(
        self, records: Records, put: Callable[..., list[str]]
    ) -> None:
        ends: list[tuple[Event, dict[str, str], Receipt, int]] = [
            (Event.TRIGGER, {}, DELIVERED, 10),
            (Event.TRIGGER, {}, DELIVERED, 11),
            (Event.RESOLVE, {}, REFUSED, 0),
            (Event.TEST, {}, REFUSED, 0),
            (Event.TEST, dict(outbox.SYNTHETIC), DELIVERED, 3),
        ]
        for number, (event, labels, receipt, took_us) in enumerate(ends):
            put(message(event, f"k{number}", labels=labels))
            end(records, due(records)[0], receipt, now_us=NOW_US + took_us)
        with records.transaction() as connection:
            note_nowhere(connection, message(), NOW_US, SystemIds())
            assert count_path(connection, NOW_US, NOW_US + 10, 10) == (4, 2)
            assert count_path(connection, NOW_US + 1, NOW_US + 10, 10) == (0, 0)
        put(message(key="waits"))
        put(message(Event.TEST, f"{TEST_KEY}1"))
        with records.transaction() as connection:
            assert count_path(connection, NOW_US, NOW_US + 10, 10) == (4, 2), "its time is not up"
            assert count_path(connection, NOW_US, NOW_US + 11, 10) == (5, 3)

    def test_the_last_synthetic_page_is_known_whether_it_waits_or_is_over(
        self, records: Records, put: Callable[..., list[str]]
    ) -> None:
        with records.transaction() as connection:
            assert last_synthetic_at_us(connection, NOW_US + 9) is None
        put(message(Event.TEST, f"{SYNTHETIC_KEY}1", labels=outbox.SYNTHETIC))
        end(records, due(records)[0])
        put(message(key="k2"), now_us=NOW_US + 9)
        with records.transaction() as connection:
            assert last_synthetic_at_us(connection, NOW_US + 9) == NOW_US
        put(message(Event.TEST, f"{SYNTHETIC_KEY}3", labels=outbox.SYNTHETIC), now_us=NOW_US + 5)
        with records.transaction() as connection:
            assert last_synthetic_at_us(connection, NOW_US + 9) == NOW_US + 5

    def test_an_alert_of_which_nobody_was_told_is_kept_as_such(self, records: Records) -> None:
        with records.transaction() as connection:
            note_nowhere(connection, message(title="a\x00\ud83d", service="b\x00"), NOW_US, SimIds())
            (found,) = load_deliveries(connection, 9)
        assert (found.channel, found.state, found.detail) == (NOWHERE, State.FAILED, NOWHERE_DETAIL)
        assert (found.title, found.service) == ("a\ufffd?", "b\ufffd")


@given(st.text(), st.lists(st.tuples(st.text(), st.text())), st.dictionaries(st.text(), st.text()))
def test_any_text_is_read_as_it_was_written(text: str, pairs: list[tuple[str, str]], labels: dict[str, str]) -> None:
    told = message(title=text, text=text, facts=tuple(pairs), links=tuple(pairs), labels=labels)
    assert outbox.load(outbox.dump(told)) == told
