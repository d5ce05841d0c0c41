"""The client: predictions, outcomes, feedback and heartbeats, without ever blocking the service (SPEC OBS-3).

Standard library only. Events get their identity when they are logged, wait in a bounded queue, are sent in
batches by a thread, and are sent again with the same identity until evenkeel acknowledges them as durable.
"""

from __future__ import annotations

import atexit
import logging
import os
import sys
import threading
import time
import uuid
import weakref
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from evenkeel.observe.sdk.event_log import EventLog
from evenkeel.observe.sdk.spool import Spool
from evenkeel.observe.sdk.wire import AwayError, RefusedError, as_json, post

log = logging.getLogger("evenkeel")

BATCH_MAX: Final = 500
BATCH_BYTES_MAX: Final = 4 * 1024 * 1024  # a quarter of what a door takes
EVENT_BYTES_MAX: Final = 1024 * 1024
WARN_EVERY_S: Final = 10.0
SEND_EVERY_S: Final = 0.5
TIMEOUT_S: Final = 10.0
BACKOFF_S: Final = (0.5, 30.0)
CLOSE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Bounds of what waits while evenkeel is away."""

    queue_max: int = 10_000  # events in memory
    queue_bytes_max: int = 32 * 1024 * 1024  # of them, as they will be sent
    spool_bytes_max: int = 64 * 1024 * 1024
    timeout_s: float = TIMEOUT_S


class Client(EventLog):
    """Sends events of one service. Threads may share it; a forked child goes on with a queue of its own.

    `lost` counts events that could not be kept, `rejected` those that evenkeel found invalid; both are
    logged, never silent.
    """

    def __init__(
        self,
        url: str,
        *,
        key: str,
        service: str,
        version: str = "",
        environment: str = "production",
        spool_dir: str | os.PathLike[str] | None = None,
        options: ClientOptions | None = None,
    ) -> None:
        if not url.startswith(("http://", "https://")):
            msg = f"{url!r} is no address of evenkeel; write e.g. http://localhost:4318"
            raise ValueError(msg)
        self._url = url.rstrip("/") + "/v1/events"
        self._key = key
        self._common = {"service": service, "version": version, "environment": environment}
        self._options = options or ClientOptions()
        self._spool = Spool(Path(spool_dir), self._options.spool_bytes_max) if spool_dir is not None else None
        self.lost = 0
        self.rejected = 0
        self._warned_at_s = -WARN_EVERY_S
        self._begin()
        _clients.add(self)

    # --- logging

    def heartbeat(self, every_s: float = 60.0) -> None:
        """Beat now and every `every_s` seconds from now on: silence is then told from quiet."""
        self._beat_every_s = every_s
        self._next_beat_s = time.monotonic()
        with self._wake:
            self._ensure_thread()
            self._wake.notify_all()

    def log(self, kind: str, *, at: datetime | None = None, **fields: Any) -> None:
        """Any event of the HTTP event API. Returns at once."""
        moment = at if at is not None else datetime.now(UTC)
        if moment.tzinfo is None:
            moment = moment.astimezone()
        event = {"id": str(uuid.uuid4()), "kind": kind, "at": moment.isoformat(), **self._common}
        event |= {name: value for name, value in fields.items() if value is not None}
        try:
            text = as_json(event)
        except (TypeError, ValueError, ArithmeticError, RecursionError) as error:
            self._lose(1, f"a {kind} cannot be written as JSON: {error}")
            return
        with self._wake:
            self._enqueue(text)

    def _enqueue(self, text: str) -> None:
        """Let an event wait, or count why it cannot. The caller holds the lock."""
        if self._closed:
            self._lose(1, "the client is closed")
        elif len(text) > EVENT_BYTES_MAX:
            self._lose(1, f"an event of {len(text)} characters is too large")
        elif (
            len(self._queue) >= self._options.queue_max
            or self._queued_bytes + len(text) > self._options.queue_bytes_max
        ):
            self._lose(1, "the queue is full")
        else:
            self._queue.append(text)
            self._queued_bytes += len(text)
            self._ensure_thread()
            if len(self._queue) >= BATCH_MAX:
                self._wake.notify_all()

    # --- ending

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Whether every event logged since the last flush is durable at evenkeel, waiting for it `timeout_s`.

        False as well when evenkeel rejected some of them, or some are lost: see `rejected` and `lost`.
        """
        done = self._wait_until_sent(timeout_s, patient=True)
        with self._wake:
            troubles, self._troubles = self._troubles, self.lost + self.rejected
            return done and self._troubles == troubles

    def close(self) -> None:
        """Send what waits, for a few seconds at most; what remains goes to the spool, if there is one."""
        if self._closed:
            return
        self._beat_every_s = None
        # With a spool one attempt is enough: what is on disk is sent next time.
        self._wait_until_sent(CLOSE_S, patient=self._spool is None)
        with self._wake:
            self._closed = True
            # What is just being sent may never be answered; sent twice, it is stored once.
            rest = [*self._in_flight, *self._queue]
            self._queue.clear()
            self._queued_bytes = 0
            self._wake.notify_all()
        if rest and not (self._spool is not None and self._spool.add(rest)):
            self._lose(len(rest), "evenkeel was away when the client closed")
        _clients.discard(self)

    def _wait_until_sent(self, timeout_s: float, *, patient: bool) -> bool:
        """Whether nothing waits any more; the impatient give up at the first attempt that fails."""
        deadline_s = time.monotonic() + timeout_s
        with self._wake:
            self._urgent += 1
            self._retry_at_s = 0.0  # try at once, however long the wait was
            self._ensure_thread()
            self._wake.notify_all()
            try:
                return self._wait_while_busy(deadline_s, patient=patient)
            finally:
                self._urgent -= 1

    def _wait_while_busy(self, deadline_s: float, *, patient: bool) -> bool:
        failures = self._failures
        while self._queue or self._in_flight or (self._spool is not None and self._spool.files()):
            left_s = deadline_s - time.monotonic()
            if left_s <= 0 or (self._failures > failures and not patient):
                return False
            self._wake.wait(left_s)
        return True

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # --- the thread

    def _begin(self) -> None:
        """Start with nothing: at first, and in a forked child, whose parent sends what it had."""
        self._wake = threading.Condition()
        self._queue: deque[str] = deque()  # as they will be sent, so that later changes of what was logged do not count
        self._queued_bytes = 0
        self._in_flight: list[str] = []
        self._urgent = 0  # how many wait for everything to be sent
        self._failures = 0
        self._backoff_s = 0.0
        self._retry_at_s = 0.0
        self._troubles = self.lost + self.rejected  # as of the last flush
        self._closed = False
        self._thread: threading.Thread | None = None
        self._beat_every_s: float | None = getattr(self, "_beat_every_s", None)
        self._next_beat_s = time.monotonic()
        if self._spool is not None and self._spool.files():
            self._ensure_thread()

    def _ensure_thread(self) -> None:
        if self._thread is not None and self._thread.is_alive():
            return
        if self._thread is None:
            _close_with_worker_process(self)
        thread = threading.Thread(target=self._run, name="evenkeel", daemon=True)
        try:
            thread.start()
        except RuntimeError:  # the interpreter is ending: `close` keeps what it can
            return
        self._thread = thread

    def _run(self) -> None:
        while not self._closed:
            away = self._wait()
            if away and self._spool is None:
                continue
            batch = self._take_batch()
            try:
                if away:
                    self._put_back(batch)
                else:
                    self._deliver(batch)
            except Exception:  # a bug of ours must not end the thread, nor be silent
                log.exception("the evenkeel client failed")
                self._lose(len(batch), "the client failed")
            finally:
                with self._wake:
                    self._in_flight = []
                    self._wake.notify_all()

    def _wait(self) -> bool:
        """Wait until there may be something to do; answers whether evenkeel is away, and it is too early to try."""
        with self._wake:
            left_s = self._retry_at_s - time.monotonic()
            if len(self._queue) >= BATCH_MAX and (left_s <= 0 or self._spool is not None):
                pass  # a batch is full: to evenkeel with it, or to the disk
            elif left_s > 0:
                self._wake.wait(min(left_s, BACKOFF_S[0]) if self._urgent else left_s)
            elif not self._urgent:
                self._wake.wait(SEND_EVERY_S)
            return not self._urgent and self._retry_at_s > time.monotonic()

    def _take_batch(self) -> list[str]:
        with self._wake:
            if self._beat_every_s is not None and time.monotonic() >= self._next_beat_s:
                self._next_beat_s = time.monotonic() + self._beat_every_s
                self._enqueue(as_json(self._beat(self._beat_every_s)))
            batch: list[str] = []
            size = 0
            while self._queue and len(batch) < BATCH_MAX and size < BATCH_BYTES_MAX:
                batch.append(self._queue.popleft())
                size += len(batch[-1])
            self._queued_bytes -= size
            self._in_flight = batch
            return batch

    def _beat(self, every_s: float) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        return {"id": str(uuid.uuid4()), "kind": "heartbeat", "at": now, "every_s": every_s, **self._common}

    def _deliver(self, batch: list[str]) -> None:
        """Send a batch and what the spool holds, or keep it and note when to try again."""
        try:
            if batch:
                self._send(batch)
                batch = []
            if self._spool is not None:
                self._send_spooled(self._spool)
            self._backoff_s = self._retry_at_s = 0.0
        except AwayError as error:
            first = not self._backoff_s
            self._backoff_s = max(error.retry_after_s, min(BACKOFF_S[1], max(BACKOFF_S[0], 2 * self._backoff_s)))
            log.log(
                logging.WARNING if first else logging.INFO,
                "evenkeel cannot be reached (%s); trying again in %.1f s",
                error,
                self._backoff_s,
            )
            self._put_back(batch)
            with self._wake:
                self._failures += 1
                self._retry_at_s = time.monotonic() + self._backoff_s

    def _put_back(self, batch: list[str]) -> None:
        """To the spool where there is one, else to the front of the queue."""
        if not batch or (self._spool is not None and self._spool.add(batch)):
            return
        with self._wake:
            room = self._options.queue_max - len(self._queue)
            kept = batch[:room]
            self._queue.extendleft(reversed(kept))
            self._queued_bytes += sum(map(len, kept))
            self._in_flight = []
            if len(kept) < len(batch):
                self._lose(len(batch) - len(kept), "the queue is full")

    def _send_spooled(self, spool: Spool) -> None:
        for file in spool.files():
            events = spool.read(file)
            if events is None:
                self._lose(1, f"{file.name} in the spool is damaged; it is kept as {file.name}.damaged")
                continue
            if events:
                self._send(events)
            file.unlink(missing_ok=True)

    def _send(self, events: Sequence[str]) -> None:
        try:
            answer = post(self._url, self._key, events, self._options.timeout_s)
        except RefusedError as error:
            if len(events) > 1:  # too large, or one of them is at fault: find out which
                middle = len(events) // 2
                self._send(events[:middle])
                self._send(events[middle:])
                return
            self.rejected += 1
            log.error("evenkeel refused an event: %s", error)
            return
        rejected: list[dict[str, Any]] = answer.get("rejected", [])
        if rejected:
            self.rejected += len(rejected)
            log.error("evenkeel rejected %d events, the first: %s", len(rejected), rejected[0].get("message"))

    def _lose(self, count: int, why: str) -> None:
        with self._wake:
            self.lost += count
            if time.monotonic() - self._warned_at_s < WARN_EVERY_S:
                return  # a service that logs much must not drown in our warnings; `lost` counts on
            self._warned_at_s = time.monotonic()
        log.warning("%d evenkeel events are lost: %s (%d so far)", count, why, self.lost)


def _close_with_worker_process(client: Client) -> None:
    """Workers of `multiprocessing` end without the interpreter's `atexit`; they have their own."""
    process, util = sys.modules.get("multiprocessing.process"), sys.modules.get("multiprocessing.util")
    if process is not None and util is not None and process.parent_process() is not None:
        util.Finalize(None, client.close, exitpriority=100)


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def _close_all() -> None:
    for client in list(_clients):
        client.close()


def _begin_all() -> None:
    for client in list(_clients):
        client._begin()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] our own class


atexit.register(_close_all)
os.register_at_fork(after_in_child=_begin_all)
