"""Bodies as they really arrive: compressed, in JSON, cut, hostile."""

from __future__ import annotations

import gzip
import json
import random
import tracemalloc
import zlib
from typing import Any

import pytest

from evenkeel.kernel.errors import InvalidInputError
from evenkeel.observe.otlp.decode import JSON, PROTOBUF, BodyTooLargeError, parse_traces, unpack

FUZZED_INPUTS = 4_000


def test_json_and_protobuf_say_the_same(spans: Any) -> None:
    document = {
        "resourceSpans": [
            {
                "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": "bot"}}]},
                "scopeSpans": [
                    {
                        "scope": {"name": "my.app"},
                        "spans": [
                            {
                                "traceId": (b"t" * 16).hex(),
                                "spanId": (b"s" * 8).hex(),
                                "kind": 3,
                                "name": "call",
                                "startTimeUnixNano": str(spans.now_us * 1000 - 1_500_000_000),
                                "endTimeUnixNano": str(spans.now_us * 1000),
                                "attributes": [{"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}}],
                                "somethingNew": 1,
                            }
                        ],
                    }
                ],
            }
        ]
    }
    request = parse_traces(json.dumps(document).encode(), JSON)
    same = spans.request(
        spans.span({"gen_ai.operation.name": "chat"}), scope="my.app", resource={"service.name": "bot"}
    )
    assert parse_traces(same.SerializeToString(), PROTOBUF) == same == request


def _attribute(value: bytes) -> bytes:
    span = b'{"attributes": [{"key": "a", "value": ' + value + b"}]}"
    return b'{"resourceSpans": [{"scopeSpans": [{"spans": [' + span + b"]}]}]}"


@pytest.mark.parametrize(
    ("body", "content_type", "says"),
    [
        (b"\xff\xff", PROTOBUF, "not an ExportTraceServiceRequest"),
        (b"{", JSON, "not JSON"),
        (b"[]", JSON, "list"),
        (b'{"resourceSpans": {"a": 1}}', JSON, "resourceSpans"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"traceId": "zz"}]}]}]}', JSON, "hexadecimal"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"startTimeUnixNano": "soon"}]}]}]}', JSON, "OTLP/JSON"),
        (b'{"resourceSpans": [{"scopeSpans": [{"spans": [{"kind": 1' + b"0" * 400 + b"}]}]}]}", JSON, "OTLP/JSON"),
        (_attribute(b'{"doubleValue": 1' + b"0" * 400 + b"}"), JSON, "OTLP/JSON"),
        (_attribute(b'{"arrayValue": {"values": [' * 60 + b"]}}" * 60), JSON, "OTLP/JSON"),
        (b"[" * 1_000_000, JSON, "nested too deep"),
        (b'{"a": NaN}', JSON, "NaN and Infinity are not JSON"),
        (b"\xff\xfe", JSON, "not JSON"),
        (b"", "text/xml", "Content-Type"),
    ],
)
def test_what_is_wrong_is_named(body: bytes, content_type: str, says: str) -> None:
    with pytest.raises(InvalidInputError, match=says):
        parse_traces(body, content_type)


def test_compressed_bodies_are_unpacked_and_cut_ones_refused() -> None:
    assert unpack(gzip.compress(b"abc") + gzip.compress(b"def"), "gzip", bytes_max=100) == b"abcdef"
    assert unpack(zlib.compress(b"abc"), "deflate", bytes_max=100) == b"abc"
    assert unpack(b"abc", "", bytes_max=100) == b"abc"
    for body, encoding, says in (
        (b"abc", "gzip", "not gzip"),
        (gzip.compress(b"abc")[:-4], "gzip", "ends in the middle"),
        (b"abc", "zstd", "zstd"),
    ):
        with pytest.raises(InvalidInputError, match=says):
            unpack(body, encoding, bytes_max=100)


def test_a_decompression_bomb_is_refused_with_bounded_memory() -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    tracemalloc.start()
    with pytest.raises(BodyTooLargeError, match="unpacks to more than 1000000"):
        unpack(bomb, "gzip", bytes_max=1_000_000)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 10_000_000


def test_mutated_bodies_are_read_or_refused_and_nothing_else(spans: Any) -> None:
    """Seeded mutations of protobuf and JSON bodies: an InvalidInputError or events, never another failure."""
    chance = random.Random(11)
    attributes = {"gen_ai.operation.name": "chat", "enduser.id": "ada", "gen_ai.usage.input_tokens": 5, "x": 1.5}
    request = spans.request(*(spans.span(attributes, span_id=n.to_bytes(8)) for n in range(1, 4)))
    document = (
        b'{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"bot"}}]},'
        b'"scopeSpans":[{"spans":[{"traceId":"74747474747474747474747474747474","spanId":"7373737373737373",'
        b'"kind":3,"endTimeUnixNano":"1790000000000000000","attributes":[{"key":"gen_ai.operation.name",'
        b'"value":{"stringValue":"chat"}}]}]}]}]}'
    )
    bodies = [(request.SerializeToString(), PROTOBUF), (document, JSON)]
    read = 0
    for number in range(FUZZED_INPUTS):
        whole, content_type = bodies[number % 2]
        body = bytearray(whole)
        for _ in range(chance.randrange(1, 6)):
            place = chance.randrange(len(body))
            match chance.randrange(4):
                case 0:
                    body[place] = chance.randrange(256)
                case 1:
                    del body[place : place + chance.randrange(8)]
                case 2:
                    body[place:place] = chance.randbytes(chance.randrange(8))
                case _:
                    body[place] ^= 1 << chance.randrange(8)
        try:
            events, _, _ = spans.read(parse_traces(bytes(body), content_type))
        except InvalidInputError:
            continue
        read += bool(events)
    assert read > FUZZED_INPUTS // 20
