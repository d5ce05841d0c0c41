"""What all exchanges of a worker share: tables, connections, and who is being served right now."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.cache.shared import SharedAnswers
from evenkeel.gateway.cache.store import AnswerCache
from evenkeel.gateway.guard.model import GuardPolicy
from evenkeel.gateway.keys.model import KeyTable
from evenkeel.gateway.metering.counting import LearnedRates
from evenkeel.gateway.proxy.counters import GatewayCounters
from evenkeel.gateway.proxy.evaluating import AnswerEvaluation
from evenkeel.gateway.proxy.holding import Desk
from evenkeel.gateway.proxy.spending import Spending
from evenkeel.gateway.proxy.upstream import Upstreams
from evenkeel.gateway.proxy.waiting import Deadlines
from evenkeel.gateway.routes.breaker import Breakers
from evenkeel.gateway.routes.model import RouteTable
from evenkeel.kernel.ports import Clock, Ids, Random
from evenkeel.observe.events.context import Pricing, Pseudonyms


class Committer(Protocol):
    """Where records are kept (`store.journal.spooled_commit`)."""

    async def commit(self, events: Sequence[Mapping[str, Any]]) -> None:
        """Return when they outlive this process. Raises OverloadedError."""
        ...


class Interruptible(Protocol):
    """An exchange that may be ended from outside."""

    def interrupt(self, reason: str) -> None:
        """End it, for that reason."""
        ...


@dataclass(frozen=True, slots=True)
class ProxyLimits:
    """What one worker takes on."""

    body_bytes_max: int = 32 * 1024 * 1024  # of one request: images travel in them
    body_timeout_s: float = 30.0
    held_bytes_max: int = 256 * 1024 * 1024  # bodies of all requests being served
    answer_held_bytes_max: int = 4 * 1024 * 1024  # of an answer that is no stream; what is longer passes in pieces
    caller_write_s: float = 60.0  # how long a caller may take to read what it is sent
    shadows_max: int = 256  # at a time; what is more is not asked


@dataclass(slots=True)
class OpenExchanges:
    """Who is being served, by route: a kill ends them."""

    by_route: dict[str, set[Interruptible]] = field(default_factory=dict[str, set[Interruptible]])
    held_bytes: int = 0

    def enter(self, route: str, exchange: Interruptible) -> None:
        """From now on it may be ended."""
        here = self.by_route.get(route)
        if here is None:
            here = self.by_route[route] = set()
        here.add(exchange)

    def leave(self, route: str, exchange: Interruptible) -> None:
        """It has ended."""
        here = self.by_route.get(route)
        if here is not None:
            here.discard(exchange)
            if not here:
                del self.by_route[route]

    def interrupt(self, route: str, reason: str) -> int:
        """End all of a route; answers how many."""
        here = list(self.by_route.get(route, ()))
        for exchange in here:
            exchange.interrupt(reason)
        return len(here)

    def interrupt_all(self, reason: str) -> None:
        """End all."""
        for route in list(self.by_route):
            self.interrupt(route, reason)

    @property
    def count(self) -> int:
        """How many are being served."""
        return sum(map(len, self.by_route.values()))


class Background:
    """Work that no caller waits for."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def count(self) -> int:
        """How much of it is under way."""
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, None]) -> None:
        """Begin."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@dataclass(frozen=True, slots=True)
class Worker:
    """What an exchange stands on."""

    routes: Callable[[], RouteTable]
    keys: Callable[[], KeyTable]
    caches: Callable[[], Mapping[str, CachePolicy]]  # by route name
    guards: Callable[[], Mapping[str, GuardPolicy] | None]  # by route name; None: not known, so nothing passes
    pricing: Callable[[], Pricing]
    pseudonyms: Pseudonyms
    upstreams: Upstreams
    breakers: Breakers
    rates: LearnedRates
    cache: AnswerCache
    spending: Spending | None  # None: there are no limits here
    commit: Committer
    zone: Callable[[], str]  # of the organisation: an IANA name
    clock: Clock
    ids: Ids
    chance: Random
    shared: SharedAnswers | None = None  # None: no store is shared, and what should be kept there is not kept
    desk: Desk | None = None  # None: what a person should decide on is refused
    evaluation: AnswerEvaluation | None = None  # None: nobody looks at answers
    limits: ProxyLimits = field(default_factory=ProxyLimits)
    background: Background = field(default_factory=Background)
    open: OpenExchanges = field(default_factory=OpenExchanges)
    counters: GatewayCounters = field(default_factory=GatewayCounters)
    deadlines: Deadlines = field(default_factory=Deadlines)
