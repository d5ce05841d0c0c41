"""What the benchmarks of the gateway run: a provider, and servers under test on a core of their own."""

from __future__ import annotations

import json
import os
import resource
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.cpu import process_cpu_s, tree
from bench.guard import PROSE
from bench.report import Row

from evenkeel.app.home import Home
from evenkeel.gateway.cache.model import CachePolicy
from evenkeel.gateway.guard.model import GuardAction, GuardPolicy
from evenkeel.gateway.keys.model import VirtualKey
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.routes.model import Dialect, Route, Timeouts, Upstream, Version
from evenkeel.testing.gateway import GatewayTables, publish_keys, publish_tables

ROOT = Path(__file__).resolve().parent.parent
SECRET = "ek_bench_key-of-this-run"
PATH = "/v1/chat/completions"
#: Load generator and provider; server under test.
CORES = ("0", "1") if (os.cpu_count() or 1) > 1 else ("0", "0")
START_S = 60.0
#: nginx needs these, and none of them is used.
_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
GUARD = GuardPolicy(actions=(("pii", GuardAction.REDACT), ("secrets", GuardAction.REDACT)))
CACHE = CachePolicy(ttl_s=86_400.0)

_ANSWER = {
    "id": "chatcmpl-bench",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o-mini",
    "choices": [
        {"index": 0, "message": {"role": "assistant", "content": PROSE * 3}, "finish_reason": "stop"},
    ],
    "usage": {"prompt_tokens": 180, "completion_tokens": 120, "total_tokens": 300},
}
QUESTION = {
    "model": "gpt-4o-mini",
    "messages": [{"role": "user", "content": PROSE * 5}],
    "max_tokens": 256,
    "temperature": 0,  # an answer that chance has a part in is not cached
}
HEADERS = {"authorization": f"Bearer {SECRET}", "content-type": "application/json"}


@dataclass(frozen=True, slots=True)
class Policies:
    """What a route has beside keys, limits and metering."""

    guard: GuardPolicy | None = None
    cache: CachePolicy | None = None


@dataclass(frozen=True, slots=True)
class Server:
    """A server under test."""

    pid: int
    port: int
    headers: Mapping[str, str] = field(default_factory=lambda: HEADERS)

    def cpu_s(self) -> float:
        """CPU seconds of it and of its children."""
        return sum(map(process_cpu_s, tree(self.pid)))


def lacks(*programs: str) -> list[Row]:
    """Nothing, or the row that says what is not installed."""
    missing = [name for name in programs if not shutil.which(name)]
    if not missing:
        return []
    how = "on Debian, apt-get install wrk nginx-light util-linux"
    return [Row(f"needs {' and '.join(missing)}", None, "", beside=how)]


@contextmanager
def provider(directory: Path) -> Generator[int]:
    """The port of an nginx that always answers the same, 1 KB."""
    answer = json.dumps(_ANSWER).replace("'", "")
    location = f"default_type application/json; return 200 '{answer}';"
    with _nginx(directory, "", location, CORES[0]) as server:
        yield server.port


@contextmanager
def nginx_relay(directory: Path, upstream: int) -> Generator[Server]:
    """The nearest to the physical limit: an nginx that sends everything on, connections kept on both sides."""
    behind = f"upstream provider {{ server 127.0.0.1:{upstream}; keepalive 256; keepalive_requests 100000000; }}"
    location = 'proxy_pass http://provider; proxy_http_version 1.1; proxy_set_header Connection "";'
    with _nginx(directory, behind, location, CORES[1]) as server:
        yield server


@contextmanager
def _nginx(directory: Path, behind: str, location: str, core: str) -> Generator[Server]:
    directory.mkdir()
    port = free_port()
    places = " ".join(f"{each}_temp_path {directory}/{each};" for each in _TEMPORARY)
    configuration = directory / "nginx.conf"
    configuration.write_text(
        f"""worker_processes 1; daemon off; pid {directory}/pid; error_log {directory}/error.log;
events {{ worker_connections 4096; }}
http {{ access_log off; keepalive_requests 100000000; client_body_buffer_size 64k; {places} {behind}
  server {{ listen 127.0.0.1:{port} backlog=2048; location / {{ {location} }} }} }}
""",
        encoding="utf-8",
    )
    with running(["nginx", "-c", str(configuration), "-p", str(directory)], port, core=core) as pid:
        yield Server(pid, port)


@contextmanager
def streamer(events: int, gap_ms: int) -> Generator[Server]:
    """A provider of streams, see `bench.streamer`."""
    port = free_port()
    words = [sys.executable, "-m", "bench.streamer", str(port), str(events), str(gap_ms)]
    with running(words, port, core=CORES[0]) as pid:
        yield Server(pid, port)


@contextmanager
def relay(module: str, upstream: int) -> Generator[Server]:
    """A relay that decides nothing: `bench.relay` or `bench.own_relay`."""
    port = free_port()
    with running([sys.executable, "-m", module, f"http://127.0.0.1:{upstream}", str(port)], port) as pid:
        yield Server(pid, port)


@contextmanager
def gateway(directory: Path, upstream: int, policies: Policies | None = None) -> Generator[Server]:
    """A gateway worker as it is in production: key, route, limits of money and requests, its records."""
    home = publish_home(directory, upstream, policies or Policies())
    port = free_port()
    with running(gateway_words(home, port), port) as pid:
        yield Server(pid, port)


def gateway_words(home: Home, port: int) -> list[str]:
    """How a worker is started."""
    return [
        sys.executable, "-m", "evenkeel.app.gateway", "--home", str(home.root), "--writer", "g0", "--port", str(port)
    ]  # fmt: skip


def publish_home(directory: Path, upstream: int, policies: Policies) -> Home:
    """A home whose tables lead everything to that port."""
    home = Home(directory)
    home.create()
    place = Upstream(
        "provider",
        f"http://127.0.0.1:{upstream}/v1",
        Dialect.OPENAI,
        provider="openai",
        timeouts=Timeouts(idle_s=600.0, total_s=1_200.0),
    )
    route = Route("production", "bench", (Version("1", 1.0, ("provider",)),))
    money = Limit("cap", Holder.KEY, "*", Measure.MONEY, Period.MONTH, 10**15, "USD")
    per_minute = Limit("rpm", Holder.KEY, "*", Measure.REQUESTS, Period.MINUTE, 10**9)
    guards = {} if policies.guard is None else {route.name: policies.guard}
    caches = {} if policies.cache is None else {route.name: policies.cache}
    publish_tables(home, GatewayTables((route,), (place,), (money, per_minute), guards, caches))
    publish_keys(home, {SECRET: VirtualKey("bench", "bench", service="bench")})
    return home


@contextmanager
def running(
    words: Sequence[str], port: int, *, core: str = CORES[1], environment: Mapping[str, str] | None = None
) -> Generator[int]:
    """The process id of a program on that core, once it listens."""
    process = subprocess.Popen(
        ["taskset", "-c", core, *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=ROOT,  # of which bench.relay and others are started
        env={**os.environ, **(environment or {})},
    )
    try:
        await_port(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait()


def await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    """Return when somebody listens there."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"nobody listens on port {port}")


@contextmanager
def on_core_of_callers() -> Generator[None]:
    """This process beside the provider, away from the server under test."""
    mine = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {int(CORES[0])})
    try:
        yield
    finally:
        os.sched_setaffinity(0, mine)


def raise_file_limit() -> int:
    """How many files this process may open, after it has allowed itself all it can."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def free_port() -> int:
    """A port where nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def question(server: Server, **more: object) -> bytes:
    """A request of `QUESTION`, as it goes over the wire."""
    body = json.dumps({**QUESTION, **more}).encode()
    headers = {"host": f"127.0.0.1:{server.port}", **server.headers, "content-length": str(len(body))}
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"POST {PATH} HTTP/1.1\r\n{lines}\r\n".encode() + body


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value with that share of all at or below it."""
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * round(share * 1_000) // 1_000) - 1)]
