"""Answers out of the cache, and answers that are kept for the next one who asks the same (SPEC GW-5)."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from evenkeel.gateway.cache.key import Way, cache_key, telling
from evenkeel.gateway.cache.model import CachedAnswer, CachePolicy, Partition
from evenkeel.gateway.cache.replay import Keeping, replay_headers
from evenkeel.gateway.guard.model import GuardPolicy
from evenkeel.gateway.metering.model import Attempt
from evenkeel.gateway.proxy.admission import Admitted
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.caller import Caller
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.gateway.routes.model import Choice
from evenkeel.kernel.facts import fact

#: What stands for the upstream in the record of an answer that none was asked for.
CACHE: Final = "cache"
#: Guards that are remembered: to write one down takes longer than to look it up.
_GUARDS_MAX: Final = 256
#: Partitions that are remembered, see `_partition`.
_PARTITIONS_MAX: Final = 1_024


@fact
class Place:
    """Where the answer to a request is kept."""

    key: bytes
    partition: Partition
    policy: CachePolicy
    generation: int  # of the cache when the request began: its answer is given to nobody after a purge meanwhile


def find_place(
    worker: Worker, admitted: Admitted, ask: Ask, choice: Choice, way: tuple[bytes, GuardPolicy | None]
) -> Place | None:
    """Where the answer to this request is kept; None where none is.

    Its *way* is the target it asked, with its query, and the guard it passed.
    """
    policy = worker.caches().get(admitted.route.name)
    if policy is None or not choice.attempts or not ask.document:
        return None
    shared = worker.shared if policy.is_shared else None
    if policy.is_shared and shared is None:
        return None
    key = admitted.key
    user = worker.pseudonyms.of(ask.user) if policy.is_per_user and ask.user else None
    route = admitted.route
    partition = _partition((key.team, key.id), route.environment, admitted.service, choice.attempts[0][0], user)
    operation = ask.operation
    target, guard = way
    passed = "" if guard is None else _written(guard)
    came = Way(str(operation.dialect), operation.name, target, telling(ask.headers), passed)
    found = cache_key(partition, came, ask.document, policy)
    if found is None:
        return None
    return Place(found, partition, policy, worker.cache.generation(partition) if shared is None else shared.number)


@lru_cache(maxsize=_PARTITIONS_MAX)
def _partition(who: tuple[str, str], environment: str, service: str, version: str, user: int | None) -> Partition:
    """Of a key, which is one of a team or stands alone. Many answers are of one partition, which is one object then."""
    team, key_id = who
    return Partition(f"team:{team}" if team else f"key:{key_id}", environment, service, version, user)


@lru_cache(maxsize=_GUARDS_MAX)
def _written(guard: GuardPolicy) -> str:
    return f"{guard}"


async def recall(worker: Worker, place: Place) -> CachedAnswer | None:
    """The answer that is kept there."""
    if place.policy.is_shared:
        return None if worker.shared is None else await worker.shared.get(place.key, place.partition)
    return worker.cache.get(place.key, place.partition, worker.clock.now_us())


async def replay(worker: Worker, kept: CachedAnswer, caller: Caller, ours: list[tuple[bytes, bytes]]) -> None:
    """Send an answer again, in the pieces in which it came, with `ours` beside it; whoever records it ends it."""
    caller.begin(kept.status, [*replay_headers(kept, worker.clock.now_us()), *ours, (b"x-evenkeel-cache", b"hit")])
    for chunk in kept.chunks:
        await caller.piece(chunk)


def cached_attempt(worker: Worker, place: Place, kept: CachedAnswer, asked: str, began_us: int) -> Attempt:
    """The record of an answer out of the cache: nothing was used."""
    now_us = worker.clock.now_us()
    return Attempt(
        upstream=CACHE,
        version=place.partition.version,
        provider="",
        model_asked=asked,
        began_us=began_us,
        ended_us=now_us,
        first_byte_us=now_us,
        status=kept.status,
        metered=kept.metered,
        is_cached=True,
    )


def keep(worker: Worker, place: Place, keeping: Keeping, attempt: Attempt, headers: list[tuple[bytes, bytes]]) -> None:
    """Keep an answer that came to its end, unless another version gave it than the one it would be given for."""
    if attempt.status is None or attempt.version != place.partition.version:
        return
    now_us = worker.clock.now_us()
    answer = keeping.finish(attempt.status, headers, attempt.metered, now_us)
    if answer is None:
        return
    if not place.policy.is_shared:
        worker.cache.put(place.key, place.partition, answer, now_us, generation=place.generation)
    elif worker.shared is not None:
        worker.shared.put(place.key, place.partition, answer, number=place.generation)


def new_keeping(place: Place, ask: Ask) -> Keeping:
    """What collects the answer while it is sent."""
    return Keeping(place.policy, needs_finish=ask.operation.can_stream)
