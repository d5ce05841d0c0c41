"""Vectors on spans become a few numbers and are kept nowhere (SPEC D-1)."""

from __future__ import annotations

import json
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValue

from evenkeel.kernel.embedding import LENGTH_MAX, sketch_embedding
from evenkeel.observe.evaluators.embeddings import EMBEDDINGS_MAX
from evenkeel.observe.otlp.decode import JSON, parse_traces
from evenkeel.observe.otlp.flatten import flatten
from evenkeel.observe.otlp.vectors import BAD, CUT, NUMBERED, read_numbers

EMBEDS = {"openinference.span.kind": "EMBEDDING", "embedding.model_name": "text-embedding-3-small"}
CHATS = {"gen_ai.operation.name": "chat"}
VECTOR = [0.6, 0.0, 0.8, -0.1]


def as_value(numbers: list[Any]) -> AnyValue:
    """As a client sends a list: whole numbers as such."""
    kinds = {float: "double_value", int: "int_value", bool: "bool_value", str: "string_value"}
    return AnyValue(array_value=ArrayValue(values=[AnyValue(**{kinds[type(each)]: each}) for each in numbers]))


def embedding(place: int, numbers: list[Any]) -> KeyValue:
    return KeyValue(key=f"embedding.embeddings.{place}.embedding.vector", value=as_value(numbers))


def own(name: str, numbers: list[Any]) -> KeyValue:
    return KeyValue(key=f"evenkeel.embedding.{name}", value=as_value(numbers))


def span_with(spans: Any, *vectors: KeyValue, base: dict[str, Any] = EMBEDS, **more: Any) -> Any:
    made = spans.span(base, **more)
    made.attributes.extend(vectors)
    return made


def features_of(event: dict[str, Any]) -> dict[str, Any]:
    found = json.loads(event.get("attributes") or "{}")
    return {name: value for name, value in found.items() if name.startswith("feature.")}


def sketch(name: str, numbers: list[Any]) -> dict[str, Any]:
    return {f"feature.embedding:{name}/{end}": each for end, each in sketch_embedding(numbers).items()}


def read_one(spans: Any, *given: Any) -> dict[str, Any]:
    (event,), rejected, _ = spans.read(spans.request(*given))
    assert not rejected
    return event


def test_a_vector_of_openinference_becomes_its_numbers_and_is_kept_nowhere(spans: Any) -> None:
    event = read_one(spans, span_with(spans, embedding(0, VECTOR)))
    assert features_of(event) == sketch(NUMBERED, VECTOR)
    assert "embedding.vector" not in event["attributes"]


def test_of_many_vectors_of_a_span_one_is_taken(spans: Any) -> None:
    vectors = [[float(place), 1.0, 2.0] for place in range(20)]
    event = read_one(spans, span_with(spans, *(embedding(place, each) for place, each in enumerate(vectors))))
    assert features_of(event) in [sketch(NUMBERED, each) for each in vectors]


def test_which_of_many_is_taken_changes_from_trace_to_trace(spans: Any) -> None:
    vectors = [embedding(place, [float(place), 1.0, 2.0]) for place in range(20)]
    given = [span_with(spans, *vectors, trace_id=bytes([trace]) * 16, span_id=bytes([trace]) * 8)
             for trace in range(1, 41)]  # fmt: skip
    events, _, _ = spans.read(spans.request(*given))
    assert len({json.dumps(features_of(event)) for event in events}) > 10


def test_a_call_that_a_framework_and_the_client_beneath_it_report_counts_once(spans: Any) -> None:
    inner = span_with(spans, embedding(0, VECTOR))
    outer = span_with(spans, embedding(0, VECTOR), span_id=b"o" * 8)
    events, _, _ = spans.read(spans.request(inner, outer))
    assert [bool(features_of(event)) for event in events] == [True, False]


def test_vectors_that_a_sender_names_are_taken_all_whatever_the_span_does(spans: Any) -> None:
    event = read_one(spans, span_with(spans, own("question", VECTOR), own("image", [1, 0, 2]), base=CHATS))
    assert features_of(event) == sketch("question", VECTOR) | sketch("image", [1, 0, 2])
    assert event.get("finding") is None


def test_more_vectors_than_an_event_may_have_are_a_finding(spans: Any) -> None:
    many = [own(f"e{place}", VECTOR) for place in range(EMBEDDINGS_MAX + 1)]
    event = read_one(spans, span_with(spans, *many, base=CHATS))
    assert event.get("finding") == CUT
    assert len(features_of(event)) == EMBEDDINGS_MAX * len(sketch("e", VECTOR))


@pytest.mark.parametrize(
    "numbers",
    [[], [1.0], [1.0, float("nan")], [1.0, float("inf")], [1.0, "x"], [1.0, True], [0.5] * (LENGTH_MAX + 1)],
    ids=["none", "one", "nan", "infinite", "text", "truth", "long"],
)
def test_what_is_no_vector_is_a_finding_and_costs_nobody_the_event(spans: Any, numbers: list[Any]) -> None:
    event = read_one(spans, span_with(spans, own("question", numbers), own("image", VECTOR), base=CHATS))
    assert event.get("finding") == BAD
    assert features_of(event) == sketch("image", VECTOR)


@pytest.mark.parametrize("name", ["", "x" * 101, "line\nbreak"])
def test_a_name_that_is_none_is_a_finding(spans: Any, name: str) -> None:
    event = read_one(spans, span_with(spans, own(name, VECTOR), base=CHATS))
    assert (event.get("finding"), features_of(event)) == (BAD, {})


def test_a_vector_that_was_written_as_text_is_read(spans: Any) -> None:
    event = read_one(spans, spans.span({**EMBEDS, "embedding.vector": "[0.6, 0.8]"}))
    assert features_of(event) == sketch(NUMBERED, [0.6, 0.8])


@pytest.mark.parametrize("text", ["[0.6, 0.8", "0.6", '{"a": 1}', "[" * 200_000, "[" + "1," * 200_000 + "1]"])
def test_a_text_that_holds_no_vector_is_a_finding(spans: Any, text: str) -> None:
    event = read_one(spans, spans.span({**EMBEDS, "embedding.vector": text}))
    assert (event.get("finding"), features_of(event)) == (BAD, {})


def test_otlp_in_json_says_the_same(spans: Any) -> None:
    request = spans.request(span_with(spans, embedding(0, [0.5, 0, 2.25])))
    document = MessageToDict(request)
    (sent,) = document["resourceSpans"][0]["scopeSpans"][0]["spans"]
    sent |= {"traceId": "74" * 16, "spanId": "73" * 8}
    events, _, _ = spans.read(parse_traces(json.dumps(document).encode(), JSON))
    assert features_of(events[0]) == sketch(NUMBERED, [0.5, 0, 2.25])


def test_a_text_beside_a_vector_stays_content_and_is_dropped(spans: Any) -> None:
    event = read_one(
        spans,
        span_with(spans, embedding(0, VECTOR), base={**EMBEDS, "embedding.embeddings.0.embedding.text": "Where?"}),
    )
    assert "Where" not in event["attributes"]


def test_long_vectors_end_a_piece_early(spans: Any) -> None:
    given = [span_with(spans, embedding(0, [0.5] * 8_192), trace_id=bytes([trace]) * 16, span_id=bytes([trace]) * 8)
             for trace in range(1, 21)]  # fmt: skip
    pieces = list(flatten(spans.request(*given), spans.context, None))
    assert [len(piece.batch) for piece in pieces] == [7, 7, 6]


def test_zero_is_a_number_and_nothing_is_none() -> None:
    assert read_numbers(as_value([0, 0.0, 2])) == [0.0, 0.0, 2]
    assert read_numbers(AnyValue(array_value=ArrayValue(values=[AnyValue()]))) == [None]
    assert read_numbers(AnyValue()) == []
