"""Of an answer that is vectors, one vector becomes the numbers that are kept of an embedding."""

from __future__ import annotations

import asyncio
import base64
import json
import struct
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import openai
import pytest

from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.metering.meter import BODY_BYTES_MAX
from evenkeel.gateway.metering.record import name_request
from evenkeel.gateway.proxy.evaluating import PENDING_BYTES_MAX, Answered, AnswerEvaluation
from evenkeel.gateway.proxy.vectors import NAME, find_vectors, sketch_answer
from evenkeel.kernel.embedding import sketch_embedding
from evenkeel.observe.evaluators.evaluating import EVALUATED, Evaluating, EvaluationClocks
from evenkeel.observe.evaluators.policy import EVERYTHING, EvaluationPolicy, EvaluationTable
from evenkeel.store.system import SystemClock
from evenkeel.testing.upstreams import openai_upstream
from evenkeel.testing.upstreams.speech import embed

MODEL = "text-embedding-3-small"
TEXTS = ["How long does the warranty last?", "Where is my parcel?", "I want my money back."]
PREFIX = f"feature.embedding:{NAME}/"


def sketch(vector: Sequence[float]) -> dict[str, float | None]:
    return {PREFIX + end: number for end, number in sketch_embedding(vector).items()}


def is_of(made: Mapping[str, Any], vector: Sequence[float]) -> bool:
    """The client reads 32 bits of each number, and the gateway what was written."""
    return made == pytest.approx(sketch(vector), abs=1e-4)


def in_32_bits(vector: Sequence[float]) -> list[float]:
    return list(struct.unpack(f"<{len(vector)}f", struct.pack(f"<{len(vector)}f", *vector)))


def in_base64(vector: Sequence[float]) -> str:
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


def answer_of(*vectors: object) -> bytes:
    data = [{"object": "embedding", "index": place, "embedding": each} for place, each in enumerate(vectors)]
    return json.dumps({"object": "list", "data": data, "model": MODEL, "usage": {"prompt_tokens": 3}}).encode()


def events_of(gateway: Any, count: int = 1) -> list[dict[str, Any]]:
    return gateway.ledger.rows("none", count)


def ask_officially(gateway: Any, **asked: Any) -> Any:
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        with openai.OpenAI(base_url=f"{gateway.url}/v1", api_key="ek_test", max_retries=0) as client:
            return client.embeddings.create(model=MODEL, **asked)


@pytest.mark.parametrize("asked", [{}, {"encoding_format": "float"}], ids=["base64, as the client asks", "floats"])
def test_a_vector_that_the_official_client_is_given_becomes_numbers_of_its_request(gateway: Any, asked: Any) -> None:
    gateway.evaluated = EVERYTHING
    answer = ask_officially(gateway, input=TEXTS[0], **asked)
    (event,), (request,) = events_of(gateway), gateway.ledger.rows("request")
    made = json.loads(event["attributes"])
    assert made == pytest.approx(sketch(answer.data[0].embedding), abs=1e-4)
    assert (event["kind"], event["operation"], event["version"]) == ("inference", "embeddings", "1")
    assert event["request_id"] == request["request_id"]
    assert gateway.worker.app.evaluation.vectors["sketched"] == 1


def test_one_of_several_vectors_is_taken_and_no_vector_is_kept(gateway: Any) -> None:
    gateway.evaluated = EVERYTHING
    answer = ask_officially(gateway, input=TEXTS)
    made = json.loads(events_of(gateway)[0]["attributes"])
    assert sum(is_of(made, each.embedding) for each in answer.data) == 1
    assert len(made) == 18


def test_of_a_long_answer_a_vector_at_its_end_is_taken(gateway: Any) -> None:
    gateway.evaluated = EVERYTHING
    answer = ask_officially(gateway, input=[f"text {number}" for number in range(200)])
    made = json.loads(events_of(gateway)[0]["attributes"])
    (place,) = [number for number, each in enumerate(answer.data) if is_of(made, each.embedding)]
    assert place > 180


def test_an_answer_out_of_the_cache_counts_as_another(gateway: Any) -> None:
    gateway.evaluated = EVERYTHING
    gateway.caches["production/bot"] = CachePolicy(ttl_s=60)
    with openai_upstream() as double:
        gateway.route(gateway.upstream("u", double.url))
        asked = {"model": MODEL, "input": TEXTS[0]}
        assert [gateway.ask("/v1/embeddings", asked)[0] for _ in range(2)] == [200, 200]
        assert len(double.tally.requests) == 1
    first, second = (json.loads(event["attributes"]) for event in events_of(gateway, 2))
    assert first == second == sketch(embed(TEXTS[0], 1_536))


@pytest.mark.parametrize(
    ("table", "left_out"),
    [
        (EvaluationTable({"bot": EvaluationPolicy(())}), 0),
        (EvaluationTable({"bot": EvaluationPolicy(("answer",), share=1e-12)}), 1),
    ],
    ids=["switched off", "of another share"],
)
def test_where_answers_are_not_looked_at_vectors_are_not_either(
    gateway: Any, table: EvaluationTable, left_out: int
) -> None:
    gateway.evaluated = table
    ask_officially(gateway, input=TEXTS[0])
    gateway.ledger.rows("request")
    assert gateway.worker.app.evaluation.vectors["left_out"] == left_out
    assert not gateway.ledger.rows("none", 0)


def test_what_became_of_vectors_is_among_the_metrics(gateway: Any) -> None:
    gateway.evaluated = EVERYTHING
    ask_officially(gateway, input=TEXTS[0])
    events_of(gateway)
    told = gateway.ask("/metrics", method="GET")[2].decode()
    assert 'evenkeel_gateway_vectors_total{result="sketched"} 1' in told
    assert 'evenkeel_gateway_vectors_total{result="unread"} 0' in told


@pytest.mark.parametrize(
    "vector",
    [[], [1.0], [1.0, None], [[1.0, 2.0]], "", "====", "AAAA", "AAAAAA==", in_base64([1.0, float("nan")]),
     [0.5] * 8_193, "A" * 60_000],
    ids=["empty", "one number", "a gap", "nested", "no text", "no base64", "three bytes", "four", "not a number",
         "long", "long text"],
)  # fmt: skip
def test_what_is_no_vector_gives_nothing(vector: object) -> None:
    assert sketch_answer(answer_of(vector), {}, b"request") == {}


@pytest.mark.parametrize("body", [b"", b"{}", b'{"embedding"', b'{"embedding": ', b'{"embedding": [1.0', b"\xff\x00"])
def test_an_answer_without_vectors_gives_nothing(body: bytes) -> None:
    assert sketch_answer(body, {}, b"request") == {}


def test_whole_numbers_in_base64_are_not_taken_for_others() -> None:
    body = answer_of(in_base64([0.5, 0.25]))
    assert sketch_answer(body, {"output_dtype": "int8"}, b"request") == {}
    assert sketch_answer(body, {"output_dtype": "float"}, b"request") == sketch([0.5, 0.25])


def test_both_ways_to_write_a_vector_give_the_same_numbers() -> None:
    vector = in_32_bits([0.1, -0.7, 0.3, 2.5])
    assert sketch_answer(answer_of(vector), {}, b"r") == sketch_answer(answer_of(in_base64(vector)), {}, b"r")


def test_vectors_are_found_however_the_answer_is_laid_out() -> None:
    body = json.dumps({"data": [{"embedding": [1, 2.5]}, {"embedding": [3, 4]}]}, indent=4).encode()
    assert [json.loads(body[start:end]) for start, end in find_vectors(body)] == [[1, 2.5], [3, 4]]


def test_each_request_chooses_for_itself() -> None:
    body = answer_of(*([float(place), 1.0] for place in range(10)))
    chosen = {json.dumps(sketch_answer(body, {}, bytes([number]))) for number in range(100)}
    assert len(chosen) == 10


def answered(body: bytes, **more: Any) -> Answered:
    given: dict[str, Any] = {"way": ("mlflow", "invocations"), "asked": {"input": TEXTS}, **more}
    return Answered(
        environment="production", service="bot", version="1", model="m",
        names=name_request("production", "bot", b"r" * 16, None), ended_us=1, answer=None, chunks=(),
        person_related={"email": 1}, is_text=False, body=body, **given,
    )  # fmt: skip


class Sink:
    """Keeps events."""

    def __init__(self) -> None:
        self.events: list[Mapping[str, Any]] = []

    async def commit(self, events: Sequence[Mapping[str, Any]]) -> None:
        self.events += events


def taken_up(*given: Answered, cpu_s: Callable[[], float] = lambda: 0.0) -> tuple[Sink, AnswerEvaluation]:
    async def run() -> tuple[Sink, AnswerEvaluation]:
        sink = Sink()
        clocks = EvaluationClocks(lambda: 0.0, cpu_s)
        evaluation = AnswerEvaluation(Evaluating(lambda: EVERYTHING, clocks), sink, SystemClock())
        for each in given:
            evaluation.take_up(each)
        await evaluation.settle()
        evaluation.take_up(given[0])  # once nothing waits
        await evaluation.settle()
        await evaluation.close()
        return sink, evaluation

    return asyncio.run(run())


def test_vectors_of_an_mlflow_model_count_and_nothing_else_stands_beside_them() -> None:
    sink, evaluation = taken_up(answered(answer_of([0.5, 0.25])))
    assert json.loads(sink.events[0]["attributes"]) == sketch([0.5, 0.25])
    assert (evaluation.vectors["sketched"], evaluation.counts["evaluated"]) == (2, 2)
    assert EVALUATED not in sink.events[0]["attributes"]


def test_an_answer_of_which_no_vector_can_be_read_is_counted() -> None:
    sink, evaluation = taken_up(answered(b"{}"))
    assert (sink.events, evaluation.vectors["unread"], evaluation.counts["evaluated"]) == ([], 2, 0)


def test_answers_that_would_take_too_much_memory_while_they_wait_are_left_out_and_counted() -> None:
    many = PENDING_BYTES_MAX // BODY_BYTES_MAX
    long = answer_of([0.5, 0.25]).ljust(BODY_BYTES_MAX)
    _, evaluation = taken_up(*[answered(long)] * (many + 3))
    assert (evaluation.vectors["sketched"], evaluation.vectors["too_many"]) == (many + 1, 3)


def test_what_a_vector_takes_is_charged_to_the_budget() -> None:
    ticks = iter(range(100))
    sink, evaluation = taken_up(answered(answer_of([0.5, 0.25])), cpu_s=lambda: float(next(ticks)))
    assert len(sink.events) == 1
    assert evaluation.vectors["too_many"] == 1
