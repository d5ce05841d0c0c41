"""What the sample production sends: real spans over real HTTP, to the end."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind, StatusCode

from evenkeel.demo.process import Orders
from evenkeel.demo.telemetry import Visit, end_with_status, open_telemetry, server_span

VISIT = Visit("/ask", "jo", "s1")


@dataclass
class Intake:
    """An OTLP door that keeps what it is given."""

    url: str = ""
    paths: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    requests: list[ExportTraceServiceRequest] = field(default_factory=list)


@pytest.fixture
def intake() -> Iterator[Intake]:
    given = Intake()

    class Door(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            assert self.headers["content-encoding"] == "gzip"
            given.paths.append(self.path)
            given.keys.append(self.headers["x-evenkeel-key"])
            given.requests.append(ExportTraceServiceRequest.FromString(gzip.decompress(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    given.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield given
    server.shutdown()
    thread.join()
    server.server_close()


def orders(intake: Intake) -> Orders:
    return Orders(Path("/nowhere"), intake.url + "/", "http://127.0.0.1:1", "ek_test", None)


# The instrumentation's own models are written for an earlier pydantic.
@pytest.mark.filterwarnings("ignore:Support for class-based `config` is deprecated")
def test_spans_reach_the_intake_with_key_and_resource_when_the_process_ends(intake: Intake) -> None:
    with open_telemetry(orders(intake), "support-bot", "2.1") as provider, server_span(provider, VISIT) as span:
        end_with_status(span, 200)
    assert {*intake.paths} == {"/v1/traces"}
    assert {*intake.keys} == {"ek_test"}
    (resource,) = intake.requests[0].resource_spans
    said = {each.key: each.value.string_value for each in resource.resource.attributes}
    assert said["service.name"] == "support-bot"
    assert said["service.version"] == "2.1"
    assert said["deployment.environment.name"] == "production"
    (sent,) = resource.scope_spans[0].spans
    assert sent.name == "POST /ask"


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(spans: InMemorySpanExporter) -> TracerProvider:
    made = TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(spans))
    return made


@pytest.mark.parametrize(
    ("status", "code", "error"),
    [(200, StatusCode.UNSET, None), (429, StatusCode.UNSET, None), (500, StatusCode.ERROR, "500")],
)
def test_a_server_span_says_who_asked_and_how_it_ended(
    provider: TracerProvider, spans: InMemorySpanExporter, status: int, code: StatusCode, error: str | None
) -> None:
    with server_span(provider, VISIT) as span:
        end_with_status(span, status)
    (ended,) = spans.get_finished_spans()
    attributes = ended.attributes or {}
    assert ended.kind is SpanKind.SERVER
    assert {name: attributes[name] for name in ("http.request.method", "http.route", "user.id", "session.id")} == {
        "http.request.method": "POST", "http.route": "/ask", "user.id": "jo", "session.id": "s1",
    }  # fmt: skip
    assert attributes["http.response.status_code"] == status
    assert ended.status.status_code is code
    assert attributes.get("error.type") == error
