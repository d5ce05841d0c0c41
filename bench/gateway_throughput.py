"""The gateway under load: wrk and a provider of nginx on one core, the server under test on the other.

The worker is the real process, with key, route, limits of money and requests, metering, breaker, and its record in the
spool before its answer ends. Beside it two relays and an nginx that decide nothing, and other gateways, in the same run
and turn by turn. CPU time is the figure to trust: neighbours on the machine take wall time only.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import serving
from bench.peers import Peer, started
from bench.report import Row
from bench.serving import CACHE, GUARD, Policies, Server, gateway, lacks, relay
from bench.wrk import Asking, Load, load, together

HEADING = "Gateway, 64 connections, 1 KB bodies, nginx as the provider: requests per second of a core"
REQUIRED, REQUIRED_GUARDED = 3_000, 2_000
ROUNDS, SECONDS = 3, 5
WARM_S, WARM_PEERS_S = 2, 15  # LiteLLM imports on the path of its first requests


@dataclass(frozen=True, slots=True)
class Turn:
    """One server in each round, and how it is asked."""

    server: Server
    is_varied: bool = False
    warm_s: int = WARM_S


def measure(*, full: bool = False) -> Sequence[Row]:
    """Ours by what is on, what decides nothing, and how many times as fast as others it is."""
    del full
    if missing := lacks("wrk", "nginx", "taskset"):
        return missing
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = stack.enter_context(serving.provider(directory / "nginx"))
        others, absent = started(stack, upstream, directory)
        cached = stack.enter_context(gateway(directory / "cached", upstream, Policies(cache=CACHE)))
        guarded = gateway(directory / "guarded", upstream, Policies(GUARD, CACHE))
        turns = {
            "ours": Turn(stack.enter_context(gateway(directory / "home", upstream))),
            "missed": Turn(cached, is_varied=True),
            "hit": Turn(cached),
            "guarded": Turn(stack.enter_context(guarded), is_varied=True),
            "usual": Turn(stack.enter_context(relay("bench.relay", upstream))),
            "own": Turn(stack.enter_context(relay("bench.own_relay", upstream))),
            "nginx": Turn(stack.enter_context(serving.nginx_relay(directory / "relay", upstream))),
        } | {peer.name: Turn(server, warm_s=WARM_PEERS_S) for peer, server in others.items()}
        rounds = _turn_by_turn(turns, directory)
    found = {name: together(each) for name, each in rounds.items()}
    return [
        *_ours("cache off, guard off", rounds["ours"], REQUIRED),
        *_ours("cache on and none in it, guard off", rounds["missed"], REQUIRED),
        *_ours("cache on and all in it, guard off", rounds["hit"], REQUIRED),
        *_ours("cache on and none in it, guard on both ways", rounds["guarded"], REQUIRED_GUARDED),
        limit("uvicorn and aiohttp, no decision", found["usual"], found["ours"]),
        limit("the gateway's own HTTP, no decision", found["own"], found["ours"]),
        limit("nginx as a relay, the physical limit", found["nginx"], found["ours"]),
        *(row for peer in others for row in compared(peer, found[peer.name], found["ours"])),
        *(not_run(peer, why) for peer, why in absent.items()),
    ]


def _ours(what: str, rounds: Sequence[Load], required: float) -> list[Row]:
    both = together(rounds)
    if both.failed:
        raise RuntimeError(f"{both.failed} of {both.requests} requests failed: {what}")
    least, most = min(each.per_cpu_s for each in rounds), max(each.per_cpu_s for each in rounds)
    cpu = f"{both.cpu_us:.0f} µs CPU each; {len(rounds)} rounds, {least:,.0f} to {most:,.0f}"
    return [
        Row(f"{what}: by CPU time", both.per_cpu_s, "requests/s", required, beside=cpu),
        Row(f"{what}: by wall time", both.per_wall_s, "requests/s", required, beside=f"n {both.requests:,}"),
    ]


def limit(what: str, bare: Load, ours: Load) -> Row:
    """What decides nothing, and how near ours is with cache and guard off."""
    if bare.failed:
        raise RuntimeError(f"{bare.failed} of {bare.requests} requests failed: {what}")
    near = f"{bare.cpu_us:.0f} µs CPU each; ours is {ours.per_cpu_s / bare.per_cpu_s:.2g} of it"
    return Row(f"{what}: by CPU time", bare.per_cpu_s, "requests/s", beside=near)


def compared(peer: Peer, theirs: Load, ours: Load) -> list[Row]:
    """How many times as many requests ours answers, cache and guard off."""
    if theirs.failed or not theirs.requests:
        return [not_run(peer, f"{theirs.failed} of {theirs.requests} of its requests failed")]
    cpu = f"theirs {theirs.per_cpu_s:,.1f} requests/s, {theirs.cpu_us:,.0f} µs CPU each"
    wall = f"theirs {theirs.per_wall_s:,.1f} requests/s, n {theirs.requests:,}"
    return [
        Row(f"times {peer.name}: by CPU time", ours.per_cpu_s / theirs.per_cpu_s, "×", peer.times, beside=cpu),
        Row(f"times {peer.name}: by wall time", ours.per_wall_s / theirs.per_wall_s, "×", peer.times, beside=wall),
    ]


def not_run(peer: Peer, why: str) -> Row:
    """No figure of this run, so no ratio either."""
    return Row(f"times {peer.name}", None, "×", beside=f"not run: {why}; requests/s before: {peer.known}")


def _turn_by_turn(turns: Mapping[str, Turn], directory: Path) -> dict[str, list[Load]]:
    """All in each round, so that what the machine does meanwhile happens to all."""
    for turn in turns.values():
        load(turn.server, Asking(turn.warm_s, is_varied=turn.is_varied), directory)
    rounds = [
        {name: load(turn.server, Asking(SECONDS, is_varied=turn.is_varied), directory) for name, turn in turns.items()}
        for _ in range(ROUNDS)
    ]
    return {name: [each[name] for each in rounds] for name in turns}
