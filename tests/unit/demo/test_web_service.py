"""A request becomes a server span that says how it ended."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import openai
import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from evenkeel.demo.web_service import WebService


@pytest.fixture
def spans() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(spans: InMemorySpanExporter) -> TracerProvider:
    made = TracerProvider()
    made.add_span_processor(SimpleSpanProcessor(spans))
    return made


async def _answer(question: str, user: str, session: str) -> Mapping[str, Any]:
    if question == "break":
        raise openai.OpenAIError("no")
    return {"answer": f"{user} in {session}: {question}"}


def test_an_answer_is_a_good_span_with_its_user(
    provider: TracerProvider, spans: InMemorySpanExporter, ask: Callable[..., Any]
) -> None:
    service = WebService(provider, "/ask", _answer)
    answer = ask(service, "POST", "/ask", {"question": "Hi?", "user": "jo", "session": "s1"})
    assert answer.document == {"answer": "jo in s1: Hi?"}
    (span,) = spans.get_finished_spans()
    assert span.name == "POST /ask"
    assert span.kind.name == "SERVER"
    assert span.attributes is not None
    assert span.attributes["user.id"] == "jo"
    assert span.attributes["session.id"] == "s1"
    assert span.attributes["http.response.status_code"] == 200
    assert span.status.status_code.name == "UNSET"


def test_a_model_that_fails_is_a_502_and_a_failed_span(
    provider: TracerProvider, spans: InMemorySpanExporter, ask: Callable[..., Any]
) -> None:
    assert ask(WebService(provider, "/ask", _answer), "POST", "/ask", {"question": "break"}).status == 502
    (span,) = spans.get_finished_spans()
    assert span.status.status_code.name == "ERROR"
    assert span.attributes is not None
    assert span.attributes["http.response.status_code"] == 502


@pytest.mark.parametrize(("path", "document", "status"), [("/ask", {}, 400), ("/ask", b"{", 400), ("/", {}, 404)])
def test_what_cannot_be_answered_is_the_visitors_mistake(
    provider: TracerProvider, ask: Callable[..., Any], path: str, document: Any, status: int
) -> None:
    assert ask(WebService(provider, "/ask", _answer), "POST", path, document).status == status
