"""Spans to send, and a context to read them with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from evenkeel.observe.events.context import EventContext
from evenkeel.observe.otlp.flatten import flatten
from evenkeel.observe.otlp.recent import Looking
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms

NOW_US = 1_790_000_000_000_000


def attribute(key: str, value: Any) -> KeyValue:
    match value:
        case bool():
            return KeyValue(key=key, value=AnyValue(bool_value=value))
        case int():
            return KeyValue(key=key, value=AnyValue(int_value=value))
        case float():
            return KeyValue(key=key, value=AnyValue(double_value=value))
        case list():
            items = [AnyValue(string_value=str(item)) for item in cast("list[object]", value)]
            return KeyValue(key=key, value=AnyValue(array_value=ArrayValue(values=items)))
        case _:
            return KeyValue(key=key, value=AnyValue(string_value=value))


class Spans:
    """Builds requests and reads them."""

    now_us = NOW_US

    def __init__(self) -> None:
        self.context = EventContext(NOW_US, PriceBook.load(), Pseudonyms.with_key(b"k" * 32))
        self.looking: Looking | None = None

    def span(self, attributes: dict[str, Any], **more: Any) -> Span:
        base: dict[str, Any] = {
            "trace_id": b"t" * 16,
            "span_id": b"s" * 8,
            "kind": Span.SPAN_KIND_CLIENT,
            "name": "call",
            "start_time_unix_nano": NOW_US * 1_000 - 1_500_000_000,
            "end_time_unix_nano": NOW_US * 1_000,
        }
        return Span(**base | more, attributes=[attribute(key, value) for key, value in attributes.items()])

    def request(
        self, *spans: Span, scope: str = "", resource: dict[str, Any] | None = None
    ) -> ExportTraceServiceRequest:
        resource = {"service.name": "bot", "service.version": "2"} if resource is None else resource
        found = ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])
        found.scope_spans[0].scope.name = scope
        found.resource.attributes.extend(attribute(key, value) for key, value in resource.items())
        return ExportTraceServiceRequest(resource_spans=[found])

    def read(self, request: ExportTraceServiceRequest) -> tuple[list[dict[str, Any]], dict[str, int], int]:
        """(events, rejected, ignored)."""
        events: list[dict[str, Any]] = []
        rejected: dict[str, int] = {}
        ignored = 0
        for piece in flatten(request, self.context, self.looking):
            events += [piece.batch.row(index) for index in range(len(piece.batch))]
            rejected |= piece.rejected
            ignored += piece.ignored
        return events, rejected, ignored

    def one(self, attributes: dict[str, Any], *, scope: str = "", **more: Any) -> dict[str, Any]:
        """The one event of a span."""
        events, rejected, ignored = self.read(self.request(self.span(attributes, **more), scope=scope))
        assert (len(events), rejected, ignored) == (1, {}, 0)
        return events[0]


@pytest.fixture
def spans() -> Spans:
    return Spans()


@pytest.fixture
def make_attribute() -> Callable[[str, Any], KeyValue]:
    return attribute
