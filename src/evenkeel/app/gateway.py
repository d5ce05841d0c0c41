"""Composition root of a gateway worker: `python -m evenkeel.app.gateway --home DIR --writer g0`.

It routes, meters and journals with control alive or dead, from the last good tables on disk. It loads no engine, no
ORM, no judge.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import logging
import random
import signal
import socket
import sys
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, TypeVar

import uvloop

from evenkeel.app.dataplane import open_evaluating, parse_prices
from evenkeel.app.home import Home
from evenkeel.app.parent import end_with_parent, tell_ready, telling_failure
from evenkeel.app.running import own_identity
from evenkeel.app.secrets import own_secrets
from evenkeel.app.serving import listen
from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.cache.shared import SharedAnswers
from evenkeel.gateway.cache.store import AnswerCache
from evenkeel.gateway.cache.table import parse_cache_store, parse_caches, parse_purges
from evenkeel.gateway.guard.table import parse_guards
from evenkeel.gateway.holds.files import HoldFiles
from evenkeel.gateway.holds.model import HoldPolicy
from evenkeel.gateway.holds.table import parse_holds
from evenkeel.gateway.http.model import ServerLimits
from evenkeel.gateway.http.server import Server, raise_file_limit
from evenkeel.gateway.keys.model import KeyTable
from evenkeel.gateway.keys.table import KeyRuns, parse_rows
from evenkeel.gateway.limits.lease_file import read_boot
from evenkeel.gateway.limits.ledger import Ledger
from evenkeel.gateway.limits.recovery import open_ledger
from evenkeel.gateway.limits.shared_link import Machine
from evenkeel.gateway.limits.shared_recovery import open_shared_ledger
from evenkeel.gateway.limits.sharing import StorePolicy, parse_store, settings_of
from evenkeel.gateway.limits.table import parse_limits
from evenkeel.gateway.metering.counting import LearnedRates
from evenkeel.gateway.proxy.app import GatewayApp
from evenkeel.gateway.proxy.counters import GatewayCounters
from evenkeel.gateway.proxy.evaluating import AnswerEvaluation
from evenkeel.gateway.proxy.following import Following, Purging
from evenkeel.gateway.proxy.holding import Desk
from evenkeel.gateway.proxy.numbers import render_numbers
from evenkeel.gateway.proxy.spending import Known, Spending
from evenkeel.gateway.proxy.upstream import Upstreams
from evenkeel.gateway.proxy.waiting import STOPPED
from evenkeel.gateway.proxy.worker import OpenExchanges, Worker
from evenkeel.gateway.routes.breaker import Breakers
from evenkeel.gateway.routes.model import RouteTable
from evenkeel.gateway.routes.table import RouteRows
from evenkeel.kernel.errors import EvenkeelError, InvalidInputError
from evenkeel.kernel.ids import derive_id
from evenkeel.kernel.ports import Clock
from evenkeel.observe.pricing.book import PriceBook
from evenkeel.observe.privacy.pseudonyms import open_pseudonyms
from evenkeel.store.journal.group_commit import GroupCommit
from evenkeel.store.journal.spool import Spool
from evenkeel.store.journal.spooled_commit import SpooledCommit
from evenkeel.store.journal.writer import JournalWriter
from evenkeel.store.lines import LineReader, OfParts
from evenkeel.store.resp import parse_address
from evenkeel.store.system import RealDisk, SystemClock, SystemIds
from evenkeel.store.tables import PublishedFile, PublishedTable, publish

T = TypeVar("T")

log = logging.getLogger(__name__)

#: What is being answered when the worker is told to stop has so long to come to its end.
_GRACE_S: Final = 10.0
#: Answers kept by one worker.
_CACHE_BYTES: Final = 32 * 1024 * 1024
#: How often keys, limits and guards are looked at for changes.
_LOOK_EVERY_S: Final = 0.25
#: New objects between two looks for cycles. What a request makes is freed without one; 700, the default, are those of
#: a few requests, and each look takes their time.
_CYCLES_AFTER: Final = 10_000
#: The event loop waits no longer than that for the thread that evaluates answers; 5 ms, the default, callers would see.
_SWITCH_EVERY_S: Final = 0.0005


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one worker until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m evenkeel.app.gateway", description=__doc__)
    parser.add_argument("--home", required=True)
    parser.add_argument("--writer", required=True, help="name of this worker's journal, the same after a restart")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=4181)
    parser.add_argument("--ready-fd", type=int, help="where a supervisor waits to hear that the work has begun")
    given = parser.parse_args(arguments)
    if given.ready_fd is not None:
        end_with_parent()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s gateway: %(message)s")
    with suppress(KeyboardInterrupt), telling_failure(given.ready_fd):
        listener = listen(given.host, given.port, option="--gateway-port", shared=True)
        serve(Home(Path(given.home)), given.writer, listener, given.ready_fd)


def serve(home: Home, writer: str, listener: socket.socket, ready_fd: int | None = None) -> None:
    """Serve until told to stop; the journal is closed after the last request."""
    home.create()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(home, writer, listener, ready_fd))


async def _serve(home: Home, writer: str, listener: socket.socket, ready_fd: int | None) -> None:
    notice = home.gateways / f"{writer}.json"
    store = read_store(home)
    async with open_worker(home, writer) as worker:
        limits = ServerLimits(connections=raise_file_limit())
        server = Server(GatewayApp(worker), worker.clock, limits)
        apart = replace(worker, counters=GatewayCounters())  # drills of control are no requests of anybody
        ours = Server(GatewayApp(apart, lambda: render_numbers(worker, lambda: server.count)), worker.clock)
        told = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, told.set)
        own = listen("127.0.0.1", 0, option="--gateway-port")  # the shared one leads to any worker, this one to us
        gc.freeze()  # what is there now stays: it is not looked at again
        gc.set_threshold(_CYCLES_AFTER)
        sys.setswitchinterval(_SWITCH_EVERY_S)
        await server.start([listener])
        await ours.start([own])
        try:
            port, own_port = (each.getsockname()[1] for each in (listener, own))
            facts = {"port": port, "own_port": own_port, "writer": writer, "store": "" if store is None else store.url}
            publish(notice, {**own_identity(supervised=ready_fd is not None), **facts})
            tell_ready(ready_fd, {"port": port})
            log.info("the gateway listens on port %d, journal %s", port, writer)
            await told.wait()
            stopping = (each.stop(_GRACE_S, lambda: worker.open.interrupt_all(STOPPED)) for each in (server, ours))
            await asyncio.gather(*stopping)
        finally:
            notice.unlink(missing_ok=True)


@asynccontextmanager
async def open_worker(home: Home, writer: str) -> AsyncGenerator[Worker]:
    """A worker of a home that follows what control publishes."""
    clock = SystemClock()
    commit = await _open_commit(home, writer, clock)
    published = PublishedFile(home.routes, LineReader())
    routes = PublishedTable(published, RouteRows().table, RouteTable(), look_every_s=0.0)
    keys_file = PublishedFile(home.gateway_keys, LineReader({"keys": parse_rows}))
    keys = PublishedTable(keys_file, KeyRuns().table, KeyTable(), look_every_s=_LOOK_EVERY_S)
    keys.current()  # the first look takes long where there are many: no request waits for it
    prices = PublishedTable(home.tables / "prices.json", parse_prices, PriceBook.load())
    caches = PublishedTable(published, OfParts(parse_caches, "caches"), dict[str, CachePolicy]())
    guards = _follow(published, OfParts(parse_guards, "version", "guards"))
    of_holds = OfParts(parse_holds, "holds")
    holds = PublishedTable(published, of_holds, dict[str, HoldPolicy](), look_every_s=_LOOK_EVERY_S)
    purges = PublishedTable(published, OfParts(parse_purges, "purges"), (), look_every_s=0.0)
    open_now, cache = OpenExchanges(), AnswerCache(_CACHE_BYTES)
    ledger = _open_ledger(home, writer, clock)
    limits = _follow(published, OfParts(parse_limits, "version", "zone", "limits"))
    rates = LearnedRates()
    shared = _open_shared_cache(home, clock)
    following = Following(routes.current, open_now, Purging(cache, purges.current, shared))
    async with Upstreams(own_secrets()) as upstreams:
        desk = Desk(HoldFiles(home.holds, RealDisk()), holds.current, clock, SystemIds())
        works = [following.run(), ledger.tend(), desk.tend()] + ([] if shared is None else [shared.run()])
        tasks = [asyncio.create_task(work) for work in works]
        try:
            evaluation = AnswerEvaluation(open_evaluating(home), commit, clock)
            worker = Worker(
                routes=following.routes,
                keys=keys.current,
                caches=caches.current,
                guards=guards.current,
                pricing=prices.current,
                pseudonyms=open_pseudonyms(home.secrets, clock.now_us()),
                upstreams=upstreams,
                breakers=Breakers(),
                rates=rates,
                spending=Spending(ledger, limits.current, prices.current, Known(rates, clock)),
                cache=cache,
                shared=shared,
                commit=commit,
                desk=desk,
                zone=lambda: "UTC" if (table := limits.current()) is None else table.zone,
                clock=clock,
                ids=SystemIds(),
                chance=random.Random(),  # noqa: S311 shares of traffic, no secrets
                evaluation=evaluation,
                open=open_now,
            )
            yield worker
            await evaluation.close()
            await worker.background.close()
        finally:
            for task in tasks:
                task.cancel()
            try:
                await ledger.close()
            except EvenkeelError as error:  # what is leased is recovered by who comes next
                log.warning("leases could not be given back: %s", error)
            finally:
                await commit.close()


async def _open_commit(home: Home, writer: str, clock: Clock) -> SpooledCommit:
    """Where records are kept; what the worker before left is kept first."""
    directory = str(home.journal / writer)
    journal = GroupCommit(JournalWriter(RealDisk(), directory, writer=writer, clock=clock))
    commit = SpooledCommit(Spool(RealDisk(), directory), journal)  # the journal's lock is theirs both
    left = await commit.recover()
    if left:
        log.warning("the worker before this one left %d events to be journaled: they are now", left)
    return commit


def _open_ledger(home: Home, writer: str, clock: Clock) -> Ledger:
    """What is used of limits: in a store that machines share, where one is configured, else in this home."""
    number, boot = _number(writer), read_boot()
    store = read_store(home)
    if store is not None:
        machine = Machine(home.limits / "shared", clock, SystemIds(), boot)
        return open_shared_ledger(number, machine, settings_of(store, own_secrets().read))
    ledger, recovered = open_ledger(home.limits, number, clock, boot)
    if recovered.accounts:
        log.warning("the worker before this one ended early: %s", recovered)
    return ledger


def _open_shared_cache(home: Home, clock: Clock) -> SharedAnswers | None:
    """Answers that machines share; None where they share none, or where nobody can tell where they are."""
    url = PublishedTable(home.routes, parse_cache_store, "").current()
    if not url:
        return None
    try:
        address = parse_address(own_secrets().read(url))
    except (EvenkeelError, ValueError) as error:  # without a cache all is asked upstream
        log.error("the store of answers cannot be used: %s", error)
        return None
    of_this_home = derive_id(socket.gethostname().encode(), bytes(home.root.resolve())).hex()
    return SharedAnswers(address, of_this_home, clock)


def read_store(home: Home) -> StorePolicy | None:
    """The store that is published now."""
    return PublishedTable[StorePolicy | None](home.routes, parse_store, None).current()


def _follow(file: PublishedFile, parse: Callable[[Mapping[str, Any]], T]) -> PublishedTable[T | None]:
    """A part of the published document, read apart from the others: a mistake in one holds up none of them.

    None until it was read once: what it would forbid is not known.
    """
    return PublishedTable[T | None](file, parse, None, look_every_s=_LOOK_EVERY_S)


def _number(writer: str) -> int:
    """Which of this machine's workers this is: `g3` is 3."""
    digits = writer.removeprefix("g")
    if not digits.isdigit():
        raise InvalidInputError(f"{writer!r} is no name of a gateway worker.", hint="They are called g0, g1, …")
    return int(digits)


if __name__ == "__main__":
    main()
