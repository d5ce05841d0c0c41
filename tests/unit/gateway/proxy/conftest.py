"""A gateway that serves on a free port, with upstreams of its own choosing."""

from __future__ import annotations

import asyncio
import hashlib
import http.client
import json
import random
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import uvloop

from evenkeel.app.serving import listen
from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.cache.store import AnswerCache
from evenkeel.gateway.guard.model import GuardPolicy
from evenkeel.gateway.holds.files import HoldFiles
from evenkeel.gateway.holds.model import HoldPolicy
from evenkeel.gateway.http.server import Server
from evenkeel.gateway.keys.model import KeyTable, VirtualKey
from evenkeel.gateway.limits.lease_file import read_boot
from evenkeel.gateway.limits.model import Limit
from evenkeel.gateway.limits.recovery import open_ledger
from evenkeel.gateway.limits.table import LimitTable
from evenkeel.gateway.metering.counting import LearnedRates
from evenkeel.gateway.proxy.app import GatewayApp
from evenkeel.gateway.proxy.evaluating import AnswerEvaluation
from evenkeel.gateway.proxy.following import Following
from evenkeel.gateway.proxy.holding import Desk
from evenkeel.gateway.proxy.numbers import render_numbers
from evenkeel.gateway.proxy.spending import Known, Spending
from evenkeel.gateway.proxy.upstream import Upstreams
from evenkeel.gateway.proxy.waiting import STOPPED
from evenkeel.gateway.proxy.worker import OpenExchanges, ProxyLimits, Worker
from evenkeel.gateway.routes.breaker import Breakers
from evenkeel.gateway.routes.model import Dialect, Route, RouteTable, Timeouts, Upstream, Version
from evenkeel.kernel.batch import EventBatch
from evenkeel.observe.evaluators.evaluating import Evaluating, EvaluationClocks
from evenkeel.observe.evaluators.policy import EvaluationPolicy, EvaluationTable
from evenkeel.observe.pricing.book import OwnPrice, PriceBook
from evenkeel.observe.privacy.pseudonyms import Pseudonyms
from evenkeel.org.config.secrets import Secrets
from evenkeel.store.system import RealDisk, SystemClock, SystemIds

SECRET = "ek_test"
PATIENCE_S = 10.0
#: A prompt of three tokens, as the doubles count.
CHAT = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "one two three"}]}


class Ledger:
    """Keeps the records that were committed; tests wait for them."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._rows: list[dict[str, Any]] = []
        self.failure: Exception | None = None

    async def commit(self, events: Sequence[Mapping[str, Any]]) -> None:
        if self.failure is not None:
            raise self.failure
        batch = EventBatch()
        batch.add_all(events)
        with self._changed:
            self._rows += [batch.row(index) for index in range(len(batch))]
            self._changed.notify_all()

    def rows(self, role: str, count: int = 1) -> list[dict[str, Any]]:
        """All rows of a role, once there are so many."""

        def found() -> list[dict[str, Any]]:
            return [row for row in self._rows if row["role"] == role]

        with self._changed:
            assert self._changed.wait_for(lambda: len(found()) >= count, PATIENCE_S), self._rows
            return found()


@dataclass
class Gateway:
    """One worker, and what it goes by."""

    ledger: Ledger = field(default_factory=Ledger)
    table: RouteTable = field(default_factory=RouteTable)
    keys: dict[str, VirtualKey] = field(default_factory=dict[str, VirtualKey])
    limits_of: LimitTable = field(default_factory=LimitTable)
    folder: Path = Path()
    guards: dict[str, GuardPolicy] = field(default_factory=dict[str, GuardPolicy])
    caches: dict[str, CachePolicy] = field(default_factory=dict[str, CachePolicy])
    holds: dict[str, HoldPolicy] = field(default_factory=dict[str, HoldPolicy])
    evaluated: EvaluationTable = field(default_factory=lambda: EvaluationTable({"bot": EvaluationPolicy(())}))
    limits: ProxyLimits = field(default_factory=lambda: ProxyLimits(body_timeout_s=2.0))
    port: int = 0
    worker: Any = None
    stop: Any = None
    chat: Mapping[str, Any] = field(default_factory=lambda: CHAT)

    @property
    def hold_files(self) -> HoldFiles:
        return HoldFiles(self.folder / "holds", RealDisk())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def allow(self, secret: str = SECRET, **of_key: Any) -> None:
        """A key."""
        self.keys[hashlib.sha256(secret.encode()).hexdigest()] = VirtualKey(**{"id": secret, "name": secret, **of_key})

    def limit(self, *limits: Limit) -> None:
        """Limits."""
        self.limits_of = LimitTable(limits)

    def leave(self, document: Any) -> None:
        """Ask, and go away after the first line of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        headers = {"authorization": f"Bearer {SECRET}"}
        connection.request("POST", "/v1/chat/completions", json.dumps(document), headers)
        answer = connection.getresponse()
        answer.readline()
        answer.close()
        connection.close()

    def route(self, *upstreams: Upstream, **of_route: Any) -> Route:
        """Replace the table by one route to these upstreams, in their order."""
        given = {"versions": (Version("1", 1.0, tuple(each.name for each in upstreams)),), "retries_max": 0, **of_route}
        route = Route("production", "bot", **given)
        self.publish({route.name: route}, {each.name: each for each in upstreams})
        return route

    def publish(self, routes: Mapping[str, Route], upstreams: Mapping[str, Upstream]) -> None:
        """Replace the table."""
        self.table = RouteTable(self.table.generation + 1, 0, routes, upstreams)
        waiting = threading.Event()

        def see() -> None:
            self.worker.following.look()
            waiting.set()

        self.worker.loop.call_soon_threadsafe(see)
        assert waiting.wait(PATIENCE_S)

    def upstream(self, name: str, url: str, dialect: Dialect = Dialect.OPENAI, **given: Any) -> Upstream:
        """An upstream with short patience."""
        patience = {"connect_s": 2.0, "first_byte_s": 5.0, "idle_s": 5.0, "total_s": 20.0}
        timeouts = Timeouts(**patience | given.pop("timeouts", {}))
        return Upstream(
            name, url, dialect, **{"provider": "openai", "key": "env:PROVIDER_KEY", "timeouts": timeouts, **given}
        )

    def ask(
        self, path: str = "/v1/chat/completions", document: Any = None, *, method: str = "POST", **headers: str
    ) -> tuple[int, dict[str, str], bytes]:
        """(status, headers, body) of one request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        given = {"authorization": f"Bearer {SECRET}", "content-type": "application/json"}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        body = None
        if method == "POST":
            body = document if isinstance(document, bytes) else json.dumps(document or self.chat)
        try:
            connection.request(method, path, body, given)
            answer = connection.getresponse()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
        finally:
            connection.close()


@dataclass
class _Thread:
    loop: Any
    following: Following
    app: Worker


@contextmanager
def serving(gateway: Gateway) -> Iterator[Gateway]:
    """Serve in a thread until the end of the block."""
    listener = listen("127.0.0.1", 0, option="--port")
    gateway.port = listener.getsockname()[1]
    ready = threading.Event()

    async def serve() -> None:
        gateway.stop = asyncio.Event()
        open_now = OpenExchanges()
        following = Following(lambda: gateway.table, open_now)
        rates, clock = LearnedRates(), SystemClock()
        ledger, _ = open_ledger(gateway.folder, 0, clock, read_boot())
        async with Upstreams(Secrets({"PROVIDER_KEY": "sk-provider"})) as upstreams:
            evaluating = Evaluating(lambda: gateway.evaluated, EvaluationClocks(clock.monotonic_s, lambda: 0.0))
            evaluation = AnswerEvaluation(evaluating, gateway.ledger, clock)
            worker = Worker(
                routes=following.routes,
                keys=lambda: KeyTable(1, gateway.keys),
                caches=lambda: gateway.caches,
                guards=lambda: gateway.guards,
                pricing=lambda: BOOK,
                pseudonyms=Pseudonyms.with_key(b"k" * 32),
                upstreams=upstreams,
                breakers=Breakers(),
                rates=rates,
                cache=AnswerCache(1_000_000),
                spending=Spending(ledger, lambda: gateway.limits_of, lambda: BOOK, Known(rates, clock)),
                commit=gateway.ledger,
                zone=lambda: "UTC",
                clock=clock,
                ids=SystemIds(),
                chance=random.Random(7),
                desk=Desk(gateway.hold_files, lambda: gateway.holds, clock, SystemIds()),
                evaluation=evaluation,
                limits=gateway.limits,
                open=open_now,
            )
            gateway.worker = _Thread(asyncio.get_running_loop(), following, worker)
            server = Server(GatewayApp(worker, lambda: render_numbers(worker, lambda: server.count)), clock)
            await server.start([listener])
            ready.set()
            await gateway.stop.wait()
            await server.stop(PATIENCE_S, lambda: open_now.interrupt_all(STOPPED))
            await evaluation.close()
            await worker.background.close()
            await ledger.close()

    def run() -> None:
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve())

    thread = threading.Thread(target=run, name="gateway")
    thread.start()
    try:
        assert ready.wait(PATIENCE_S)
        yield gateway
    finally:
        gateway.worker.loop.call_soon_threadsafe(gateway.stop.set)
        thread.join(PATIENCE_S)
        assert not thread.is_alive()


BOOK = PriceBook.load(
    [OwnPrice("own-model", 1_000_000_000, 2_000_000_000), OwnPrice("own-dear", 10_000_000_000, 20_000_000_000)]
)


@pytest.fixture
def gateway(tmp_path: Path) -> Iterator[Gateway]:
    made = Gateway(folder=tmp_path / "limits")
    made.allow(service="bot")
    with serving(made):
        yield made
