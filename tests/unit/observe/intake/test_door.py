"""The intake door: a 200 means durable, every refusal names what is wrong (SPEC OBS-1, OBS-3, OBS-8)."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Callable
from typing import Any

import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, KeyValue
from opentelemetry.proto.trace.v1.trace_pb2 import ResourceSpans, ScopeSpans, Span

from evenkeel.kernel.errors import ConflictError
from evenkeel.observe.intake.door import DoorLimits
from evenkeel.testing.clock import SimClock
from evenkeel.testing.disk import UNLIMITED_BYTES, SimDisk

TRACES, EVENTS = "/v1/traces", "/v1/events"
PROTOBUF, JSON, NDJSON = "application/x-protobuf", "application/json", "application/x-ndjson"


def text(key: str, value: str) -> KeyValue:
    return KeyValue(key=key, value=AnyValue(string_value=value))


def span(clock: SimClock, number: int = 1, **more: Any) -> Span:
    at = clock.now_us() * 1_000
    base: dict[str, Any] = {
        "trace_id": b"t" * 16,
        "span_id": number.to_bytes(8),
        "start_time_unix_nano": at - 10**9,
        "end_time_unix_nano": at,
        "attributes": [text("gen_ai.operation.name", "chat")],
    }
    return Span(**base | more)


def traces(*spans: Span, service: str = "bot") -> ExportTraceServiceRequest:
    found = ResourceSpans(scope_spans=[ScopeSpans(spans=spans)])
    found.resource.attributes.append(text("service.name", service))
    return ExportTraceServiceRequest(resource_spans=[found])


def as_json(request: ExportTraceServiceRequest) -> bytes:
    spans = [
        {
            "traceId": each.trace_id.hex(),
            "spanId": each.span_id.hex(),
            "startTimeUnixNano": str(each.start_time_unix_nano),
            "endTimeUnixNano": str(each.end_time_unix_nano),
            "attributes": [{"key": a.key, "value": {"stringValue": a.value.string_value}} for a in each.attributes],
        }
        for each in request.resource_spans[0].scope_spans[0].spans
    ]
    resource = {"attributes": [{"key": "service.name", "value": {"stringValue": "bot"}}]}
    return json.dumps({"resourceSpans": [{"resource": resource, "scopeSpans": [{"spans": spans}]}]}).encode()


class TestOtlpAnswers:
    """The OTLP specification, "OTLP/HTTP Response"."""

    @pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
    def test_a_success_is_an_empty_response_in_the_encoding_of_the_request(
        self, door: Any, clock: SimClock, content_type: str
    ) -> None:
        request = traces(span(clock))
        body = request.SerializeToString() if content_type == PROTOBUF else as_json(request)
        reply = door.post(TRACES, body, content_type)
        assert (reply.status, reply.type) == (200, content_type)
        assert reply.body == (b"" if content_type == PROTOBUF else b"{}")
        assert [event["service"] for event in door.stored()] == ["bot"]

    @pytest.mark.parametrize("content_type", [PROTOBUF, JSON])
    def test_a_partial_success_counts_what_was_rejected_says_why_and_keeps_the_rest(
        self, door: Any, clock: SimClock, content_type: str
    ) -> None:
        far = clock.now_us() * 1_000 + 10**9 * 86_400 * 365
        request = traces(span(clock, 1), span(clock, 2, end_time_unix_nano=far), span(clock, 3, trace_id=bytes(16)))
        body = request.SerializeToString() if content_type == PROTOBUF else as_json(request)
        reply = door.post(TRACES, body, content_type)
        rejected, why = reply.partial()
        assert (reply.status, reply.type, rejected) == (200, content_type, 2)
        assert "an hour in the future" in why
        assert "all zeros" in why
        assert len(door.stored()) == 1

    @pytest.mark.parametrize(
        ("body", "content_type", "status", "says"),
        [
            (b"\xff\xff\xff", PROTOBUF, 400, "not an ExportTraceServiceRequest"),
            (b"{", JSON, 400, "not JSON"),
            (b'{"resourceSpans": 3}', JSON, 400, "resourceSpans"),
            (b"\xff\xfe{}", JSON, 400, "not JSON"),
        ],
    )
    def test_an_error_is_a_status_with_a_message_in_the_encoding_of_the_request(
        self, door: Any, body: bytes, content_type: str, status: int, says: str
    ) -> None:
        reply = door.post(TRACES, body, content_type)
        assert (reply.status, reply.type) == (status, content_type)
        assert says in reply.message

    def test_nothing_to_store_is_a_success(self, door: Any) -> None:
        assert door.post(TRACES, b"", PROTOBUF).status == 200
        assert door.post(TRACES, b"{}", JSON).status == 200
        assert door.stored() == []

    def test_reasons_without_end_are_counted_not_listed(self, door: Any, clock: SimClock) -> None:
        request = ExportTraceServiceRequest()
        for number in range(1, 301):
            request.resource_spans.extend(traces(span(clock, number), service=f"s{number}").resource_spans)
        rejected, why = door.post(TRACES, request, x_evenkeel_key="ek_bot").partial()
        assert rejected == 300
        assert "and for 290 more reasons" in why
        assert len(why) < 2_000

    def test_only_codes_that_exporters_retry_carry_retry_after(self, make_door: Callable[..., Any]) -> None:
        crowded = make_door(limits=DoorLimits(requests_max=0))
        reply = crowded.post(TRACES, b"", PROTOBUF)
        assert (reply.status, reply.type, reply.headers["retry-after"]) == (503, PROTOBUF, "1")
        assert "Too many requests" in reply.message

    def test_metrics_and_logs_say_that_they_are_not_taken(self, door: Any) -> None:
        for path in ("/v1/metrics", "/v1/logs"):
            reply = door.post(path, b"", PROTOBUF)
            assert (reply.status, reply.type, "Metrics and logs" in reply.message) == (404, PROTOBUF, True)


class TestRefusals:
    @pytest.mark.parametrize(
        ("headers", "says"),
        [
            ({"x_evenkeel_key": ""}, "carries no key"),
            ({"x_evenkeel_key": "ek_wrong"}, "not known here, or was revoked"),
            ({"x_evenkeel_key": "", "authorization": "Basic ek_open"}, "carries no key"),
            ({"x_evenkeel_key": "ek_old"}, "expired"),
            ({"x_evenkeel_key": "ek_\xff\xfe"}, "not known"),
        ],
    )
    @pytest.mark.parametrize(("path", "content_type"), [(TRACES, PROTOBUF), (TRACES, JSON), (EVENTS, JSON)])
    def test_keys_that_do_not_open_are_named_and_never_repeated(
        self, door: Any, path: str, content_type: str, headers: dict[str, str], says: str
    ) -> None:
        reply = door.post(path, b"{}", content_type, **headers)
        assert (reply.status, reply.headers["www-authenticate"]) == (401, "Bearer")
        assert says in reply.message
        assert "ek_wrong" not in reply.message
        assert door.stored() == []

    def test_a_bearer_token_opens_as_the_header_of_our_own_does(self, door: Any) -> None:
        event = {"service": "bot", "kind": "heartbeat"}
        assert door.post(EVENTS, event, x_evenkeel_key="", authorization="Bearer ek_open").status == 200

    def test_a_revoked_key_ends_with_the_next_request(self, door: Any) -> None:
        event = {"service": "bot", "kind": "heartbeat"}
        assert door.post(EVENTS, event).status == 200
        door.table = type(door.table)()
        assert door.post(EVENTS, event).status == 401

    @pytest.mark.parametrize(
        "content_type", ["text/xml", "", "application/json+x", "multipart/form-data", "\xff\xfe", None]
    )
    def test_content_types_we_do_not_speak_are_named(self, door: Any, content_type: str | None) -> None:
        for path in (TRACES, EVENTS):
            reply = door.post(path, b"{}", content_type)
            assert reply.status == 415
            assert "Content-Type" in reply.message
            assert JSON in reply.message

    def test_a_charset_and_capitals_are_no_other_type(self, door: Any) -> None:
        assert door.post(EVENTS, {"service": "a"}, "Application/JSON; charset=utf-8").status == 200

    @pytest.mark.parametrize(
        ("body", "encoding", "status", "says"),
        [
            (b"no gzip", "gzip", 400, "not gzip"),
            (gzip.compress(b"{}", mtime=0)[:-3], "gzip", 400, "ends in the middle"),
            (b"{}", "br", 400, "'br' is not known"),
            (gzip.compress(bytes(100_000_000), mtime=0), "gzip", 413, "unpacks to more than"),
            (gzip.compress(b"", mtime=0) * 5_000, "gzip", 413, "members"),
        ],
    )
    @pytest.mark.parametrize("path", [TRACES, EVENTS])
    def test_compressed_bodies_that_are_broken_or_bombs_are_refused(
        self, door: Any, path: str, body: bytes, encoding: str, status: int, says: str
    ) -> None:
        reply = door.post(path, body, JSON, content_encoding=encoding)
        assert reply.status == status
        assert says in reply.message

    def test_a_body_that_is_too_large_is_refused_before_it_is_read(self, door: Any) -> None:
        async def receive() -> dict[str, Any]:
            raise AssertionError("read all the same")

        headers = {"content-type": JSON, "content-length": "100000000", "x-evenkeel-key": "ek_open"}
        reply = asyncio.run(door.exchange(EVENTS, "POST", headers, receive))
        assert (reply.status, "100000000 bytes" in reply.message) == (413, True)

    def test_a_body_that_lies_about_its_length_is_cut_off(self, door: Any) -> None:
        reply = door.post(EVENTS, [b" " * 1_000_000] * 100, content_length="5")
        assert (reply.status, "are allowed" in reply.message) == (413, True)

    def test_other_methods_and_paths_say_what_is_here(self, door: Any) -> None:
        reply = door.get(EVENTS)
        assert (reply.status, reply.headers["allow"]) == (405, "POST")
        reply = door.get("/nothing")
        assert (reply.status, "POST /v1/traces" in reply.message) == (404, True)
        assert door.get("/healthz").json() == {"status": "ok"}

    def test_a_body_that_does_not_come_in_time_may_be_sent_again(self, make_door: Callable[..., Any]) -> None:
        slow = make_door(limits=DoorLimits(body_timeout_s=0.01))

        async def receive() -> dict[str, Any]:
            await asyncio.Event().wait()
            raise AssertionError

        headers = {"content-type": PROTOBUF, "x-evenkeel-key": "ek_open"}
        reply = asyncio.run(slow.exchange(TRACES, "POST", headers, receive))
        assert (reply.status, reply.type) == (408, PROTOBUF)
        assert "did not arrive within" in reply.message

    def test_a_sender_that_leaves_in_the_middle_leaves_nothing_behind(self, door: Any) -> None:
        pieces = [{"type": "http.request", "body": b'{"service"', "more_body": True}, {"type": "http.disconnect"}]

        async def receive() -> dict[str, Any]:
            return pieces.pop(0)

        headers = {"content-type": JSON, "x-evenkeel-key": "ek_open"}
        assert asyncio.run(door.exchange(EVENTS, "POST", headers, receive)).status == 400
        assert door.stored() == []
        assert door.post(EVENTS, {"service": "a"}).status == 200

    def test_crowds_of_empty_spans_are_refused_before_they_take_memory(self, door: Any) -> None:
        def field(number: int, body: bytes) -> bytes:
            size, out = len(body), bytearray([number << 3 | 2])
            while size > 0x7F:
                out.append(size & 0x7F | 0x80)
                size >>= 7
            return bytes([*out, size]) + body

        for body in (field(1, field(2, b"\x12\x00" * 500_000)), b"\x0a\x00" * 500_000):
            reply = door.post(TRACES, body, PROTOBUF)
            assert (reply.status, "more than 200000 spans" in reply.message) == (413, True)
        reply = door.post(EVENTS, b"[" + b"{}," * 1_000_001 + b"{}]")
        assert (reply.status, "more than 1000000 JSON objects" in reply.message) == (413, True)

    def test_a_span_with_attributes_without_end_is_rejected_and_its_neighbour_kept(
        self, door: Any, clock: SimClock
    ) -> None:
        many = span(clock, 1, attributes=[text("k", "")] * 60_000)
        rejected, why = door.post(TRACES, traces(many, span(clock, 2))).partial()
        assert (rejected, "50000 attributes" in why, len(door.stored())) == (1, True, 1)


class TestLoad:
    def test_a_full_disk_answers_503_and_recovers_without_a_restart(
        self, door: Any, disk: SimDisk, clock: SimClock
    ) -> None:
        assert door.post(EVENTS, {"service": "a", "id": "1"}).status == 200
        disk.capacity_bytes = 0
        for path, body, content_type in (
            (EVENTS, b'{"service": "a", "id": "2"}', JSON),
            (TRACES, traces(span(clock)).SerializeToString(), PROTOBUF),
        ):
            reply = door.post(path, body, content_type)
            assert (reply.status, reply.type) == (503, content_type)
            assert int(reply.headers["retry-after"]) >= 1
            assert "bytes left" in reply.message
        disk.capacity_bytes = UNLIMITED_BYTES
        assert door.post(EVENTS, {"service": "a", "id": "2"}).status == 200
        assert len(door.stored()) == 2

    def test_a_disk_that_fills_in_the_middle_of_a_write_is_told_apart_from_success(
        self, make_door: Callable[..., Any], disk: SimDisk, clock: SimClock
    ) -> None:
        from evenkeel.store.journal.group_commit import GroupCommit
        from evenkeel.store.journal.writer import JournalWriter, WriterOptions

        options = WriterOptions(free_bytes_min=0)
        door = make_door(
            commit=GroupCommit(JournalWriter(disk, "journal/w0", writer="w0", clock=clock, options=options))
        )
        # What is asked first (free_bytes) says yes, then another process takes the room.
        disk.on_operation = lambda operation, _path: (
            setattr(disk, "capacity_bytes", 100) if operation == "append" else None
        )
        reply = door.post(EVENTS, {"service": "a"})
        disk.on_operation = None
        assert (reply.status, int(reply.headers["retry-after"]) >= 1) == (503, True)
        disk.capacity_bytes = UNLIMITED_BYTES
        assert door.post(EVENTS, {"service": "a"}).status == 200
        assert len(door.stored()) == 1

    def test_bytes_in_memory_are_bounded_over_all_requests(self, make_door: Callable[..., Any]) -> None:
        door = make_door(limits=DoorLimits(held_bytes_max=1_000))
        event = b'{"service": "a"}'

        async def crowd() -> list[Any]:
            go = asyncio.Event()

            async def slow() -> Any:
                parts = [b" " * 900, event]

                async def receive() -> dict[str, Any]:
                    if len(parts) == 1:
                        await go.wait()
                    return {"type": "http.request", "body": parts.pop(0), "more_body": bool(parts)}

                return await door.exchange(EVENTS, "POST", {"content-type": JSON, "x-evenkeel-key": "ek_open"}, receive)

            first = asyncio.create_task(slow())
            for _ in range(10):
                await asyncio.sleep(0)
            refused = await door.send(EVENTS, event + b" " * 900)
            go.set()
            accepted = await first
            return [refused, accepted, await door.send(EVENTS, event + b" " * 2_000)]

        refused, accepted, alone = asyncio.run(crowd())
        assert (refused.status, refused.headers["retry-after"]) == (503, "1")
        assert "Too many bytes" in refused.message
        assert (accepted.status, alone.status) == (200, 200)

    def test_a_journal_that_is_closed_sends_senders_elsewhere(self, make_door: Callable[..., Any]) -> None:
        class Closed:
            backlog_bytes = 0

            async def commit(self, batch: object) -> None:
                raise ConflictError("The journal is closed.", hint="Another worker may take it.")

        reply = make_door(commit=Closed()).post(EVENTS, {"service": "a"})
        assert (reply.status, reply.headers["retry-after"]) == (503, "1")

    def test_a_failure_of_ours_is_a_500_that_tells_no_secrets(
        self, make_door: Callable[..., Any], caplog: pytest.LogCaptureFixture
    ) -> None:
        class Broken:
            backlog_bytes = 0

            async def commit(self, batch: object) -> None:
                raise RuntimeError("a path, a password")

        reply = make_door(commit=Broken()).post(EVENTS, {"service": "a"})
        assert (reply.status, "password" in reply.message) == (500, False)
        assert "a request to /v1/events failed" in caplog.text


def test_what_came_is_counted_for_prometheus(door: Any, clock: SimClock) -> None:
    door.post(EVENTS, [{"service": "a"}, {"service": ""}])
    door.post(TRACES, traces(span(clock), span(clock, 2, attributes=[])))
    door.post(EVENTS, b"{", x_evenkeel_key="")
    shown = door.get("/metrics").body.decode().splitlines()
    for line in (
        'evenkeel_intake_requests_total{path="/v1/events",status="200"} 1',
        'evenkeel_intake_requests_total{path="/v1/events",status="401"} 1',
        'evenkeel_intake_events_total{path="/v1/events"} 1',
        'evenkeel_intake_events_total{path="/v1/traces"} 1',
        'evenkeel_intake_rejected_total{path="/v1/events"} 1',
        "evenkeel_intake_ignored_spans_total 1",
        "evenkeel_intake_backlog_bytes 0",
    ):
        assert line in shown


def test_lifespan_messages_are_answered(door: Any) -> None:
    asked = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    said: list[str] = []

    async def receive() -> dict[str, Any]:
        return asked.pop(0)

    async def send(message: dict[str, Any]) -> None:
        said.append(message["type"])

    asyncio.run(door.door({"type": "lifespan"}, receive, send))
    assert said == ["lifespan.startup.complete", "lifespan.shutdown.complete"]
