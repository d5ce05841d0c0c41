"""The intake door: OTLP/HTTP and the event API, as a plain ASGI application.

A 200 means durable. Every refusal names what is wrong and says what to do, in the encoding of the request.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from evenkeel.kernel.batch import EventBatch
from evenkeel.kernel.errors import (
    ConflictError,
    EvenkeelError,
    InvalidInputError,
    OverloadedError,
    UnauthorizedError,
)
from evenkeel.kernel.ports import Clock
from evenkeel.observe.evaluators.evaluating import Evaluating
from evenkeel.observe.events import jsontext
from evenkeel.observe.events.context import EventContext, Pricing, Pseudonyms
from evenkeel.observe.intake.content import evaluate_content
from evenkeel.observe.intake.counters import IntakeCounters
from evenkeel.observe.intake.event_api import NDJSON, read_events
from evenkeel.observe.intake.keys import IntakeTable
from evenkeel.observe.otlp.decode import JSON, PROTOBUF, BodyTooLargeError, parse_traces, unpack
from evenkeel.observe.otlp.flatten import flatten
from evenkeel.observe.otlp.recent import Looking
from evenkeel.observe.otlp.response import failure, success

log = logging.getLogger(__name__)

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

TRACES: Final = "/v1/traces"
EVENTS: Final = "/v1/events"
_CONTENT_TYPES: Final = {TRACES: (PROTOBUF, JSON), EVENTS: (JSON, NDJSON)}
_TEXT: Final = b"text/plain; version=0.0.4; charset=utf-8"
_RETRY_AFTER_CROWDED_S: Final = 1
#: Bodies larger than this are unpacked and parsed beside the event loop, which goes on answering others.
_BESIDE_BYTES: Final = 1024 * 1024
#: Reasons named in one partial success; the rest is counted.
_REASONS_MAX: Final = 10


class Committer(Protocol):
    """Where events become durable (`store.journal.group_commit`)."""

    @property
    def backlog_bytes(self) -> int:
        """Bytes accepted and not yet durable."""
        ...

    async def commit(self, batch: EventBatch) -> None:
        """Return when durable. Raises OverloadedError."""
        ...


@dataclass(frozen=True, slots=True)
class DoorLimits:
    """What one request may cost."""

    body_bytes_max: int = 16 * 1024 * 1024
    plain_bytes_max: int = 32 * 1024 * 1024
    body_timeout_s: float = 30.0
    requests_max: int = 64  # bodies in memory at a time
    held_bytes_max: int = 32 * 1024 * 1024  # of all of them, as they arrived and unpacked


class BodyTimeoutError(InvalidInputError):
    """A body that did not arrive in time."""

    code = "input.timeout"


@dataclass(frozen=True, slots=True)
class DoorDependencies:
    """What the door stands on."""

    commit: Committer
    keys: Callable[[], IntakeTable]
    pricing: Callable[[], Pricing]
    pseudonyms: Pseudonyms
    clock: Clock
    evaluating: Evaluating | None = None
    limits: DoorLimits = field(default_factory=DoorLimits)


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, content type and body; more headers where needed."""

    status: int
    content_type: bytes
    body: bytes
    headers: tuple[tuple[bytes, bytes], ...] = ()


class IntakeDoor:
    """The ASGI application."""

    def __init__(self, dependencies: DoorDependencies) -> None:
        self._given = dependencies
        self._looking = None if dependencies.evaluating is None else Looking(dependencies.evaluating)
        self._counters = IntakeCounters()
        self._busy = 0
        self._held_bytes = 0
        self._beside = asyncio.Lock()  # one large body at a time: what it unpacks to is known only afterwards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        answer = await self._answer(scope, receive)
        headers = [
            (b"content-type", answer.content_type),
            (b"content-length", str(len(answer.body)).encode()),
            *answer.headers,
        ]
        await send({"type": "http.response.start", "status": answer.status, "headers": headers})
        await send({"type": "http.response.body", "body": answer.body})

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        path, method = scope["path"], scope["method"]
        if path in _CONTENT_TYPES:
            answer = await self._take(path, method, dict(scope["headers"]), receive)
            self._counters.add("requests_total", f'path="{path}",status="{answer.status}"')
            return answer
        if method in ("GET", "HEAD"):
            if path in ("/healthz", "/readyz"):
                return Answer(200, b"application/json", b'{"status":"ok"}')
            if path == "/metrics":
                return Answer(200, _TEXT, self._metrics().encode())
        hint = f"This port takes POST {TRACES} (OTLP/HTTP) and POST {EVENTS}; it serves /healthz and /metrics."
        if path in ("/v1/metrics", "/v1/logs"):
            hint = f"Metrics and logs are not taken (yet): send traces to {TRACES}, and switch off these exporters."
        speaks = PROTOBUF if dict(scope["headers"]).get(b"content-type") == PROTOBUF.encode() else JSON
        return _refusal(404, speaks, f"Nothing is at {path[:80]!r}. {hint}")

    def _metrics(self) -> str:
        evaluating = self._given.evaluating
        return self._counters.render(self._given.commit.backlog_bytes, {} if evaluating is None else evaluating.counts)

    async def _take(self, path: str, method: str, headers: dict[bytes, bytes], receive: Receive) -> Answer:
        """Receive a body and make what it holds durable."""
        content_type = headers.get(b"content-type", b"").decode("latin-1").partition(";")[0].strip().lower()
        speaks = content_type if content_type in _CONTENT_TYPES[path] else JSON
        if method != "POST":
            return _refusal(405, speaks, f"{path} takes POST, not {method}.", ((b"allow", b"POST"),))
        if content_type not in _CONTENT_TYPES[path]:
            known = " or ".join(_CONTENT_TYPES[path])
            return _refusal(415, speaks, f"Content-Type {content_type[:80]!r} is not known here. Send {known}.")
        if self._busy >= self._given.limits.requests_max:
            error = OverloadedError("Too many requests at once.", retry_after_s=_RETRY_AFTER_CROWDED_S)
            return _overloaded(speaks, error)
        self._busy += 1
        hold = _Hold(self)
        try:
            key = self._given.keys().authenticate(headers, self._given.clock.now_us())
            body = await self._receive(headers, receive, hold)
            self._counters.add("bytes_total", amount=len(body))
            context = self._context(key.allows)
            plain = await self._unpack(body, headers, hold)
            if path == TRACES:
                return await self._take_traces(plain, content_type, context)
            return await self._take_events(plain, content_type, context)
        except EvenkeelError as error:
            return _answer_to(error, speaks)
        except Exception:
            log.exception("a request to %s failed", path)
            return _refusal(500, speaks, "The request failed inside evenkeel; its log says why. Send it again later.")
        finally:
            hold.release()
            self._busy -= 1

    def hold(self, size: int, already: int) -> None:
        """Count bytes of a request that holds `already`. Raises OverloadedError when there is no room for them."""
        others = self._held_bytes - already
        # Alone, a request of any allowed size passes: else it never could.
        if others and self._held_bytes + size > self._given.limits.held_bytes_max:
            raise OverloadedError(
                "Too many bytes of requests at once.",
                hint="Send the same again a little later.",
                retry_after_s=_RETRY_AFTER_CROWDED_S,
            )
        self._held_bytes += size

    def release(self, size: int) -> None:
        """Count off what `hold` counted."""
        self._held_bytes -= size

    async def _unpack(self, body: bytes, headers: dict[bytes, bytes], hold: _Hold) -> bytes:
        encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
        if encoding in ("", "identity") or len(body) <= _BESIDE_BYTES // 64:
            plain = unpack(body, encoding, bytes_max=self._given.limits.plain_bytes_max)
        else:
            async with self._beside:
                plain = await asyncio.to_thread(unpack, body, encoding, bytes_max=self._given.limits.plain_bytes_max)
        if plain is not body:
            hold.add(len(plain))
        return plain

    def _context(self, allows: Callable[[str, str], bool]) -> EventContext:
        given = self._given
        return EventContext(
            now_us=given.clock.now_us(),
            pricing=given.pricing(),
            pseudonyms=given.pseudonyms,
            content_services=given.keys().content_services,
            allows=allows,
        )

    async def _receive(self, headers: dict[bytes, bytes], receive: Receive, hold: _Hold) -> bytes:
        limit = self._given.limits.body_bytes_max
        declared = headers.get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > limit:
            raise _too_large(int(declared), limit)
        parts: list[bytes] = []
        size = 0
        try:
            async with asyncio.timeout(self._given.limits.body_timeout_s):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise InvalidInputError("The sender left before the body was complete.")
                    parts.append(message.get("body", b""))
                    size += len(parts[-1])
                    if size > limit:
                        raise _too_large(size, limit)
                    hold.add(len(parts[-1]))
                    if not message.get("more_body"):
                        return b"".join(parts)
        except TimeoutError:
            raise BodyTimeoutError(
                f"The body did not arrive within {self._given.limits.body_timeout_s:g} s.", hint="Send it again."
            ) from None

    async def _take_traces(self, body: bytes, content_type: str, context: EventContext) -> Answer:
        if len(body) > _BESIDE_BYTES:
            async with self._beside:
                request = await asyncio.to_thread(parse_traces, body, content_type)
        else:
            request = parse_traces(body, content_type)
        commits: list[asyncio.Task[None]] = []
        rejected: dict[str, int] = {}
        try:
            for piece in flatten(request, context, self._looking):
                self._counters.add("ignored_spans_total", amount=piece.ignored)
                for why, count in piece.rejected.items():
                    rejected[why] = rejected.get(why, 0) + count
                if len(piece.batch):
                    commits.append(asyncio.create_task(self._commit(piece.batch, TRACES)))
                await asyncio.sleep(0)  # let others have the loop between two pieces
        finally:
            done = await asyncio.gather(*commits, return_exceptions=True)
        for outcome in done:
            if outcome is not None:
                raise outcome
        count = sum(rejected.values())
        if count:
            self._counters.add("rejected_total", f'path="{TRACES}"', count)
        reasons = [f"{number} spans rejected: {why}" for why, number in rejected.items()]
        if len(reasons) > _REASONS_MAX:
            reasons[_REASONS_MAX:] = [f"and for {len(reasons) - _REASONS_MAX} more reasons"]
        message = "; ".join(reasons)
        return Answer(200, content_type.encode(), success(content_type, rejected=count, message=message))

    async def _take_events(self, body: bytes, content_type: str, context: EventContext) -> Answer:
        found = read_events(body, content_type, context)
        for _ in evaluate_content(found, context, self._given.evaluating):
            await asyncio.sleep(0)  # let others have the loop between two answers
        accepted = len(found.batch)
        if found.rejected:
            self._counters.add("rejected_total", f'path="{EVENTS}"', len(found.rejected))
        if accepted:
            await self._commit(found.batch, EVENTS)
        document = {"accepted": accepted, "rejected": found.rejected}
        status = 400 if found.rejected and not accepted else 200
        return Answer(status, JSON.encode(), jsontext.dump(document))

    async def _commit(self, batch: EventBatch, path: str) -> None:
        await self._given.commit.commit(batch)
        self._counters.add("events_total", f'path="{path}"', len(batch))


class _Hold:
    """What one request holds of the memory that all share."""

    __slots__ = ("_door", "_size")

    def __init__(self, door: IntakeDoor) -> None:
        self._door = door
        self._size = 0

    def add(self, size: int) -> None:
        """Hold `size` bytes more. Raises OverloadedError."""
        self._door.hold(size, self._size)
        self._size += size

    def release(self) -> None:
        """Give back everything."""
        self._door.release(self._size)


def _answer_to(error: EvenkeelError, content_type: str) -> Answer:
    match error:
        case OverloadedError():
            return _overloaded(content_type, error)
        case UnauthorizedError():
            return _refusal(401, content_type, str(error), ((b"www-authenticate", b"Bearer"),))
        case ConflictError():  # the journal is closed: this worker ends, another takes over
            again = OverloadedError(error.message, hint=error.hint, retry_after_s=_RETRY_AFTER_CROWDED_S)
            return _overloaded(content_type, again)
        case BodyTimeoutError():
            return _refusal(408, content_type, str(error))
        case BodyTooLargeError():
            return _refusal(413, content_type, str(error))
        case InvalidInputError():
            return _refusal(400, content_type, str(error))
        case _:
            log.error("an unexpected answer to a sender: %s", error)
            return _refusal(500, content_type, str(error))


def _overloaded(content_type: str, error: OverloadedError) -> Answer:
    return _refusal(503, content_type, str(error), ((b"retry-after", str(error.retry_after_s).encode()),))


def _refusal(status: int, content_type: str, message: str, headers: tuple[tuple[bytes, bytes], ...] = ()) -> Answer:
    if content_type == PROTOBUF:
        return Answer(status, PROTOBUF.encode(), failure(PROTOBUF, message), headers)
    return Answer(status, JSON.encode(), failure(JSON, message), headers)


def _too_large(size: int, limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(
        f"The body has {size} bytes or more; {limit} are allowed.", hint="Send fewer events in one request."
    )


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
