"""The gateway under load: wrk and a provider of nginx on one core, the worker on the other.

The worker is the real process, with key, route, limits, metering, breaker, and its record in the spool before its
answer ends. Beside it a relay of usual parts: raw ASGI on uvicorn, aiohttp to the provider, nothing decided.
Figures are requests per second of the worker's CPU, so that neighbours on the machine matter little.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Generator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.cpu import process_cpu_s, pss_mb
from bench.report import Row, beside

from evenkeel.app.home import Home
from evenkeel.gateway.keys.model import VirtualKey
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.routes.model import Dialect, Route, Upstream, Version
from evenkeel.testing.gateway import GatewayTables, publish_keys, publish_tables

HEADING = "Gateway, 1 KB bodies, nginx as the provider: requests per second of a core"
REQUIRED = 3_000
SECRET = "ek_bench_key-of-this-run"
SECONDS = 5
CONNECTIONS = 64
CORES = ("0", "1") if (os.cpu_count() or 1) > 1 else ("0", "0")

_ANSWER = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": "word " * 120}, "finish_reason": "stop"},
    ],
    "usage": {"prompt_tokens": 180, "completion_tokens": 120, "total_tokens": 300},
}
_QUESTION = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "word " * 190}], "max_tokens": 256}


@dataclass(frozen=True, slots=True)
class Load:
    """What wrk saw, and what the server under test took for it."""

    requests: int
    failed: int
    p50_ms: float
    p99_ms: float
    cpu_s: float

    @property
    def per_core(self) -> float:
        """Requests per second of CPU."""
        return self.requests / self.cpu_s


def measure(*, full: bool = False) -> Sequence[Row]:
    """Rows at 64 connections and at 1. Nothing where wrk or nginx are not installed."""
    if not (shutil.which("wrk") and shutil.which("nginx")):
        print("needs wrk and nginx")
        return []
    rows: list[Row] = []
    with ExitStack() as stack:
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        provider = stack.enter_context(nginx(directory / "nginx"))
        relay = stack.enter_context(process("bench.relay", f"http://127.0.0.1:{provider}", directory))
        gateway = stack.enter_context(process("evenkeel.app.gateway", f"http://127.0.0.1:{provider}/v1", directory))
        for connections in (CONNECTIONS, 1):
            bare = load(relay, connections, directory)
            ours = load(gateway, connections, directory)
            if ours.failed:
                raise RuntimeError(f"{ours.failed} of {ours.requests} requests failed")
            if connections == CONNECTIONS:
                limit = beside("bare relay", bare.per_core, "requests/s", ours.per_core)
                rows.append(Row(f"{connections} connections", ours.per_core, "requests/s", REQUIRED, beside=limit))
            else:
                added = ours.p50_ms - bare.p50_ms
                rows.append(Row("1 connection, p50 beyond the bare relay", added, "ms", 1.5, True))
                ratio = f"bare relay {bare.p99_ms:.2f} ms"
                rows.append(Row("1 connection, p99", ours.p99_ms, "ms", 1.5 * bare.p99_ms, True, ratio))
        if full:
            before = pss_mb(gateway[0])
            for _ in range(-(-1_000_000 // max(1, load(gateway, CONNECTIONS, directory).requests))):
                load(gateway, CONNECTIONS, directory)
            rows.append(
                Row(
                    "memory after 1,000,000 requests",
                    pss_mb(gateway[0]),
                    "MB PSS",
                    150,
                    True,
                    f"before {before:.0f} MB",
                )
            )
    return rows


@contextmanager
def nginx(directory: Path) -> Generator[int]:
    """The port of a provider that always answers the same."""
    directory.mkdir()
    port = _free_port()
    answer = json.dumps(_ANSWER).replace("'", "")
    (directory / "nginx.conf").write_text(
        f"""worker_processes 1; daemon off; pid {directory}/pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; client_body_temp_path {directory}/body;
  proxy_temp_path {directory}/p; fastcgi_temp_path {directory}/f; uwsgi_temp_path {directory}/u;
  scgi_temp_path {directory}/s; client_body_buffer_size 64k;
  server {{ listen 127.0.0.1:{port} backlog=2048;
    location / {{ default_type application/json; return 200 '{answer}'; }} }} }}
"""
    )
    server = subprocess.Popen(
        ["taskset", "-c", CORES[0], "nginx", "-c", str(directory / "nginx.conf"), "-p", str(directory)]
    )
    try:
        _await(port)
        yield port
    finally:
        server.terminate()
        server.wait()


@contextmanager
def process(module: str, provider: str, directory: Path) -> Generator[tuple[int, int]]:
    """(pid, port) of a server under test on its own core, with a route to the provider."""
    home = Home(directory / module)
    home.create()
    upstream = Upstream("provider", provider, Dialect.OPENAI, provider="openai")
    route = Route("production", "bench", (Version("1", 1.0, ("provider",)),))
    cap = Limit("cap", Holder.KEY, "*", Measure.MONEY, Period.MONTH, 10**15, "USD")
    per_minute = Limit("rpm", Holder.KEY, "*", Measure.REQUESTS, Period.MINUTE, 10**9)
    publish_tables(home, GatewayTables((route,), (upstream,), (cap, per_minute)))
    publish_keys(home, {SECRET: VirtualKey("bench", "bench", service="bench")})
    port = _free_port()
    words = ["--home", str(home.root), "--writer", "g0", "--port", str(port)]
    if module == "bench.relay":
        words = [provider, str(port)]
    server = subprocess.Popen(
        ["taskset", "-c", CORES[1], sys.executable, "-m", module, *words], stderr=subprocess.DEVNULL
    )
    try:
        _await(port)
        yield server.pid, port
    finally:
        server.terminate()
        server.wait()


def load(server: tuple[int, int], connections: int, directory: Path) -> Load:
    """wrk against a server, after a warm-up."""
    script = directory / "ask.lua"
    headers = f'["authorization"]="Bearer {SECRET}", ["content-type"]="application/json"'
    script.write_text(
        f"""wrk.method = "POST"; wrk.headers = {{ {headers} }}; wrk.body = [[{json.dumps(_QUESTION)}]]
done = function(s, l, r) io.write(string.format('\\n{{"n":%d,"bad":%d,"p50":%f,"p99":%f}}\\n', s.requests,
  s.errors.status + s.errors.connect + s.errors.read + s.errors.timeout, l:percentile(50), l:percentile(99))) end
"""
    )
    pid, port = server
    found: dict[str, float] = {}
    cpu_s = 0.0
    for seconds in (1, SECONDS):
        before = process_cpu_s(pid)
        done = subprocess.run(
            [
                "taskset", "-c", CORES[0], "wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", str(script),
                f"http://127.0.0.1:{port}/v1/chat/completions",
            ],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        cpu_s = process_cpu_s(pid) - before
        found = json.loads(done.stdout.strip().splitlines()[-1])
    return Load(int(found["n"]), int(found["bad"]), found["p50"] / 1e3, found["p99"] / 1e3, cpu_s)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def _await(port: int) -> None:
    """Return when somebody answers there."""
    for _ in range(400):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=5):
                return
        except OSError:
            with socket.socket() as probe:
                probe.settimeout(0.05)
                probe.connect_ex(("127.0.0.1", port))
            os.sched_yield()
            subprocess.run(["sleep", "0.05"], check=True)
    raise RuntimeError(f"nobody listens on port {port}")
