"""Sends what waits in the outbox: a worker for each channel, so that a slow receiver delays no other.

At least once: what dies between sending and the receipt is sent again, with the same dedup key. In order within a
thread: a resolve never overtakes its trigger. What fails is tried again with growing waits, or as the receiver asks,
and given up when it was refused, or after `GIVE_UP_S`.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Final

from evenkeel.act.notify import outbox
from evenkeel.act.notify.model import Adapter, Event, Receipt, Request, Response
from evenkeel.act.notify.outbox import Waiting
from evenkeel.act.notify.pacing import Pace, Pacer, retry_delay_s
from evenkeel.kernel.errors import EvenkeelError, NotFoundError
from evenkeel.kernel.ports import Clock, Random
from evenkeel.kernel.time import US_PER_SECOND, format_duration
from evenkeel.store.records.engine import Records

log = logging.getLogger(__name__)

#: Nobody acts on a page of yesterday; it is in the list of deliveries, and a finding on the health page.
GIVE_UP_S: Final = 24 * 3_600
#: Whoever tests a channel is waiting for the answer.
GIVE_UP_TEST_S: Final = 300
#: After a failure a channel rests, so that all that waits for a receiver that is down does not knock in turn.
REST_S_MAX: Final = 15.0
#: Messages a worker takes at once, and channels that are sent to at the same time.
BATCH: Final = 20
WORKERS_MAX: Final = 24


@dataclass(frozen=True, slots=True)
class Channel:
    """How one receiver is spoken to, and how often."""

    adapter: Adapter
    pace: Pace


class _FaultOfMessage(Receipt):
    """A failure that says nothing of the receiver: other messages may go on."""


@dataclass(frozen=True, slots=True)
class Finished:
    """What became of a message, at the end."""

    sent: Waiting
    receipt: Receipt
    at_us: int

    @property
    def latency_s(self) -> float:
        """From the moment it was written down."""
        return max(0.0, (self.at_us - self.sent.enqueued_at_us) / US_PER_SECOND)


@dataclass(frozen=True, slots=True)
class SendingDependencies:
    """What sending stands on."""

    records: Records
    clock: Clock
    chance: Random
    #: Of a name, as configured now. NotFoundError (a secret that is not there) may pass, other errors will not.
    channel_of: Callable[[str], Channel]
    send: Callable[[Request], Response]
    finished: Callable[[Finished], None] = lambda _finished: None


class Sending:
    """Safe to share between threads; one for each set of records."""

    def __init__(self, given: SendingDependencies) -> None:
        self._given = given
        self._pool = ThreadPoolExecutor(max_workers=WORKERS_MAX, thread_name_prefix="notify")
        self._lock = threading.Lock()
        self._busy: set[str] = set()
        self._rests_until_s: dict[str, float] = {}
        self._pacers: dict[str, tuple[Pace, Pacer]] = {}
        self._stopping = threading.Event()
        self._wake = threading.Event()
        self.stepped_at_us = 0

    def wake(self) -> None:
        """Something may be due: look at once."""
        self._wake.set()

    def wait(self, seconds: float) -> None:
        """Return when something may be due, at the latest after `seconds`."""
        self._wake.wait(seconds)
        self._wake.clear()

    def step(self) -> None:
        """Hand what is due to the workers. Does not wait for them."""
        now_us, now_s = self._given.clock.now_us(), self._given.clock.monotonic_s()
        with self._given.records.transaction() as connection:
            due = outbox.find_due(connection, now_us, per_channel=BATCH)
        for name, rows in due.items():
            with self._lock:
                if name in self._busy or self._rests_until_s.get(name, 0.0) > now_s or self._stopping.is_set():
                    continue
                self._busy.add(name)
                self._pool.submit(self._work, name)
            log.debug("%d messages are due for %s", len(rows), name)
        self.stepped_at_us = now_us

    def stop(self) -> None:
        """End: what is being sent is sent to its end, what waits stays in the outbox."""
        with self._lock:
            self._stopping.set()
        self._wake.set()
        self._pool.shutdown(wait=True)

    def _work(self, name: str) -> None:
        """Send what is due of one channel."""
        try:
            # Read here, not handed on: what was due when the worker was asked for may be sent by now.
            with self._given.records.transaction() as connection:
                due = outbox.find_due(connection, self._given.clock.now_us(), per_channel=BATCH, channel=name)
            rows = due.get(name, [])
            while rows and not self._stopping.is_set() and self._deliver(rows[0]):
                rows = rows[1:]
        except Exception:  # a fault here must not end sending; the row is still there and is tried again
            log.exception("sending to %s failed; it is tried again", name)
            self._rest(name, REST_S_MAX)
        finally:
            with self._lock:
                self._busy.discard(name)
            self._wake.set()  # the next of a thread may have become due

    def _deliver(self, row: Waiting) -> bool:
        """Send one message and keep what became of it; answers whether the channel may go on."""
        given = self._given
        receipt = self._attempt(row)
        if receipt is None:
            return False
        now_us = given.clock.now_us()
        receipt = _give_up(row, receipt, now_us)
        if receipt.delivered or not receipt.retry:
            with given.records.transaction() as connection:
                outbox.finish(connection, row, receipt, now_us)
            if not receipt.delivered:
                log.error("notification %s to %s was given up: %s", row.id, row.channel, receipt.detail)
            given.finished(Finished(row, receipt, now_us))
            return True
        delay_s = retry_delay_s(row.attempts + 1, receipt.retry_after_s, given.chance)
        with given.records.transaction() as connection:
            outbox.postpone(connection, row, receipt, now_us, now_us + round(delay_s * US_PER_SECOND))
        log.warning("notification %s to %s waits %.1f s: %s", row.id, row.channel, delay_s, receipt.detail)
        if isinstance(receipt, _FaultOfMessage):
            return True
        # Who asks for patience asks it for all that is sent there, not only for this message.
        self._rest(row.channel, delay_s if receipt.retry_after_s is not None else min(delay_s, REST_S_MAX))
        return False

    def _attempt(self, row: Waiting) -> Receipt | None:
        """What came of one attempt; None when it was not made because we are stopping."""
        given = self._given
        try:
            channel = given.channel_of(row.channel)
        except EvenkeelError as error:
            return Receipt(delivered=False, retry=isinstance(error, NotFoundError), detail=str(error))
        with given.records.transaction() as connection:
            thread = outbox.find_thread(connection, row.channel, row.message.dedup_key)
        try:
            requests = channel.adapter.render(row.message, thread)
            responses = self._send(row.channel, channel.pace, requests)
            return None if responses is None else channel.adapter.read(row.message, responses, thread)
        except Exception as error:  # an adapter is a plugin: its fault is that of this message, not of all
            log.exception("the adapter of %s failed", row.channel)
            return _FaultOfMessage(delivered=False, retry=True, detail=f"The adapter failed: {type(error).__name__}.")

    def _send(self, name: str, pace: Pace, requests: Sequence[Request]) -> tuple[Response, ...] | None:
        """The answers up to the first that is no success; None when we are stopping."""
        responses: list[Response] = []
        for request in requests:
            if self._stopping.wait(self._pacer(name, pace).take(self._given.clock.monotonic_s())):
                return None
            responses.append(self._given.send(request))
            if not 200 <= responses[-1].status < 300:
                break
        return tuple(responses)

    def _pacer(self, name: str, pace: Pace) -> Pacer:
        """The memory of a channel's calls; a changed pace begins anew."""
        with self._lock:
            known = self._pacers.get(name)
            if known is None or known[0] != pace:
                known = self._pacers[name] = (pace, Pacer(pace))
            return known[1]

    def _rest(self, name: str, seconds: float) -> None:
        with self._lock:
            self._rests_until_s[name] = self._given.clock.monotonic_s() + seconds


def _give_up(row: Waiting, receipt: Receipt, now_us: int) -> Receipt:
    """The receipt, made final when the message is too old for another attempt."""
    limit_s = GIVE_UP_TEST_S if row.message.event is Event.TEST else GIVE_UP_S
    if receipt.delivered or not receipt.retry or now_us - row.enqueued_at_us < limit_s * US_PER_SECOND:
        return receipt
    detail = f"Given up after {format_duration(limit_s)} and {row.attempts + 1} attempts. {receipt.detail}"
    return replace(receipt, retry=False, detail=detail)
