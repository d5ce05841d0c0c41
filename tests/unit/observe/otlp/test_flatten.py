"""Spans of every dialect become the same event (SPEC OBS-1)."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any

import pytest
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

from evenkeel.kernel.ids import derive_id
from evenkeel.observe.evaluators.evaluate import EVALUATORS
from evenkeel.observe.evaluators.evaluating import Evaluating, EvaluationClocks
from evenkeel.observe.evaluators.policy import EvaluationPolicy, EvaluationTable
from evenkeel.observe.otlp.recent import Looking

USED = {"provider": "openai", "model": "gpt-4o", "tokens_in": 1_000, "tokens_out": 100, "operation": "chat"}


def looking(services: dict[str, EvaluationPolicy]) -> Looking:
    return Looking(Evaluating(lambda: EvaluationTable(services), EvaluationClocks(lambda: 0.0, lambda: 0.0)))


DIALECTS: list[tuple[str, str, dict[str, Any], dict[str, Any]]] = [
    (
        "otel-genai",
        "opentelemetry.instrumentation.openai_v2",
        {
            "gen_ai.system": "openai",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 1_000,
            "gen_ai.usage.output_tokens": 100,
        },
        {"cost_basis": "upper_bound", "cost_nano": 3_500_000},
    ),
    (
        "otel-genai",
        "my.app",
        {
            "gen_ai.provider.name": "openai",
            "gen_ai.operation.name": "chat",
            "gen_ai.request.model": "gpt-4o-mini",
            "gen_ai.response.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 1_000,
            "gen_ai.usage.completion_tokens": 100,
        },
        {"cost_basis": "exact", "cost_nano": 3_500_000},
    ),
    (
        "openinference",
        "openinference.instrumentation.openai",
        {
            "openinference.span.kind": "LLM",
            "llm.system": "openai",
            "llm.model_name": "gpt-4o",
            "llm.token_count.prompt": 1_000,
            "llm.token_count.completion": 100,
            "llm.token_count.prompt_details.cache_read": 400,
            "llm.finish_reason": "stop",
            "input.value": "a secret question",
            "llm.input_messages.0.message.content": "a secret question",
        },
        {"cost_basis": "exact", "tokens_cached": 400, "cost_nano": 600 * 2_500 + 400 * 1_250 + 100 * 10_000},
    ),
    (
        "traceloop",
        "opentelemetry.instrumentation.openai.v1",
        {
            "llm.request.type": "chat",
            "gen_ai.system": "openai",
            "gen_ai.response.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 1_000,
            "gen_ai.usage.output_tokens": 100,
            "gen_ai.usage.cache_read.input_tokens": 0,
            "gen_ai.usage.reasoning_tokens": 7,
            "gen_ai.input.messages": "a secret question",
            "gen_ai.response.finish_reasons": ["stop"],
        },
        {"cost_basis": "exact", "tokens_reasoning": 7},
    ),
    (
        "openlit",
        "openlit.otel.tracing",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 1_000,
            "gen_ai.usage.output_tokens": 100,
            "gen_ai.usage.cost": 99.0,
            "gen_ai.server.ttft": 0.25,
        },
        {"ttft_s": 0.25, "cost_nano": 3_500_000},
    ),
    (
        "litellm",
        "litellm",
        {
            "llm.request.type": "completion",
            "gen_ai.system": "openai",
            "gen_ai.request.model": "gpt-4o",
            "gen_ai.usage.prompt_tokens": 1_000,
            "gen_ai.usage.completion_tokens": 100,
            "gen_ai.operation.name": "chat",
        },
        {"source_rank": 0},
    ),
    (
        "pydantic-ai",
        "pydantic-ai",
        {
            "gen_ai.operation.name": "chat",
            "gen_ai.system": "openai",
            "gen_ai.response.model": "gpt-4o",
            "gen_ai.usage.input_tokens": 1_000,
            "gen_ai.usage.output_tokens": 100,
            "gen_ai.usage.details.cached_tokens": 0,
            "all_messages_events": "a secret question",
        },
        {"source_rank": 20},
    ),
]


@pytest.mark.parametrize(("dialect", "scope", "attributes", "expected"), DIALECTS)
def test_a_call_reads_the_same_in_every_dialect(
    spans: Any, dialect: str, scope: str, attributes: dict[str, Any], expected: dict[str, Any]
) -> None:
    event = spans.one(attributes, scope=scope)
    assert event["dialect"] == dialect
    assert event["role"] == "attempt"
    assert event["outcome"] == "good"
    assert event["latency_s"] == 1.5
    assert {name: event[name] for name in USED} == USED
    assert {name: event.get(name) for name in expected} == expected
    assert "secret" not in json.dumps(event, default=str)


def test_identities_hold_when_the_span_is_sent_again(spans: Any) -> None:
    first, second = (spans.one({"gen_ai.operation.name": "chat"}) for _ in range(2))
    assert first["event_id"] == second["event_id"] == derive_id(b"t" * 16, b"s" * 8)
    assert first["request_id"] == derive_id(b"production", b"bot", b"t" * 16)


def test_server_spans_are_entries_and_other_spans_are_ignored(spans: Any) -> None:
    server = spans.span({"http.response.status_code": 503}, kind=Span.SPAN_KIND_SERVER, name="POST /ask")
    other = spans.span({"db.system": "postgresql"}, span_id=b"o" * 8)
    events, rejected, ignored = spans.read(spans.request(server, other))
    assert (events[0]["role"], events[0]["operation"], events[0]["outcome"]) == ("entry", "POST /ask", "bad")
    assert (len(events), rejected, ignored) == (1, {}, 1)


def test_people_become_numbers_and_their_names_are_dropped(spans: Any) -> None:
    event = spans.one({"gen_ai.operation.name": "chat", "enduser.id": "lovelace", "user.email": "lovelace@example.org"})
    assert event["caller"] == spans.context.pseudonyms.of("lovelace")
    assert "lovelace" not in json.dumps(event, default=str)


def test_content_is_kept_only_where_it_is_switched_on(spans: Any) -> None:
    spans.context = replace(spans.context, content_services=frozenset({"bot"}))
    event = spans.one({"gen_ai.operation.name": "chat", "input.value": "what is new"})
    assert json.loads(event["attributes"]) == {"input.value": "what is new"}


def test_content_is_evaluated_and_only_its_numbers_stay(spans: Any) -> None:
    spans.looking = looking({"bot": EvaluationPolicy(("answer",))})
    event = spans.one({"gen_ai.operation.name": "chat", "input.value": "what is new", "output.value": "A secret."})
    kept = json.loads(event["attributes"])
    assert kept["evenkeel.evaluation.evaluated"] == 1
    assert kept["evenkeel.answer.words"] == 2
    assert "secret" not in event["attributes"]


def test_a_span_speaks_for_no_evaluator_beside_texts_that_are_evaluated(spans: Any) -> None:
    spans.looking = looking({"bot": EvaluationPolicy(("answer",))})
    claimed = {"evenkeel.answer.words": 9, "evenkeel.grounding.score": 1}
    event = spans.one({"gen_ai.operation.name": "chat", "output.value": "A secret.", **claimed})
    kept = json.loads(event["attributes"])
    assert (kept["evenkeel.answer.words"], "evenkeel.grounding.score" in kept) == (2, False)
    assert "evaluation_claimed" in event["finding"]


def test_more_of_an_answer_is_evaluated_than_is_kept(spans: Any) -> None:
    spans.context = replace(spans.context, content_services=frozenset({"bot"}))
    spans.looking = looking({"bot": EvaluationPolicy(("answer",))})
    event = spans.one({"gen_ai.operation.name": "chat", "output.value": "word " * 3_000})
    kept = json.loads(event["attributes"])
    assert (kept["evenkeel.answer.words"], len(kept["output.value"])) == (3_000, 4_096)


def test_nothing_is_evaluated_where_that_is_switched_off(spans: Any) -> None:
    spans.looking = looking({"bot": EvaluationPolicy(())})
    event = spans.one({"gen_ai.operation.name": "chat", "output.value": "A secret."})
    assert (event.get("attributes"), spans.looking.evaluating.counts) == (None, {})


def test_unknown_attributes_are_kept_and_too_many_are_cut_with_a_finding(spans: Any) -> None:
    event = spans.one({"gen_ai.operation.name": "chat", "app.tenant": "t1", "app.score": math.nan})
    assert json.loads(event["attributes"]) == {"app.tenant": "t1", "app.score": "nan"}
    event = spans.one({"gen_ai.operation.name": "chat"} | {f"a{n}": "x" for n in range(10_000)})
    assert event["finding"] == "attributes_cut"
    assert len(json.loads(event["attributes"])) == 256


def test_an_unknown_model_is_a_finding_and_never_free(spans: Any) -> None:
    used = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "house-llm-7", "gen_ai.usage.input_tokens": 5}
    event = spans.one(used)
    assert (event.get("cost_nano"), event["cost_basis"], event["finding"]) == (None, "unpriced", "unpriced_model")
    event = spans.one(used | {"gen_ai.usage.cost.amount": 0.5, "gen_ai.usage.cost.currency": "EUR"})
    assert (event["cost_nano"], event["currency"], event["cost_basis"]) == (500_000_000, "EUR", "declared")


def test_a_key_speaks_only_for_its_services(spans: Any) -> None:
    def allows(_environment: str, service: str) -> bool:
        return service != "bot"

    spans.context = replace(spans.context, allows=allows)
    events, rejected, _ = spans.read(spans.request(spans.span({"gen_ai.operation.name": "chat"})))
    assert (events, rejected) == ([], {"this key may not send for bot": 1})


def test_a_service_without_a_name_is_a_finding(spans: Any) -> None:
    request = spans.request(spans.span({"gen_ai.operation.name": "chat"}), resource={})
    (event,), _, _ = spans.read(request)
    assert (event["service"], event["environment"], event["finding"]) == (
        "unknown_service",
        "production",
        "no_service_name",
    )


@pytest.mark.parametrize(
    ("attributes", "status", "outcome", "reason"),
    [
        ({"error.type": "APITimeoutError"}, 2, "bad", "timeout"),
        ({"error.type": "RateLimitError"}, 2, "bad", "rate_limited"),
        ({"error.type": "BadRequestError"}, 2, "excluded", "bad_request"),
        ({"error.type": "500"}, 2, "bad", "500"),
        ({"gen_ai.response.finish_reasons": ["content_filter"]}, 0, "excluded", "content_filter"),
        ({"gen_ai.response.finish_reasons": ["length"]}, 0, "good", "length"),
        ({}, 2, "bad", "error"),
    ],
)
def test_endings_follow_the_outcome_table(
    spans: Any, attributes: dict[str, Any], status: int, outcome: str, reason: str
) -> None:
    event = spans.one({"gen_ai.operation.name": "chat"} | attributes, status=Status(code=status))  # type: ignore[arg-type]
    assert (event["outcome"], event["reason"]) == (outcome, reason)


def test_a_large_request_comes_in_pieces(spans: Any) -> None:
    from evenkeel.observe.otlp.flatten import flatten

    many = [spans.span({"gen_ai.operation.name": "chat"}, span_id=n.to_bytes(8)) for n in range(1, 1_301)]
    pieces = list(flatten(spans.request(*many), spans.context, spans_max=512))
    assert [len(piece.batch) for piece in pieces] == [512, 512, 276]


class TestBounds:
    """No sender can make us keep, or remember, more than we chose to."""

    def test_a_long_resource_attribute_is_cut_not_copied_into_every_span(self, spans: Any) -> None:
        many = [spans.span({"gen_ai.operation.name": "chat"}, span_id=n.to_bytes(8)) for n in range(1, 101)]
        resource = {"service.name": "s" * 10_000, "service.version": "v" * 10_000, "host.name": "h" * 1_000_000}
        events, _, _ = spans.read(spans.request(*many, resource=resource))
        assert sum(len(event["attributes"]) for event in events) < 100 * 300
        assert {(len(event["service"]), len(event["version"])) for event in events} == {(200, 200)}

    def test_attributes_of_one_event_are_bounded_together(self, spans: Any) -> None:
        big = {f"a{n}": "x" * 4_000 for n in range(200)} | {"last": "kept"}
        event = spans.one({"gen_ai.operation.name": "chat"} | big)
        kept = json.loads(event["attributes"])
        assert len(event["attributes"]) <= 65_536
        assert event["finding"] == "attributes_cut"
        assert 10 < len(kept) < 20
        assert kept["last"] == "kept"

    def test_pieces_are_bounded_in_bytes_and_in_attributes(self, spans: Any) -> None:
        from evenkeel.observe.otlp.flatten import flatten

        heavy = {f"a{n}": "x" * 4_000 for n in range(15)}
        many = [spans.span({"gen_ai.operation.name": "chat"} | heavy, span_id=n.to_bytes(8)) for n in range(1, 301)]
        pieces = list(flatten(spans.request(*many), spans.context))
        sizes = [sum(len(text) for text in piece.batch.columns["attributes"]) for piece in pieces]
        assert sum(len(piece.batch) for piece in pieces) == 300
        assert len(pieces) > 3
        assert max(sizes) < 5_000_000
        crowd = [spans.span({f"a{n}": "" for n in range(20_000)}, span_id=n.to_bytes(8)) for n in range(1, 10)]
        assert len(list(flatten(spans.request(*crowd), spans.context))) == 3

    def test_an_exception_type_without_end_is_cut(self, spans: Any, make_attribute: Any) -> None:
        happened = Span.Event(name="exception", attributes=[make_attribute("exception.type", "E" * 100_000)])
        event = spans.one({"gen_ai.operation.name": "chat"}, events=[happened], status=Status(code=2))  # type: ignore[arg-type]
        assert (event["outcome"], event["reason"]) == ("bad", "E" * 80)

    @pytest.mark.parametrize(
        ("more", "absent", "finding"),
        [
            ({"start_time_unix_nano": 1}, "latency_s", "bad_latency"),
            ({"attributes": {"http.response.status_code": 2**40}}, "status_code", "bad_status_code"),
            ({"attributes": {"gen_ai.server.ttft": -1.0}}, "ttft_s", "bad_ttft_s"),
            ({"attributes": {"gen_ai.server.ttft": 1e300}}, "ttft_s", "bad_ttft_s"),
            ({"attributes": {"gen_ai.usage.input_tokens": 2**40}}, "tokens_in", "bad_tokens_in"),
            (
                {"attributes": {"gen_ai.usage.input_tokens": 1, "gen_ai.usage.cost.amount": 1e300}},
                "cost_nano",
                "bad_cost",
            ),
        ],
    )
    def test_numbers_that_would_overflow_are_left_out_with_a_finding(
        self, spans: Any, more: dict[str, Any], absent: str, finding: str
    ) -> None:
        attributes = {"gen_ai.operation.name": "chat", **more.get("attributes", {})}
        event = spans.one(attributes, **{name: value for name, value in more.items() if name != "attributes"})
        assert absent not in event
        assert finding in event["finding"].split()

    def test_a_first_token_before_an_unknown_start_has_no_time(self, spans: Any) -> None:
        token = Span.Event(name="First Token Stream Event", time_unix_nano=spans.now_us * 1000)
        event = spans.one({"openinference.span.kind": "LLM"}, events=[token], start_time_unix_nano=0)
        assert "ttft_s" not in event
        assert event["finding"] == "bad_latency bad_ttft_s"

    @pytest.mark.parametrize("more", [{"trace_id": bytes(16)}, {"span_id": bytes(8)}])
    def test_ids_of_zeros_are_nobodys(self, spans: Any, more: dict[str, bytes]) -> None:
        """Else all spans of a broken sender would be one logical request."""
        events, rejected, _ = spans.read(spans.request(spans.span({"gen_ai.operation.name": "chat"}, **more)))
        assert (events, rejected) == ([], {"trace_id and span_id must not be all zeros": 1})

    def test_names_are_cleaned_before_keys_are_asked(self, spans: Any) -> None:
        asked: list[tuple[str, str]] = []

        def allows(environment: str, service: str) -> bool:
            asked.append((environment, service))
            return True

        spans.context = replace(spans.context, allows=allows)
        resource = {"service.name": " bot\x00 ", "deployment.environment.name": " "}
        (event,), _, _ = spans.read(spans.request(spans.span({"gen_ai.operation.name": "chat"}), resource=resource))
        assert asked == [("production", "bot\ufffd")] == [(event["environment"], event["service"])]


def test_an_evaluator_that_fails_is_a_finding_and_costs_nobody_a_span(
    spans: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_: Any) -> dict[str, float]:
        raise ZeroDivisionError

    monkeypatch.setitem(EVALUATORS, "answer", replace(EVALUATORS["answer"], run=fail))  # pyright: ignore[reportArgumentType] a dict
    spans.looking = looking({"bot": EvaluationPolicy(("answer", "prompt"))})
    event = spans.one({"gen_ai.operation.name": "chat", "input.value": "a secret", "output.value": "told"})
    kept = json.loads(event["attributes"])
    assert event["finding"] == "evaluator_failed"
    assert (kept["evenkeel.evaluation.failed"], kept["evenkeel.prompt.words"]) == (1, 2)
