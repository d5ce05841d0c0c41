"""Notifications as the house uses them: routed in the caller's transaction, tested, tried every hour, looked at."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from evenkeel.act.notify import outbox
from evenkeel.act.notify.channels import Channels
from evenkeel.act.notify.deliveries import NOWHERE, State
from evenkeel.act.notify.model import Event, Level, Message, Request, Response
from evenkeel.act.notify.sending import Sending, SendingDependencies
from evenkeel.act.notify.service import Notifications, NotificationsDependencies
from evenkeel.act.notify.synthetic import LOOPBACK
from evenkeel.act.notify.transport import Transport
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.time import US_PER_SECOND
from evenkeel.kernel.verdict import Status
from evenkeel.org.config.notify import NotifyConfig
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail
from evenkeel.testing.clock import SimClock
from evenkeel.testing.ids import SimIds

HOOK = "http://hooks.example/"
CONFIG: dict[str, Any] = {
    "channels": {name: {"type": "webhook", "url": HOOK + name} for name in ("pager", "chat", "team")},
    "routes": [
        {"match": {"severity": "page"}, "channels": ["pager"]},
        {"match": {"team": "care"}, "channels": ["team"]},
    ],
}


def message(event: Event = Event.TRIGGER, key: str = "k", level: Level = Level.CRITICAL, **more: Any) -> Message:
    return Message(event, key, level, "bot is down", "All fail.", "production", "bot", 5, **more)


@dataclass
class House:
    """Notifications with their sender; `answer` is what receivers say."""

    records: Records
    clock: SimClock = field(default_factory=SimClock)
    ids: SimIds = field(default_factory=SimIds)
    config: dict[str, Any] = field(default_factory=lambda: dict(CONFIG))
    labels: dict[str, str] = field(default_factory=dict)
    status: int = 200
    sent: list[Request] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.told = Notifications(
            NotificationsDependencies(self.records, self.clock, self.ids, self._channels, lambda _name: self.labels)
        )
        chance = random.Random(1)
        given = SendingDependencies(
            self.records, self.clock, chance, self.told.open_channel, self._send, self.told.on_finished
        )
        self.sending = Sending(given)

    def _channels(self) -> Channels:
        return Channels(NotifyConfig.model_validate(self.config), Secrets(), "https://keel.example", self.clock)

    def _send(self, request: Request) -> Response:
        if request.url.startswith("loopback:"):
            return Transport().send(request)
        self.sent.append(request)
        return Response(self.status, b"")

    def tell(self, told: Message) -> tuple[str, ...]:
        with self.records.transaction() as connection:
            return self.told.enqueue(connection, told, self.clock.now_us())

    def run(self) -> None:
        """Send all that is due, and wait until the workers have."""
        self.sending.step()
        for _ in range(500):
            if not self.sending._busy:
                return
            self.sending.wait(0.01)
        raise AssertionError("still busy")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    records = Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}")
    made = House(records)
    yield made
    made.sending.stop()
    records.close()


def test_routes_see_what_the_catalogue_says_of_a_service_and_what_the_message_says_itself(house: House) -> None:
    assert house.tell(message(key="a")) == ("pager",)
    assert house.tell(message(key="b", level=Level.WARNING)) == ()
    house.labels = {"team": "care", "tier": ""}
    assert house.tell(message(key="c", level=Level.WARNING)) == ("team",)
    assert house.tell(message(key="d", level=Level.CRITICAL, labels={"severity": "ticket"})) == ("team",)


def test_whom_any_of_those_concerns_that_began_together_is_told(house: House) -> None:
    house.config = CONFIG | {
        "routes": [
            {"match": {"objective": "cost"}, "channels": ["team"]},
            {"match": {"severity": "page"}, "channels": ["pager"]},
        ]
    }
    told = message(labels={"objective": "availability"}, beside=({"objective": "cost"}, {"objective": "error_rate"}))
    assert house.tell(told) == ("pager", "team")
    house.run()
    assert sorted(request.url for request in house.sent) == [HOOK + "pager", HOOK + "team"]


def test_what_ends_a_thread_goes_to_all_who_know_of_it_whatever_routes_say_by_now(house: House) -> None:
    house.tell(message())
    house.run()
    house.config = CONFIG | {"routes": [], "default": ["chat"]}
    assert house.tell(message(key="k", level=Level.WARNING)) == ("chat", "pager")
    assert house.tell(message(Event.RESOLVE)) == ("chat", "pager")
    assert house.tell(message(Event.RESOLVE, key="never told")) == ()


def test_the_end_of_an_alert_whose_channel_was_removed_is_not_late(house: House) -> None:
    assert house.tell(message()) == ("pager",)
    house.run()
    house.config = {"channels": {"chat": CONFIG["channels"]["chat"]}, "default": ["chat"]}
    assert house.tell(message(Event.RESOLVE)) == ()
    house.run()
    standing = house.told.standing()
    assert (standing.messages, standing.late) == (1, 0)


def test_a_transaction_that_fails_tells_nobody(house: House) -> None:
    with pytest.raises(OSError, match="no room"), house.records.transaction() as connection:
        house.told.enqueue(connection, message(), house.clock.now_us())
        raise OSError("no room")
    house.run()
    assert (house.sent, house.told.deliveries()) == ([], [])


def test_an_alert_with_nowhere_to_go_is_kept_and_counted_and_its_end_is_not(house: House) -> None:
    house.config = {"channels": CONFIG["channels"]}
    assert house.tell(message()) == ()
    assert house.tell(message(Event.RESOLVE)) == ()
    (kept,) = house.told.deliveries()
    assert (kept.channel, kept.state, kept.detail) == (
        NOWHERE,
        State.FAILED,
        "No route leads to a channel: nobody was told.",
    )
    assert house.told.nowhere_24h() == 1
    assert house.told.standing().messages == 0  # the path was not tried
    house.clock.advance(86_401)
    assert house.told.nowhere_24h() == 0


def test_a_test_is_really_sent_audited_and_answered_with_its_receipt(house: House) -> None:
    looping = threading.Event()

    def loop() -> None:
        while not looping.is_set():
            house.sending.step()
            house.sending.wait(0.01)

    worker = threading.Thread(target=loop)
    worker.start()
    try:
        found = house.told.test("chat", "ada")
        house.status = 404
        refused = house.told.test("chat", "ada")
    finally:
        looping.set()
        worker.join()
    assert (found.state, found.attempts, found.channel, found.event) == (State.DELIVERED, 1, "chat", "test")
    assert found.latency_us == 0
    assert (refused.state, "404" in refused.detail) == (State.FAILED, True)
    assert [request.url for request in house.sent] == [HOOK + "chat"] * 2
    assert [(row["actor"], row["action"], row["target"]) for row in trail.latest(house.records)] == [
        ("ada", "notify.test", "chat")
    ] * 2
    assert house.told.standing().messages == 0  # what people try says nothing of the path


def test_a_test_that_is_not_answered_in_time_is_shown_as_waiting(house: House) -> None:
    found = house.told.test("chat", "ada", wait_s=0.0)
    assert (found.state, found.finished_at_us) == (State.WAITING, None)
    with pytest.raises(NotFoundError, match=r"no channel 'chta'.*pager, chat, team"):
        house.told.test("chta", "ada")


def test_a_synthetic_page_is_sent_every_hour_also_over_restarts_and_counts_for_the_path(house: House) -> None:
    house.told.try_path()
    house.told.try_path()
    house.run()
    (page,) = house.told.deliveries()
    assert (page.channel, page.state, page.synthetic) == (LOOPBACK, State.DELIVERED, True)
    house.clock.advance(3_599)
    house.__post_init__()
    house.told.try_path()
    assert len(house.told.deliveries()) == 1
    house.clock.advance(1)
    house.config = CONFIG | {"synthetic": {"channel": "chat"}}
    house.told.try_path()
    house.clock.advance(10.5)
    house.run()
    assert [each.channel for each in house.told.deliveries()] == ["chat", LOOPBACK]
    standing = house.told.standing()
    assert (standing.messages, standing.late, standing.status) == (2, 1, Status.BREACH)


def test_a_clock_that_is_set_back_sends_one_synthetic_page_more_and_no_flood(house: House) -> None:
    house.told.try_path()
    house.clock.step(-2 * 3_600)
    for _ in range(3):
        house.told.try_path()
    house.run()
    house.told.try_path()
    assert len(house.told.deliveries()) == 2
    house.clock.advance(3_600)
    house.told.try_path()
    assert len(house.told.deliveries()) == 3


def test_a_message_that_waits_too_long_counts_before_anything_comes_of_it(house: House) -> None:
    house.tell(message())
    assert house.told.standing().messages == 0
    house.clock.advance(10.5)
    assert (house.told.standing().messages, house.told.standing().late) == (1, 1)


def test_channels_show_what_became_of_their_messages(house: House) -> None:
    house.tell(message(key="a"))
    house.run()
    house.status = 500
    house.tell(message(key="b"))
    house.run()
    by_name = {state.name: state for state in house.told.channels()}
    pager = by_name["pager"]
    assert (pager.type, pager.target, pager.delivered_24h, pager.failed_24h, pager.waiting) == (
        "webhook", "hooks.example", 1, 0, 1,
    )  # fmt: skip
    assert pager.last is not None
    assert (pager.last.state, pager.last.dedup_key, pager.last.attempts) == (State.WAITING, "b", 1)
    assert by_name["chat"].last is None
    with house.records.transaction() as connection:
        assert outbox.channels_told(connection, "b") == {"pager"}


def test_old_receipts_are_dropped_and_what_waits_is_not(house: House) -> None:
    house.tell(message(key="old"))
    house.run()
    house.status = 500
    house.tell(message(key="waiting"))
    house.clock.advance(91 * 86_400)
    house.told.forget_old()
    assert [each.dedup_key for each in house.told.deliveries()] == ["waiting"]
    assert house.told.deliveries()[0].enqueued_at_us < house.clock.now_us() - 90 * 86_400 * US_PER_SECOND
