"""Real instrumentations of the real `openai` client: one call is one request, paid once, whoever reports it (OBS-1).

OpenLLMetry (`opentelemetry-instrumentation-openai`) and OpenInference, each alone and both at once, beneath a
server span and without one, against a server that speaks OpenAI's wire format.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

pytestmark = pytest.mark.e2e

PROGRAM = Path(__file__).with_name("openai_calls.py")
INSTRUMENTATIONS = {
    "traceloop": ["traceloop"],
    "openinference": ["openinference"],
    "both": ["traceloop", "openinference"],
    "both-other-way-round": ["openinference", "traceloop"],
}
#: Prices of gpt-4o-mini and text-embedding-3-small, in nano-dollars per token, as OpenAI lists them.
INPUT, CACHED, OUTPUT, EMBEDDING = 150, 75, 600, 20
TOKENS_IN, TOKENS_CACHED, TOKENS_OUT = 1_200, 1_024, 80
USAGE = {
    "prompt_tokens": TOKENS_IN,
    "completion_tokens": TOKENS_OUT,
    "total_tokens": TOKENS_IN + TOKENS_OUT,
    "prompt_tokens_details": {"cached_tokens": TOKENS_CACHED},
    "completion_tokens_details": {"reasoning_tokens": 0},
}
CALL_NANO = (TOKENS_IN - TOKENS_CACHED) * INPUT + TOKENS_CACHED * CACHED + TOKENS_OUT * OUTPUT


class OpenAiDouble(BaseHTTPRequestHandler):
    """Speaks OpenAI's wire format; what it does is said in the question."""

    protocol_version = "HTTP/1.1"
    numbers = iter(range(1, 10**9))
    refused: ClassVar[Counter[str]] = Counter()
    hanging = threading.Event()

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["content-length"])))
        route = self.path.rpartition("/v1")[2]
        if route == "/embeddings":
            rows = [{"object": "embedding", "index": n, "embedding": [0.0, 1.0]} for n in range(len(asked["input"]))]
            usage = {"prompt_tokens": 9, "total_tokens": 9}
            self._reply({"object": "list", "data": rows, "model": asked["model"], "usage": usage})
        elif route == "/responses":
            self._respond(asked)
        else:
            self._complete(asked, str(asked["messages"][-1]["content"]))

    def _complete(self, asked: Mapping[str, Any], question: str) -> None:
        if question.startswith("fail="):
            self._fail(int(question[5:]))
        elif question == "flaky" and self.refused[self.headers["x-flaky"]] < 2:
            self.refused[self.headers["x-flaky"]] += 1
            self._fail(500 if self.refused[self.headers["x-flaky"]] == 1 else 429)
        elif question == "hang":
            self.hanging.wait(5)  # longer than its caller is patient; then the connection is gone
            self.close_connection = True
        elif asked.get("stream"):
            self._stream(asked)
        else:
            called = [{"id": "call_1", "type": "function", "function": {"name": "look_up", "arguments": "{}"}}]
            wants_tool = "tools" in asked
            message = {"role": "assistant", "content": None if wants_tool else "What may fail.", "refusal": None}
            finish = "tool_calls" if wants_tool else "stop"
            choice = {"index": 0, "message": {**message, **({"tool_calls": called} if wants_tool else {})}}
            self._reply({**self._head(asked), "choices": [{**choice, "finish_reason": finish}], "usage": USAGE})

    def _head(self, asked: Mapping[str, Any], kind: str = "chat.completion") -> dict[str, Any]:
        return {
            "id": f"chatcmpl-{next(self.numbers)}",
            "object": kind,
            "created": 1_790_000_000,
            "model": asked["model"],
        }

    def _respond(self, asked: Mapping[str, Any]) -> None:
        if asked["input"].startswith("fail="):
            self._fail(int(asked["input"][5:]))
            return
        text = {"type": "output_text", "text": "What may fail.", "annotations": []}
        message = {"type": "message", "id": "msg_1", "status": "completed", "role": "assistant", "content": [text]}
        usage = {
            "input_tokens": TOKENS_IN,
            "input_tokens_details": {"cached_tokens": TOKENS_CACHED},
            "output_tokens": TOKENS_OUT,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": TOKENS_IN + TOKENS_OUT,
        }
        document = {
            "id": f"resp_{next(self.numbers)}", "object": "response", "created_at": 1_790_000_000,
            "status": "completed", "model": asked["model"], "output": [message], "usage": usage,
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "error": None, "metadata": {},
            "incomplete_details": None, "instructions": None, "temperature": 1.0, "top_p": 1.0,
        }  # fmt: skip
        self._reply(document)

    def _stream(self, asked: Mapping[str, Any]) -> None:
        head = self._head(asked, "chat.completion.chunk")
        deltas: list[tuple[dict[str, Any], str | None]] = [
            ({"role": "assistant", "content": ""}, None), ({"content": "What may"}, None),
            ({"content": " fail."}, None), ({}, "stop"),
        ]  # fmt: skip
        chunks = [{**head, "choices": [{"index": 0, "delta": d, "finish_reason": f}]} for d, f in deltas]
        if (asked.get("stream_options") or {}).get("include_usage"):
            chunks.append({**head, "choices": [], "usage": USAGE})
        lines = [json.dumps(chunk) for chunk in chunks] + ["[DONE]"]
        self._send(200, "".join(f"data: {line}\n\n" for line in lines).encode(), "text/event-stream")

    def _fail(self, status: int) -> None:
        error = {"message": "no", "type": "server_error", "param": None, "code": None}
        self._send(status, json.dumps({"error": error}).encode(), "application/json")

    def _reply(self, document: Mapping[str, Any]) -> None:
        self._send(200, json.dumps(document).encode(), "application/json")

    def _send(self, status: int, body: bytes, kind: str) -> None:
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        self.send_header("retry-after-ms", "1")  # so that the client's own retries do not take seconds
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def openai_url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), OpenAiDouble) as double:
        threading.Thread(target=double.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{double.server_address[1]}/v1"
        OpenAiDouble.hanging.set()
        double.shutdown()


def start_program(server: Any, openai_url: str, who: str, above: str) -> subprocess.Popen[str]:
    """Make all calls, with these instrumentations, in a process of its own."""
    given = {
        "intake": server.intake_url, "key": server.key(), "service": f"{who}-{above}", "openai": openai_url,
        "instrumentations": INSTRUMENTATIONS[who], "server_span": above == "web",
    }  # fmt: skip
    command = [sys.executable, str(PROGRAM), json.dumps(given)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def told(server: Any, openai_url: str) -> dict[tuple[str, str, str], list[Mapping[str, Any]]]:
    """(who, above, call) -> the events of that call, when all was folded."""
    programs = {(w, a): start_program(server, openai_url, w, a) for w in INSTRUMENTATIONS for a in ("web", "bare")}
    found: dict[tuple[str, str, str], list[Mapping[str, Any]]] = {}
    for (who, above), program in programs.items():
        output, errors = program.communicate(timeout=180)
        assert program.returncode == 0, errors
        server.await_fold()
        events = {event["span_id"]: event for event in server.events(service=f"{who}-{above}")}
        for call, spans in json.loads(output).items():
            found[who, above, call] = [events[span] for span in spans if span in events]
    return found


@dataclass(frozen=True)
class Expected:
    """What became of one call."""

    outcome: str
    reason: str | None = None
    calls: int = 1
    nano: int | None = None  # of each call; None: nobody told the tokens
    tokens_in: int = TOKENS_IN
    tokens_out: int = TOKENS_OUT


EXPECTED = {
    "plain": Expected("good", nano=CALL_NANO),
    "stream": Expected("good", nano=CALL_NANO),
    "stream_without_usage": Expected("good"),
    "error_500": Expected("bad", "http_500"),
    "error_429": Expected("bad", "rate_limited"),
    "error_400": Expected("excluded", "http_400"),
    "timeout": Expected("bad", "timeout"),
    "retried": Expected("good", nano=CALL_NANO),
    "tool": Expected("good", calls=2, nano=CALL_NANO),
    "embeddings": Expected("good", nano=9 * EMBEDDING, tokens_in=9, tokens_out=0),
    "responses": Expected("good", nano=CALL_NANO),
    "responses_error_500": Expected("bad", "http_500"),
    "parallel": Expected("good", calls=2, nano=CALL_NANO),
    "asynchronous": Expected("good", nano=CALL_NANO),
}
#: OpenLLMetry does not make its span of the Responses API the current one. Where no span of the application is
#: above, each instrumentation begins a trace of its own, and nothing ties the two together.
APART = {"responses", "responses_error_500", "parallel"}
CASES = [
    (who, above, call)
    for who in INSTRUMENTATIONS
    for above in ("web", "bare")
    for call in EXPECTED
    if not (call in APART and above == "bare" and who.startswith("both"))
]


@pytest.mark.parametrize(("who", "above", "call"), CASES)
def test_a_call_is_one_request_once_the_cost(told: Any, who: str, above: str, call: str) -> None:
    expected, events = EXPECTED[call], told[who, above, call]
    requests = [event for event in events if event["counts_request"]]
    attempts = [event for event in events if event["counts_attempt"]]
    assert len(requests) == (1 if above == "web" else expected.calls)
    assert len(attempts) == expected.calls
    assert {event["outcome"] for event in requests} == {expected.outcome}
    if expected.nano is None:
        assert sum(event.get("cost_nano", 0) for event in events) == 0
        return
    assert [event.get("cost_nano") for event in attempts] == [expected.nano] * expected.calls
    assert {event["tokens_in"] for event in attempts} == {expected.tokens_in}
    assert {event.get("tokens_out", 0) for event in attempts} == {expected.tokens_out}


@pytest.mark.parametrize("who", INSTRUMENTATIONS)
def test_a_failed_call_says_how_it_failed(told: Any, who: str) -> None:
    for call, expected in EXPECTED.items():
        attempts = [event for event in told[who, "web", call] if event["counts_attempt"]]
        if expected.outcome == "bad":
            assert {event["outcome"] for event in attempts} == {"bad"}, call
            assert {event.get("reason") for event in attempts} <= {expected.reason, *NAMED[call]}, call


#: An instrumentation that does not tell the status code tells the exception.
NAMED: Mapping[str, set[str]] = {
    "error_500": {"InternalServerError", "openai.InternalServerError"},
    "responses_error_500": {"InternalServerError", "openai.InternalServerError"},
    "error_429": set(),
    "timeout": set(),
}


def test_the_judge_counts_what_the_events_say(server: Any, told: Any, wait_until: Any) -> None:
    counted = [expected for expected in EXPECTED.values() if expected.outcome != "excluded"]
    failed = sum(expected.outcome == "bad" for expected in counted)

    def estimates() -> list[Mapping[str, Any]]:
        services = server.services()
        rates = [each for who in INSTRUMENTATIONS for each in services[f"{who}-web"]["objectives"]]
        return [each["windows"]["verdict"]["estimate"] for each in rates if each["objective"] == "error_rate"]

    def counts_all() -> bool:
        return {each["n"] for each in estimates()} == {len(counted)}

    wait_until(counts_all, within_s=10, what="the judge has looked at what was folded last")
    assert [each["value"] for each in estimates()] == pytest.approx([failed / len(counted)] * len(INSTRUMENTATIONS))
