"""What the gateway adds to streams: to the first event, and to the pauses within; and how many one worker holds open.

Provider and callers share one core, the server under test has the other one; all are asked in turns.
"""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import uvloop
from bench.cpu import rss_mb
from bench.reader import Caller, Read, open_streams, read_streams
from bench.report import Row
from bench.serving import (
    GUARD,
    Policies,
    Server,
    gateway,
    lacks,
    on_core_of_callers,
    percentile,
    raise_file_limit,
    relay,
    streamer,
)

HEADING = "Gateway, streams: 16 at a time, and 10,000 that stay open"
STREAMS, EVENTS, GAP_MS = 16, 20, 5
ROUNDS, EACH = 4, 6
OPEN = 10_000
#: Files of a worker beside the two of each stream: journal, spool, tables, ledger.
FILES_OF_OURS = 256


def measure(*, full: bool = False) -> Sequence[Row]:
    """First bytes and cadence, then streams that stay open."""
    del full
    if missing := lacks("taskset"):
        return missing
    with ExitStack() as stack:
        stack.enter_context(on_core_of_callers())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        return [*_cadence(directory), *_open(directory)]


def _cadence(directory: Path) -> list[Row]:
    with ExitStack() as stack:
        upstream = stack.enter_context(streamer(EVENTS, GAP_MS))
        guarded = gateway(directory / "guarded", upstream.port, Policies(GUARD))
        servers = {
            "direct": upstream,
            "usual": stack.enter_context(relay("bench.relay", upstream.port)),
            "own": stack.enter_context(relay("bench.own_relay", upstream.port)),
            "ours": stack.enter_context(gateway(directory / "streams", upstream.port)),
            "guarded": stack.enter_context(guarded),
        }
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            before_s = {name: server.cpu_s() for name, server in servers.items()}
            reads = runner.run(_read_in_turn(servers))
        streams = STREAMS * (1 + ROUNDS * EACH)
        cpu_ms = {name: 1e3 * (server.cpu_s() - before_s[name]) / streams for name, server in servers.items()}
    for name, each in reads.items():
        broken = sum(not (read.is_whole and len(read.came_ns) == EVENTS) for read in each)
        if broken:
            raise RuntimeError(f"{broken} of {len(each)} streams of {name} lack something")
    return cadence_rows(reads, cpu_ms)


def cadence_rows(reads: Mapping[str, Sequence[Read]], cpu_ms: Mapping[str, float]) -> list[Row]:
    """What is added to the first event and to the pauses between two, and the CPU time of a stream."""
    first = {name: percentile([read.first_ms for read in each], 0.5) for name, each in reads.items()}
    late = {name: percentile([read.first_ms for read in each], 0.99) for name, each in reads.items()}
    drift = {name: percentile([ms for read in each for ms in read.drifts_ms()], 0.99) for name, each in reads.items()}
    gaps = {name: [ms for read in each for ms in read.gaps_ms()] for name, each in reads.items()}
    added = (
        f"uvicorn and aiohttp +{first['usual'] - first['direct']:.2f}; own HTTP +{first['own'] - first['direct']:.2f}"
    )
    changed = f"direct {drift['direct']:.2f}; uvicorn and aiohttp {drift['usual']:.2f}; own HTTP {drift['own']:.2f}"
    pauses = "; ".join(
        f"{name} {percentile(gaps[name], 0.5):.1f} / {percentile(gaps[name], 0.99):.1f}" for name in ("direct", "ours")
    )
    number = f"n {len(reads['ours'])} each"
    relays = f"uvicorn and aiohttp {cpu_ms['usual']:.2f}; own HTTP {cpu_ms['own']:.2f}"
    cpu = f"guard on {cpu_ms['guarded']:.2f}; {relays}"
    what = f"{STREAMS} streams"
    return [
        Row(
            f"{what}: added to the first event, p50",
            first["ours"] - first["direct"],
            "ms",
            2.5,
            True,
            f"{added}; {number}",
        ),
        Row(f"{what}: added to the first event, p99", late["ours"] - late["direct"], "ms"),
        Row(f"{what}: by how much a pause of {GAP_MS} ms changes, p99", drift["ours"], "ms", GAP_MS, True, changed),
        Row(
            f"{what}: pause between two events, p99",
            percentile(gaps["ours"], 0.99),
            "ms",
            beside=f"p50 / p99: {pauses}",
        ),
        Row(f"{what}, guard on: added to the first event, p50", first["guarded"] - first["direct"], "ms"),
        Row(f"{what}, guard on: by how much a pause changes, p99", drift["guarded"], "ms"),
        Row(f"CPU time of one stream of {EVENTS} events", cpu_ms["ours"], "ms", beside=cpu),
    ]


async def _read_in_turn(servers: Mapping[str, Server]) -> dict[str, list[Read]]:
    reads: dict[str, list[Read]] = {name: [] for name in servers}
    apart_s = EVENTS * GAP_MS / 1e3 / STREAMS  # at any time some begin, as with callers who know nothing of each other
    for server in servers.values():
        await read_streams(server, STREAMS, 1, apart_s)  # warms up
    for _ in range(ROUNDS):
        for name, server in servers.items():
            reads[name] += await read_streams(server, STREAMS, EACH, apart_s)
    return reads


@dataclass(frozen=True, slots=True)
class Held:
    """What one worker took for streams that were open all at once."""

    asked: int
    opened: int
    whole: int
    rss_before_mb: float
    rss_open_mb: float
    opening_s: float
    cpu_s: float


def _open(directory: Path) -> list[Row]:
    files = raise_file_limit()
    asked = min(OPEN, (files - FILES_OF_OURS) // 2)
    with ExitStack() as stack:
        upstream = stack.enter_context(streamer(0, 0))
        server = stack.enter_context(gateway(directory / "open", upstream.port))
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            return open_rows(runner.run(hold(server, upstream, asked)), files)


def open_rows(held: Held, files: int) -> list[Row]:
    """How many streams were open in one worker at once, whether all ended well, and what each took."""
    each_kb = 1024 * (held.rss_open_mb - held.rss_before_mb) / max(held.opened, 1)
    cpu_ms = 1e3 * held.cpu_s / max(held.opened, 1)
    took = f"opened in {held.opening_s:.1f} s, {cpu_ms:.2f} ms CPU each from first to last byte"
    limit = (
        ""
        if held.asked == OPEN
        else f"; no {OPEN:,}: a process may open {files:,} files here, and each stream takes two"
    )
    return [
        Row(f"{held.asked:,} streams open in one worker", held.opened, "streams", held.asked, beside=took + limit),
        Row("of these, whole at their end", held.whole, "streams", held.opened),
        Row("memory for each of them", each_kb, "KB RSS", beside=f"n {held.opened:,}"),
        Row(
            "memory of the worker with all of them",
            held.rss_open_mb,
            "MB RSS",
            beside=f"before {held.rss_before_mb:.0f}",
        ),
    ]


async def hold(server: Server, upstream: Server, count: int) -> Held:
    """Open them all, then let the provider end them all."""
    await _end(upstream, await open_streams(server, 1))  # whatever is loaded late is loaded
    before_mb, before_s = rss_mb(server.pid), server.cpu_s()
    began_s = time.monotonic()
    callers = await open_streams(server, count)
    opening_s = time.monotonic() - began_s
    open_mb = rss_mb(server.pid)
    opened = sum(bool(caller.reads and caller.reads[-1].came_ns) for caller in callers)
    await _end(upstream, callers)
    whole = sum(bool(caller.reads and caller.reads[-1].is_whole) for caller in callers)
    return Held(count, opened, whole, before_mb, open_mb, opening_s, server.cpu_s() - before_s)


async def _end(upstream: Server, callers: Sequence[Caller]) -> None:
    os.kill(upstream.pid, signal.SIGUSR1)
    await asyncio.gather(*(caller.done for caller in callers))
    for caller in callers:
        caller.close()
