"""Callers that ask what became of what a person had to see: `GET /v1/reviews/ID` (SPEC GW-9).

A request that was approved is sent by the first caller that asks for it, and by nobody again: what came of it is kept
and given to whoever asks later. When the worker dies in between, nobody knows, and that is what is said.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from evenkeel.gateway.guard.model import Side
from evenkeel.gateway.holds.files import Claim, is_hold_id
from evenkeel.gateway.holds.model import Content, Fate, Hold, Ruling, decide_fate
from evenkeel.gateway.http.incoming import Incoming
from evenkeel.gateway.http.model import Fields
from evenkeel.gateway.proxy.admission import Admitted, Refused, admit, identify, killed
from evenkeel.gateway.proxy.caller import Caller, Held
from evenkeel.gateway.proxy.exchange import Exchange
from evenkeel.gateway.proxy.holding import PATH, UNREADABLE, Desk, accepted, as_content, as_held, refusal_of, unreadable
from evenkeel.gateway.proxy.operations import Operation, split_service
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.model import Dialect

log = logging.getLogger(__name__)

#: How long a caller waits for the answer to an approved request before it is told to ask again.
_ANSWER_S: Final = 20.0
#: Of an answer that is kept for its caller; of a longer one it is only said that it was too long.
_KEPT_BYTES_MAX: Final = 16 * 1024 * 1024


def find_review(method: str, path: str) -> str:
    """The id of the review that a path names; empty: none.

    >>> find_review("GET", "/services/bot/v1/reviews/" + 32 * "a") == 32 * "a"
    True
    >>> find_review("GET", "/v1/reviews/../keys")
    ''
    """
    rest = split_service(path)[1]
    name = rest.removeprefix(PATH)
    return name if method == "GET" and rest.startswith(PATH) and is_hold_id(name) else ""


class Reviewing:
    """Answers for the holds of a home."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._sending: dict[str, asyncio.Future[None]] = {}  # done when its answer is kept

    async def answer(self, incoming: Incoming, review_id: str) -> None:
        """Answer one caller."""
        dialect = Dialect.ANTHROPIC if b"anthropic-version" in incoming.fields else Dialect.OPENAI
        operation = Operation("review", dialect, incoming.method, incoming.path)
        try:
            hold, desk = await self._find(incoming, review_id)
            operation = operation_of(hold)
            held = await self._held(incoming, desk, hold)
        except (Refused, *UNREADABLE) as error:
            refusal = error.refusal if isinstance(error, Refused) else unreadable()
            if not isinstance(error, Refused):
                log.exception("what became of review %s cannot be read", review_id)
            self._count(refusal.status)
            self._worker.counters.add("refusals_total", f'code="{refusal.code}"')
            Caller(incoming, operation).refuse(refusal, [(b"x-evenkeel-review", review_id.encode())])
            return
        self._count(held.status)
        Caller(incoming, operation).whole(held)

    async def _find(self, incoming: Incoming, review_id: str) -> tuple[Hold, Desk]:
        """The hold, if it is this caller's. Raises Refused."""
        worker, desk = self._worker, self._worker.desk
        key = identify(incoming.fields, worker.keys(), worker.clock.now_us())
        hold = None if desk is None else await asyncio.to_thread(desk.files.load, review_id)
        if hold is None or desk is None or hold.key_id != key.id:
            message = "There is no such review of this key. Ask with the key that the request was sent with."
            raise Refused(Refusal(404, "no_review", message, is_worth_retrying=False))
        return hold, desk

    async def _held(self, incoming: Incoming, desk: Desk, hold: Hold) -> Held:
        """What this caller is told. Raises Refused."""
        worker, now_us = self._worker, self._worker.clock.now_us()
        ruling = await asyncio.to_thread(desk.files.ruling, hold.id)
        fate = decide_fate(hold, ruling, now_us)
        if fate is Fate.WAITING:
            return accepted(hold, now_us)
        if fate is not Fate.RELEASED or ruling is None:
            raise Refused(refusal_of(hold, fate, ruling))
        key = identify(incoming.fields, worker.keys(), now_us)
        admitted = admit(key, operation_of(hold), incoming.fields, worker.routes())
        refusal = killed(admitted.route)
        if refusal is not None:
            raise Refused(refusal)  # what was held is no more let out than anything else
        if hold.side == Side.INPUT:
            return await self._send_once(desk, hold, ruling, admitted)
        content = await asyncio.to_thread(desk.files.released, hold.id, ruling)
        if content is None:  # it was given to the caller that waited
            raise Refused(refusal_of(hold, Fate.UNCOLLECTED, ruling))
        return as_held(content, hold)

    async def _send_once(self, desk: Desk, hold: Hold, ruling: Ruling, admitted: Admitted) -> Held:
        """The answer to an approved request, which is sent now unless it was before."""
        answer = await asyncio.to_thread(desk.files.answer, hold.id)
        if answer is not None:
            return as_held(answer, hold)
        sent = self._sending.get(hold.id)
        if sent is None:
            claim = await asyncio.to_thread(desk.files.claim, hold.id)
            if claim is None:
                return accepted(hold, self._worker.clock.now_us(), "sending")
            if claim.is_first:
                sent = self._sending[hold.id] = asyncio.get_running_loop().create_future()
                self._worker.background.start(self._send(desk, hold, ruling, admitted, claim))
            else:
                claim.release()
        if sent is not None:
            await asyncio.wait((sent,), timeout=_ANSWER_S)
            if not sent.done():
                return accepted(hold, self._worker.clock.now_us(), "sending")
        answer = await asyncio.to_thread(desk.files.answer, hold.id)
        if answer is None:
            raise Refused(_unknown(hold))
        return as_held(answer, hold)

    async def _send(self, desk: Desk, hold: Hold, ruling: Ruling, admitted: Admitted, claim: Claim) -> None:
        """Send it, and keep what comes of it, whether or not anybody waits."""
        try:
            content = await asyncio.to_thread(desk.files.released, hold.id, ruling)
            if content is None:
                return
            kept = Kept(hold, content)
            await Exchange(self._worker, admitted, operation_of(hold), kept, is_approved=True).run()
            await asyncio.to_thread(desk.files.put_answer, hold.id, kept.answer())
        except UNREADABLE:
            log.exception("the answer to an approved request could not be kept")
        finally:
            claim.release()
            self._sending.pop(hold.id).set_result(None)

    def _count(self, status: int) -> None:
        self._worker.counters.add("requests_total", f'operation="review",status="{status}"')


class Kept(Incoming):
    """An approved request as if it came now; its answer is kept instead of sent."""

    def __init__(self, hold: Hold, content: Content) -> None:
        headers: Fields = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in content.headers]
        target = f"{hold.path}?{content.query}" if content.query else hold.path
        super().__init__(_Nobody(), hold.method, target.encode("latin-1"), headers, dict(headers))
        self.feed(content.body)
        self.complete()
        self.length = len(content.body)
        self._status = 0
        self._answer_headers: Fields = []
        self._answer: list[bytes] = []
        self._size = 0

    def begin(self, status: int, headers: Fields) -> None:
        """The head."""
        self.has_begun = True
        self._status = status
        self._answer_headers = [field for field in headers if field[0] != b"content-length"]

    def write(self, data: bytes) -> None:
        """A piece."""
        self._size += len(data)
        if self._size > _KEPT_BYTES_MAX:
            self._answer.clear()
            self.lose()
        elif data:
            self._answer.append(data)

    def end(self, last: bytes = b"") -> None:
        """The last piece."""
        self.write(last)
        self.has_ended = True

    def answer(self) -> Content:
        """What came of it."""
        if not self.has_ended:
            return Content([("x-evenkeel-error", "review_too_long")], b"", 502)
        return as_content(Held(self._status, self._answer_headers, b"".join(self._answer)))


class _Nobody:
    """The connection of a caller that is not there."""

    is_paused = False
    date = b""
    skip_bytes = 0

    def send(self, data: bytes) -> None:
        """Send nothing."""

    async def drained(self) -> None:
        """Wait for nobody."""

    def read_on(self) -> None:
        """All is here."""

    def finished(self, incoming: Incoming) -> None:
        """Nothing follows."""


def operation_of(hold: Hold) -> Operation:
    """What was asked."""
    return Operation(hold.operation, Dialect(hold.dialect), hold.method, hold.path, hold.service)


def _unknown(hold: Hold) -> Refusal:
    message = (
        f"The approved request {hold.id} was taken up to be sent, and no answer to it was kept: nobody knows whether it"
        " was sent and what came of it. It is not sent again. Send a new request if that does no harm."
    )
    return Refusal(502, "review_unknown", message, is_worth_retrying=False)
