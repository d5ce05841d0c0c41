"""Seeded fuzzing of the real door, down to the fold and the judge: refused or stored, never anything else.

Half of the inputs are mutated bytes, which mostly test the parsers. The other half are well-formed and say
what cannot be, which tests everything behind them: a single accepted event that the fold cannot store would
stop the whole product.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import json
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue, KeyValueList
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span, Status

from evenkeel.app.home import Home
from evenkeel.app.offline import judge_home, opened
from evenkeel.kernel.time import US_PER_DAY, Window
from evenkeel.observe.intake.door import DoorDependencies, IntakeDoor
from evenkeel.observe.intake.keys import IntakeKey, IntakeTable
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.system import RealDisk, SystemClock

FAST_INPUTS, SLOW_INPUTS = 400, 12_000
JSON, NDJSON, PROTOBUF = "application/json", "application/x-ndjson", "application/x-protobuf"
ALLOWED = {200, 400, 413, 415}
NOW_S = SystemClock().now_us() / 1e6

NASTY: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 999, 2**31, 2**53, 2**63 - 1, -(2**63), 1.5, -0.0, 1e-310, 5e-324, 1e308, 1e-9, NOW_S,
    NOW_S - 399 * 86_400, NOW_S + 3_599, NOW_S * 1_000, "", " ", "nan", "NaN", "inf", "-Infinity", "\x00", "a\x1fb",
    "\u202e", "😀" * 300, "x" * 5_000, "1e999", "2026-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    [], {}, [[[]]], {"a": {"b": None}}, "good", "bad", "gpt-4o", "production", "'; DROP TABLE events; --", "<script>",
)  # fmt: skip
#: What only JSON can say.
NASTY_JSON: tuple[Any, ...] = (*NASTY, 2**64, 10**30, -(10**400), json.loads("[" * 600 + "]" * 600))
FIELDS = (
    "id", "kind", "at", "service", "environment", "version", "model", "provider", "operation", "latency_s", "ttft_s",
    "tokens_in", "tokens_out", "tokens_cached", "tokens_reasoning", "status_code", "error", "outcome", "user",
    "session", "subject", "label", "value", "rating", "every_s", "request_id", "response_id", "weight", "attributes",
    "unknown",
)  # fmt: skip
KINDS = ("prediction", "inference", "request", "outcome", "feedback", "review", "value", "heartbeat")
ATTRIBUTES = (
    "gen_ai.operation.name", "gen_ai.system", "gen_ai.request.model", "gen_ai.usage.input_tokens",
    "gen_ai.usage.output_tokens", "gen_ai.usage.cost", "gen_ai.usage.cost.amount", "gen_ai.usage.cost.currency",
    "http.response.status_code", "error.type", "enduser.id", "session.id", "gen_ai.server.ttft", "SampleRate",
    "sampling.probability", "llm.token_count.prompt", "openinference.span.kind", "evenkeel.role", "input.value",
    "other",
)  # fmt: skip


def any_value(value: Any) -> AnyValue:
    match value:
        case bool():
            return AnyValue(bool_value=value)
        case int():
            return AnyValue(int_value=value)
        case float():
            return AnyValue(double_value=value)
        case str():
            return AnyValue(string_value=value)
        case list():
            return AnyValue(array_value=ArrayValue(values=[any_value(item) for item in value]))
        case dict():
            pairs = [KeyValue(key=key, value=any_value(item)) for key, item in value.items()]
            return AnyValue(kvlist_value=KeyValueList(values=pairs))
        case _:
            return AnyValue()


class Fuzzer:
    """Bodies to send, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.at_ns = int(NOW_S * 1e9)

    def nasty(self) -> Any:
        return self.chance.choice(NASTY)

    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = {"service": "bot", "kind": self.chance.choice(KINDS), "subject": "s", "at": NOW_S}
        for name in self.chance.sample(FIELDS, self.chance.randint(0, 4)):
            event[name] = self.chance.choice(NASTY_JSON)
        return event

    def span(self) -> Span:
        chance = self.chance
        edges = (0, 1, self.at_ns, self.at_ns - 10**9, self.at_ns + 10**9, 2**63, 2**64 - 1)
        attributes = [KeyValue(key="gen_ai.operation.name", value=AnyValue(string_value="chat"))]
        attributes.extend(
            KeyValue(key=name, value=any_value(chance.choice([self.nasty(), float("nan")])))
            for name in chance.sample(ATTRIBUTES, chance.randint(0, 6))
        )
        return Span(
            trace_id=chance.choice((chance.randbytes(16), chance.randbytes(16), bytes(16), b"short")),
            span_id=chance.randbytes(chance.choice((8, 8, 8, 0))),
            trace_state=chance.choice(
                ("", "ot=th:ffffffffffffff", "ot=th:-8", "ot=p:62", "ot=th:" + "0" * 9_999, "x=y")
            ),
            kind=chance.randrange(7),  # type: ignore[arg-type]
            start_time_unix_nano=chance.choice(edges) if chance.random() < 0.3 else self.at_ns - 10**9,
            end_time_unix_nano=chance.choice(edges) if chance.random() < 0.2 else self.at_ns,
            attributes=attributes,
            status=Status(code=chance.randrange(4)),  # type: ignore[arg-type]
            events=[
                Span.Event(name="exception", attributes=[KeyValue(key="exception.type", value=any_value("E" * 900))])
            ]
            if chance.random() < 0.1
            else [],
        )

    def traces(self) -> ExportTraceServiceRequest:
        names = ("service.name", "service.version", "deployment.environment", "host.name")
        found = ResourceSpans(scope_spans=[ScopeSpans(spans=[self.span() for _ in range(self.chance.randint(1, 4))])])
        found.resource.attributes.extend(
            KeyValue(key=name, value=any_value(self.nasty() if self.chance.random() < 0.3 else "bot")) for name in names
        )
        return ExportTraceServiceRequest(resource_spans=[found])

    def mutated(self, whole: bytes) -> bytes:
        body = bytearray(whole or b"x")
        for _ in range(self.chance.randint(1, 6)):
            place = self.chance.randrange(len(body) + 1)
            match self.chance.randrange(4):
                case 0:
                    body[place : place + 1] = self.chance.randbytes(1)
                case 1:
                    del body[place : place + self.chance.randrange(8)]
                case 2:
                    body[place:place] = self.chance.randbytes(self.chance.randrange(8))
                case _:
                    body[place:place] = body[place : place + self.chance.randrange(64)] * self.chance.randrange(4)
        return bytes(body)

    def request(self) -> tuple[str, str, str, bytes]:
        """(path, content type, encoding, body)."""
        from google.protobuf.json_format import MessageToDict

        match self.chance.randrange(4):
            case 0:
                path, kind, body = "/v1/traces", PROTOBUF, self.traces().SerializeToString()
            case 1:
                # Ids stay in base64, which is not OTLP/JSON: about half of them happen to be hexadecimal never.
                document = MessageToDict(self.traces(), preserving_proto_field_name=False)
                for each in document["resourceSpans"][0]["scopeSpans"][0]["spans"]:
                    each["traceId"], each["spanId"] = self.chance.randbytes(16).hex(), self.chance.randbytes(8).hex()
                path, kind, body = "/v1/traces", JSON, json.dumps(document).encode()
            case 2:
                path, kind = "/v1/events", JSON
                body = json.dumps([self.event() for _ in range(self.chance.randint(1, 4))]).encode()
            case _:
                path, kind = "/v1/events", NDJSON
                body = b"\n".join(json.dumps(self.event()).encode() for _ in range(self.chance.randint(1, 4)))
        if self.chance.random() < 0.5:
            body = self.mutated(body)
        encoding = ""
        if self.chance.random() < 0.2:
            encoding, body = "gzip", gzip.compress(body)
            body = self.mutated(body) if self.chance.random() < 0.5 else body
        if self.chance.random() < 0.02:
            kind = self.chance.choice(("", "text/plain", "application/\xff", JSON + ";charset=latin-1"))
        return path, kind, encoding, body


async def send_all(home: Home, fuzzer: Fuzzer, count: int) -> tuple[Counter[int], int]:
    """Send `count` inputs to a real door of `home`; answers how often it said what, and how many events it took."""
    clock = SystemClock()
    commit = GroupCommit(JournalWriter(RealDisk(), str(home.journal / "w0"), writer="w0", clock=clock))
    table, book = IntakeTable({hashlib.sha256(b"k").hexdigest(): IntakeKey("k")}), PriceBook.load()
    pseudonyms = Pseudonyms.with_key(b"k" * 32)
    door = IntakeDoor(DoorDependencies(commit, lambda: table, lambda: book, pseudonyms, clock))
    answers: Counter[int] = Counter()
    taken = 0
    for number in range(count):
        path, kind, encoding, body = fuzzer.request()
        sent: list[Any] = []

        async def receive(body: bytes = body) -> dict[str, Any]:
            return {"type": "http.request", "body": body}

        async def send(message: Any, sent: list[Any] = sent) -> None:
            sent.append(message)

        headers = [(b"content-type", kind.encode("latin-1")), (b"x-evenkeel-key", b"k")]
        headers += [(b"content-encoding", encoding.encode())] if encoding else []
        await door({"type": "http", "path": path, "method": "POST", "headers": headers}, receive, send)
        status, answer = sent[0]["status"], sent[1]["body"]
        assert status in ALLOWED, (number, status, answer[:300], body[:300])
        assert len(answer) < 20_000, (number, len(answer))
        answers[status] += 1
        if path == "/v1/events" and status == 200:
            taken += json.loads(answer)["accepted"]
    await commit.close()
    return answers, taken


def everything_accepted_is_stored_and_judged(home: Home, count: int, seed: int) -> None:
    home.create()
    answers, taken = asyncio.run(send_all(home, Fuzzer(seed), count))
    assert answers[200] > count // 4, answers
    assert answers[400] > count // 10, answers
    with opened(home) as control:
        stored = control.folding.drain()
        assert not control.folding.findings
        now_us = control.stores.clock.now_us()
        wrong = control.stores.telemetry.verify(Window(now_us - 401 * US_PER_DAY, now_us + US_PER_DAY))
    assert wrong == []
    assert stored > taken // 2  # the rest are repeated ids: the fuzzer knows few
    judged = judge_home(home)
    assert "bot" in {each["service"] for each in judged}
    json.dumps(judged, allow_nan=False)


def test_400_hostile_inputs_are_refused_or_stored_folded_and_judged(tmp_path: Path) -> None:
    everything_accepted_is_stored_and_judged(Home(tmp_path), FAST_INPUTS, seed=1)


@pytest.mark.slow
def test_12000_hostile_inputs_are_refused_or_stored_folded_and_judged(tmp_path: Path) -> None:
    everything_accepted_is_stored_and_judged(Home(tmp_path), SLOW_INPUTS, seed=2)
