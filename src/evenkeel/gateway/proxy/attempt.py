"""One call of one upstream: sent, read, metered."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Final

from evenkeel.gateway.metering.cost import dearest_tier
from evenkeel.gateway.metering.meter import AnswerMeter, RequestSize
from evenkeel.gateway.metering.model import Attempt, Metered, UsageSource
from evenkeel.gateway.proxy import headers as hygiene
from evenkeel.gateway.proxy.asking import Ask, outgoing
from evenkeel.gateway.proxy.operations import target_url
from evenkeel.gateway.proxy.tracing import state_of
from evenkeel.gateway.proxy.upstream import Answer, Sending, UpstreamError
from evenkeel.gateway.proxy.usage_event import UsageEventFilter
from evenkeel.gateway.proxy.waiting import Interrupted
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.model import Dialect, Upstream
from evenkeel.gateway.routes.retry import STATUSES, Failure
from evenkeel.kernel.facts import fact

#: What comes back as JSON when all is well.
_JSON_DIALECTS: Final = (Dialect.OPENAI, Dialect.ANTHROPIC, Dialect.MLFLOW)
#: The key and the account that an upstream refuses are ours: no caller can mend that.
_OURS: Final = (401, 402)
_EVENT_STREAM: Final = "text/event-stream"


@fact
class Target:
    """Whom to call, and as what."""

    version: str
    upstream: Upstream
    retry: int  # 0: the first of its request
    trace: str  # traceparent to send; empty: none
    as_read: bool = False  # send what was read of the body, see `asking.outgoing`
    output_max: int | None = None  # tokens that are paid for, all choices together
    is_shadow: bool = False
    collects: bool = False  # what it says is evaluated


class Call:
    """A call under way; afterwards, what became of it."""

    def __init__(
        self, worker: Worker, ask: Ask, target: Target, query: str, headers: list[tuple[bytes, bytes]]
    ) -> None:
        self._worker = worker
        self._ask = ask
        self._target = target
        body, self._takes_usage_out = outgoing(ask, target.upstream, target.output_max, as_read=target.as_read)
        self._sending = Sending(
            target.upstream,
            ask.operation.method,
            target_url(target.upstream.url, ask.operation.path, query),
            _headers(headers, ask.headers, target.trace),
            body if ask.operation.method == "POST" else None,
        )
        self._size = RequestSize(len(body), target.upstream.model or ask.model, _output_max(ask, target), ask.choices)
        self._meter: AnswerMeter | None = None
        self._began_us = worker.clock.now_us()
        self._first_byte_us: int | None = None
        self._answer: Answer | None = None
        self._is_whole = False
        self.is_stream = False  # whether the answer comes event by event
        self.filter: UsageEventFilter | None = None

    async def begin(self) -> Answer:
        """The head of the answer. Raises UpstreamError."""
        answer = self._answer = await self._worker.upstreams.send(self._sending)
        self.is_stream = answer.content_type == _EVENT_STREAM
        self._meter = self._new_meter(is_streaming=self.is_stream)
        if self.is_stream and self._takes_usage_out:
            self.filter = UsageEventFilter()
        return answer

    @property
    def status(self) -> int:
        """HTTP status of the answer; 0 before there is one."""
        return 0 if self._answer is None else self._answer.status

    @property
    def answer_headers(self) -> list[tuple[bytes, bytes]]:
        """Headers of the answer that the caller gets."""
        return [] if self._answer is None else self._answer.headers

    def ready_body(self) -> bytes | None:
        """The whole body, metered, where all of it came with its head; None where it still comes: see `chunks`."""
        answer, meter = self._answer, self._meter
        body = None if answer is None or meter is None else answer.ready_body()
        if meter is None or body is None:
            return None
        self._first_byte_us = self._worker.clock.now_us()
        meter.feed(body)
        self._is_whole = True
        return body

    async def chunks(self) -> AsyncIterator[bytes]:
        """The answer's body as it comes, metered. Raises UpstreamError when it ends too early."""
        answer, meter = self._answer, self._meter
        if answer is None or meter is None:
            return
        async for chunk in answer.chunks():
            if self._first_byte_us is None:
                self._first_byte_us = self._worker.clock.now_us()
            meter.feed(chunk)
            yield chunk
        self._is_whole = True

    def check_whole(self, body: bytes) -> None:
        """Raises UpstreamError for an answer that says all is well and is none that its dialect knows."""
        if self.status >= 300 or self._ask.operation.dialect not in _JSON_DIALECTS:
            return
        if self._ask.operation.is_inference and not _looks_like_json(body):
            raise UpstreamError("garbage", "a success that is no JSON", was_sent=True)

    def failed(self, error: UpstreamError | Interrupted, bytes_sent: int) -> Failure:
        """A failure as the rules for retries know it."""
        if isinstance(error, UpstreamError):
            return Failure(error.error, None, error.was_sent, bytes_sent)
        return Failure(error.reason, None, True, bytes_sent)  # it may have reached the upstream

    def finish(self, failure: Failure | None) -> Attempt:
        """What became of it."""
        if failure is not None and not failure.was_sent:
            metered = Metered.nothing()
        else:
            meter = self._meter or self._new_meter(is_streaming=self._ask.is_streaming)
            metered = meter.finish(self.status or None, is_cut=not self._is_whole)
            if not metered.tier and metered.source is not UsageSource.NONE:
                metered = self._with_tier(metered)
        return Attempt(
            upstream=self._target.upstream.name,
            version=self._target.version,
            provider=self._target.upstream.provider,
            model_asked=self._size.model,
            began_us=self._began_us,
            ended_us=self._worker.clock.now_us(),
            first_byte_us=self._first_byte_us,
            status=self.status or None,
            error="" if failure is None else failure.error,
            metered=metered,
            is_shadow=self._target.is_shadow,
            retry=self._target.retry,
            answer=None if self._meter is None or not self._is_whole else self._meter.answer,
            body=None if self._meter is None or not self._is_whole else self._meter.body,
        )

    def _with_tier(self, metered: Metered) -> Metered:
        """The tier that was asked for, where the answer says none; and where it is none, what it can have been."""
        tier = dearest_tier(self._target.upstream.provider, self._ask.document)
        if tier == "auto" and metered.source is UsageSource.PROVIDER:
            return metered
        return replace(metered, tier=tier)

    def is_incomplete(self, attempt: Attempt) -> bool:
        """Whether a stream ended in order and yet before its end: without a reason why it was finished."""
        return self.is_stream and self._ask.operation.can_stream and not attempt.metered.finish

    def is_complete(self, attempt: Attempt) -> bool:
        """Whether all of a stream was here, though not its end: why it was finished, and the provider's own usage."""
        metered = attempt.metered
        return self.is_stream and bool(metered.finish) and metered.source is UsageSource.PROVIDER

    def close(self) -> None:
        """Let go of the connection."""
        if self._answer is not None:
            self._answer.close()

    def _new_meter(self, *, is_streaming: bool) -> AnswerMeter:
        operation = self._ask.operation
        meter = AnswerMeter(operation.dialect.value, operation.name, is_streaming, self._size, self._worker.rates)
        if self._target.collects:
            meter.collect()
        return meter


def _output_max(ask: Ask, target: Target) -> int | None:
    """Tokens that each choice may have: as the caller says, or as is paid for."""
    if target.output_max is None:
        return ask.output_max
    paid = target.output_max // ask.choices
    return paid if ask.output_max is None else min(paid, ask.output_max)


def status_failure(answer: Answer) -> Failure | None:
    """The failure that an answer's status tells; None when the upstream did its work."""
    if answer.status < 500 and answer.status not in STATUSES:
        return None
    error = "credentials" if answer.status in _OURS else "status"
    return Failure(error, answer.status, True, 0, answer.retry_after_s)


def _headers(given: list[tuple[bytes, bytes]], fields: Mapping[bytes, bytes], trace: str) -> list[tuple[bytes, bytes]]:
    made = hygiene.to_upstream(given, fields)
    if trace:
        made.append((b"traceparent", trace.encode()))
        state = state_of(given, trace) if b"tracestate" in fields else None
        if state is not None:
            made.append((b"tracestate", state))
    return made


def _looks_like_json(body: bytes) -> bool:
    text = body.strip()
    return text[:1] in (b"{", b"[") and text[-1:] in (b"}", b"]")
