"""An answer is given again as it was sent, or not at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.gateway.cache.model import CachedAnswer, CachePolicy
from evenkeel.gateway.cache.replay import Keeping, replay_headers
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events.context import Usage

WHOLE = Metered(Usage(tokens_in=3, tokens_out=2), UsageSource.PROVIDER, finish="stop")
POLICY = CachePolicy(ttl_s=1.5, answer_bytes_max=100)


def kept(
    chunks: list[bytes], status: int = 200, metered: Metered = WHOLE, *, needs_finish: bool = True
) -> CachedAnswer | None:
    keeping = Keeping(POLICY, needs_finish=needs_finish)
    for chunk in chunks:
        keeping.add(chunk)
    return keeping.finish(status, ((b"content-type", b"text/event-stream"),), metered, 1_000)


def test_the_pieces_of_a_stream_keep_their_bytes_and_their_borders() -> None:
    chunks = [b'data: {"a":"\xf0\x9f', b'\x98\x80"}\r', b"\n\r\n", b"", b": ping\n\n", b"data: [DONE]\n\n"]
    answer = kept(chunks)
    assert answer is not None
    assert list(answer.chunks) == chunks
    assert (answer.status, answer.metered) == (200, WHOLE)


def test_a_piece_that_its_sender_goes_on_to_change_is_kept_as_it_was() -> None:
    buffer = bytearray(b"abc")
    keeping = Keeping(POLICY, needs_finish=False)
    keeping.add(memoryview(buffer))  # pyright: ignore[reportArgumentType]
    buffer[:] = b"xyz"
    answer = keeping.finish(200, (), WHOLE, 0)
    assert answer is not None
    assert answer.chunks == (b"abc",)


def test_an_answer_lives_as_long_as_its_policy_says() -> None:
    answer = kept([b"x"])
    assert answer is not None
    assert (answer.kept_at_us, answer.until_us) == (1_000, 1_501_000)


@pytest.mark.parametrize("status", [201, 204, 206, 301, 400, 429, 500])
def test_other_statuses_are_not_kept(status: int) -> None:
    assert kept([b"x"], status) is None


def test_an_answer_that_did_not_come_to_its_end_is_not_kept() -> None:
    assert kept([b"x"], metered=replace(WHOLE, finish="")) is None
    assert kept([b"x"], metered=replace(WHOLE, finish=""), needs_finish=False) is not None
    assert kept([]) is None


def test_an_answer_is_kept_up_to_its_largest_size_and_not_beyond() -> None:
    assert kept([b"x" * 60, b"x" * 40]) is not None
    assert kept([b"x" * 60, b"x" * 41]) is None
    assert kept([b"x" * 101, b"x"]) is None


def test_headers_of_the_exchange_are_not_kept_and_age_is_told() -> None:
    keeping = Keeping(POLICY, needs_finish=True)
    keeping.add(b"x")
    once = [
        b"set-cookie",
        b"date",
        b"x-request-id",
        b"x-ratelimit-remaining-tokens",
        b"content-length",
        b"x-evenkeel-id",
    ]
    headers = [(b"content-type", b"application/json"), *((name, b"1") for name in once), (b"x-model", b"m")]
    answer = keeping.finish(200, headers, WHOLE, 1_000_000)
    assert answer is not None
    assert answer.headers == ((b"content-type", b"application/json"), (b"x-model", b"m"))
    assert replay_headers(answer, 3_999_999) == [*answer.headers, (b"age", b"2")]
    assert replay_headers(answer, 0)[-1] == (b"age", b"0")
