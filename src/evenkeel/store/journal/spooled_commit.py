"""Commit at the speed of requests: written down at once, journaled together within a tenth of a second.

`commit` returns when a batch is in the spool, which outlives the process: those of one turn of the loop are written
together. Whatever piled up meanwhile goes to the journal in one batch with one sync. A power cut may take the last
tenth of a second, nothing else does. For records that follow an answer; what an acknowledgement promises to a sender
goes by `group_commit`.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any, Final

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import ConflictError, EvenkeelError, InvalidInputError, OverloadedError
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.spool import Spool

log = logging.getLogger(__name__)

#: Waiting for the journal, in the spool's bytes: a minute of a full disk at 1,000 requests per second.
BACKLOG_BYTES_MAX: Final = 64 * 1024 * 1024
#: While events come in a crowd, the journal takes them this often: a batch has a cost of its own, about 0.8 ms of CPU.
#: At 2,400 requests per second that is 3 us of each; every 25 ms it was 13.
_GATHER_S: Final = 0.1
_RETRY_S: Final = 1.0
_RETRY_AFTER_S: Final = 1


class _Group:
    """Events that are kept together or not at all."""

    __slots__ = ("error", "events", "is_written")

    def __init__(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.events = events
        self.is_written = False  # or refused
        self.error: EvenkeelError | None = None


class SpooledCommit:
    """Takes events into `spool` and passes them on to `journal`, both of which it owns. Lives on one event loop."""

    def __init__(self, spool: Spool, journal: GroupCommit, *, retry_s: float = _RETRY_S) -> None:
        self._spool = spool
        self._journal = journal
        self._retry_s = retry_s
        self._fresh: list[_Group] = []  # of this turn
        self._waiting: list[Sequence[Mapping[str, Any]]] = []
        self._waiting_bytes = 0
        self._passing_bytes = 0
        self._flusher: asyncio.Task[None] | None = None
        self._closing = asyncio.Event()

    async def recover(self) -> int:
        """Journal what a process before this one left; answers how many events. Raises EvenkeelError."""
        left = self._spool.left()
        await self._journal.commit(left)
        self._spool.clear_all()
        return len(left)

    async def commit(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Return when `events` outlive this process. Raises OverloadedError; then none of them was taken."""
        if self._closing.is_set():
            raise ConflictError("The journal of this worker is closed.", hint="Send it again; another may take it.")
        waiting = self._waiting_bytes + self._passing_bytes
        if waiting > BACKLOG_BYTES_MAX:
            message = f"{waiting} bytes of events wait for the disk; {BACKLOG_BYTES_MAX} may."
            raise OverloadedError(message, hint="Send the same again a little later.", retry_after_s=_RETRY_AFTER_S)
        group = _Group(events)
        if not self._fresh:
            asyncio.get_running_loop().call_soon(self._write)
        self._fresh.append(group)
        await asyncio.sleep(0)  # the write stands before us in the queue of the loop
        assert group.is_written
        if group.error is not None:
            raise group.error

    def _write(self) -> None:
        """Write down what came in this turn, whoever still waits for it."""
        groups, self._fresh = self._fresh, []
        try:
            self._write_down(groups)
        finally:
            for group in groups:
                group.is_written = True
        if self._waiting and self._flusher is None:
            self._flusher = asyncio.create_task(self._flush(), name="spool-flush")

    def _write_down(self, groups: list[_Group]) -> None:
        try:
            size = self._spool.write([event for group in groups for event in group.events])
        except OSError as error:
            message = f"The spool cannot be written: {error.strerror or error}."
            for group in groups:
                group.error = OverloadedError(message, hint="See the disk.", retry_after_s=_RETRY_AFTER_S)
        except (TypeError, ValueError, OverflowError) as error:  # of one that cannot be encoded
            if len(groups) == 1:
                groups[0].error = InvalidInputError(f"What was recorded is no event: {error}.", hint="Report it.")
            for group in groups if len(groups) > 1 else ():
                self._write_down([group])
        else:
            self._waiting_bytes += size
            self._waiting += [group.events for group in groups]

    async def close(self) -> None:
        """Journal what waits, if that is possible now; else it is left to whoever opens the spool next."""
        self._closing.set()
        if self._fresh:
            self._write()
        if self._flusher is not None:
            await asyncio.gather(self._flusher, return_exceptions=True)
        await self._journal.close()
        self._spool.close()

    async def _flush(self) -> None:
        loop = asyncio.get_running_loop()
        try:
            while self._waiting:
                began_s = loop.time()
                groups, self._waiting = self._waiting, []
                self._passing_bytes, self._waiting_bytes = self._waiting_bytes, 0
                self._spool.turn()
                if not await self._pass_on(groups):
                    return
                self._spool.clear()
                self._passing_bytes = 0
                if self._waiting and not self._closing.is_set():
                    await self._is_closing_within(began_s + _GATHER_S - loop.time())
        finally:
            self._flusher = None

    async def _pass_on(self, groups: list[Sequence[Mapping[str, Any]]]) -> bool:
        """Journal these; false when that is not possible before the end."""
        together = [event for events in groups for event in events]
        while True:
            try:
                await self._journal.commit(_batch(together))
            except InvalidInputError:
                await self._pass_on_each(groups)
            except EvenkeelError as error:
                log.warning("%d events wait in the spool: %s", len(together), error)
                if await self._is_closing_within(self._retry_s):
                    return False
                continue
            return True

    async def _pass_on_each(self, groups: list[Sequence[Mapping[str, Any]]]) -> None:
        """Journal one by one what cannot be journaled together: one that cannot be written loses itself only."""
        for events in groups:
            try:
                await self._journal.commit(_batch(events))
            except InvalidInputError as error:
                log.error("a record cannot be written, which is a fault of ours: %s", error)

    async def _is_closing_within(self, seconds: float) -> bool:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return False
        return True


def _batch(events: Sequence[Mapping[str, Any]]) -> EventBatch:
    """Raises InvalidInputError for what is no event."""
    made = EventBatch()
    try:
        made.add_all(events)
    except ValueError as error:
        raise InvalidInputError(f"What was recorded is no event: {error}.", hint="Report it.") from error
    return made
