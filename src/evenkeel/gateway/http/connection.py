"""One connection of a caller: what it sends becomes requests, answered one after the other, in their order.

What is waited for has a deadline (`due_s`), and the server's sweep looks at those of all connections: a timer for each
request would cost more than most of what a request needs.
"""

from __future__ import annotations

import asyncio
import logging
import socket
from collections import deque
from typing import Final, Protocol, Self, cast

from evenkeel.gateway.http import framing
from evenkeel.gateway.http.incoming import Incoming
from evenkeel.gateway.http.model import Fault, FaultError, Fields, ServerLimits
from evenkeel.gateway.http.reader import Reader

log = logging.getLogger(__name__)

_NEVER: Final = float("inf")
#: A caller that closed its half is asked whether it is still there when its answer takes longer than this,
#: and then it is looked for a reset, at first so soon, at last so seldom.
_ASK_S: Final = 0.05
_LOOK_S: Final = 0.01
_LOOK_S_MAX: Final = 1.0


class Application(Protocol):
    """Who answers."""

    async def answer(self, incoming: Incoming) -> None:
        """Answer one request, to its end."""
        ...

    def refuse(self, fault: Fault) -> tuple[Fields, bytes]:
        """(headers, body) of what a caller is told whose bytes are no request, or whose request broke us."""
        ...


class House(Protocol):
    """The server, as its connections see it."""

    app: Application
    limits: ServerLimits
    loop: asyncio.AbstractEventLoop
    date: bytes
    is_closing: bool

    def entered(self, connection: Connection) -> bool:
        """A connection is there; false when there are too many."""
        ...

    def left(self, connection: Connection) -> None:
        """It is gone."""
        ...

    def started(self, incoming: Incoming, task: asyncio.Task[None]) -> None:
        """A request is being answered; whatever becomes of its connection, somebody must hold the task."""
        ...

    def ended(self, incoming: Incoming) -> None:
        """It is answered, or its caller has gone and it is recorded."""
        ...


class Connection(Reader, asyncio.Protocol):
    """One connection."""

    __slots__ = (
        "_current", "_drained", "_fault", "_fresh", "_has_closed_half", "_house", "_is_reading", "_linger_left",
        "_transport", "_unsent", "_waiting", "due_s", "is_paused",
    )  # fmt: skip

    def __init__(self, house: House) -> None:
        super().__init__(house.limits)
        self._house = house
        self._transport = cast("asyncio.Transport", None)
        self._fault: Fault | None = None  # the connection ends with it, after what is answered before
        self._linger_left = house.limits.linger_bytes  # that may still come when no more is read
        self._current: Incoming | None = None  # that is being answered
        self._fresh: Incoming | None = None  # the same, before it is
        self._waiting: deque[Incoming] | None = None  # came after it
        self._drained: asyncio.Future[None] | None = None
        self._is_reading = True
        self._has_closed_half = False
        self._unsent = 0  # bytes, when it was looked last
        self.is_paused = False
        self.due_s = _NEVER

    @property
    def hearing(self) -> Self:
        """Who is told of requests."""
        return self

    @property
    def line(self) -> Self:
        """The way their answers go."""
        return self

    # What the loop calls.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A caller is there."""
        self._transport = cast("asyncio.Transport", transport)
        self.due_s = self._house.loop.time() + self._house.limits.head_s
        if not self._house.entered(self):
            self._fail(Fault(503, "too_many_connections", "Too many connections are open here. Try again later."))
        elif self._house.is_closing:  # it was accepted just before nobody was any more
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        """The caller is gone, or we let it go."""
        del exc
        self._lose()
        self._house.left(self)

    def pause_writing(self) -> None:
        """The caller does not take what it is sent."""
        self.is_paused = True

    def resume_writing(self) -> None:
        """It does again."""
        self.is_paused = False
        if self._drained is not None and not self._drained.done():
            self._drained.set_result(None)

    def eof_received(self) -> bool:
        """The caller sends no more: it has gone, or it waits for its answer with its half closed.

        Both look the same until it is sent something: who has gone answers with a reset. So a caller that waits is
        sent an interim response, which clients skip; one that was sent a part of its answer has gone. True keeps the
        connection.
        """
        current = self._current
        if current is None:
            return False
        if not current.is_complete or current.is_http_10 or (current.has_begun and not self._waiting):
            self.cut()  # to close would wait for what is unsent
            return True
        self._has_closed_half = True
        self._house.loop.call_later(_ASK_S, self._ask_whether_there)
        return True

    def data_received(self, data: bytes) -> None:
        """Bytes are here."""
        if self.is_over:
            self._skip(len(data))
            return
        try:
            self.read(data)
        except FaultError as error:
            self._fail(error.fault)
        if self.is_new_head:
            self.due_s = self._house.loop.time() + self._house.limits.head_s
        fresh, self._fresh = self._fresh, None
        if fresh is not None:
            self._start(fresh)

    # What reading tells.

    def arrived(self, incoming: Incoming) -> None:
        """A request's head is here."""
        self.due_s = _NEVER
        if self._house.is_closing:
            incoming.keeps_alive = False
        if self._current is None:
            self._current = self._fresh = incoming
            return
        if self._waiting is None:
            self._waiting = deque()
        self._waiting.append(incoming)
        self._pause()

    def swelled(self, incoming: Incoming) -> None:
        """More of a body is here than anybody has looked at."""
        del incoming
        self._pause()

    def completed(self, incoming: Incoming) -> None:
        """A request's body is here."""
        if self._waiting is not None and len(self._waiting) + 1 >= self._house.limits.pipelined:
            incoming.keeps_alive = False
        if not incoming.keeps_alive:
            self._take_no_more()
        incoming.complete()
        if incoming.has_ended:
            self._next()

    # What requests call.

    @property
    def date(self) -> bytes:
        """The header that says how late it is, as a line."""
        return self._house.date

    @property
    def skip_bytes(self) -> int:
        """How much of a body that nobody reads is taken for the sake of the next request."""
        return self._house.limits.linger_bytes

    def send(self, data: bytes) -> None:
        """Send; never waits."""
        self._transport.write(data)

    async def drained(self) -> None:
        """Return when the caller takes more, or has gone."""
        if self.is_paused:
            self._drained = self._house.loop.create_future()
            self.due_s = self._house.loop.time() + self._house.limits.write_s
            await self._drained
            self.due_s = _NEVER

    def read_on(self) -> None:
        """Take more of what comes."""
        if not self._is_reading:
            self._is_reading = True
            self._transport.resume_reading()

    def finished(self, incoming: Incoming) -> None:
        """An answer is out: the next request may be answered."""
        if incoming.keeps_alive and incoming.is_complete:
            self._next()
        elif incoming.keeps_alive:
            self.due_s = self._house.loop.time() + self._house.limits.linger_s
            self.read_on()  # the next request comes after the rest of this one
        elif incoming.is_complete and self._linger_left == self._house.limits.linger_bytes:
            self._current = None
            self._close()
        else:
            self._linger()

    # What the server calls.

    def overdue(self, now_s: float) -> None:
        """What was waited for did not come."""
        self.due_s = _NEVER
        unsent, before = self._transport.get_write_buffer_size(), self._unsent
        self._unsent = unsent
        if unsent and unsent != before:  # it reads, slowly
            self.due_s = now_s + self._house.limits.write_s
        elif unsent or self._transport.is_closing() or (self.is_over and self._current is None):
            self.cut()
        elif self.in_head:
            limit_s = self._house.limits.head_s
            self._fail(Fault(408, "head_timeout", f"The head did not arrive within {limit_s:g} s. Send it again."))
        elif self._current is not None and not self._current.has_ended:
            return  # what was unsent went just now
        elif self.receiving is not None:
            self._linger()
        else:
            self._close()

    def retire(self) -> None:
        """Answer what is being answered, and no more."""
        if self._current is None:
            self._close()
        elif not self._current.has_begun:
            self._current.keeps_alive = False

    def cut(self) -> None:
        """End now, and let nobody write any more."""
        self._transport.abort()
        self._lose()

    # What comes.

    def _skip(self, size: int) -> None:
        self._linger_left -= size
        if self._linger_left >= 0:
            return
        if self._current is None:
            self.cut()
        else:
            self._pause()

    def _pause(self) -> None:
        if self._is_reading:
            self._is_reading = False
            self._transport.pause_reading()

    def _ask_whether_there(self) -> None:
        if self._current is not None and not self._current.has_begun and not self._transport.is_closing():
            self._transport.write(framing.CONTINUE)
        self._look_whether_there(_LOOK_S)

    def _look_whether_there(self, wait_s: float) -> None:
        """Nobody reads from a caller that sends no more, so that nobody sees its reset either."""
        if self._current is None or self._transport.is_closing():
            return
        if self._transport.get_extra_info("socket").getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.cut()
            return
        next_s = min(2 * wait_s, _LOOK_S_MAX)
        self._house.loop.call_later(wait_s, self._look_whether_there, next_s)

    # Requests, one after the other.

    def _start(self, incoming: Incoming) -> None:
        self._house.started(incoming, self._house.loop.create_task(self._run(incoming)))

    async def _run(self, incoming: Incoming) -> None:
        try:
            await self._house.app.answer(incoming)
        except Exception:
            log.exception("a request was not answered: %s %s", incoming.method, incoming.path)
        finally:
            self._house.ended(incoming)
        if not incoming.has_ended and not incoming.is_gone:
            self._break_off(incoming)

    def _break_off(self, incoming: Incoming) -> None:
        if incoming.has_begun:
            self.cut()  # whoever reads it must see that it is not whole
            return
        fields, body = self._house.app.refuse(_BROKEN)
        incoming.keeps_alive = False
        incoming.begin(_BROKEN.status, fields)
        incoming.end(body)

    def _next(self) -> None:
        """Answer the next request, or wait for one."""
        self._current = None
        if self._waiting:
            self._current = self._waiting.popleft()
            if not self._waiting:
                self.read_on()
            self._start(self._current)
        elif self._fault is not None:
            self._tell(self._fault)
        elif self.is_over or self._has_closed_half or self._house.is_closing:
            self._close()
        else:
            if not self.in_head:
                self.due_s = self._house.loop.time() + self._house.limits.keep_alive_s
            self.read_on()

    # The end.

    def _fail(self, fault: Fault) -> None:
        """End with a fault, once what came whole before it is answered."""
        self._take_no_more()
        self._fault = self.known(fault)
        spoiled, self.receiving = self.receiving, None
        if spoiled is not None and spoiled is self._current:
            self._current = self._fresh = None
            spoiled.lose()
            if spoiled.has_begun:
                self.cut()
                return
        elif spoiled is not None and self._waiting:
            self._waiting.pop()
        if self._current is None:
            self._tell(self._fault)

    def _tell(self, fault: Fault) -> None:
        fields, body = self._house.app.refuse(fault)
        lines = framing.answer_lines(fault.status, fields)
        self._transport.write(b"".join((lines, self._house.date, framing.CLOSE, b"\r\n", body)))
        self._linger()

    def _take_no_more(self) -> None:
        self.is_over = True
        self._linger_left = self._house.limits.linger_bytes

    def _linger(self) -> None:
        """Take what still comes before the connection is closed: a reset would take the answer with it."""
        self._current = self.receiving = None
        self._take_no_more()
        self.due_s = self._house.loop.time() + self._house.limits.linger_s
        self._transport.write_eof()
        self.read_on()

    def _lose(self) -> None:
        self.due_s = _NEVER
        self.resume_writing()
        current, self._current = self._current, None
        self._waiting = self._fresh = None
        self.forget()
        if current is not None and not current.has_ended:
            current.lose()

    def _close(self) -> None:
        self.is_over = True
        self.due_s = self._house.loop.time() + self._house.limits.write_s
        self._transport.close()


_BROKEN: Final = Fault(500, "internal_error", "The gateway failed at this request. Look at its log.")
