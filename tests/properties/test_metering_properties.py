"""10,000 answers of all dialects, cut and garbled: what is said is tallied to the token, what is not is bounded."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

import pytest

from evenkeel.gateway.metering.counting import LearnedRates
from evenkeel.gateway.metering.meter import AnswerMeter, RequestSize
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events import jsontext

ANSWERS = 10_000
WORDS = (" the", " Haus", "é", "😀", "x", " München", "\n", '"', " usage", "data:", "漢字", "}\n\n")
OPERATIONS = (
    ("openai", "chat"), ("openai", "text_completion"), ("openai", "responses"), ("openai", "embeddings"),
    ("anthropic", "messages"), ("mlflow", "invocations"), ("v2", "infer"),
)  # fmt: skip


@dataclass(frozen=True)
class Truth:
    """What the generator knows of the answer it made up."""

    dialect: str
    operation: str
    is_stream: bool
    kind: str  # said | silent | cut | garbage
    words: tuple[str, ...]
    tokens_in: int
    tokens_cached: int
    tokens_out: int
    size: RequestSize


def make_truth(chance: random.Random) -> Truth:
    dialect, operation = chance.choice(OPERATIONS)
    writes = operation != "embeddings"
    kind = chance.choice(("said", "said", "silent", "cut", "garbage"))
    words = tuple(chance.choice(WORDS) for _ in range(chance.randrange(1, 40))) if writes else ()
    thought = chance.randrange(500) if kind == "said" and chance.random() < 0.3 else 0
    tokens_in = chance.randrange(1, 3_000)
    tokens_out = len(words) + chance.randrange(8) + thought if writes else 0
    model = f"thinks-{operation}" if thought else f"writes-{operation}"
    output_max = chance.choice((None, tokens_out + chance.randrange(100)))
    size = RequestSize(tokens_in * chance.randrange(2, 6), model, output_max)
    is_stream = writes and dialect != "v2" and chance.random() < 0.6
    cached = chance.randrange(tokens_in + 1)
    return Truth(dialect, operation, is_stream, kind, words, tokens_in, cached, tokens_out, size)


def openai_usage(truth: Truth) -> dict[str, Any]:
    usage: dict[str, Any] = {
        "prompt_tokens": truth.tokens_in,
        "completion_tokens": truth.tokens_out,
        "total_tokens": truth.tokens_in + truth.tokens_out,
        "prompt_tokens_details": {"cached_tokens": truth.tokens_cached, "audio_tokens": 0},
    }
    if truth.operation == "responses":
        usage = {
            "input_tokens": truth.tokens_in,
            "output_tokens": truth.tokens_out,
            "input_tokens_details": {"cached_tokens": truth.tokens_cached},
        }
    if truth.operation == "embeddings":
        del usage["completion_tokens"]
    return usage


def anthropic_usage(truth: Truth) -> dict[str, Any]:
    return {
        "input_tokens": truth.tokens_in - truth.tokens_cached,
        "cache_read_input_tokens": truth.tokens_cached,
        "cache_creation_input_tokens": 0,
    }


def unsaid(chance: random.Random) -> dict[str, Any]:
    zeros = {"prompt_tokens": 0, "completion_tokens": 0, "input_tokens": 0, "output_tokens": 0}
    return chance.choice(({}, {"usage": None}, {"usage": zeros}, {"usage": "none"}, {"usage": {}}))


def make_plain(truth: Truth, chance: random.Random) -> dict[str, Any]:
    """The whole answer."""
    is_said = truth.kind in ("said", "cut")
    usage = {"usage": openai_usage(truth)} if is_said else unsaid(chance)
    text = "".join(truth.words)
    if truth.operation == "messages":
        said = {"usage": anthropic_usage(truth) | {"output_tokens": truth.tokens_out}} if is_said else unsaid(chance)
        return {"id": "m", "content": [{"type": "text", "text": text}], "stop_reason": "end_turn", **said}
    if truth.operation == "embeddings":
        return {"object": "list", "data": [{"embedding": [0.25] * 50}], **usage}
    if truth.operation == "responses":
        output = [{"type": "message", "content": [{"type": "output_text", "text": text}]}]
        return {"id": "r", "status": "completed", "output": output, **usage}
    if truth.operation == "infer":
        return {"outputs": [{"name": "text", "data": [text]}], "parameters": usage.get("usage") or {}}
    said = {"text": text} if truth.operation == "text_completion" else {"message": {"content": text}}
    return {"id": "c", "choices": [said | {"finish_reason": "stop"}], **usage}


def make_events(truth: Truth, chance: random.Random) -> list[Any]:
    """The events of a stream, one for each word and some around them."""
    is_said = truth.kind in ("said", "cut")
    if truth.operation == "messages":
        start = {"usage": anthropic_usage(truth) | {"output_tokens": 1}} if is_said else {}
        end = {"usage": {"output_tokens": truth.tokens_out}} if is_said else {}
        deltas = [{"type": "content_block_delta", "delta": {"type": "text_delta", "text": w}} for w in truth.words]
        last = {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, **end}
        return [{"type": "message_start", "message": start}, *deltas, last, {"type": "message_stop"}]
    if truth.operation == "responses":
        deltas = [{"type": "response.output_text.delta", "delta": word} for word in truth.words]
        usage = {"usage": openai_usage(truth)} if is_said else {"usage": None}
        return [*deltas, {"type": "response.completed", "response": {"status": "completed", **usage}}]
    name = "text" if truth.operation == "text_completion" else "delta"
    chunks: list[Any] = [
        {"id": "c", "choices": [{name: word if name == "text" else {"content": word}, "finish_reason": None}]}
        for word in truth.words
    ]
    last: dict[str, Any] = {"id": "c", "choices": [{name: "" if name == "text" else {}, "finish_reason": "stop"}]}
    if is_said and chance.random() < 0.5:
        return [*chunks, last | {"usage": openai_usage(truth)}, b"[DONE]"]
    if is_said:
        return [*chunks, last, {"choices": [], "usage": openai_usage(truth)}, b"[DONE]"]
    return [*chunks, last | unsaid(chance), b"[DONE]"]


def make_bytes(truth: Truth, chance: random.Random) -> tuple[bytes, int]:
    """(the answer as it comes, how many tokens were written of it)."""
    if not truth.is_stream:
        body = jsontext.dump(make_plain(truth, chance))
        if truth.kind == "cut":
            return body[: chance.randrange(len(body))], truth.tokens_out
        return (spoil(body, chance), truth.tokens_out) if truth.kind == "garbage" else (body, truth.tokens_out)
    line = chance.choice((b"\n", b"\r\n", b"\r"))
    events = make_events(truth, chance)
    if truth.kind == "garbage":
        events = [spoil(e if isinstance(e, bytes) else jsontext.dump(e), chance) for e in events]
    parts = [b"data: " + (e if isinstance(e, bytes) else jsontext.dump(e)) + line * 2 for e in events]
    if truth.kind != "cut":
        return b"".join(parts), truth.tokens_out
    whole = chance.randrange(len(parts))
    begun = min(len(truth.words), whole + 1)  # no more events had words in them
    return b"".join(parts[:whole]) + parts[whole][: chance.randrange(len(parts[whole]))], begun


def spoil(text: bytes, chance: random.Random) -> bytes:
    """Something that is no JSON any more, and no shorter."""
    at = chance.randrange(len(text))
    return text[:at] + chance.choice((b"\x00", b"}", b"\xff", b"{")) + text[at:] + b"!"


def measure(truth: Truth, body: bytes, rates: LearnedRates, cuts: list[int]) -> Metered:
    meter = AnswerMeter(truth.dialect, truth.operation, truth.is_stream, truth.size, rates)
    for start, end in zip([0, *cuts], [*cuts, len(body)], strict=True):
        meter.feed(body[start:end])
    return meter.finish(200, is_cut=truth.kind == "cut")


def is_of_numbers(truth: Truth) -> bool:
    """Nothing shows that an answer was written by a model of language, so no tokens are presumed."""
    return truth.operation in ("infer", "invocations")


@pytest.fixture(scope="module")
def measured() -> list[tuple[Truth, int, Metered, Metered]]:
    """(truth, tokens written, as a meter says that has learned nothing, as one says that learns of all)."""
    chance = random.Random(20_261_128)
    shared = LearnedRates()
    found: list[tuple[Truth, int, Metered, Metered]] = []
    for _ in range(ANSWERS):
        truth = make_truth(chance)
        body, written = make_bytes(truth, chance)
        cuts = sorted(chance.randrange(len(body) + 1) for _ in range(chance.randrange(12)))
        found.append((truth, written, measure(truth, body, LearnedRates(), cuts), measure(truth, body, shared, cuts)))
    return found


Measured = list[tuple[Truth, int, Metered, Metered]]


def test_the_tally_of_what_providers_say_is_theirs_to_the_token(measured: Measured) -> None:
    said = [(truth, metered) for truth, _, metered, _ in measured if truth.kind == "said"]
    assert len(said) > ANSWERS / 3
    assert {metered.source for _, metered in said} == {UsageSource.PROVIDER}
    tally = [sum(getattr(m.usage, name) or 0 for _, m in said) for name in ("tokens_in", "tokens_cached", "tokens_out")]
    assert tally == [sum(getattr(t, name) for t, _ in said) for name in ("tokens_in", "tokens_cached", "tokens_out")]
    assert all(truth.tokens_out == (metered.usage.tokens_out or 0) for truth, metered in said)


def test_what_is_called_the_providers_is_the_providers(measured: Measured) -> None:
    for truth, _, *both in measured:
        for metered in both:
            if metered.source is UsageSource.PROVIDER:
                assert truth.kind in ("said", "cut")
                assert (metered.usage.tokens_in, metered.usage.tokens_out or 0) == (truth.tokens_in, truth.tokens_out)


@pytest.mark.parametrize("side", ["tokens_in", "tokens_out"])
def test_what_nobody_says_is_bounded(measured: Measured, side: str) -> None:
    bounded = 0
    for truth, written, metered, _ in measured:
        if metered.source is UsageSource.PROVIDER or (is_of_numbers(truth) and metered.source is UsageSource.NONE):
            continue
        bound = getattr(metered.usage, side)
        if bound is None:  # only where nothing bounds it, and never silently
            assert side == "tokens_out"
            assert truth.operation == "embeddings" or (truth.kind == "cut" and truth.size.output_max is None)
            continue
        assert bound >= (truth.tokens_in if side == "tokens_in" else written), (truth, metered)
        bounded += 1
    assert bounded > ANSWERS / 5


def test_what_was_learned_bounds_closer_and_holds(measured: Measured) -> None:
    closer = above = counted = 0
    for _truth, written, strict, learned in measured:
        if learned.source is not UsageSource.COUNTED or learned.usage.tokens_out is None:
            continue
        counted += 1
        above += learned.usage.tokens_out < written
        closer += learned.usage.tokens_out <= (strict.usage.tokens_out or 0)
    assert counted > ANSWERS / 10
    assert above / counted < 0.02
    assert closer / counted > 0.9
