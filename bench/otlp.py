"""The OTLP door, layer by layer: parse alone, parse and flatten, and encoded for the journal.

20-attribute GenAI spans, 512 a request, in spans per second of CPU. Parsing alone is the physical limit.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from bench.report import Row, beside
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from evenkeel.observe.events.context import EventContext
from evenkeel.observe.otlp.decode import PROTOBUF, parse_traces
from evenkeel.observe.otlp.flatten import flatten
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms
from evenkeel.store.journal.codec import encode_batch

HEADING = "OTLP, layer by layer: spans/s of CPU"
SPANS = 512
ROUNDS = 15
NOW_US = 1_790_000_000_000_000


def request_body(spans: int = SPANS, *, seed: int = 0) -> bytes:
    """A request as a GenAI client instrumentation sends it: 20 attributes, one of four a user's."""
    request = ExportTraceServiceRequest()
    resource = ResourceSpans()
    resource.resource.attributes.append(_text("service.name", "support-bot"))
    resource.resource.attributes.append(_text("service.version", "1.4.2"))
    scope = ScopeSpans()
    scope.scope.name = "opentelemetry.instrumentation.openai.v1"
    for number in range(spans):
        scope.spans.append(_span(seed * 1_000_000 + number))
    resource.scope_spans.append(scope)
    request.resource_spans.append(resource)
    return request.SerializeToString()


def _text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def _whole(key: str, value: int) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(int_value=value))


def _span(number: int) -> Span:
    span = Span(
        trace_id=(number // 2 + 1).to_bytes(16),
        span_id=(number + 1).to_bytes(8),
        parent_span_id=b"\x09" * 8,
        name="openai.chat",
        kind=Span.SPAN_KIND_CLIENT,
        start_time_unix_nano=NOW_US * 1_000 - 1_500_000_000,
        end_time_unix_nano=NOW_US * 1_000,
    )
    span.attributes.extend(
        [
            _text("gen_ai.operation.name", "chat"),
            _text("gen_ai.provider.name", "openai"),
            _text("gen_ai.request.model", "gpt-4o-mini"),
            _text("gen_ai.response.model", "gpt-4o-mini-2024-07-18"),
            _text("gen_ai.response.id", f"chatcmpl-{number:024d}"),
            KeyValue(key="gen_ai.request.temperature", value=AnyValue(double_value=0.2)),
            KeyValue(key="gen_ai.request.top_p", value=AnyValue(double_value=1.0)),
            _whole("gen_ai.request.max_tokens", 800),
            _whole("gen_ai.usage.input_tokens", 1200 + number % 300),
            _whole("gen_ai.usage.output_tokens", 180 + number % 90),
            _whole("gen_ai.usage.cache_read.input_tokens", 512),
            _text("gen_ai.response.finish_reasons", "stop"),
            _text("gen_ai.conversation.id", f"conversation-{number % 97}"),
            _text("enduser.id", f"user-{number % 61}"),
            _text("server.address", "api.openai.com"),
            _whole("server.port", 443),
            _text("app.feature", "support"),
            _text("app.tenant", f"tenant-{number % 11}"),
            _text("gen_ai.output.type", "text"),
            _text("gen_ai.request.stream", "false"),
        ]
    )
    return span


def measure(*, full: bool = False) -> list[Row]:
    """Medians over ROUNDS, in spans per CPU second."""
    del full
    bodies = [request_body(seed=seed) for seed in range(4)]
    context = EventContext(NOW_US, PriceBook.load(), Pseudonyms.with_key(b"k" * 32))

    def parse(body: bytes) -> None:
        parse_traces(body, PROTOBUF)

    def flattened(body: bytes) -> None:
        for _ in flatten(parse_traces(body, PROTOBUF), context):
            pass

    def encoded(body: bytes) -> None:
        for piece in flatten(parse_traces(body, PROTOBUF), context):
            encode_batch(piece.batch)

    limit = _speed(parse, bodies, ROUNDS)
    rows = [Row("parse alone", limit, "spans/s")]
    for what, work in (("parse + flatten", flattened), ("parse + flatten + encode", encoded)):
        speed = _speed(work, bodies, ROUNDS)
        rows.append(Row(what, speed, "spans/s", beside=beside("parse alone", limit, "spans/s", speed)))
    return rows


def _speed(work: Callable[[bytes], None], bodies: list[bytes], rounds: int) -> float:
    work(bodies[0])
    taken: list[float] = []
    for _ in range(rounds):
        started = time.process_time()
        for body in bodies:
            work(body)
        taken.append((time.process_time() - started) / (len(bodies) * SPANS))
    return 1.0 / sorted(taken)[len(taken) // 2]
