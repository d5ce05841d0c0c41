"""A worker purges what it was told, once, and everything when it cannot tell what it missed."""

from __future__ import annotations

import pytest

from evenkeel.gateway.cache.model import CachedAnswer, Partition, Purge
from evenkeel.gateway.cache.purging import obey
from evenkeel.gateway.cache.store import AnswerCache
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events.context import Usage

SERVICES = ("bot", "faq", "ml")


def filled() -> AnswerCache:
    cache = AnswerCache(100_000)
    answer = CachedAnswer(200, (), (b"x",), Metered(Usage(), UsageSource.PROVIDER), 0, 1_000)
    for name in SERVICES:
        partition = Partition("t", "production", name, "v1")
        cache.put(name.encode(), partition, answer, 0, generation=cache.generation(partition))
    return cache


def left(cache: AnswerCache) -> list[str]:
    return [name for name in SERVICES if cache.get(name.encode(), Partition("t", "production", name, "v1"), 1)]


@pytest.mark.parametrize(
    ("purges", "done_seq", "kept"),
    [
        ([], 0, ["bot", "faq", "ml"]),
        ([Purge(1, service="bot")], 0, ["faq", "ml"]),
        ([Purge(1, service="bot")], 1, ["bot", "faq", "ml"]),
        ([Purge(1, service="bot"), Purge(2, service="faq")], 1, ["bot", "ml"]),
        ([Purge(4, service="bot"), Purge(5, service="faq")], 3, ["ml"]),
        ([Purge(1, environment="staging"), Purge(2, service="ml", version="v2")], 0, ["bot", "faq", "ml"]),
        ([Purge(1, user=7)], 0, []),  # nobody knows whose they are
        ([Purge(5, service="bot")], 3, []),  # 4 is not told any more
        ([Purge(1, service="bot"), Purge(3, service="faq")], 0, []),  # 2 was never told
        ([Purge(2, service="bot")], 9, []),  # control was restored from a backup
        ([], 9, []),
    ],
)
def test_what_is_kept_after_a_look_at_the_table(purges: list[Purge], done_seq: int, kept: list[str]) -> None:
    cache = filled()
    done = obey(cache, purges, done_seq)
    assert done == (purges[-1].seq if purges else 0)
    assert left(cache) == kept


def test_a_purge_is_done_once() -> None:
    cache, purges = filled(), [Purge(1, service="bot")]
    done = obey(cache, purges, 0)
    before = cache.generation(Partition("t", "production", "bot", "v1"))
    assert obey(cache, purges, done) == done
    assert cache.generation(Partition("t", "production", "bot", "v1")) == before
