"""What waits is sent: in order, at its pace, again when it failed, and no channel waits for another."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from evenkeel.act.notify import outbox
from evenkeel.act.notify.model import Event, Level, Message, Receipt, Request, Response
from evenkeel.act.notify.pacing import Pace
from evenkeel.act.notify.records import deliveries
from evenkeel.act.notify.records import outbox as waiting_table
from evenkeel.act.notify.sending import (
    GIVE_UP_S,
    GIVE_UP_TEST_S,
    REST_S_MAX,
    Channel,
    Finished,
    Sending,
    SendingDependencies,
)
from evenkeel.kernel.errors import InvalidInputError, NotFoundError
from evenkeel.store.records.engine import Records
from evenkeel.testing.clock import SimClock
from evenkeel.testing.ids import SimIds

PATIENCE_S = 10.0
OFTEN = Pace(1_000_000, 1.0)


class Plain:
    """One request for each word of the title; what it answers is what the last one was answered."""

    def render(self, message: Message, thread: Mapping[str, Any] | None) -> tuple[Request, ...]:
        if message.title == "broken":
            raise ZeroDivisionError
        told = f"{message.dedup_key} {message.event} {(thread or {}).get('seen', 0)}"
        return tuple(Request(word, told.encode(), {}) for word in message.title.split())

    def read(self, message: Message, responses: tuple[Response, ...], thread: Mapping[str, Any] | None) -> Receipt:
        last = responses[-1].status if responses else 200
        asked = float(responses[-1].headers["retry-after"]) if responses and responses[-1].headers else None
        seen = {"seen": (thread or {}).get("seen", 0) + 1}
        is_delivered = 200 <= last < 300
        return Receipt(is_delivered, last in (0, 429, 503), f"it said {last}", asked, seen if is_delivered else None)


@dataclass
class Post:
    """The outbox, those who send, and what was sent. Answers stand in `answers`, by address; else 200."""

    records: Records
    clock: SimClock
    begun: list[str] = field(default_factory=list)
    sent: list[tuple[str, str]] = field(default_factory=list)
    finished: list[Finished] = field(default_factory=list)
    answers: dict[str, list[Response]] = field(default_factory=dict)
    held: dict[str, threading.Event] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)
    failure: Exception | None = None
    ids: SimIds = field(default_factory=SimIds)
    sending: Any = None

    def start(self) -> Sending:
        given = SendingDependencies(
            self.records, self.clock, random.Random(1), self.channel_of, self.send, self.finished.append
        )
        self.sending = Sending(given)
        return self.sending

    def channel_of(self, name: str) -> Channel:
        if self.failure is not None:
            raise self.failure
        return Channel(Plain(), self.paces.get(name, OFTEN))

    def send(self, request: Request) -> Response:
        self.begun.append(request.url)
        if request.url in self.held:
            assert self.held[request.url].wait(PATIENCE_S)
        self.sent.append((request.url, request.body.decode()))
        answers = self.answers.get(request.url)
        return answers.pop(0) if answers else Response(200, b"")

    def put(self, title: str = "a", *channels: str, event: Event = Event.TRIGGER, key: str = "k") -> list[str]:
        message = Message(event, key, Level.CRITICAL, title, "text", "production", "bot", 0)
        with self.records.transaction() as connection:
            ids = outbox.enqueue(connection, message, channels or ("pager",), self.clock.now_us(), self.ids)
        return list(ids)

    def settle(self) -> None:
        """Return when no worker is at work."""
        deadline = time.monotonic() + PATIENCE_S
        while self.sending._busy:
            assert time.monotonic() < deadline, (self.sent, self.rows())
            self.sending.wait(0.005)

    def advance(self, seconds: float) -> None:
        """Let time pass. A worker still at work would count the rest after its failure from the new moment."""
        self.settle()
        self.clock.advance(seconds)

    def step_until(self, is_so: Callable[[], bool], *, after_s: float = 0.0) -> None:
        if after_s:
            self.advance(after_s)
        deadline = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < deadline, (self.sent, self.rows())
            self.sending.step()
            self.sending.wait(0.005)

    def rows(self) -> list[Any]:
        with self.records.transaction() as connection:
            return list(connection.execute(sa.select(waiting_table).order_by(waiting_table.c.seq)))

    def attempts(self) -> list[int]:
        return [row.attempts for row in self.rows()]


@pytest.fixture
def post(tmp_path: Path) -> Iterator[Post]:
    made = Post(Records.open(f"sqlite:///{tmp_path / 'records.sqlite'}"), SimClock())
    made.start()
    yield made
    for held in made.held.values():
        held.set()
    made.sending.stop()
    made.records.close()


def test_what_was_written_down_is_sent_and_its_receipt_kept(post: Post) -> None:
    (delivery_id,) = post.put()
    post.step_until(lambda: bool(post.finished))
    (done,) = post.finished
    assert (done.sent.id, done.receipt.delivered, done.latency_s) == (delivery_id, True, 0.0)
    with post.records.transaction() as connection:
        kept = connection.execute(sa.select(deliveries)).mappings().one()
    assert (kept["id"], kept["delivered"], kept["detail"]) == (delivery_id, True, "it said 200")
    assert post.rows() == []


def test_messages_of_a_thread_are_sent_one_after_the_other_each_knowing_of_the_one_before(post: Post) -> None:
    for event in (Event.TRIGGER, Event.ACKNOWLEDGE, Event.RESOLVE):
        post.put(event=event)
    post.step_until(lambda: len(post.finished) == 3)
    assert [body for _, body in post.sent] == ["k trigger 0", "k acknowledge 1", "k resolve 2"]


def test_a_slow_receiver_delays_no_other(post: Post) -> None:
    post.held["slow"] = threading.Event()
    post.put("slow", "chat")
    post.put("a", "pager")
    post.step_until(lambda: bool(post.finished))
    assert [done.sent.channel for done in post.finished] == ["pager"]
    post.held["slow"].set()
    post.step_until(lambda: len(post.finished) == 2)


def test_what_is_being_sent_is_not_sent_a_second_time(post: Post) -> None:
    post.held["slow"] = threading.Event()
    post.put("slow")
    for _ in range(20):
        post.sending.step()
    post.held["slow"].set()
    post.step_until(lambda: bool(post.finished))
    post.settle()
    post.sending.step()
    post.settle()
    assert len(post.sent) == 1


def test_a_failure_waits_and_is_tried_again_with_the_same_dedup_key(post: Post) -> None:
    post.answers["a"] = [Response(503, b""), Response(0, b"")]
    post.put()
    post.put(event=Event.RESOLVE)
    post.step_until(lambda: post.attempts() == [1, 0])
    post.settle()
    post.sending.step()
    post.settle()
    assert len(post.sent) == 1, "neither hot nor overtaken by the resolve"
    post.step_until(lambda: post.attempts() == [2, 0], after_s=1.0)
    post.step_until(lambda: len(post.finished) == 2, after_s=2.0)
    assert [body for _, body in post.sent] == ["k trigger 0"] * 3 + ["k resolve 1"]
    assert [done.receipt.delivered for done in post.finished] == [True, True]
    assert post.finished[0].sent.attempts == 2
    assert post.finished[0].latency_s == 3.0


def test_a_receiver_that_asks_for_patience_is_left_alone_for_all_messages(post: Post) -> None:
    post.answers["a"] = [Response(429, b"", {"retry-after": "30"})]
    post.put(key="k1")
    post.step_until(lambda: post.attempts() == [1])
    post.put(key="k2")
    post.advance(29.0)
    post.sending.step()
    post.settle()
    assert [body.split()[0] for _, body in post.sent] == ["k1"]
    post.step_until(lambda: len(post.finished) == 2, after_s=2.0)
    assert sorted(body.split()[0] for _, body in post.sent) == ["k1", "k1", "k2"]


def test_a_receiver_that_is_down_is_not_knocked_at_by_everything_that_waits(post: Post) -> None:
    post.answers["a"] = [Response(0, b"")] * 50
    for number in range(10):
        post.put(key=f"k{number}")
    post.step_until(lambda: sum(post.attempts()) == 1)
    for _ in range(5):
        post.settle()
        post.sending.step()
    post.settle()
    assert len(post.sent) == 1
    post.answers.clear()
    post.step_until(lambda: len(post.finished) == 10, after_s=REST_S_MAX)


def test_what_was_refused_is_not_sent_again_and_what_follows_is(post: Post) -> None:
    post.answers["a"] = [Response(400, b"")]
    post.put()
    post.put(event=Event.RESOLVE)
    post.step_until(lambda: len(post.finished) == 2)
    assert [(done.receipt.delivered, done.receipt.detail) for done in post.finished] == [
        (False, "it said 400"), (True, "it said 200"),
    ]  # fmt: skip


@pytest.mark.parametrize(("event", "limit_s"), [(Event.TRIGGER, GIVE_UP_S), (Event.TEST, GIVE_UP_TEST_S)])
def test_what_fails_for_too_long_is_given_up_with_the_reason(post: Post, event: Event, limit_s: int) -> None:
    post.answers["a"] = [Response(0, b""), Response(503, b"")]
    post.put(event=event)
    post.step_until(lambda: post.attempts() == [1])
    assert not post.finished
    post.step_until(lambda: bool(post.finished), after_s=limit_s)
    (done,) = post.finished
    assert not done.receipt.delivered
    assert "2 attempts. it said 503" in done.receipt.detail
    assert post.rows() == []


def test_requests_after_one_that_failed_are_not_made(post: Post) -> None:
    post.answers["two"] = [Response(503, b"")]
    post.put("one two three")
    post.step_until(lambda: post.attempts() == [1])
    assert [address for address, _ in post.sent] == ["one", "two"]
    post.step_until(lambda: bool(post.finished), after_s=1.0)
    assert [address for address, _ in post.sent] == ["one", "two", "one", "two", "three"]


def test_a_receiver_to_which_there_is_nothing_to_say_has_it(post: Post) -> None:
    post.put("")
    post.step_until(lambda: bool(post.finished))
    assert (post.finished[0].receipt.delivered, post.sent) == (True, [])


def test_a_secret_that_is_not_there_may_come_and_a_channel_that_is_gone_will_not(post: Post) -> None:
    post.failure = NotFoundError("There is no environment variable KEY.")
    post.put()
    post.step_until(lambda: post.attempts() == [1])
    assert post.rows()[0].last_error == "There is no environment variable KEY."
    post.failure = InvalidInputError("There is no channel pager.")
    post.step_until(lambda: bool(post.finished), after_s=1.0)
    assert (post.finished[0].receipt.delivered, post.finished[0].receipt.detail) == (
        False, "There is no channel pager.",
    )  # fmt: skip


def test_an_adapter_that_fails_holds_up_only_its_own_message(post: Post) -> None:
    post.put("broken", key="k1")
    post.put("a", key="k2")
    post.step_until(lambda: bool(post.finished))
    assert [(row.dedup_key, row.attempts, row.last_error) for row in post.rows()] == [
        ("k1", 1, "The adapter failed: ZeroDivisionError."),
    ]
    assert post.finished[0].sent.message.dedup_key == "k2"


def test_a_fault_on_the_way_to_the_receipt_loses_nothing(post: Post) -> None:
    post.put()
    with post.records.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE notify_deliveries RENAME TO elsewhere"))
    post.step_until(lambda: bool(post.sent))
    post.settle()
    with post.records.transaction() as connection:
        connection.execute(sa.text("ALTER TABLE elsewhere RENAME TO notify_deliveries"))
    assert len(post.rows()) == 1
    post.step_until(lambda: bool(post.finished), after_s=REST_S_MAX)
    assert post.sent == [("a", "k trigger 0")] * 2


def test_calls_keep_the_pace_of_their_receiver(post: Post) -> None:
    post.paces["pager"] = Pace(2, 60.0)
    for number in range(3):
        post.put(key=f"k{number}")
    post.step_until(lambda: len(post.finished) == 2)
    started = time.monotonic()
    post.sending.stop()
    assert time.monotonic() - started < PATIENCE_S, "who waits for its turn does not hold up the end"
    assert (len(post.sent), len(post.rows())) == (2, 1)


def test_what_waits_at_the_end_is_sent_by_the_next_process(post: Post) -> None:
    post.held["slow"] = threading.Event()
    post.put("slow", key="k1")
    post.put("a", key="k2")
    post.step_until(lambda: bool(post.begun))
    ending = threading.Thread(target=post.sending.stop)
    ending.start()
    assert post.sending._stopping.wait(PATIENCE_S)
    ending.join(0.05)
    assert ending.is_alive(), "what is being sent is sent to its end"
    post.held["slow"].set()
    ending.join(PATIENCE_S)
    assert [body for _, body in post.sent] == ["k1 trigger 0"]
    post.sending.step()
    assert [row.dedup_key for row in post.rows()] == ["k2"]
    post.start()
    post.step_until(lambda: len(post.finished) == 2)
    assert [body for _, body in post.sent] == ["k1 trigger 0", "k2 trigger 0"]


def test_who_waits_is_woken_at_once(post: Post) -> None:
    post.sending.wake()
    started = time.monotonic()
    post.sending.wait(PATIENCE_S)
    assert time.monotonic() - started < PATIENCE_S
    post.sending.step()
    assert post.sending.stepped_at_us == post.clock.now_us()


def test_latency_is_never_negative_though_the_clock_may_be_set_back(post: Post) -> None:
    post.put()
    post.step_until(lambda: bool(post.finished))
    assert replace(post.finished[0], at_us=0).latency_s == 0.0
