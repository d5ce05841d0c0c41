"""Requests and answers that wait for a person: put aside, waited for, told of (SPEC GW-9)."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

import msgspec

from evenkeel.gateway.guard.model import Side
from evenkeel.gateway.guard.table import guards_document
from evenkeel.gateway.holds.files import HoldFiles
from evenkeel.gateway.holds.model import Content, Fate, Hold, HoldPolicy, Ruling, decide_fate
from evenkeel.gateway.proxy.admission import Admitted, Refused
from evenkeel.gateway.proxy.caller import Held
from evenkeel.gateway.proxy.guarding import Guarding
from evenkeel.gateway.proxy.operations import Operation
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.kernel.errors import OverloadedError
from evenkeel.kernel.ports import Clock, Ids
from evenkeel.kernel.time import US_PER_SECOND, isoformat
from evenkeel.observe.events import jsontext

log = logging.getLogger(__name__)

#: What reading a hold raises: there is no file, no disk, or what it says makes no sense.
UNREADABLE: Final = (OSError, msgspec.MsgspecError)
#: Our word for it in records.
HELD: Final = "guard_hold"
ACCEPTED: Final = 202
#: Where callers ask for what was held.
PATH: Final = "/v1/reviews/"
#: While a caller waits, its ruling is looked for so often: one file that is mostly not there.
_LOOK_EVERY_S: Final = 0.2
#: How often erased and expired holds are looked for by a worker; control does so, too.
_TEND_EVERY_S: Final = 30.0
#: When a caller shall ask again: after a tenth of the time that it has waited, within these.
_AGAIN_S: Final = (2, 30)

_CREDENTIALS: Final = frozenset((b"authorization", b"x-api-key", b"api-key", b"cookie", b"proxy-authorization"))


@dataclass(frozen=True, slots=True)
class Subject:
    """What is to wait, and who asked for it."""

    admitted: Admitted
    operation: Operation
    guarding: Guarding
    request_id: bytes
    side: Side
    content: Content
    version: str = ""
    upstream: str = ""


class Desk:
    """Where a worker puts what a person has to see. Its files are the only way between workers and control."""

    def __init__(
        self, files: HoldFiles, policies: Callable[[], Mapping[str, HoldPolicy]], clock: Clock, ids: Ids
    ) -> None:
        self._ids = ids
        self.files = files
        self.clock = clock
        self._policies = policies

    async def put(self, subject: Subject) -> Hold:
        """Keep it for a person, durably. Raises Refused when it cannot be kept: then it may not pass either."""
        hold = self._make(subject)
        try:
            await asyncio.to_thread(self.files.put, hold, subject.content)
        except OverloadedError as error:
            raise Refused(Refusal(503, "review_queue_full", str(error), float(error.retry_after_s))) from None
        except OSError:
            log.exception("what the guard holds could not be kept")
            raise Refused(unavailable("A person has to see this first, and it could not be kept for one.")) from None
        return hold

    async def settle(self, hold: Hold, route: str, is_over: Callable[[], bool]) -> Content | None:
        """What goes on, if that was decided while the caller waits as its route lets it; None: nothing was yet.

        It is this caller's, and nobody's afterwards. Raises Refused when it was rejected, and when it is not known
        what was decided: what cannot be looked for is not let out.
        """
        try:
            return await self._settle(hold, route, is_over)
        except UNREADABLE:
            log.exception("what became of a hold cannot be read")
            raise Refused(unreadable()) from None

    async def _settle(self, hold: Hold, route: str, is_over: Callable[[], bool]) -> Content | None:
        ruling = await self._wait(hold, route, is_over)
        if ruling is None:
            return None
        fate = decide_fate(hold, ruling, self.clock.now_us())
        if fate is not Fate.RELEASED:
            raise Refused(refusal_of(hold, fate, ruling))
        return await asyncio.to_thread(self._take, hold, ruling)

    def _take(self, hold: Hold, ruling: Ruling) -> Content | None:
        """What was released, taken from where others could ask for it."""
        claim = self.files.claim(hold.id)
        try:
            if claim is None or not claim.is_first:
                return None
            content = self.files.released(hold.id, ruling)
            self.files.erase(hold.id)
            return content
        finally:
            if claim is not None:
                claim.release()

    async def _wait(self, hold: Hold, route: str, is_over: Callable[[], bool]) -> Ruling | None:
        loop = asyncio.get_running_loop()
        until_s = loop.time() + self._policy(route).wait_s
        while loop.time() < until_s and not is_over():
            ruling = await asyncio.to_thread(self._look, hold)
            if ruling is not None:
                return ruling
            await asyncio.sleep(_LOOK_EVERY_S)
        return None

    def _look(self, hold: Hold) -> Ruling | None:
        """What was decided. Raises OSError when there is nothing any more that a person could decide on."""
        ruling = self.files.ruling(hold.id)
        if ruling is None and self.files.load(hold.id) is None:
            raise FileNotFoundError(f"hold {hold.id} is gone before anybody decided on it")
        return ruling

    async def tend(self) -> None:
        """Erase what is over, until cancelled: also while control is dead."""
        while True:
            await asyncio.sleep(_TEND_EVERY_S)
            try:
                await asyncio.to_thread(self.files.tend, self.clock.now_us())
            except OSError:
                log.exception("what is over could not be erased; it is tried again")

    def _policy(self, route: str) -> HoldPolicy:
        return self._policies().get(route, HoldPolicy())

    def _make(self, subject: Subject) -> Hold:
        admitted, operation, guarding = subject.admitted, subject.operation, subject.guarding
        now_us, body = self.clock.now_us(), subject.content.body
        return Hold(
            id=self._ids.new_id(),
            key_id=admitted.key.id,
            environment=admitted.route.environment,
            service=admitted.service,
            side=subject.side.value,
            operation=operation.name,
            dialect=operation.dialect.value,
            method=operation.method,
            path=operation.path,
            request_id=subject.request_id.hex(),
            asked_at_us=now_us,
            expires_at_us=now_us + round(self._policy(admitted.route.name).expires_s * US_PER_SECOND),
            size_bytes=len(body),
            sha256=hashlib.sha256(body).hexdigest(),
            version=subject.version,
            upstream=subject.upstream,
            reasons=tuple(sorted(guarding.held)),
            found=guarding.entities,
            policy=guards_document({"": guarding.policy}),
        )


def accepted(hold: Hold, now_us: int, status: str = "waiting") -> Held:
    """What a caller is told whose request or answer waits; nothing of what it says."""
    what = "request" if hold.side == Side.INPUT else "answer"
    message = f"The {what} waits for a person. Ask GET {PATH}{hold.id} again, with the same key."
    document = {
        "object": "evenkeel.review",
        "id": hold.id,
        "status": status,
        "side": hold.side,
        "service": hold.service,
        "reasons": list(hold.reasons),
        "created_at": isoformat(hold.asked_at_us),
        "expires_at": isoformat(hold.expires_at_us),
        "poll": f"{PATH}{hold.id}",
        "message": message if status == "waiting" else f"It was approved and is being sent. {message}",
    }
    least, most = _AGAIN_S
    again_s = min(most, max(least, (now_us - hold.asked_at_us) // (10 * US_PER_SECOND)))
    headers = [
        (b"content-type", b"application/json"),
        (b"location", f"{PATH}{hold.id}".encode()),
        (b"retry-after", b"%d" % again_s),
        (b"x-evenkeel-review", hold.id.encode()),
        (b"cache-control", b"no-store"),
    ]
    return Held(ACCEPTED, headers, jsontext.dump(document))


def refusal_of(hold: Hold, fate: Fate, ruling: Ruling | None) -> Refusal:
    """Why what was held is not released."""
    what = "request" if hold.side == Side.INPUT else "answer"
    if fate is Fate.REJECTED:
        why = f" ({ruling.reason})" if ruling is not None and ruling.reason else ""
        message = f"A person rejected the {what}{why}. Change what was asked, or ask the service's owner."
        return Refusal(403, "review_rejected", message, is_worth_retrying=False)
    if fate is Fate.UNCOLLECTED:
        message = f"The {what} was approved, and nobody asked for it in time: it is erased. Send the request again."
    else:
        message = f"Nobody decided on the {what} before {isoformat(hold.expires_at_us)}. Send the request again."
    return Refusal(410, "review_expired", message, is_worth_retrying=False)


def unavailable(fact: str) -> Refusal:
    """Why nobody is let past who should wait for a person."""
    return Refusal(503, "review_unavailable", f"{fact} Try again later.", 30.0)


def unreadable() -> Refusal:
    """The same, of what has been kept before."""
    return unavailable("What a person had to see cannot be read now, so nothing of it is let out.")


def kept_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[str, str]]:
    """A request's headers without its credentials, which are in no file."""
    return [(name.decode("latin-1"), value.decode("latin-1")) for name, value in headers if name not in _CREDENTIALS]


def as_held(content: Content, hold: Hold) -> Held:
    """An answer that was released, as it would have been."""
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in content.headers]
    return Held(content.status, [*headers, (b"x-evenkeel-review", hold.id.encode())], content.body)


def as_content(held: Held) -> Content:
    """An answer as it is kept."""
    headers = [(name.decode("latin-1"), value.decode("latin-1")) for name, value in held.headers]
    return Content(headers, held.body, held.status)
