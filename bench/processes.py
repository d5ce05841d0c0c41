"""`evenkeel up`: how long until it is ready, what it takes when nothing happens, and a big overview page.

A process tree of its own on free ports, over a home of its own; ended by its process id.
"""

from __future__ import annotations

import http.client
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from bench.cpu import process_cpu_s, pss_mb, tree
from bench.events import MINUTE_US, Traffic, generator, make
from bench.report import Row

from evenkeel.app.home import Home
from evenkeel.store.telemetry.duckdb_store import DuckTelemetry
from evenkeel.store.telemetry.port import JournalOffset

HEADING = "Processes: start, idle, overview of 200 services"
SERVICES = 200
SETTLE_S = 60.0
WATCH_S = 30.0
START_S = 60.0


def measure(*, full: bool = False) -> Sequence[Row]:
    """Start and idle on an empty home; the overview on one with 200 services."""
    del full
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as directory:
        with up(Path(directory)):
            pass  # the first start of a home makes its tables; byte code is there from now on
        with up(Path(directory)) as (pid, ready_s, cpu_s, _):
            rows.append(Row("`evenkeel up` to ready, wall time", ready_s, "s", 3, True, f"CPU {cpu_s:.2f} s"))
            rows += _idle(pid)
    with tempfile.TemporaryDirectory() as directory:
        _fill(Home(Path(directory)))
        with up(Path(directory)) as (_, _, _, served):
            rows += _overview(served)
    return rows


@contextmanager
def up(directory: Path) -> Generator[tuple[int, float, float, dict[str, Any]]]:
    """(pid, seconds to ready, CPU seconds to ready, what the server says of itself)."""
    home = Home(directory)
    home.server.unlink(missing_ok=True)
    command = [sys.executable, "-m", "evenkeel.cli.main", "up", "--home", str(directory), "--port", "0"]
    started = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "evenkeel is up" in line:
                break
        ready_s = time.perf_counter() - started
        cpu_s = sum(map(process_cpu_s, tree(process.pid)))
        yield process.pid, ready_s, cpu_s, json.loads(home.server.read_text(encoding="utf-8"))
    finally:
        process.terminate()
        process.communicate()


def until(holds: Callable[[], bool], within_s: float, what: str) -> None:
    """Return as soon as `holds`. Raises RuntimeError, saying what was waited for."""
    deadline = time.monotonic() + within_s
    while not holds():
        if time.monotonic() > deadline:
            raise RuntimeError(f"waited {within_s:.0f} s in vain: {what}")
        time.sleep(0.2)


def _idle(pid: int) -> list[Row]:
    time.sleep(SETTLE_S)
    pids = tree(pid)
    before = sum(map(process_cpu_s, pids))
    time.sleep(WATCH_S)
    share = (sum(map(process_cpu_s, pids)) - before) / WATCH_S
    memory = sum(map(pss_mb, pids))
    return [
        Row(f"idle: memory of {len(pids)} processes after {SETTLE_S:.0f} s", memory, "MB PSS", 300, True),
        Row("idle: CPU", 100 * share, "% of a core", 2, True),
    ]


def _fill(home: Home) -> None:
    """Two hours of traffic of 200 services up to now."""
    home.create()
    telemetry = DuckTelemetry(str(home.telemetry))
    now_us = time.time_ns() // 1_000
    con = generator()
    for number in range(12):
        end_us = now_us - (11 - number) * 10 * MINUTE_US
        batch = make(con, Traffic(number * 20_000, 20_000, end_us=end_us, services=SERVICES))
        telemetry.fold(batch, {"built": JournalOffset(0, number + 1)}, now_us=now_us)
    telemetry.close()


def _overview(served: dict[str, Any]) -> list[Row]:
    address = urlsplit(served["url"])
    connection = http.client.HTTPConnection(address.hostname or "127.0.0.1", address.port)
    cookie = _sign_in(connection, served)
    until(  # judged one after another
        lambda: _get(connection, cookie).count('id="row-') >= SERVICES, 2 * START_S, f"{SERVICES} judged services"
    )
    walls: list[float] = []
    cpus: list[float] = []
    for _ in range(20):
        cpu, started = process_cpu_s(served["pid"]), time.perf_counter()
        _get(connection, cookie)
        walls.append(time.perf_counter() - started)
        cpus.append(process_cpu_s(served["pid"]) - cpu)
    beside = f"CPU of the process meanwhile, judging too: {1e3 * statistics.fmean(cpus):.0f} ms"
    return [
        Row("overview of 200 services, signed in, wall time", 1e3 * statistics.median(walls), "ms", 300, True, beside)
    ]


def _sign_in(connection: http.client.HTTPConnection, served: dict[str, Any]) -> str:
    """The first admin's session cookie."""
    url = urlsplit(served["setup_url"])
    origin = served["url"]
    token = url.query.partition("token=")[2]
    form = {"token": token, "name": "bench", "password": "a long bench password"}
    headers = {"content-type": "application/x-www-form-urlencoded", "origin": origin, "host": urlsplit(origin).netloc}
    connection.request("POST", url.path, urlencode(form), headers)
    answer = connection.getresponse()
    answer.read()
    cookie = answer.getheader("set-cookie", "").partition(";")[0]
    if not cookie:
        raise RuntimeError(f"setting up answered {answer.status} without a session")
    return cookie


def _get(connection: http.client.HTTPConnection, cookie: str) -> str:
    connection.request("GET", "/", headers={"cookie": cookie})
    answer = connection.getresponse()
    text = answer.read().decode()
    if answer.status != 200:
        raise RuntimeError(f"the overview answered {answer.status}")
    return text
