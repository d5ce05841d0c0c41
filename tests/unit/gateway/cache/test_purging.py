"""A worker purges what it was told, once, and everything when it cannot tell what it missed."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from evenkeel.gateway.cache.key import Way, cache_key
from evenkeel.gateway.cache.model import CachedAnswer, CachePolicy, Partition, Purge
from evenkeel.gateway.cache.purging import obey
from evenkeel.gateway.cache.store import AnswerCache
from evenkeel.gateway.cache.table import parse_purges
from evenkeel.gateway.commands.configured import publish_purge
from evenkeel.gateway.commands.model import PurgeCache
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events.context import Usage
from evenkeel.store.tables import publish

SERVICES = ("bot", "faq", "ml")
POLICY = CachePolicy(ttl_s=60.0)


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


TENANTS, ENVIRONMENTS, VERSIONS, USERS = (
    ("team:care", "team:shop", "key:k1"),
    ("production", "staging"),
    ("1", "2"),
    (7, 8),
)
PARTITIONS = st.builds(
    Partition,
    st.sampled_from(TENANTS),
    st.sampled_from(ENVIRONMENTS),
    st.sampled_from(SERVICES),
    st.sampled_from(VERSIONS),
    st.sampled_from((None, *USERS)),
)
ASKED = st.builds(
    PurgeCache,
    st.sampled_from(("", *ENVIRONMENTS)),
    st.sampled_from(("", *SERVICES)),
    st.sampled_from(("", *VERSIONS)),
    st.sampled_from((None, (7,), (7, 8))),
    st.just("why"),
)


def is_meant(asked: PurgeCache, kept: Partition) -> bool:
    """Whether a purge means an answer, said once more and otherwise: what is named and known differs nowhere."""
    named = {
        (asked.environment, kept.environment),
        (asked.service, kept.service),
        (asked.version, kept.version),
    }
    users = {kept.user} if asked.users is None or kept.user is None else set(asked.users)
    return all(wanted in ("", has) for wanted, has in named) and kept.user in users


@settings(max_examples=40)  # each writes a table as control does, to the disk
@given(
    kept=st.lists(st.tuples(PARTITIONS, st.sampled_from((b"hello", b"bye"))), unique=True, max_size=30),
    asked=st.lists(ASKED, min_size=1, max_size=3),
)
def test_purges_as_published_remove_what_they_mean_and_no_other_tenant_is_given_what_is_left(
    kept: list[tuple[Partition, bytes]], asked: list[PurgeCache]
) -> None:
    cache, places = AnswerCache(1_000_000), dict[bytes, tuple[Partition, bytes]]()
    for partition, question in kept:
        document = {"model": "m", "temperature": 0, "messages": [{"role": "user", "content": question.decode()}]}
        key = cache_key(partition, Way("openai", "chat"), document, POLICY)
        assert key is not None
        text = repr((partition, question)).encode()
        answer = CachedAnswer(200, (), (text,), Metered(Usage(), UsageSource.PROVIDER), 0, 1_000)
        cache.put(key, partition, answer, 0, generation=cache.generation(partition))
        places[key] = (partition, text)
    assert len(places) == len(kept)  # nobody's question is another's
    with TemporaryDirectory() as folder:
        table = Path(folder) / "gateway.json"
        publish(table, {"generation": 1, "at_us": 0})
        for each in asked:
            assert publish_purge(table, each, 0)
        obey(cache, parse_purges(json.loads(table.read_bytes())), 0)
    for key, (partition, text) in places.items():
        found = cache.get(key, partition, 1)
        is_gone = any(is_meant(each, partition) for each in asked)
        assert (found is None) == is_gone
        assert found is None or found.chunks == (text,)
        for tenant in TENANTS:
            other = replace(partition, tenant=tenant)
            assert other == partition or cache.get(key, other, 1) is None
