"""An answer is unpacked as it was packed, and takes about as many bytes as it has."""

from __future__ import annotations

from evenkeel.gateway.cache.model import CachedAnswer
from evenkeel.gateway.cache.packed import pack, size_of, unpack
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events.context import Usage

METERED = Metered(Usage(3, 0, None, 12), UsageSource.PROVIDER, model="m", finish="stop", response_id="c-1")
ANSWER = CachedAnswer(
    200,
    ((b"content-type", b"text/event-stream"), (b"x-odd", b"\xff")),
    (b"data: \xc3", b"\xa9\n\n", b"data: [DONE]\n\n"),
    METERED,
    5,
    10**15,
)


def test_it_comes_out_as_it_went_in() -> None:
    assert unpack(pack(ANSWER)) == ANSWER


def test_the_size_of_an_answer_covers_its_pieces_and_headers() -> None:
    small = CachedAnswer(200, (), (b"x",), METERED, 0, 1)
    large = CachedAnswer(200, ((b"a" * 100, b"b" * 100),), (b"x" * 500, b"y" * 500), METERED, 0, 1)
    assert size_of(pack(large)) - size_of(pack(small)) >= 1_199
