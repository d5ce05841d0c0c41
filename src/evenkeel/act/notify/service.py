"""Notifications as the rest of the house uses them: told in a transaction, tested, looked at."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from sqlalchemy import Connection

from evenkeel.act.notify import deliveries, outbox
from evenkeel.act.notify.channels import Channels
from evenkeel.act.notify.deliveries import Delivery
from evenkeel.act.notify.model import Event, Level, Message
from evenkeel.act.notify.path import IN_TIME_US, WINDOW_US, PathStanding, judge_path
from evenkeel.act.notify.routing import route
from evenkeel.act.notify.sending import Channel, Finished
from evenkeel.act.notify.synthetic import LOOPBACK, enqueue_if_due, open_loopback
from evenkeel.kernel.errors import NotFoundError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.org.config.notify import NotifyConfig
from evenkeel.store.records.engine import Records
from evenkeel.store.trail import trail

#: Whoever tests a channel waits this long for its receipt.
TEST_WAIT_S: Final = 20.0
_PAGES: Final = (Level.CRITICAL, Level.ERROR)


@dataclass(frozen=True, slots=True)
class ChannelState:
    """A channel with what became of its messages."""

    name: str
    type: str
    target: str  # without what is secret
    last: Delivery | None
    delivered_24h: int
    failed_24h: int
    waiting: int


@dataclass(frozen=True, slots=True)
class NotificationsDependencies:
    """What notifications stand on."""

    records: Records
    clock: Clock
    ids: Ids
    channels: Callable[[], Channels]  # as configured now
    labels_of: Callable[[str], Mapping[str, str]]  # of a service: team, tier, owner


class Notifications:
    """Safe to share between threads. `wake` is set by whoever sends."""

    def __init__(self, given: NotificationsDependencies) -> None:
        self._given = given
        self._lock = threading.Lock()
        self._awaited: dict[str, threading.Event] = {}
        self.wake: Callable[[], None] = lambda: None

    def enqueue(self, connection: Connection, message: Message, now_us: int) -> tuple[str, ...]:
        """Write a message down for those whom it concerns, in the caller's transaction; answers their channels.

        What goes on with a thread goes to all who know of it, whatever routes say by now,
        as long as their channels are configured. An alert that leads
        nowhere is kept as such.
        """
        labelled = self._label(message)
        config = self.config()
        known = outbox.channels_told(connection, message.dedup_key)
        # One that was removed from the configuration since cannot be told: that is nobody's delay.
        told = tuple(sorted(name for name in known if name in config.channels))
        if message.event in (Event.ACKNOWLEDGE, Event.RESOLVE):
            chosen = told
        else:
            concerned = (channel for labels in (labelled.labels, *labelled.beside) for channel in route(labels, config))
            chosen = tuple(dict.fromkeys((*concerned, *told)))
        outbox.enqueue(connection, labelled, chosen, now_us, self._given.ids)
        if not chosen and message.event is Event.TRIGGER:
            deliveries.note_nowhere(connection, labelled, now_us, self._given.ids)
        self.wake()
        return chosen

    def test(self, channel: str, actor: str, *, wait_s: float = TEST_WAIT_S) -> Delivery:
        """Really send a test message, and wait for what comes of it; it may be waiting still.

        Raises NotFoundError for a channel that is not configured.
        """
        given, now_us = self._given, self._given.clock.now_us()
        known = self.config().channels
        if channel not in known:
            raise NotFoundError(
                f"There is no channel {channel[:100]!r}.", hint=f"Channels: {', '.join(known) or 'none is configured'}."
            )
        message = Message(
            event=Event.TEST,
            dedup_key=f"{deliveries.TEST_KEY}{given.ids.new_id()}",
            level=Level.INFO,
            title=f"Test of {channel}",
            text=f"{actor} sent this to see whether alerts arrive here. There is nothing to do.",
            environment="evenkeel",
            service="evenkeel",
            at_us=now_us,
            links=(("Notifications", "/settings/notifications"),),
        )
        ended = threading.Event()
        with given.records.transaction() as connection:
            (delivery_id,) = outbox.enqueue(connection, message, (channel,), now_us, given.ids)
            with self._lock:  # before the commit: what sends sees the row only after it
                self._awaited[delivery_id] = ended
            trail.record(connection, trail.Change(actor, "notify.test", channel), now_us)
        try:
            self.wake()
            ended.wait(wait_s)
        finally:
            with self._lock:
                del self._awaited[delivery_id]
        with given.records.transaction() as connection:
            found = deliveries.load_delivery(connection, delivery_id)
        assert found is not None
        return found

    def on_finished(self, finished: Finished) -> None:
        """Tell whoever waits for this message."""
        with self._lock:
            ended = self._awaited.get(finished.sent.id)
        if ended is not None:
            ended.set()

    def try_path(self) -> None:
        """Send a synthetic page if it is time."""
        given = self._given
        with given.records.transaction() as connection:
            sent = enqueue_if_due(connection, self.config().synthetic, given.clock.now_us(), given.ids)
        if sent is not None:
            self.wake()

    def forget_old(self) -> None:
        """Drop receipts and threads that are past their time."""
        with self._given.records.transaction() as connection:
            outbox.forget_old(connection, self._given.clock.now_us())

    def open_channel(self, name: str) -> Channel:
        """How a channel is spoken to now. Raises InvalidInputError, and NotFoundError for a secret."""
        return open_loopback() if name == LOOPBACK else self._given.channels().open(name)

    def config(self) -> NotifyConfig:
        """What is configured now."""
        return self._given.channels().notify

    def channels(self) -> Sequence[ChannelState]:
        """Every configured channel, and what became of its messages in 24 hours."""
        now_us = self._given.clock.now_us()
        states: list[ChannelState] = []
        with self._given.records.transaction() as connection:
            counts = deliveries.count_by_channel(connection, now_us - US_PER_DAY)
            for view in self._given.channels().describe():
                last = next(iter(deliveries.load_deliveries(connection, 1, channel=view.name)), None)
                mine = counts.get(view.name, deliveries.ChannelCounts())
                states.append(
                    ChannelState(view.name, view.type, view.target, last, mine.delivered, mine.failed, mine.waiting)
                )
        return states

    def nowhere_24h(self) -> int:
        """Alerts of 24 hours of which nobody was told, as no route led to a channel."""
        since_us = self._given.clock.now_us() - US_PER_DAY
        with self._given.records.transaction() as connection:
            counts = deliveries.count_by_channel(connection, since_us)
        return counts.get(deliveries.NOWHERE, deliveries.ChannelCounts()).failed

    def deliveries(self, limit: int = 50, *, channel: str | None = None) -> Sequence[Delivery]:
        """The newest messages and what became of them, newest first."""
        with self._given.records.transaction() as connection:
            return deliveries.load_deliveries(connection, min(limit, deliveries.LISTED_MAX), channel=channel)

    def standing(self) -> PathStanding:
        """How the alert path stands by its own objective."""
        now_us = self._given.clock.now_us()
        with self._given.records.transaction() as connection:
            return judge_path(*deliveries.count_path(connection, now_us - WINDOW_US, now_us, IN_TIME_US))

    def _label(self, message: Message) -> Message:
        """The message with every label that routes may ask for."""
        labels = {
            "environment": message.environment,
            "service": message.service,
            "level": message.level.value,
            "severity": "page" if message.level in _PAGES else "ticket",
            **{name: value for name, value in self._given.labels_of(message.service).items() if value},
        }
        beside = tuple(labels | dict(each) for each in message.beside)
        return replace(message, labels=labels | dict(message.labels), beside=beside)
