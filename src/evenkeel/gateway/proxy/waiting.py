"""The part of a request in which it waits for others and may be interrupted: by a deadline, because its caller
has gone, or because its service was killed.

One timer for all requests of a worker, whatever passes: what comes moves a deadline, and the timer, when it rings too
early, sets itself again. (`asyncio.timeout` around each read would make and cancel one per chunk, and one timer per
request is still a twentieth of its CPU.)
"""

from __future__ import annotations

import asyncio
from types import TracebackType
from typing import Final, Self

TIMEOUT: Final = "timeout"
CLIENT_GONE: Final = "client_cancelled"
KILLED: Final = "kill_switch"
STOPPED: Final = "gateway_stopped"
_NEVER: Final = float("inf")
#: Rings that find nothing due are at least so far apart: each looks at all who wait.
_APART_S: Final = 0.05


class Interrupted(Exception):  # noqa: N818 it is no error of ours
    """The wait was ended from outside; `reason` says by what."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Deadlines:
    """Of all waits of a worker, on the loop of the first one."""

    __slots__ = ("_loop", "_rings_s", "_timer", "_waits")

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._waits: set[Waiting] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._rings_s = _NEVER

    @property
    def loop(self) -> asyncio.AbstractEventLoop:
        """The loop; which one is running is a call of the kernel each time it is asked for."""
        if self._loop is None:
            self._loop = asyncio.get_running_loop()
        return self._loop

    def watch(self, waiting: Waiting, due_s: float) -> None:
        """Interrupt it then, unless it says otherwise by then."""
        self._waits.add(waiting)
        if due_s < self._rings_s:
            self._set(due_s)

    def forget(self, waiting: Waiting) -> None:
        """It waits no more."""
        self._waits.discard(waiting)

    def _set(self, rings_s: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._rings_s = rings_s
        self._timer = self.loop.call_at(rings_s, self._ring)

    def _ring(self) -> None:
        self._timer, self._rings_s = None, _NEVER
        now_s, next_s = self.loop.time(), _NEVER
        for waiting in self._waits:
            due_s = waiting.due_s
            if due_s <= now_s:
                waiting.overdue(now_s)
            elif due_s < next_s:
                next_s = due_s
        if next_s < _NEVER:
            self._set(max(next_s, now_s + _APART_S))


class Waiting:
    """A context in which the current task may be interrupted. Raises Interrupted on leaving, if it was."""

    __slots__ = ("_cancelling", "_deadlines", "_due_s", "_late", "_loop", "_reason", "_task", "_total_due_s")

    def __init__(self, deadlines: Deadlines) -> None:
        self._loop = deadlines.loop
        self._deadlines = deadlines
        self._task: asyncio.Task[object] | None = None
        self._cancelling = 0
        self._reason: str | None = None
        self._late = TIMEOUT
        self._due_s = _NEVER
        self._total_due_s = _NEVER

    def __enter__(self) -> Self:
        """Begin."""
        self._task = asyncio.current_task(self._loop)
        self._cancelling = 0 if self._task is None else self._task.cancelling()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End; what comes later interrupts nothing."""
        task, self._task = self._task, None
        self._deadlines.forget(self)
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

    @property
    def due_s(self) -> float:
        """When it is interrupted, by the clock of the loop."""
        return min(self._due_s, self._total_due_s)

    def overdue(self, now_s: float) -> None:
        """It is that late."""
        self.interrupt(self._late if now_s >= self._due_s else TIMEOUT)

    def until(self, total_s: float, first_s: float = _NEVER) -> None:
        """Interrupt after `total_s` from now at the latest, and if nothing is expected anew, after `first_s`."""
        now_s = self._loop.time()
        self._total_due_s = now_s + total_s
        self._due_s = now_s + first_s
        self._deadlines.watch(self, self.due_s)

    def expect(self, within_s: float, reason: str = TIMEOUT) -> None:
        """Interrupt for that reason unless something else is expected within so many seconds."""
        self._late = reason
        self._due_s = self._loop.time() + within_s
        self._deadlines.watch(self, self.due_s)

    async def forever(self) -> None:
        """Wait for nothing but an interruption."""
        await self._loop.create_future()
