"""Answers that went through the gateway are evaluated when their callers have them."""

from __future__ import annotations

import asyncio
import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest

from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.guard.model import GuardAction, GuardPolicy, Side
from evenkeel.gateway.metering.record import name_request
from evenkeel.gateway.proxy.evaluating import PENDING_MAX, Answered, AnswerEvaluation, evaluation_event, read_exchange
from evenkeel.gateway.routes.model import Dialect
from evenkeel.kernel.errors import OverloadedError
from evenkeel.observe.evaluators.evaluating import EVALUATED, Evaluating, EvaluationClocks
from evenkeel.observe.evaluators.policy import EVERYTHING, EvaluationTable
from evenkeel.store.system import SystemClock
from evenkeel.testing.upstreams import Voice, anthropic_upstream, openai_upstream

TOOL = {"role": "tool", "tool_call_id": "c", "content": "The warranty lasts 24 months. Batteries are not covered."}
ASKED = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": "How long does the warranty last?"}, TOOL],
}
VOICE = Voice(text="The warranty lasts 36 months.")


def numbers_of(gateway: Any, count: int = 1) -> list[dict[str, Any]]:
    return [json.loads(row["attributes"]) for row in gateway.ledger.rows("none", count)]


@pytest.mark.parametrize("is_stream", [False, True])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/responses"])
def test_an_answer_becomes_numbers_of_the_same_request(gateway: Any, path: str, is_stream: bool) -> None:
    gateway.evaluated = EVERYTHING
    asked: dict[str, Any] = {**ASKED, "stream": is_stream}
    if path.endswith("responses"):
        output = {"type": "function_call_output", "call_id": "c", "output": TOOL["content"]}
        asked = {"model": "gpt-4o-mini", "input": [ASKED["messages"][0], output], "stream": is_stream}
    with openai_upstream(voice=VOICE) as double:
        gateway.route(gateway.upstream("u", double.url))
        assert gateway.ask(path, asked)[0] == 200
    (found,) = numbers_of(gateway)
    (event,), (request,) = gateway.ledger.rows("none"), gateway.ledger.rows("request")
    assert found[EVALUATED] == 1
    assert (found["evenkeel.answer.words"], found["evenkeel.prompt.words"]) == (5, 6)
    assert found["evenkeel.grounding.numbers_missing"] == 1
    assert (event["request_id"], event["version"], event["at"]) == (request["request_id"], "1", event["at"])
    assert (event["outcome"], event["source_rank"]) == ("none", 0)
    assert "warranty" not in json.dumps(event, default=str)


def test_an_answer_of_anthropics_is_evaluated_too(gateway: Any) -> None:
    gateway.evaluated = EVERYTHING
    result = {"type": "tool_result", "tool_use_id": "t", "content": [{"type": "text", "text": TOOL["content"]}]}
    messages = [ASKED["messages"][0], {"role": "user", "content": [result]}]
    with anthropic_upstream(voice=VOICE) as double:
        upstream = gateway.upstream("u", double.url, Dialect.ANTHROPIC)
        gateway.route(upstream)
        asked = {"model": "claude", "max_tokens": 100, "messages": messages, "stream": True}
        assert gateway.ask("/v1/messages", asked, anthropic_version="2023-06-01")[0] == 200
    (found,) = numbers_of(gateway)
    assert (found["evenkeel.answer.words"], found["evenkeel.grounding.numbers_missing"]) == (5, 1)


def test_an_answer_out_of_the_cache_is_evaluated_again(gateway: Any) -> None:
    gateway.evaluated = EVERYTHING
    gateway.caches["production/bot"] = CachePolicy(ttl_s=60)
    with openai_upstream(voice=VOICE) as double:
        gateway.route(gateway.upstream("u", double.url))
        asked = {**ASKED, "temperature": 0}
        assert [gateway.ask(document=asked)[0] for _ in range(2)] == [200, 200]
        assert len(double.tally.requests) == 1
    first, second = numbers_of(gateway, 2)
    assert first == second


def test_what_the_guard_found_is_among_the_numbers(gateway: Any) -> None:
    gateway.evaluated = EVERYTHING
    gateway.guards["production/bot"] = GuardPolicy(actions=(("pii", GuardAction.REDACT),))
    with openai_upstream(voice=VOICE) as double:
        gateway.route(gateway.upstream("u", double.url))
        asked = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "I am ada@example.org"}]}
        assert gateway.ask(document=asked)[0] == 200
    (found,) = numbers_of(gateway)
    assert (found["evenkeel.pii.email"], found["evenkeel.pii.findings"]) == (1, 1)


@pytest.mark.parametrize(
    "policy",
    [
        GuardPolicy(actions=(("secrets", GuardAction.REDACT),)),
        GuardPolicy(actions=(("email", GuardAction.REDACT),)),
        GuardPolicy(actions=(("pii", GuardAction.REDACT),), sides=frozenset((Side.OUTPUT,))),
        GuardPolicy(actions=(("pii", GuardAction.REDACT),), input_chars_max=3, is_fail_open=True),
    ],
    ids=["secrets", "one kind", "one way", "cut"],
)
def test_person_related_data_that_was_not_looked_for_is_not_said_to_be_absent(
    gateway: Any, policy: GuardPolicy
) -> None:
    gateway.evaluated = EVERYTHING
    gateway.guards["production/bot"] = policy
    with openai_upstream(voice=VOICE) as double:
        gateway.route(gateway.upstream("u", double.url))
        assert gateway.ask(document=ASKED)[0] == 200
    (found,) = numbers_of(gateway)
    assert found[EVALUATED] == 1
    assert not [name for name in found if name.startswith("evenkeel.pii.")]


def test_what_failed_or_is_switched_off_is_not_evaluated(gateway: Any) -> None:
    with openai_upstream(voice=VOICE) as double:
        gateway.route(gateway.upstream("u", double.url))
        assert gateway.ask(document=ASKED)[0] == 200
    gateway.evaluated = EVERYTHING
    assert gateway.ask(document=ASKED)[0] == 502
    assert gateway.worker.app.evaluation.counts["evaluated"] == 0


def test_what_became_of_answers_is_among_the_metrics(gateway: Any) -> None:
    gateway.evaluated = EVERYTHING
    with openai_upstream(voice=VOICE) as double:
        gateway.route(gateway.upstream("u", double.url))
        assert gateway.ask(document=ASKED)[0] == 200
    numbers_of(gateway)
    told = gateway.ask("/metrics", method="GET")[2].decode()
    assert 'evenkeel_gateway_answers_total{result="evaluated"} 1' in told


NAMES = name_request("production", "bot", b"r" * 16, None)


def answered(answer: str | None = "Two days.", **asked: Any) -> Answered:
    return Answered(
        environment="production", service="bot", version="1", model="m", names=NAMES, ended_us=1,
        way=("openai", "chat"), asked=asked or ASKED, answer=answer, chunks=(), person_related=None,
    )  # fmt: skip


def test_who_saw_no_contexts_is_believed_after_whoever_did() -> None:
    event = evaluation_event(answered(), {EVALUATED: 1}, has_contexts=False, now_us=2)
    assert event["source_rank"] > 20


def test_a_question_without_a_user_is_none() -> None:
    assert read_exchange(answered(messages=[{"role": "system", "content": "Be kind."}])).prompt is None


class Sink:
    """Keeps events, or is full."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []
        self.is_full = False

    async def commit(self, events: Sequence[Mapping[str, Any]]) -> None:
        if self.is_full:
            raise OverloadedError("Full.", retry_after_s=1)
        self.events += events


def test_where_the_thread_is_behind_answers_are_left_out_and_counted() -> None:
    async def flood() -> tuple[int, int]:
        sink = Sink()
        evaluation = AnswerEvaluation(new_evaluating(), sink, SystemClock())
        for _ in range(PENDING_MAX + 5):
            evaluation.take_up(answered())
        await evaluation.settle()
        await evaluation.close()
        return len(sink.events), evaluation.too_many

    assert asyncio.run(flood()) == (PENDING_MAX, 5)


def test_an_answer_that_only_called_tools_is_none_and_numbers_that_cannot_be_kept_are_said(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def run() -> list[Mapping[str, Any]]:
        sink = Sink()
        evaluation = AnswerEvaluation(new_evaluating(), sink, SystemClock())
        evaluation.take_up(answered(None))
        await evaluation.settle()
        sink.is_full = True
        evaluation.take_up(answered())
        await evaluation.settle()
        await evaluation.close()
        return sink.events

    assert asyncio.run(run()) == []
    assert "could not be kept" in caplog.text


def test_answers_that_come_together_are_evaluated_and_kept_together_and_each_is_charged() -> None:
    class Counting(Sink):
        calls = 0

        async def commit(self, events: Sequence[Mapping[str, Any]]) -> None:
            self.calls += 1
            await super().commit(events)

    async def crowd() -> tuple[int, int, int]:
        sink, evaluating = Counting(), new_evaluating()
        evaluation = AnswerEvaluation(evaluating, sink, SystemClock())
        for answer in ("Two days.", None, "Three days."):
            evaluation.take_up(answered(answer))
        await evaluation.settle()
        evaluation.take_up(answered("Later."))
        await evaluation.settle()
        await evaluation.close()
        return sink.calls, len(sink.events), evaluating.counts["evaluated"]

    assert asyncio.run(crowd()) == (2, 3, 3)


def test_one_that_cannot_be_read_takes_none_of_the_others_along(caplog: pytest.LogCaptureFixture) -> None:
    unreadable = replace(answered(), asked={"messages": _Unreadable()})

    async def run() -> int:
        sink = Sink()
        evaluation = AnswerEvaluation(new_evaluating(), sink, SystemClock())
        for each in (answered(), unreadable, answered()):
            evaluation.take_up(each)
        await evaluation.settle()
        await evaluation.close()
        return len(sink.events)

    assert asyncio.run(run()) == 2
    assert "RuntimeError" in caplog.text
    assert "secret" not in caplog.text


class _Unreadable(list[Any]):
    def __iter__(self) -> Any:
        raise RuntimeError("secret")

    __reversed__ = __iter__


def test_of_a_crowd_no_more_is_evaluated_than_the_window_affords_and_the_rest_is_counted() -> None:
    ticks = itertools.count()
    evaluating = Evaluating(lambda: EVERYTHING, EvaluationClocks(lambda: 0.0, lambda: next(ticks) * 0.01))

    async def crowd() -> tuple[int, int]:
        sink = Sink()
        evaluation = AnswerEvaluation(evaluating, sink, SystemClock())
        for _ in range(10):
            evaluation.take_up(answered())
        await evaluation.settle()
        await evaluation.close()
        return len(sink.events), evaluation.too_many

    assert asyncio.run(crowd()) == (2, 8)  # 0.04 s of the window are at hand, each takes 0.03 of that clock


def new_evaluating(table: EvaluationTable = EVERYTHING) -> Evaluating:
    return Evaluating(lambda: table, EvaluationClocks(lambda: 0.0, lambda: 0.0))
