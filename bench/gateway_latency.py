"""What the gateway adds to an answer on one connection.

Asked in turns of the provider itself, of relays that decide nothing, and of the gateway, so that what the machine does
meanwhile happens to all. The server under test has a core of its own; provider and caller share the other one.
"""

from __future__ import annotations

import socket
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from bench import serving
from bench.report import Row
from bench.serving import GUARD, Policies, Server, gateway, lacks, on_core_of_callers, percentile, question, relay

HEADING = "Gateway, 1 connection, 1 KB bodies, nginx as the provider: what it adds to an answer"
BLOCKS, WARM_BLOCKS = 80, 6
BLOCK, SETTLING = 55, 5  # questions to one server before the next one's turn; of these, not counted


@dataclass(frozen=True, slots=True)
class Line:
    """One connection, and what is asked on it again and again."""

    connection: socket.socket
    question: bytes

    def ask_ms(self) -> float:
        """How long one answer took."""
        began_s = time.perf_counter()
        self.connection.sendall(self.question)
        read_answer(self.connection)
        return 1e3 * (time.perf_counter() - began_s)


def measure(*, full: bool = False) -> Sequence[Row]:
    """Added medians, and the far end beside those of the relays."""
    del full
    if missing := lacks("nginx", "taskset"):
        return missing
    with ExitStack() as stack:
        stack.enter_context(on_core_of_callers())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = stack.enter_context(serving.provider(directory / "nginx"))
        guarded = gateway(directory / "guarded", upstream, Policies(GUARD))
        servers = {
            "direct": Server(0, upstream),
            "usual": stack.enter_context(relay("bench.relay", upstream)),
            "own": stack.enter_context(relay("bench.own_relay", upstream)),
            "nginx": stack.enter_context(serving.nginx_relay(directory / "relay", upstream)),
            "ours": stack.enter_context(gateway(directory / "home", upstream)),
            "guarded": stack.enter_context(guarded),
        }
        under_test = {name: server for name, server in servers.items() if server.pid}
        before_s = {name: server.cpu_s() for name, server in under_test.items()}
        taken_ms = ask_in_turn(servers, BLOCKS)
        asked = BLOCK * (WARM_BLOCKS + BLOCKS)
        cpu_us = {name: 1e6 * (server.cpu_s() - before_s[name]) / asked for name, server in under_test.items()}
        return rows(taken_ms, cpu_us)


def rows(taken_ms: Mapping[str, Sequence[float]], cpu_us: Mapping[str, float]) -> list[Row]:
    """What each adds to a direct answer, and where ours ends beside a relay that decides nothing."""
    p50 = {name: percentile(each, 0.5) for name, each in taken_ms.items()}
    p99 = {name: percentile(each, 0.99) for name, each in taken_ms.items()}
    relays = {"uvicorn and aiohttp": "usual", "own HTTP": "own", "nginx": "nginx"}
    near = "; ".join(f"{words} +{p50[name] - p50['direct']:.2f}" for words, name in relays.items())
    far = "; ".join(f"{words} {p99[name]:.2f}" for words, name in relays.items())
    cpu = "; ".join(f"{words} {cpu_us[name]:.0f}" for words, name in relays.items())
    number = f"n {len(taken_ms['ours']):,} each"
    direct = f"direct p50 {p50['direct']:.2f}, p99 {p99['direct']:.2f}; {number}"
    return [
        Row("added, p50", p50["ours"] - p50["direct"], "ms", 1.5, True, f"{near}; {number}"),
        Row("p99, at most 1.5 × that of uvicorn and aiohttp", p99["ours"], "ms", 1.5 * p99["usual"], True, far),
        Row("p99, at most 1.5 × that of the gateway's own HTTP", p99["ours"], "ms", 1.5 * p99["own"], True, far),
        Row("added, p99", p99["ours"] - p99["direct"], "ms", beside=direct),
        Row("added, p50, guard on both ways", p50["guarded"] - p50["direct"], "ms"),
        Row("added, p99, guard on both ways", p99["guarded"] - p99["direct"], "ms"),
        Row("CPU time of one answer", cpu_us["ours"], "µs", beside=f"guard on {cpu_us['guarded']:.0f}; {cpu}"),
    ]


def ask_in_turn(servers: Mapping[str, Server], blocks: int) -> dict[str, list[float]]:
    """Milliseconds of each answer, `BLOCK` questions to each server in each round.

    What a server still does after an answer is in the way of its own next one, and of nobody else's: they share a
    core, so the first questions of each block are not counted.
    """
    taken: dict[str, list[float]] = {name: [] for name in servers}
    with ExitStack() as stack:
        lines = {name: Line(stack.enter_context(connect(server)), question(server)) for name, server in servers.items()}
        for number in range(WARM_BLOCKS + blocks):
            counted = slice(SETTLING if number >= WARM_BLOCKS else BLOCK, BLOCK)
            for name, line in lines.items():
                taken[name] += [line.ask_ms() for _ in range(BLOCK)][counted]
    return taken


def connect(server: Server) -> socket.socket:
    """A connection that sends at once."""
    connection = socket.create_connection(("127.0.0.1", server.port))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def read_answer(connection: socket.socket) -> bytes:
    """The body of an answer of a declared length. Raises RuntimeError for one that is none of success."""
    got = b""
    while b"\r\n\r\n" not in got:
        got += _more(connection)
    head, _, body = got.partition(b"\r\n\r\n")
    if head[9:12] != b"200":
        raise RuntimeError(f"answered {head[9:12].decode()}")
    size = int(head.lower().partition(b"content-length:")[2].partition(b"\r")[0])
    while len(body) < size:
        body += _more(connection)
    return body


def _more(connection: socket.socket) -> bytes:
    data = connection.recv(65_536)
    if not data:
        raise RuntimeError("the connection was closed within an answer")
    return data
