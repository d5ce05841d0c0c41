"""The part of a request in which it waits for others and may be interrupted: by a deadline, because its caller
has gone, or because its service was killed.

One timer per request, whatever passes: what comes moves the deadline, and the timer, when it rings too early,
sets itself again. (`asyncio.timeout` around each read would make and cancel one per chunk.)
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self

TIMEOUT: Final = "timeout"
CLIENT_GONE: Final = "client_cancelled"
KILLED: Final = "kill_switch"
STOPPED: Final = "gateway_stopped"


class Interrupted(Exception):  # noqa: N818 it is no error of ours
    """The wait was ended from outside; `reason` says by what."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Waiting:
    """A context in which the current task may be interrupted. Raises Interrupted on leaving, if it was."""

    __slots__ = ("_cancelling", "_due_s", "_late", "_loop", "_reason", "_task", "_timer", "_total_due_s")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._reason: str | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._late = TIMEOUT
        self._due_s = float("inf")
        self._total_due_s = float("inf")

    def __enter__(self) -> Self:
        """Begin."""
        self._task = asyncio.current_task()
        self._cancelling = 0 if self._task is None else self._task.cancelling()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; what comes later interrupts nothing."""
        task, self._task = self._task, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._reason is None or task is None:
            return
        # The cancellation was ours alone, unless somebody else asked for one, too (as in asyncio.timeout).
        if task.uncancel() <= self._cancelling and kind is asyncio.CancelledError:
            raise Interrupted(self._reason) from error

    def interrupt(self, reason: str) -> None:
        """End the wait now. The first reason counts; without a wait nothing happens."""
        if self._task is not None and self._reason is None:
            self._reason = reason
            self._task.cancel()

    def until(self, total_s: float, first_s: float = float("inf")) -> None:
        """Interrupt after `total_s` from now at the latest, and if nothing is expected anew, after `first_s`."""
        now_s = self._loop.time()
        self._total_due_s = now_s + total_s
        self._due_s = now_s + first_s
        self._arm()

    def expect(self, within_s: float, reason: str = TIMEOUT) -> None:
        """Interrupt for that reason unless something else is expected within so many seconds."""
        self._late = reason
        self._due_s = self._loop.time() + within_s
        self._arm()

    async def forever(self) -> None:
        """Wait for nothing but an interruption."""
        await self._loop.create_future()

    def _arm(self) -> None:
        due_s = min(self._due_s, self._total_due_s)
        if self._timer is not None:
            if self._timer.when() <= due_s:
                return  # it rings early enough, and looks again
            self._timer.cancel()
        self._timer = self._loop.call_at(due_s, self._ring)

    def _ring(self) -> None:
        self._timer = None
        now_s = self._loop.time()
        if now_s >= self._due_s:
            self.interrupt(self._late)
        elif now_s >= self._total_due_s:
            self.interrupt(TIMEOUT)
        else:
            self._arm()
