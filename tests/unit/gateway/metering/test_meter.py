"""What an answer used: as its provider says, where that can be true; no more than a bound, where it says nothing."""

from __future__ import annotations

import random
from typing import Any

import pytest

from evenkeel.gateway.metering import meter as metering
from evenkeel.gateway.metering.counting import LearnedRates
from evenkeel.gateway.metering.meter import AnswerMeter, RequestSize
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events import jsontext
from evenkeel.observe.events.context import Usage

USAGE: dict[str, Any] = {"prompt_tokens": 100, "completion_tokens": 40, "total_tokens": 140}
ASKED = RequestSize(bytes_in=400, model="gpt-x", output_max=None)


def sse(*events: Any) -> bytes:
    return b"".join(b"data: %s\n\n" % (e if isinstance(e, bytes) else jsontext.dump(e)) for e in events)


def piece(text: str, finish: str | None = None, **more: Any) -> dict[str, Any]:
    return {"id": "c", "choices": [{"index": 0, "delta": {"content": text}, "finish_reason": finish}], **more}


def measure(
    body: bytes,
    operation: str = "chat",
    *,
    dialect: str = "openai",
    is_streaming: bool = False,
    status: int | None = 200,
    is_cut: bool = False,
    asked: RequestSize = ASKED,
    rates: LearnedRates | None = None,
) -> Metered:
    meter = AnswerMeter(dialect, operation, is_streaming, asked, rates or LearnedRates())
    for i in range(0, len(body), 7):
        meter.feed(body[i : i + 7])
    return meter.finish(status, is_cut=is_cut)


def stream(*events: Any, **how: Any) -> Metered:
    return measure(sse(*events), is_streaming=True, **how)


def of(metered: Metered) -> tuple[int | None, int | None, str]:
    return metered.usage.tokens_in, metered.usage.tokens_out, metered.source.value


class TestPlain:
    def test_what_the_provider_says_is_believed(self) -> None:
        choice = {"message": {"content": "yes"}, "finish_reason": "stop"}
        metered = measure(jsontext.dump({"id": "c", "model": "gpt-x-1", "choices": [choice], "usage": USAGE}))
        assert of(metered) == (100, 40, "provider")
        assert (metered.response_id, metered.model, metered.finish) == ("c", "gpt-x-1", "stop")

    @pytest.mark.parametrize("usage", [None, {}, [], "x", {"prompt_tokens": 0, "completion_tokens": 0}])
    def test_no_usage_is_bounded_by_bytes(self, usage: Any) -> None:
        choice = {"message": {"content": "yes"}, "finish_reason": "stop"}
        assert of(measure(jsontext.dump({"choices": [choice], "usage": usage}))) == (1_200, 67, "upper_bound")

    def test_a_zero_beside_text_is_not_believed(self) -> None:
        document = {"choices": [{"message": {"content": "yes"}}], "usage": USAGE | {"completion_tokens": 0}}
        assert of(measure(jsontext.dump(document))) == (100, 67, "upper_bound")

    def test_an_answer_without_text_may_have_no_output(self) -> None:
        document = {"choices": [{"message": {"content": ""}}], "usage": USAGE | {"completion_tokens": 0}}
        assert of(measure(jsontext.dump(document))) == (100, 0, "provider")

    def test_of_one_that_was_cut_only_the_length_asked_for_is_a_bound(self) -> None:
        body = b'{"choices": [{"message": {"content": "yes'
        assert of(measure(body, is_cut=True)) == (1_200, None, "upper_bound")
        asked = RequestSize(400, "gpt-x", output_max=50, choices=2)
        assert of(measure(body, is_cut=True, asked=asked)) == (1_200, 100, "upper_bound")

    def test_garbage_is_bounded_by_its_bytes(self) -> None:
        assert of(measure(b"<html>" * 10)) == (1_200, 124, "upper_bound")
        assert of(measure(b'{"choices": [')) == (1_200, 77, "upper_bound")

    def test_of_a_long_answer_the_end_is_read(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(metering, "BODY_BYTES_MAX", 4_000)
        monkeypatch.setattr(metering, "TAIL_BYTES", 1_000)
        text = '"usage": {"prompt_tokens": 1, "completion_tokens": 1}}' * 200
        document = {"id": "c", "choices": [{"message": {"content": text}}], "usage": USAGE, "model": "m"}
        assert of(measure(jsontext.dump(document))) == (100, 40, "provider")
        tool = {"id": "c", "usage": USAGE, "choices": [{"message": {"content": text, "x": {"usage": {"a": 1}}}}]}
        assert of(measure(jsontext.dump(tool)))[2] == "upper_bound"

    def test_embeddings_are_read_without_their_numbers(self) -> None:
        data = [{"embedding": [0.1] * 2_000}]
        body = jsontext.dump({"data": data, "model": "e", "usage": {"prompt_tokens": 8, "total_tokens": 8}})
        assert of(measure(body, "embeddings")) == (8, None, "provider")
        turned = jsontext.dump({"usage": {"prompt_tokens": 8}, "model": "e", "data": data})
        assert of(measure(turned, "embeddings")) == (8, None, "provider")

    def test_a_model_of_numbers_uses_no_tokens(self) -> None:
        assert measure(b'{"predictions": [1]}', "invocations", dialect="mlflow").usage == Usage()
        assert measure(b'{"outputs": []}', "infer", dialect="v2").source is UsageSource.NONE

    def test_a_response_in_the_background_is_not_over(self) -> None:
        body = jsontext.dump({"id": "r", "status": "queued", "output": [], "usage": None})
        assert of(measure(body, "responses")) == (1_200, None, "upper_bound")


class TestStatus:
    def test_an_error_is_not_billed(self) -> None:
        for status in (400, 401, 429, 500, 503, 529):
            assert of(measure(b'{"error": {"message": "no"}}', status=status)) == (None, None, "none")

    def test_somebody_who_gave_up_waiting_may_be(self) -> None:
        asked = RequestSize(400, "gpt-x", output_max=50)
        for status in (408, 504, 524):
            assert of(measure(b"<html>", status=status, asked=asked)) == (1_200, 50, "upper_bound")

    def test_an_error_that_says_its_usage_is(self) -> None:
        assert of(measure(jsontext.dump({"choices": [], "usage": USAGE}), status=500)) == (100, 40, "provider")

    def test_no_answer_is_bounded_by_what_was_asked_for(self) -> None:
        assert of(measure(b"", status=None, is_cut=True)) == (1_200, None, "upper_bound")


class TestStream:
    def test_usage_in_a_chunk_of_its_own(self) -> None:
        metered = stream(piece("a", usage=None), piece("", "stop"), {"choices": [], "usage": USAGE}, b"[DONE]")
        assert of(metered) == (100, 40, "provider")
        assert (metered.finish, metered.response_id) == ("stop", "c")

    def test_usage_in_the_last_chunk_that_has_a_choice(self) -> None:
        """LiteLLM #36168: it was dropped."""
        assert of(stream(piece("a"), piece("b", "stop", usage=USAGE), b"[DONE]")) == (100, 40, "provider")

    def test_usage_that_is_said_twice_counts_once(self) -> None:
        assert of(stream(piece("a", "stop", usage=USAGE), {"choices": [], "usage": USAGE})) == (100, 40, "provider")

    def test_usage_that_grows_counts_as_it_was_last(self) -> None:
        grown = [piece("a", usage=USAGE | {"completion_tokens": i, "total_tokens": 100 + i}) for i in (1, 2, 3)]
        assert of(stream(*grown, piece("", "stop", usage=USAGE))) == (100, 40, "provider")
        cut = stream(*grown, is_cut=True)
        assert of(cut) == (100, 3 + 64, "upper_bound")
        assert cut.finish == ""

    def test_usage_before_the_end_of_the_answer_is_no_total(self) -> None:
        asked = RequestSize(400, "gpt-x", output_max=None, choices=2)
        events = (piece("a" * 100, "stop", usage=USAGE), piece("b" * 100))
        assert of(stream(*events, is_cut=True, asked=asked)) == (100, 264, "upper_bound")

    def test_without_usage_the_text_is_counted(self) -> None:
        assert of(stream(piece("hello"), piece("", "stop"), b"[DONE]")) == (1_200, 69, "upper_bound")
        asked = RequestSize(400, "gpt-x", output_max=20)
        assert of(stream(piece("hello"), b"[DONE]", asked=asked)) == (1_200, 20, "upper_bound")

    def test_a_learned_model_is_counted_closer(self) -> None:
        rates = LearnedRates()
        for _ in range(20):
            stream(piece("x" * 160, "stop", usage=USAGE), b"[DONE]", rates=rates)
        tokens_in, tokens_out, source = of(stream(piece("x" * 160), is_cut=True, rates=rates))
        assert (tokens_in, tokens_out, source) == (125, 50, "counted")

    def test_of_a_model_that_hides_what_it_thinks_a_cut_stream_is_bounded_by_what_was_asked_for(self) -> None:
        rates = LearnedRates()
        thought = USAGE | {"completion_tokens_details": {"reasoning_tokens": 30}}
        stream(piece("yes", "stop", usage=thought), b"[DONE]", rates=rates)
        assert stream(piece("y"), is_cut=True, rates=rates).usage.tokens_out is None
        asked = RequestSize(400, "gpt-x", output_max=900)
        assert stream(piece("y"), is_cut=True, rates=rates, asked=asked).usage.tokens_out == 900

    def test_events_that_cannot_be_read_count_as_text(self) -> None:
        assert of(stream(piece("a"), b"{" * 500, b"[DONE]"))[1] == 565

    def test_an_error_in_the_stream_is_its_end(self) -> None:
        metered = stream(piece("a"), {"error": {"message": "overloaded"}}, is_cut=True)
        assert (metered.finish, metered.usage.tokens_out) == ("error", 65)

    def test_a_plain_answer_to_a_request_for_a_stream_is_read(self) -> None:
        body = b"\n " + jsontext.dump({"choices": [{"message": {"content": "a"}}], "usage": USAGE})
        assert of(measure(body, is_streaming=True)) == (100, 40, "provider")

    def test_a_stream_that_nobody_asked_for_is_read(self) -> None:
        assert of(measure(sse(piece("a", "stop", usage=USAGE)))) == (100, 40, "provider")

    def test_responses(self) -> None:
        usage = {"input_tokens": 9, "output_tokens": 5, "total_tokens": 14}
        begun = {"type": "response.created", "response": {"id": "r", "model": "m"}}
        delta = {"type": "response.output_text.delta", "delta": "hello"}
        done = {"type": "response.completed", "response": {"status": "completed", "usage": usage}}
        assert of(stream(begun, delta, done, operation="responses")) == (9, 5, "provider")
        assert of(stream(begun, delta, is_cut=True, operation="responses")) == (1_200, 69, "upper_bound")

    def test_messages(self) -> None:
        start = {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 9, "output_tokens": 1}}}
        delta = {"type": "content_block_delta", "delta": {"text": "hello"}}
        end = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}}
        how: dict[str, Any] = {"operation": "messages", "dialect": "anthropic"}
        assert of(stream(start, delta, end, {"type": "message_stop"}, **how)) == (9, 5, "provider")
        assert of(stream(start, delta, is_cut=True, **how)) == (9, 69, "upper_bound")
        assert of(stream(start, delta, b"[DONE]", **how)) == (9, 69, "upper_bound")


RESPONSE_USAGE = {"input_tokens": 9, "output_tokens": 5}
STREAMS: dict[str, tuple[str, str, bytes]] = {
    "chat": ("openai", "chat", sse(piece("é"), piece("", "stop"), {"choices": [], "usage": USAGE}, b"[DONE]")),
    "usage along": ("openai", "chat", sse(piece("é"), piece("", "stop", usage=USAGE), b"[DONE]")),
    "responses": (
        "openai",
        "responses",
        sse(
            {"type": "response.output_text.delta", "delta": "é"},
            {"type": "response.completed", "response": {"id": "r", "status": "completed", "usage": RESPONSE_USAGE}},
        ),
    ),
    "messages": (
        "anthropic",
        "messages",
        b": ping\n\n"
        + sse(
            {"type": "message_start", "message": {"id": "m", "usage": {"input_tokens": 9, "output_tokens": 1}}},
            {"type": "content_block_delta", "delta": {"text": "é"}},
            {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": 5}},
        ),
    ),
}


@pytest.mark.parametrize("line", [b"\n", b"\r\n", b"\r"])
@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_means_the_same_wherever_its_bytes_are_cut(name: str, line: bytes) -> None:
    dialect, operation, body = STREAMS[name]
    body = body.replace(b"\n", line)
    found: list[Metered] = []
    for cut in range(len(body) + 1):
        meter = AnswerMeter(dialect, operation, True, ASKED, LearnedRates())
        meter.feed(body[:cut])
        meter.feed(body[cut:])
        found.append(meter.finish(200, is_cut=False))
    assert found[0].source is UsageSource.PROVIDER
    assert set(found) == {found[0]}


@pytest.mark.parametrize("name", STREAMS)
def test_a_stream_that_ends_at_any_byte_is_never_undercounted(name: str) -> None:
    dialect, operation, body = STREAMS[name]
    for end in range(1, len(body) + 1):
        meter = AnswerMeter(dialect, operation, True, ASKED, LearnedRates())
        meter.feed(body[:end])
        usage = meter.finish(200, is_cut=True).usage
        whole = (100, 40) if operation == "chat" else (9, 5)
        assert (usage.tokens_in or 0) >= whole[0]
        assert (usage.tokens_out or 0) >= whole[1]


def test_garbage_never_raises() -> None:
    chance = random.Random(11)
    starts = (b"", b"{", b"[", b"data: {", b"data: [[[", b"\xef\xbb\xbf", sse(piece("a", "stop", usage=USAGE)))
    for _ in range(2_000):
        operation, dialect = chance.choice((("chat", "openai"), ("messages", "anthropic"), ("nothing", "known")))
        body = chance.choice(starts) + chance.randbytes(chance.randrange(60)) + chance.choice((b"", b"}", b"\n\n"))
        metered = measure(body, operation, dialect=dialect, is_streaming=chance.random() < 0.5)
        assert metered.source in UsageSource


def test_deep_nesting_is_garbage() -> None:
    assert of(measure(b"[" * 200_000))[2] == "upper_bound"
    assert of(measure(b'{"choices":' * 100_000 + b"1" + b"}" * 100_000))[2] == "upper_bound"


def test_memory_is_bounded() -> None:
    for start in (b"{", b"data: "):
        meter = AnswerMeter("openai", "chat", True, ASKED, LearnedRates())
        meter.feed(start)
        for _ in range(200):
            meter.feed(b"x" * 100_000)
        held = meter._body if meter._scanner is None else meter._scanner._held
        assert held is not None
        assert len(held) < 4 * 1024 * 1024
        assert (meter.finish(200, is_cut=False).usage.tokens_out or 0) >= 20_000_000


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("responses", {"id": "r", "status": "queued", "background": True, "output": []}),
        ("responses", {"id": "r", "status": "failed", "error": {"message": "no"}, "output": []}),
        ("chat", {"error": {"message": "no"}}),
    ],
    ids=["in the background", "failed", "an error that says 200"],
)
def test_what_is_no_answer_is_no_empty_one(operation: str, said: dict[str, Any]) -> None:
    assert metering.read_answer("openai", operation, [jsontext.dump(said)]) is None


def test_an_answer_that_says_nothing_is_empty() -> None:
    said = {"choices": [{"message": {"content": ""}, "finish_reason": "stop"}]}
    assert metering.read_answer("openai", "chat", [jsontext.dump(said)]) == ""
