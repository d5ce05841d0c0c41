"""Group commit: many requests, one frame, one sync.

Whatever arrives while a sync runs goes out together with the next one. There is no timer: a lonely
request waits for its own sync only, a crowd shares one. The bytes waiting are bounded; beyond that
requests are refused with the time after which to come again.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import ConflictError, EvenkeelError, InvalidInputError, OverloadedError
from evenkeel.kernel.event import SCHEMA_ID
from evenkeel.store.journal.codec import encode_batch, estimate_bytes
from evenkeel.store.journal.writer import JournalWriter

_RETRY_AFTER_S: Final = 1  # a backlog of this size is written in well under a second by any disk

#: Runs blocking work elsewhere and answers when it is done.
Runner = Callable[[Callable[[], None]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class GroupCommitOptions:
    """Limits, and what tests replace."""

    backlog_bytes_max: int = 64 * 1024 * 1024  # waiting and being written, as `estimate_bytes` counts
    group_bytes_max: int = 8 * 1024 * 1024  # one frame; far below what a frame may hold
    group_rows_max: int = 20_000  # what the fold stores in one transaction
    encode: Callable[[EventBatch], bytes] = encode_batch
    runner: Runner | None = None  # None: a thread of its own


@dataclass(slots=True)
class _Waiting:
    batch: EventBatch
    size: int
    done: asyncio.Future[None]


class GroupCommit:
    """Makes batches durable through `writer`, which it owns from here on. Lives on one event loop."""

    def __init__(self, writer: JournalWriter, options: GroupCommitOptions | None = None) -> None:
        self._writer = writer
        self._options = options or GroupCommitOptions()
        self._waiting: deque[_Waiting] = deque()
        self._in_flight: Sequence[_Waiting] = ()
        self._backlog_bytes = 0
        self._flusher: asyncio.Task[None] | None = None
        self._closed = False
        self._threads = None if self._options.runner else ThreadPoolExecutor(1, thread_name_prefix="journal")

    @property
    def backlog_bytes(self) -> int:
        """Bytes accepted and not yet durable, about."""
        return self._backlog_bytes

    async def commit(self, batch: EventBatch) -> None:
        """Return when every event of `batch` is on stable storage.

        Raises OverloadedError (too much is waiting), StorageFullError, or InvalidInputError when the batch
        cannot be encoded; then none of it was acknowledged. A caller that gives up waiting may find its
        events stored all the same.
        """
        if self._closed:
            message = f"The journal of {self._writer.writer} is closed."
            raise ConflictError(message, hint="Send it again; another worker may take it.")
        if not len(batch):
            return
        size = estimate_bytes(batch)
        self._refuse_when_crowded(size)
        waiting = _Waiting(batch, size, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        self._backlog_bytes += size
        if self._flusher is None:
            self._flusher = asyncio.create_task(self._flush(), name="journal-flush")
            self._flusher.add_done_callback(self._flusher_ended)
        await waiting.done

    async def close(self) -> None:
        """Write what is waiting, then release the writer. Later commits are refused."""
        self._closed = True
        if self._flusher is not None:
            await asyncio.wait([self._flusher])
        if self._threads is not None:
            self._threads.shutdown()
        self._writer.close()

    def _refuse_when_crowded(self, size: int) -> None:
        # An empty backlog takes any batch: else one larger than the limit could never be sent.
        if self._backlog_bytes and self._backlog_bytes + size > self._options.backlog_bytes_max:
            message = f"{self._backlog_bytes} bytes of events wait for the disk; {self._options.backlog_bytes_max} may."
            hint = "Send the same again a little later."
            raise OverloadedError(message, hint=hint, retry_after_s=_RETRY_AFTER_S, backlog=self._backlog_bytes)

    async def _flush(self) -> None:
        while self._waiting:
            self._in_flight = self._take_group()
            await self._commit_group(self._in_flight)
            self._in_flight = ()
        # Here, not in the callback: a commit that comes between the two must start another flusher.
        self._flusher = None

    async def _commit_group(self, group: Sequence[_Waiting]) -> None:
        try:
            await self._run(lambda: self._write(group))
        except InvalidInputError as error:
            if len(group) == 1:
                self._finish(group, error)
                return
            for waiting in group:  # one of them cannot be written; its companions must not suffer
                await self._commit_group([waiting])
        except EvenkeelError as error:
            self._finish(group, error)
        else:
            self._finish(group, None)

    def _take_group(self) -> list[_Waiting]:
        group = [self._waiting.popleft()]
        size, rows = group[0].size, len(group[0].batch)
        while self._waiting:
            size, rows = size + self._waiting[0].size, rows + len(self._waiting[0].batch)
            if size > self._options.group_bytes_max or rows > self._options.group_rows_max:
                break
            group.append(self._waiting.popleft())
        return group

    async def _run(self, work: Callable[[], None]) -> None:
        if self._options.runner is not None:
            await self._options.runner(work)
        else:
            await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _write(self, group: Sequence[_Waiting]) -> None:
        if len(group) == 1:
            batch = group[0].batch
        else:
            batch = EventBatch()
            for waiting in group:
                batch.extend(waiting.batch)
        self._writer.append(self._options.encode(batch), schema_id=SCHEMA_ID, rows=len(batch))

    def _finish(self, group: Sequence[_Waiting], error: BaseException | None) -> None:
        for waiting in group:
            self._backlog_bytes -= waiting.size
            waiting.size = 0  # counted off once, however often it is finished
            if waiting.done.done():  # its caller gave up
                continue
            if error is None:
                waiting.done.set_result(None)
            else:
                waiting.done.set_exception(error)

    def _flusher_ended(self, task: asyncio.Task[None]) -> None:
        error = _ended_early() if task.cancelled() else task.exception()
        if error is not None:  # a bug or the end of the loop: nobody may wait for ever
            self._flusher = None
            self._finish([*self._in_flight, *self._waiting], error)
            self._in_flight = ()
            self._waiting.clear()


def _ended_early() -> OverloadedError:
    message = "The process ended before the batch was written."
    return OverloadedError(message, hint="Send the same again.", retry_after_s=_RETRY_AFTER_S)
