"""What the answer cache promises: no two requests share a key, and no answer leaves its partition, space or time."""

from __future__ import annotations

import json
from typing import Any, cast

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from evenkeel.gateway.cache.key import Way, cache_key, telling
from evenkeel.gateway.cache.model import CachedAnswer, CachePolicy, Partition
from evenkeel.gateway.cache.packed import pack, size_of
from evenkeel.gateway.cache.store import AnswerCache
from evenkeel.gateway.metering.model import Metered, UsageSource
from evenkeel.observe.events import jsontext
from evenkeel.observe.events.context import Usage

POLICY = CachePolicy(ttl_s=60, keeps_sampled=True, keeps_tools=True)
#: Few letters, and those that lengths and JSON are written with: what reads alike is found soon.
TEXT = st.text('a1:,"{}[]\\é', max_size=3)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.0, -0.0, 1.0, 1e300, 2**64]) | TEXT,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(TEXT, inner, max_size=2),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(TEXT | st.sampled_from(["model", "messages", "stream", "user"]), VALUES, max_size=3)
USERS = st.none() | st.integers(0, 2)
PARTITIONS = st.builds(Partition, TEXT.filter(bool), TEXT, TEXT, TEXT, USERS)


def fields_of(value: Any) -> dict[str, Any] | None:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else None


def items_of(value: Any) -> list[Any] | None:
    return cast("list[Any]", value) if isinstance(value, list) else None


def typed(value: Any) -> object:
    """A value that equals another only when type, sign and all parts are the same; the order of fields is none."""
    if (fields := fields_of(value)) is not None:
        return "object", frozenset((name, typed(part)) for name, part in fields.items())
    if (items := items_of(value)) is not None:
        return "array", tuple(typed(part) for part in items)
    return type(value).__name__, repr(value)


@settings(deadline=None, max_examples=500)
@given(DOCUMENTS, DOCUMENTS, PARTITIONS, PARTITIONS)
def test_two_requests_have_one_key_only_when_they_are_the_same(
    first: dict[str, Any], second: dict[str, Any], mine: Partition, theirs: Partition
) -> None:
    one, other = (
        cache_key(partition, Way("openai", "embeddings"), document, POLICY)
        for partition, document in ((mine, first), (theirs, second))
    )
    assert one is not None
    for document in (first, second):
        document.pop("user", None)
    is_same = mine == theirs and typed(first) == typed(second)
    assert (one == other) is is_same


@settings(deadline=None, max_examples=300)
@given(DOCUMENTS, st.data())
def test_one_value_changed_anywhere_changes_the_key(document: dict[str, Any], data: st.DataObject) -> None:
    mine = Partition("t", "e", "s", "v")
    changed: dict[str, Any] = json.loads(json.dumps(document))
    place: Any = changed
    while data.draw(st.booleans()):
        parts = (fields_of(place) or {}).values() or items_of(place) or ()
        inner: list[Any] = [part for part in parts if type(part) in (dict, list)]
        if not inner:
            break
        place = data.draw(st.sampled_from(inner))
    if (fields := fields_of(place)) is not None:
        fields[data.draw(TEXT)] = data.draw(VALUES)
    else:
        place.append(data.draw(VALUES))
    keys = [cache_key(mine, Way("openai", "responses"), one, POLICY) for one in (document, changed)]
    assert (keys[0] == keys[1]) is (typed(document) == typed(changed))


@settings(deadline=None)
@given(DOCUMENTS, st.randoms(use_true_random=False), st.sampled_from([None, 2]))
def test_order_and_white_space_never_matter(document: dict[str, Any], random: Any, indent: int | None) -> None:
    def shuffled(value: Any) -> Any:
        if (items := items_of(value)) is not None:
            return [shuffled(part) for part in items]
        if (fields := fields_of(value)) is None:
            return value
        names = list(fields)
        random.shuffle(names)
        return {name: shuffled(fields[name]) for name in names}

    mine = Partition("t", "e", "s", "v")
    text = json.dumps(shuffled(document), indent=indent, ensure_ascii=random.random() < 0.5)
    read = jsontext.load(text.encode())
    infer = Way("v2", "infer")
    assert cache_key(mine, infer, read, POLICY) == cache_key(mine, infer, document, POLICY)


@given(st.tuples(TEXT, TEXT), st.tuples(TEXT, TEXT))
def test_targets_and_headers_never_run_into_each_other(first: tuple[str, str], second: tuple[str, str]) -> None:
    mine, keys = Partition("t", "e", "s", "v"), list[bytes | None]()
    for target, header in (first, second):
        told = telling({b"accept": header.encode(), b"openai-beta": header[1:].encode()})
        keys.append(cache_key(mine, Way("v2", "infer", target.encode(), told), {}, POLICY))
    assert (keys[0] == keys[1]) is (first == second)


BYTES_MAX = 2_000
KEYS = st.sampled_from([b"a", b"b", b"c", b"d", b"e"])
NAMED = st.builds(
    Partition,
    st.just("t"),
    st.just("p"),
    st.sampled_from(["bot", "faq"]),
    st.sampled_from(["v1", "v2"]),
    st.sampled_from([None, 1, 2]),
)


def has_begun(machine: Any) -> bool:
    return bool(machine.begun)


class CacheMachine(RuleBasedStateMachine):
    """The cache beside a model that keeps everything in a list, oldest use first, and counts anew each time."""

    def __init__(self) -> None:
        super().__init__()
        self.cache = AnswerCache(BYTES_MAX)
        self.now_us = 0
        self.model: list[tuple[bytes, Partition, CachedAnswer]] = []
        self.begun: list[tuple[bytes, Partition, int, bool]] = []  # key, partition, generation, purged since
        self.hits = self.misses = self.gone = 0

    @rule(passed_us=st.integers(0, 40))
    def time_passes(self, passed_us: int) -> None:
        self.now_us += passed_us

    @rule(key=KEYS, partition=NAMED)
    def begin(self, key: bytes, partition: Partition) -> None:
        self.begun.append((key, partition, self.cache.generation(partition), False))

    @precondition(has_begun)
    @rule(data=st.data(), size=st.integers(0, 1_900), ttl_us=st.integers(0, 100))
    def put(self, data: st.DataObject, size: int, ttl_us: int) -> None:
        index = data.draw(st.integers(0, len(self.begun) - 1))
        key, partition, generation, was_purged = self.begun.pop(index)
        metered = Metered(Usage(), UsageSource.COUNTED)
        answer = CachedAnswer(200, (), (b"x" * size,), metered, self.now_us, self.now_us + ttl_us)
        self.cache.put(key, partition, answer, self.now_us, generation=generation)
        if was_purged or ttl_us == 0 or size_of(pack(answer)) + 1 > BYTES_MAX:
            return
        self.model = [entry for entry in self.model if entry[0] != key]
        self.model.append((key, partition, answer))
        while sum(size_of(pack(entry[2])) + 1 for entry in self.model) > BYTES_MAX:
            del self.model[0]
            self.gone += 1

    @rule(key=KEYS, partition=NAMED)
    def get(self, key: bytes, partition: Partition) -> None:
        found = self.cache.get(key, partition, self.now_us)
        entry = next((entry for entry in self.model if entry[0] == key), None)
        if entry is None or entry[1] != partition:
            assert found is None
            self.misses += 1
            return
        self.model.remove(entry)
        if entry[2].until_us <= self.now_us:
            assert found is None
            self.misses += 1
            self.gone += 1
            return
        assert found == entry[2]
        self.hits += 1
        self.model.append(entry)

    @rule(
        service=st.sampled_from(["", "bot", "faq"]),
        version=st.sampled_from(["", "v1"]),
        user=st.sampled_from([None, 1]),
    )
    def purge(self, service: str, version: str, user: int | None) -> None:
        def is_meant(partition: Partition) -> bool:
            return (
                service in ("", partition.service)
                and version in ("", partition.version)
                and (user is None or partition.user in (None, user))
            )

        before = len(self.model)
        self.model = [entry for entry in self.model if not is_meant(entry[1])]
        self.begun = [(*one[:3], one[3] or is_meant(one[1])) for one in self.begun]
        assert self.cache.purge(service=service, version=version, user=user) == before - len(self.model)

    @invariant()
    def it_holds_what_the_model_holds(self) -> None:
        stats = self.cache.stats
        assert stats.bytes == sum(size_of(pack(entry[2])) + 1 for entry in self.model) <= BYTES_MAX
        assert stats.entries == len(self.model)
        assert (stats.hits, stats.misses) == (self.hits, self.misses)
        assert stats.evicted + stats.expired == self.gone


TestCacheMachine = CacheMachine.TestCase
TestCacheMachine.settings = settings(deadline=None, max_examples=150, stateful_step_count=40)
