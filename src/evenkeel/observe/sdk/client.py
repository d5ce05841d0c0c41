"""The client: predictions, outcomes, feedback and heartbeats, without ever blocking the service (SPEC OBS-3).

Standard library only. Events get their identity when they are logged, wait in a bounded queue, are sent in
batches by a thread, and are sent again with the same identity until evenkeel acknowledges them as durable.
"""

from __future__ import annotations

import atexit
import json
import logging
import os
import threading
import time
import urllib.error
import urllib.request
import uuid
import weakref
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from evenkeel.observe.sdk.spool import Spool

log = logging.getLogger("evenkeel")

BATCH_MAX: Final = 500
SEND_EVERY_S: Final = 0.5
TIMEOUT_S: Final = 10.0
BACKOFF_S: Final = (0.5, 30.0)
CLOSE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class ClientOptions:
    """Bounds of what waits while evenkeel is away."""

    queue_max: int = 10_000  # events in memory
    spool_bytes_max: int = 64 * 1024 * 1024
    timeout_s: float = TIMEOUT_S


class _RefusedError(Exception):
    """evenkeel will never take this; sending it again is of no use."""


class _AwayError(Exception):
    """evenkeel cannot take this now."""

    def __init__(self, message: str, retry_after_s: float = 0.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class Client:
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
        self._url = url.rstrip("/") + "/v1/events"
        self._key = key
        self._common = {"service": service, "version": version, "environment": environment}
        self._options = options or ClientOptions()
        self._spool = Spool(Path(spool_dir), self._options.spool_bytes_max) if spool_dir is not None else None
        self.lost = 0
        self.rejected = 0
        self._begin()
        _clients.add(self)

    # --- logging

    def log_prediction(self, subject: str, *, label: str | None = None, score: float | None = None,
                       latency_s: float | None = None, features: Mapping[str, Any] | None = None,
                       segments: Mapping[str, str] | None = None, user: str | None = None,
                       error: str | None = None, at: datetime | None = None) -> None:  # fmt: skip
        """A model's answer about `subject`; its true outcome may follow later under the same subject."""
        attributes = {**{f"feature.{k}": v for k, v in (features or {}).items()},
                      **{f"segment.{k}": v for k, v in (segments or {}).items()}}  # fmt: skip
        self.log("prediction", at=at, subject=subject, label=label, value=score, latency_s=latency_s, user=user,
                 error=error, attributes=attributes or None)  # fmt: skip

    def log_outcome(
        self, subject: str, label: str | None = None, *, value: float | None = None, at: datetime | None = None
    ) -> None:
        """What really happened to `subject`."""
        self.log("outcome", at=at, subject=subject, label=label, value=value)

    def log_feedback(
        self, subject: str, rating: float | None = None, *, thumbs_up: bool | None = None, at: datetime | None = None
    ) -> None:
        """What a person thought of the answer: a rating from 1 to 5, or a thumb."""
        thumb = None if thumbs_up is None else ("up" if thumbs_up else "down")
        self.log("feedback", at=at, subject=subject, rating=rating, label=thumb)

    def log_review(self, subject: str, *, label: str | None = None, value: float | None = None) -> None:
        """What a reviewer found."""
        self.log("review", subject=subject, label=label, value=value)

    def log_value(self, subject: str, value: float, *, label: str | None = None) -> None:
        """What `subject` was worth to the business."""
        self.log("value", subject=subject, value=value, label=label)

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
        event |= {name: _finite(value) for name, value in fields.items() if value is not None}
        with self._wake:
            if len(self._queue) >= self._options.queue_max:
                self._lose(1, "the queue is full")
                return
            self._queue.append(event)
            self._ensure_thread()
            if len(self._queue) >= BATCH_MAX:
                self._wake.notify_all()

    # --- ending

    def flush(self, timeout_s: float = 10.0) -> bool:
        """Whether everything logged so far was acknowledged as durable within `timeout_s`."""
        deadline_s = time.monotonic() + timeout_s
        with self._wake:
            self._urgent = True
            self._wake.notify_all()
            while self._queue or self._sending or (self._spool is not None and self._spool.files()):
                left_s = deadline_s - time.monotonic()
                if left_s <= 0:
                    return False
                self._wake.wait(left_s)
        return True

    def close(self) -> None:
        """Send what waits, for a few seconds at most; what remains goes to the spool, if there is one."""
        if self._closed:
            return
        self._beat_every_s = None
        self.flush(CLOSE_S)
        with self._wake:
            self._closed = True
            rest = list(self._queue)
            self._queue.clear()
            self._wake.notify_all()
        if rest and not (self._spool is not None and self._spool.add(rest)):
            self._lose(len(rest), "evenkeel was away when the client closed")
        _clients.discard(self)

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
        self._queue: deque[dict[str, Any]] = deque()
        self._sending = 0
        self._urgent = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self._beat_every_s: float | None = getattr(self, "_beat_every_s", None)
        self._next_beat_s = time.monotonic()
        if self._spool is not None and self._spool.files():
            self._ensure_thread()

    def _ensure_thread(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._run, name="evenkeel", daemon=True)
            self._thread.start()

    def _run(self) -> None:
        backoff_s = 0.0
        while not self._closed:
            batch = self._next_batch(backoff_s)
            try:
                if batch:
                    self._send(batch)
                if self._spool is not None:
                    self._send_spooled(self._spool)
                backoff_s = 0.0
            except _AwayError as error:
                backoff_s = max(error.retry_after_s, min(BACKOFF_S[1], max(BACKOFF_S[0], 2 * backoff_s)))
                log.info("evenkeel cannot be reached (%s); trying again in %.1f s", error, backoff_s)
                self._put_back(batch)
            finally:
                with self._wake:
                    self._sending = 0
                    self._wake.notify_all()

    def _next_batch(self, backoff_s: float) -> list[dict[str, Any]]:
        with self._wake:
            wait_s = backoff_s or SEND_EVERY_S
            if not self._urgent or backoff_s:
                self._wake.wait(wait_s)
            if self._beat_every_s is not None and time.monotonic() >= self._next_beat_s:
                self._next_beat_s = time.monotonic() + self._beat_every_s
                self._queue.append(self._beat(self._beat_every_s))
            batch = [self._queue.popleft() for _ in range(min(BATCH_MAX, len(self._queue)))]
            self._sending = len(batch)
            if not batch:
                self._urgent = False
            return batch

    def _beat(self, every_s: float) -> dict[str, Any]:
        now = datetime.now(UTC).isoformat()
        return {"id": str(uuid.uuid4()), "kind": "heartbeat", "at": now, "every_s": every_s, **self._common}

    def _put_back(self, batch: list[dict[str, Any]]) -> None:
        """To the spool where there is one, else to the front of the queue."""
        if not batch or (self._spool is not None and self._spool.add(batch)):
            return
        with self._wake:
            room = self._options.queue_max - len(self._queue)
            kept = batch[:room]
            self._queue.extendleft(reversed(kept))
            if len(kept) < len(batch):
                self._lose(len(batch) - len(kept), "the queue is full")

    def _send_spooled(self, spool: Spool) -> None:
        for file in spool.files():
            events = spool.read(file)
            if events is None:
                self._lose(1, f"{file.name} in the spool is damaged; it is kept as {file.name}.damaged")
                continue
            self._send(events)
            file.unlink(missing_ok=True)

    def _send(self, events: Sequence[dict[str, Any]]) -> None:
        try:
            answer = self._post(events)
        except _RefusedError as error:
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

    def _post(self, events: Sequence[dict[str, Any]]) -> dict[str, Any]:
        body = json.dumps(events, allow_nan=False).encode()
        headers = {"content-type": "application/json", "authorization": f"Bearer {self._key}"}
        request = urllib.request.Request(self._url, data=body, headers=headers)  # noqa: S310 the user's own address
        try:
            with urllib.request.urlopen(request, timeout=self._options.timeout_s) as answer:  # noqa: S310
                return json.loads(answer.read())
        except urllib.error.HTTPError as error:
            text = error.read(2_000).decode(errors="replace")
            if error.code in (400, 413):
                if error.code == 400 and '"rejected"' in text:
                    return json.loads(text)
                raise _RefusedError(text) from None
            if error.code in (401, 403):
                log.warning("evenkeel does not accept the key: %s", text)
            retry_after = error.headers.get("retry-after", "")
            raise _AwayError(f"HTTP {error.code}", float(retry_after) if retry_after.isdigit() else 0.0) from None
        except (OSError, ValueError) as error:
            raise _AwayError(str(error)) from None

    def _lose(self, count: int, why: str) -> None:
        self.lost += count
        log.warning("%d evenkeel events are lost: %s (%d so far)", count, why, self.lost)


def _finite(value: Any) -> Any:
    """JSON has no NaN; evenkeel keeps it as what it is, under its name."""
    if isinstance(value, float) and (value != value or abs(value) == float("inf")):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): _finite(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return value


_clients: weakref.WeakSet[Client] = weakref.WeakSet()


def _close_all() -> None:
    for client in list(_clients):
        client.close()


def _begin_all() -> None:
    for client in list(_clients):
        client._begin()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] our own class


atexit.register(_close_all)
os.register_at_fork(after_in_child=_begin_all)
