"""What a cache keeps, gives, lets go and counts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from evenkeel.gateway.cache.model import CachedAnswer, CacheStats, Partition
from evenkeel.gateway.cache.packed import pack, size_of
from evenkeel.gateway.cache.store import PURGES_MAX, AnswerCache
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events.context import Usage

BOT = Partition("team", "production", "bot", "v1")


def answer(text: bytes = b"x", *, until_us: int = 1_000, usage: Usage = Usage()) -> CachedAnswer:  # noqa: B008
    return CachedAnswer(200, (), (text,), Metered(usage, UsageSource.PROVIDER), 0, until_us)


def put(cache: AnswerCache, key: bytes, partition: Partition = BOT, kept: CachedAnswer | None = None) -> None:
    cache.put(key, partition, kept or answer(), 0, generation=cache.generation(partition))


SIZE = size_of(pack(answer())) + 1  # with a key of one byte


def test_an_answer_is_given_again_to_its_partition_only() -> None:
    cache = AnswerCache(10_000)
    kept = answer(usage=Usage(tokens_in=10, tokens_out=3))
    put(cache, b"k", BOT, kept)
    assert cache.get(b"k", BOT, 1) == kept
    assert cache.get(b"k", replace(BOT, tenant="other"), 1) is None
    assert cache.get(b"k", replace(BOT, user=1), 1) is None
    assert cache.get(b"j", BOT, 1) is None
    assert cache.stats == CacheStats(1, 3, size_of(pack(kept)) + 1, 1, 10, 3, bytes_max=10_000)


def test_usage_that_is_not_known_saves_nothing_that_is_told() -> None:
    cache = AnswerCache(10_000)
    put(cache, b"k")
    assert cache.get(b"k", BOT, 1) is not None
    assert (cache.stats.saved_tokens_in, cache.stats.saved_tokens_out) == (0, 0)


def test_an_answer_ends_at_the_microsecond_its_time_is_over() -> None:
    cache = AnswerCache(10_000)
    put(cache, b"k")
    assert cache.get(b"k", BOT, 999) is not None
    assert cache.get(b"k", BOT, 1_000) is None
    assert cache.stats == CacheStats(hits=1, misses=1, expired=1, bytes_max=10_000)


def test_a_clock_set_back_does_not_lengthen_the_life_of_an_answer() -> None:
    cache = AnswerCache(10_000)
    cache.put(b"k", BOT, replace(answer(), kept_at_us=500), 500, generation=0)
    assert cache.get(b"k", BOT, 499) is None
    assert cache.get(b"k", BOT, 500) is not None


def test_the_least_recently_used_makes_room() -> None:
    cache = AnswerCache(3 * SIZE)
    for key in (b"a", b"b", b"c"):
        put(cache, key)
    assert cache.get(b"a", BOT, 1) is not None
    put(cache, b"d")
    assert [cache.get(key, BOT, 1) is not None for key in (b"a", b"b", b"c", b"d")] == [True, False, True, True]
    assert (cache.stats.evicted, cache.stats.bytes) == (1, 3 * SIZE)


def test_what_was_over_when_it_made_room_counts_as_expired() -> None:
    cache = AnswerCache(SIZE)
    put(cache, b"a")
    cache.put(b"b", BOT, answer(until_us=3_000), 2_000, generation=0)
    assert (cache.stats.evicted, cache.stats.expired) == (0, 1)


def test_an_answer_larger_than_the_cache_leaves_the_others_alone() -> None:
    cache = AnswerCache(2 * SIZE)
    put(cache, b"a")
    put(cache, b"b", BOT, answer(b"x" * 10_000))
    assert cache.get(b"a", BOT, 1) is not None
    assert cache.stats.entries == 1


def test_what_is_over_already_is_not_kept() -> None:
    cache = AnswerCache(10_000)
    cache.put(b"k", BOT, answer(until_us=5), 5, generation=0)
    assert cache.stats == CacheStats(bytes_max=10_000)


def test_a_new_answer_takes_the_place_and_the_bytes_of_the_old_one() -> None:
    cache = AnswerCache(10_000)
    put(cache, b"k", BOT, answer(b"x" * 1_000))
    put(cache, b"k")
    assert (cache.stats.bytes, cache.stats.entries, cache.stats.evicted) == (SIZE, 1, 0)


def test_a_cache_of_no_bytes_keeps_nothing_and_one_of_less_is_refused() -> None:
    cache = AnswerCache(0)
    put(cache, b"k")
    assert cache.stats == CacheStats()
    with pytest.raises(ValueError, match="bytes_max: -1 is below 0"):
        AnswerCache(-1)


OTHERS = {
    b"s": replace(BOT, service="faq"),
    b"v": replace(BOT, version="v2"),
    b"e": replace(BOT, environment="staging"),
    b"1": replace(BOT, user=1),
    b"2": replace(BOT, user=2),
}


@pytest.mark.parametrize(
    ("asked", "gone"),
    [
        ({}, b"bsve12"),
        ({"service": "bot"}, b"bve12"),
        ({"service": "bot", "version": "v2"}, b"v"),
        ({"environment": "staging"}, b"e"),
        ({"environment": "production", "service": "faq"}, b"s"),
        ({"service": "none"}, b""),
        ({"user": 1}, b"bsve1"),  # what is not kept apart by user may be anyone's
        ({"service": "bot", "version": "v1", "environment": "production", "user": 2}, b"b2"),
    ],
)
def test_a_purge_removes_all_that_may_be_meant_and_nothing_else(asked: dict[str, object], gone: bytes) -> None:
    cache = AnswerCache(100_000)
    partitions = {b"b": BOT, **OTHERS}
    for key, partition in partitions.items():
        put(cache, key, partition)
    assert cache.purge(**asked) == len(gone)  # pyright: ignore[reportArgumentType]
    left = {key for key, partition in partitions.items() if cache.get(key, partition, 1) is not None}
    assert left == {key for key in partitions if key not in gone}
    assert cache.stats.bytes == len(left) * SIZE


def test_an_answer_begun_before_a_purge_is_not_kept_after_it() -> None:
    cache = AnswerCache(100_000)
    before = cache.generation(BOT)
    cache.purge(service="bot")
    cache.put(b"k", BOT, answer(), 0, generation=before)
    assert cache.get(b"k", BOT, 1) is None
    cache.put(b"f", replace(BOT, service="faq"), answer(), 0, generation=before)
    assert cache.stats.entries == 1
    put(cache, b"k")
    assert cache.get(b"k", BOT, 1) is not None


def test_a_purge_asked_for_again_hinders_what_was_begun_in_between() -> None:
    cache = AnswerCache(100_000)
    cache.purge(service="bot")
    between = cache.generation(BOT)
    cache.purge(service="faq")
    cache.purge(service="bot")
    cache.purge(service="other")
    cache.put(b"k", BOT, answer(), 0, generation=between)
    assert cache.stats.entries == 0


def test_more_purges_than_are_told_apart_forget_none() -> None:
    cache = AnswerCache(100_000)
    before = cache.generation(BOT)
    cache.purge(service="bot")
    for number in range(PURGES_MAX + 5):
        cache.purge(service=f"other {number}")
    cache.put(b"k", BOT, answer(), 0, generation=before)
    assert cache.stats.entries == 0
    put(cache, b"k")
    assert cache.stats.entries == 1


def test_a_purge_asked_for_again_is_not_the_oldest_any_more() -> None:
    cache = AnswerCache(100_000)
    cache.purge(service="bot")
    for number in range(PURGES_MAX - 1):
        cache.purge(service=f"other {number}")
    before = cache.generation(BOT)
    cache.purge(service="bot")
    faq = replace(BOT, service="faq")
    cache.purge(service="one more")
    cache.put(b"f", faq, answer(), 0, generation=before)  # what no purge meant is kept
    assert cache.stats.entries == 1
    cache.purge(service="and one more")
    cache.put(b"k", BOT, answer(), 0, generation=before)
    assert cache.get(b"k", BOT, 1) is None
