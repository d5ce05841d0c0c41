"""A program as its author would write it: the official `openai` client, instrumented by real instrumentations.

Run as a process of its own, so that instrumentations of other runs are not in it:
`python openai_calls.py '{"intake": …, "key": …, "service": …, "openai": …, "instrumentations": …, "server_span": …}'`.
It prints which spans each call began.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import openai
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind, Status, StatusCode

MODEL = "gpt-4o-mini"
MESSAGES: Any = [{"role": "user", "content": "What is an error budget?"}]
TOOLS: Any = [{"type": "function", "function": {"name": "look_up", "parameters": {"type": "object", "properties": {}}}}]


def plain(client: openai.OpenAI) -> None:
    assert client.chat.completions.create(model=MODEL, messages=MESSAGES).choices[0].message.content


def stream(client: openai.OpenAI) -> None:
    with client.chat.completions.create(
        model=MODEL, messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    ) as chunks:
        assert [chunk for chunk in chunks if chunk.choices]


def stream_without_usage(client: openai.OpenAI) -> None:
    for _ in client.chat.completions.create(model=MODEL, messages=MESSAGES, stream=True):
        pass


def error_500(client: openai.OpenAI) -> None:
    failing(client, "fail=500")


def error_429(client: openai.OpenAI) -> None:
    failing(client, "fail=429")


def error_400(client: openai.OpenAI) -> None:
    failing(client, "fail=400")


def failing(client: openai.OpenAI, how: str) -> None:
    """A call that the provider refuses, and whose error reaches the application."""
    messages: Any = [{"role": "user", "content": how}]
    client.with_options(max_retries=0).chat.completions.create(model=MODEL, messages=messages)


def timeout(client: openai.OpenAI) -> None:
    messages: Any = [{"role": "user", "content": "hang"}]
    client.with_options(max_retries=0, timeout=0.3).chat.completions.create(model=MODEL, messages=messages)


def retried(client: openai.OpenAI) -> None:
    """The client's own retries: refused twice, answered the third time."""
    messages: Any = [{"role": "user", "content": "flaky"}]
    answer = client.with_options(max_retries=3).chat.completions.create(
        model=MODEL, messages=messages, extra_headers={"x-flaky": str(os.getpid())}
    )
    assert answer.choices[0].message.content


def tool(client: openai.OpenAI) -> None:
    """A tool call and its continuation: two calls of the model."""
    first = client.chat.completions.create(model=MODEL, messages=MESSAGES, tools=TOOLS).choices[0]
    assert first.finish_reason == "tool_calls"
    said: Any = first.message
    result: Any = {"role": "tool", "tool_call_id": first.message.tool_calls[0].id, "content": "0.1 %"}  # pyright: ignore[reportOptionalSubscript]
    client.chat.completions.create(model=MODEL, messages=[*MESSAGES, said, result])


def embeddings(client: openai.OpenAI) -> None:
    client.embeddings.create(model="text-embedding-3-small", input=["error budget", "burn rate"])


def responses(client: openai.OpenAI) -> None:
    assert client.responses.create(model=MODEL, input="What is an error budget?").output_text


def responses_error_500(client: openai.OpenAI) -> None:
    client.with_options(max_retries=0).responses.create(model=MODEL, input="fail=500")


def parallel(client: openai.OpenAI) -> None:
    """Two calls at the same time that look the same in everything."""

    async def ask() -> None:
        async with openai.AsyncOpenAI(base_url=client.base_url, api_key="sk-test") as other:
            await asyncio.gather(*(other.responses.create(model=MODEL, input="What?") for _ in range(2)))

    asyncio.run(ask())


def asynchronous(client: openai.OpenAI) -> None:
    async def ask() -> None:
        async with openai.AsyncOpenAI(base_url=client.base_url, api_key="sk-test") as other:
            await other.chat.completions.create(model=MODEL, messages=MESSAGES)

    asyncio.run(ask())


CALLS: list[Callable[[openai.OpenAI], None]] = [
    plain, stream, stream_without_usage, error_500, error_429, error_400, timeout, retried, tool, embeddings,
    responses, responses_error_500, parallel, asynchronous,
]  # fmt: skip


def instrumentors(names: list[str]) -> list[Any]:
    """The instrumentations by name, in the order given."""
    found: list[Any] = []
    for name in names:
        if name == "traceloop":
            from opentelemetry.instrumentation.openai import OpenAIInstrumentor
        else:
            from openinference.instrumentation.openai import OpenAIInstrumentor
        found.append(OpenAIInstrumentor())
    return found


class Recorder(SpanProcessor):
    """Which spans each call began."""

    def __init__(self) -> None:
        self.call = ""
        self.spans: dict[str, list[str]] = {}

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:
        """Remember the span under the call that is being made."""
        context = span.get_span_context()
        assert context is not None
        self.spans.setdefault(self.call, []).append(f"{context.span_id:016x}")


def make_call(call: Callable[[openai.OpenAI], None], client: openai.OpenAI, span: Any) -> None:
    """One call, as a request handler makes it."""
    with span as current:
        try:
            call(client)
            status = 200
        except openai.OpenAIError as error:
            status = 400 if isinstance(error, openai.BadRequestError) else 502
        if current is not None:
            current.set_attribute("http.response.status_code", status)
            current.set_status(Status(StatusCode.ERROR if status >= 500 else StatusCode.UNSET))


def main() -> None:
    given = json.loads(sys.argv[1])
    logging.basicConfig(level=logging.WARNING)
    provider = TracerProvider(resource=Resource.create({"service.name": given["service"], "service.version": "1"}))
    exporter = OTLPSpanExporter(f"{given['intake']}/v1/traces", headers={"x-evenkeel-key": given["key"]})
    recorder = Recorder()
    provider.add_span_processor(recorder)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    for each in instrumentors(given["instrumentations"]):
        each.instrument(tracer_provider=provider)
    tracer = provider.get_tracer("my.web.framework")
    with openai.OpenAI(base_url=given["openai"], api_key="sk-test") as client:
        for call in CALLS:
            recorder.call = call.__name__
            web = given["server_span"]
            make_call(
                call, client, tracer.start_as_current_span("POST /ask", kind=SpanKind.SERVER) if web else nullcontext()
            )
    provider.shutdown()
    print(json.dumps(recorder.spans))


if __name__ == "__main__":
    main()
