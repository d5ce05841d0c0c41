"""OpenTelemetry as a service sets it up: a resource, a batch processor, the OTLP/HTTP exporter."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.openai import OpenAIInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import Span, SpanKind, StatusCode

from evenkeel.demo.process import Orders

_EXPORT_EVERY_MS: Final = 1_000  # so that verdicts turn within seconds
_EXPORT_TIMEOUT_S: Final = 10


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody: what its server span says."""

    route: str
    user: str
    session: str


@contextmanager
def open_telemetry(orders: Orders, service: str, version: str) -> Generator[TracerProvider]:
    """Spans of this process, with the `openai` client instrumented; what is left is sent at the end."""
    resource = Resource.create(
        {"service.name": service, "service.version": version, "deployment.environment.name": "production"}
    )
    exporter = OTLPSpanExporter(
        endpoint=f"{orders.intake_url.rstrip('/')}/v1/traces",
        headers={"x-evenkeel-key": orders.key},
        timeout=_EXPORT_TIMEOUT_S,
        compression=Compression.Gzip,
    )
    provider = TracerProvider(resource=resource)
    provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=_EXPORT_EVERY_MS))
    OpenAIInstrumentor().instrument(tracer_provider=provider)
    try:
        yield provider
    finally:
        OpenAIInstrumentor().uninstrument()
        provider.shutdown()


@contextmanager
def server_span(provider: TracerProvider, visit: Visit) -> Generator[Span]:
    """The span of one request, as a web framework's instrumentation makes it."""
    tracer = provider.get_tracer("evenkeel.demo.web")
    attributes = {
        "http.request.method": "POST",
        "http.route": visit.route,
        "user.id": visit.user,
        "session.id": visit.session,
    }
    with tracer.start_as_current_span(f"POST {visit.route}", kind=SpanKind.SERVER, attributes=attributes) as span:
        yield span


def end_with_status(span: Span, status: int) -> None:
    """Say how a request ended."""
    span.set_attribute("http.response.status_code", status)
    if status >= 500:
        span.set_status(StatusCode.ERROR)
        span.set_attribute("error.type", str(status))
