"""Hits that are asked again all the same, once the caller has its answer: how often is what was kept wrong (SPEC GW-5)?

As with a shadow nobody waits for it and nobody is billed: its record is of its own kind, with its own cost.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final

from evenkeel.gateway.cache.key import has_chance
from evenkeel.gateway.cache.model import CachedAnswer
from evenkeel.gateway.guard.model import GuardPolicy, Side
from evenkeel.gateway.proxy.asking import Ask
from evenkeel.gateway.proxy.comparing import says_same
from evenkeel.gateway.proxy.recalling import Place
from evenkeel.gateway.proxy.recording import Opened, write_shadow
from evenkeel.gateway.proxy.shadowing import Beside, ask_beside
from evenkeel.gateway.proxy.trying import Trip
from evenkeel.gateway.proxy.worker import Worker
from evenkeel.kernel.errors import EvenkeelError

log = logging.getLogger(__name__)

#: What comes of it. A model that draws its words may well answer otherwise: that proves nothing wrong.
SAME: Final = "same"
WRONG: Final = "wrong"
ALIKE: Final = "alike"
DIFFERS: Final = "differs"
FAILED: Final = "failed"  # there was nothing to compare: no whole answer, or none that can be read
#: Longer answers are not compared: reading two of them takes a worker longer than its callers should wait.
COMPARED_BYTES_MAX: Final = 1024 * 1024


def is_drawn(worker: Worker, place: Place, policy: GuardPolicy | None, kept: CachedAnswer) -> bool:
    """Whether a hit is asked again.

    Not where a guard looks at answers: what was kept passed it, and what an upstream says now would not have.
    """
    share = place.policy.asked_again_share
    if not share or (policy is not None and Side.OUTPUT in policy.sides):
        return False
    return worker.chance.random() < share and sum(map(len, kept.chunks)) <= COMPARED_BYTES_MAX


def ask_again(worker: Worker, trip: Trip, opened: Opened, kept: CachedAnswer) -> None:
    """Ask whom the cache answered for, unless too much is under way beside answers. Returns at once."""
    if worker.background.count >= worker.limits.shadows_max:
        worker.counters.add("shadows_skipped_total")
        return
    worker.background.start(_ask(worker, trip, opened, kept))


async def _ask(worker: Worker, trip: Trip, opened: Opened, kept: CachedAnswer) -> None:
    version, name = trip.choice.attempts[0]
    upstream = worker.routes().upstreams.get(name)
    if upstream is None or upstream.dialect is not trip.ask.operation.dialect:
        return
    beside = await ask_beside(worker, trip, version, upstream, keep_bytes_max=COMPARED_BYTES_MAX)
    if beside is None:
        return
    # In a thread: callers of this worker do not wait until two long answers are read.
    beside.attempt.asked_again = await asyncio.to_thread(_judge, trip.ask, kept, beside)
    try:
        await write_shadow(worker, opened, trip.admitted, trip.ask, beside.attempt)
    except EvenkeelError as error:
        log.error("the record of a hit that was asked again could not be kept: %s", error)


def _judge(ask: Ask, kept: CachedAnswer, beside: Beside) -> str:
    attempt = beside.attempt
    if attempt.error or attempt.status != kept.status or (ask.operation.can_stream and not attempt.metered.finish):
        return FAILED
    is_text = ask.operation.can_stream
    same: bool | None = False  # one that is too long to compare is another one
    if beside.body is not None:
        same = says_same(b"".join(kept.chunks), beside.body, is_text=is_text, is_stream=ask.is_streaming)
    if same is None:
        return FAILED
    if is_text and has_chance(ask.document):
        return ALIKE if same else DIFFERS
    return SAME if same else WRONG
