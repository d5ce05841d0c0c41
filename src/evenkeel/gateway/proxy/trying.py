"""Upstreams are asked in the order of a choice, until one answers or no more may be asked."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final

from evenkeel.gateway.guard.decide import TOO_LONG
from evenkeel.gateway.guard.model import Side
from evenkeel.gateway.metering.model import Attempt
from evenkeel.gateway.proxy.admission import Admitted, Refused, switched_off
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.attempt import Call, Target, status_failure
from evenkeel.gateway.proxy.caller import Caller, Held
from evenkeel.gateway.proxy.guarded_stream import GuardedStream
from evenkeel.gateway.proxy.guarding import BLOCKED, Guarding
from evenkeel.gateway.proxy.headers import ours
from evenkeel.gateway.proxy.refusals import Refusal
from evenkeel.gateway.proxy.spending import Purpose, Spend
from evenkeel.gateway.proxy.upstream import UpstreamError
from evenkeel.gateway.proxy.waiting import CLIENT_GONE, KILLED, STOPPED, Interrupted, Waiting
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.model import Choice, Upstream
from evenkeel.gateway.routes.retry import Failure, blames_upstream, may_retry, wait_s
from evenkeel.kernel.facts import fact

#: What the last failure means for the caller: status, code, and the words.
_FAILURES: Final = {
    "timeout": (504, "upstream_timeout", "did not answer in time"),
    "connect": (502, "upstream_unreachable", "cannot be reached"),
    "tls": (502, "upstream_tls", "has no certificate that is trusted"),
    "credentials": (
        502,
        "upstream_credentials",
        "refuses the gateway's own key; whoever runs the gateway can renew it",
    ),
    "garbage": (502, "upstream_garbage", "sent something that is no answer"),
    "reset": (502, "upstream_reset", "broke the connection"),
    "incomplete": (502, "upstream_incomplete", "ended its answer too early"),
}
_OTHER: Final = (502, "upstream_failed", "could not be asked")
#: A caller is not kept waiting for longer than that before another attempt: it is told, and may wait by itself.
_REST_S_MAX: Final = 5.0
#: Proxies between us and the caller must not gather a stream before they pass it on.
_STREAM_HEADERS: Final = ((b"cache-control", b"no-cache"), (b"x-accel-buffering", b"no"))


@fact
class Trip:
    """What every attempt of one request has in common."""

    ask: Ask
    admitted: Admitted
    user: int | None  # pseudonym
    choice: Choice
    query: str
    headers: list[tuple[bytes, bytes]]  # the caller's
    trace: str  # traceparent for upstreams
    request: bytes  # what its caller is told that it is called
    guarding: Guarding | None = None
    as_read: bool = False  # see `asking.outgoing`
    collects: bool = False  # what is answered is evaluated

    @property
    def reads(self) -> bool:
        """Whether an upstream is sent what was read here, and not the caller's own bytes."""
        return self.as_read or self.guarding is not None


@dataclass(slots=True)
class Tried:
    """What became of it."""

    attempts: list[Attempt] = field(default_factory=list[Attempt])
    held: Held | None = None  # the answer to send, unless it was a stream
    failure: Failure | None = None  # of the last attempt
    upstream: str = ""  # the last one asked


class Trying:
    """The attempts of one request."""

    def __init__(self, worker: Worker, trip: Trip, caller: Caller) -> None:
        self._worker = worker
        self._trip = trip
        self._caller = caller
        self._waiting: Waiting | None = None
        self._asked = ("", "")  # the version and upstream that are asked now
        self._spoken = ""  # the dialect of an upstream that was passed over for it
        self.stopped = ""  # client_cancelled, kill_switch or gateway_stopped
        self.did = Tried()

    def interrupt(self, reason: str) -> None:
        """Nothing more is tried, and what is under way is cut."""
        self.stopped = self.stopped or reason
        if self._waiting is not None:
            self._waiting.interrupt(reason)

    async def run(self) -> None:
        """Try. Afterwards `did` says what came of it."""
        trip, worker = self._trip, self._worker
        order = trip.choice.attempts
        calls_max = 1 + trip.admitted.route.retries_max + len(trip.admitted.route.fallback)
        calls = 0
        for position in range(len(order) + trip.admitted.route.retries_max if order else 0):
            version, name = order[position % len(order)]
            upstream = worker.routes().upstreams.get(name)
            if self.did.failure is not None and not await self._rest(is_elsewhere=position < len(order)):
                break
            if self.stopped or calls == calls_max:
                break
            if upstream is None or not self._speaks(upstream):
                continue  # it was just taken out of the table, or would not understand what is asked
            if not worker.breakers.begin(name, worker.clock.monotonic_s()):
                continue  # not well: the next one may be
            calls += 1
            failure = self.did.failure = await self._call(version, upstream)
            if failure is None or not may_retry(failure, is_repeatable=True, tried=calls, retries_max=calls_max - 1):
                break

    def _speaks(self, upstream: Upstream) -> bool:
        """Whether an upstream is spoken to as the caller speaks."""
        if upstream.dialect is self._trip.ask.operation.dialect:
            return True
        self._spoken = upstream.dialect.value
        return False

    def refusal(self) -> Refusal | None:
        """What to tell the caller instead of an answer; None when there is one."""
        failure, did, route = self.did.failure, self.did, self._trip.admitted.route
        service = route.service
        if self.stopped == KILLED:  # its own route is of before the kill
            return switched_off(self._worker.routes().routes.get(route.name, route))
        if self.stopped == STOPPED:
            return Refusal(503, STOPPED, "The gateway was told to stop. Send the request again.", 1.0)
        guarding = self._trip.guarding
        if guarding is not None and guarding.is_stopped:
            return guarding.refusal()
        if failure is None:
            if did.attempts:
                return None
            if self._spoken:
                asked = self._trip.ask.operation
                message = f"Service {service!r} speaks {self._spoken}; {asked.path} is {asked.dialect.value}'s."
                return Refusal(400, "wrong_dialect", f"{message} Call it as it speaks.", is_worth_retrying=False)
            fact = f"No upstream of service {service!r} is well at the moment."
            if not self._trip.choice.attempts:
                fact = f"No version of service {service!r} takes traffic."
            return Refusal(503, "upstream_unwell", f"{fact} Try again later.", 5.0)
        if did.held is not None and failure.error == "status":
            return None  # the upstream's own words
        status, code, words = _FAILURES.get(failure.error, _OTHER)
        is_worth_retrying = {"connect": True, "timeout": None, "reset": None, "incomplete": None}
        return Refusal(
            status,
            code,
            f"Upstream {did.upstream!r} {words}.",
            failure.retry_after_s,
            is_worth_retrying.get(failure.error, False),
        )

    async def _rest(self, *, is_elsewhere: bool) -> bool:
        """Wait before the next attempt; false when that would take too long, or was interrupted."""
        failure, worker = self.did.failure, self._worker
        if failure is None or self.stopped:
            return False
        draw = worker.chance.random()
        seconds = wait_s(failure, tried=len(self.did.attempts), draw=draw, is_elsewhere=is_elsewhere)
        if seconds > _REST_S_MAX:
            return False
        try:
            with Waiting(self._worker.deadlines) as waiting:
                self._waiting = waiting
                waiting.until(seconds)
                await waiting.forever()
        except Interrupted:
            return not self.stopped
        finally:
            self._waiting = None
        return True

    async def _call(self, version: str, upstream: Upstream) -> Failure | None:
        trip, did, guarding = self._trip, self.did, self._trip.guarding
        did.upstream, did.held = upstream.name, None
        self._asked = (version, upstream.name)
        if guarding is not None:
            guarding.held.clear()  # by an answer that was given up
        spend = await self._reserve(version, upstream)
        output_max = None if spend is None else spend.output_max
        target = Target(
            version, upstream, len(did.attempts), trip.trace, trip.reads, output_max, collects=trip.collects
        )
        call = Call(self._worker, trip.ask, target, trip.query, trip.headers)
        failure: Failure | None = None
        try:
            with Waiting(self._worker.deadlines) as waiting:
                self._waiting = waiting
                if self.stopped:  # while it was reserved
                    raise UpstreamError(self.stopped, "not sent any more", was_sent=False)
                waiting.until(upstream.timeouts.total_s, upstream.timeouts.first_byte_s)
                failure = status_failure(await call.begin())
                if failure is None:  # it answers: a stream may go on for minutes
                    self._worker.breakers.succeeded(upstream.name, self._worker.clock.monotonic_s())
                if call.is_stream and failure is None and guarding is not None and guarding.holds_answers:
                    await self._gather(call, waiting, guarding, upstream.timeouts.idle_s)
                elif call.is_stream and failure is None:
                    await self._relay(call, waiting, upstream.timeouts.idle_s)
                else:
                    await self._hold(call, waiting, upstream.timeouts.idle_s)
        except (UpstreamError, Interrupted) as error:
            failure = call.failed(error, self._caller.bytes_sent)
        finally:
            self._waiting = None
            call.close()
        attempt = call.finish(failure)
        if failure is None and call.is_incomplete(attempt):
            failure = Failure("incomplete", None, True, self._caller.bytes_sent)
            attempt = replace(attempt, error="incomplete")
        if failure is not None and failure.error == CLIENT_GONE and call.is_complete(attempt):
            failure, attempt = None, replace(attempt, error="")  # it hung up after the last word, as some clients do
            self.stopped = ""
        did.attempts.append(attempt)
        if spend is not None and self._worker.spending is not None:
            self._worker.spending.settle(spend, attempt)
        self._tell_breaker(upstream.name, failure)
        return failure

    async def _reserve(self, version: str, upstream: Upstream) -> Spend | None:
        """What the next attempt may use. Raises Refused."""
        spending, trip = self._worker.spending, self._trip
        if spending is None or not trip.ask.operation.is_inference:
            return None
        purpose = Purpose(trip.admitted, trip.ask, trip.user, version, upstream, is_first=not self.did.attempts)
        try:
            return await spending.reserve(purpose)
        except Refused:
            self._worker.breakers.abandoned(upstream.name, self._worker.clock.monotonic_s())
            raise

    async def _relay(self, call: Call, waiting: Waiting, idle_s: float) -> None:
        """Pass a stream on, piece by piece as it comes."""
        guarding = self._trip.guarding
        guarded = None if guarding is None or Side.OUTPUT not in guarding.policy.sides else GuardedStream(guarding)
        async for chunk in call.chunks():
            passes = chunk if call.filter is None else call.filter.feed(chunk)
            await self._pass(call, waiting, passes if guarded is None else guarded.feed(passes))
            waiting.expect(idle_s)
            if guarding is not None and guarding.is_stopped:
                raise UpstreamError(BLOCKED, "by the guard", was_sent=True)
        left = b"" if call.filter is None else call.filter.finish()
        await self._pass(call, waiting, left if guarded is None else guarded.feed(left) + guarded.finish())
        if guarding is not None and guarding.is_stopped:
            raise UpstreamError(BLOCKED, "by the guard", was_sent=True)

    async def _gather(self, call: Call, waiting: Waiting, guarding: Guarding, idle_s: float) -> None:
        """Take a stream in whole: a person may have to decide on it before anybody sees any of it."""
        guarded, parts, size = GuardedStream(guarding), list[bytes](), 0
        async for chunk in call.chunks():
            parts.append(guarded.feed(chunk if call.filter is None else call.filter.feed(chunk)))
            size += len(chunk)
            waiting.expect(idle_s)
            if size > self._worker.limits.answer_held_bytes_max:
                guarding.stop(TOO_LONG)
            if guarding.is_stopped:
                raise UpstreamError(BLOCKED, "by the guard", was_sent=True)
        parts.append(guarded.feed(b"" if call.filter is None else call.filter.finish()) + guarded.finish())
        if guarding.is_stopped:
            raise UpstreamError(BLOCKED, "by the guard", was_sent=True)
        self.did.held = Held(call.status, [*call.answer_headers, *_STREAM_HEADERS], b"".join(parts))

    async def _pass(self, call: Call, waiting: Waiting, data: bytes) -> None:
        """Pass a piece of a stream on to the caller, after its head."""
        if not data:
            return
        waiting.expect(self._worker.limits.caller_write_s, CLIENT_GONE)
        if not self._caller.has_begun:
            self._caller.begin(call.status, [*call.answer_headers, *_STREAM_HEADERS, *self._ours()])
        await self._caller.piece(data)

    async def _hold(self, call: Call, waiting: Waiting, idle_s: float) -> None:
        """Take an answer in whole, so that it can be asked for again when it breaks off; a long one is passed on."""
        body = call.ready_body()
        if body is None:
            body = await self._collect(call, waiting, idle_s)
        if body is None:
            return
        call.check_whole(body)
        guarding = self._trip.guarding
        if guarding is not None:
            body = guarding.look_at_answer(body)
            if guarding.is_stopped:
                raise UpstreamError(BLOCKED, "by the guard", was_sent=True)
        self.did.held = Held(call.status, call.answer_headers, body)

    async def _collect(self, call: Call, waiting: Waiting, idle_s: float) -> bytes | None:
        """All of an answer; None for a long one, which was passed on."""
        parts, size, guarding = list[bytes](), 0, self._trip.guarding
        async for chunk in call.chunks():
            parts.append(chunk)
            size += len(chunk)
            if size > self._worker.limits.answer_held_bytes_max:
                if guarding is not None:
                    guarding.look_at_answer(b"")  # it cannot be looked at in pieces
                    raise UpstreamError(BLOCKED, "too long to be looked at", was_sent=True)
                await self._spill(call, waiting, parts)
            waiting.expect(idle_s)
        if self._caller.has_begun:
            await self._spill(call, waiting, parts)
            return None
        return b"".join(parts)

    async def _spill(self, call: Call, waiting: Waiting, parts: list[bytes]) -> None:
        """Pass on what has come so far of an answer that is too long to be held."""
        waiting.expect(self._worker.limits.caller_write_s, CLIENT_GONE)
        if not self._caller.has_begun:
            self._caller.begin(call.status, [*call.answer_headers, *self._ours()])
        await self._caller.piece(b"".join(parts))
        parts.clear()

    def _ours(self) -> list[tuple[bytes, bytes]]:
        """What is told beside an answer of which the end is not known when it begins."""
        return ours(self._trip.request, self._trip.ask.model_rule, self._asked)

    def _tell_breaker(self, name: str, failure: Failure | None) -> None:
        breakers, now_s = self._worker.breakers, self._worker.clock.monotonic_s()
        if failure is None:
            return  # it was told when the answer began
        if failure.error in (CLIENT_GONE, KILLED, STOPPED):
            breakers.abandoned(name, now_s)
        elif blames_upstream(failure):
            breakers.failed(name, now_s, failure.retry_after_s)
        else:
            breakers.succeeded(name, now_s)
