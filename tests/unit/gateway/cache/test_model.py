"""A kept answer knows about how large it is."""

from __future__ import annotations

from evenkeel.gateway.cache.model import CachedAnswer
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events.context import Usage


def test_the_size_of_an_answer_covers_its_pieces_and_headers() -> None:
    metered = Metered(Usage(), UsageSource.PROVIDER)
    small = CachedAnswer(200, (), (b"x",), metered, 0, 1)
    large = CachedAnswer(200, ((b"a" * 100, b"b" * 100),), (b"x" * 500, b"y" * 500), metered, 0, 1)
    assert large.size - small.size >= 1_199


def test_many_small_pieces_take_more_than_their_bytes() -> None:
    metered = Metered(Usage(), UsageSource.PROVIDER)
    one = CachedAnswer(200, (), (b"x" * 1_000,), metered, 0, 1)
    many = CachedAnswer(200, (), (b"x",) * 1_000, metered, 0, 1)
    assert many.size - one.size >= 40 * 999
