"""OTLP/HTTP to durable acknowledgement, against the real worker process: CPU of the worker per span.

`python -m evenkeel.app.dataplane` serves; four connections send requests of 512 GenAI spans with 20 attributes and
a key, each waiting for its 200, which means that the journal is on disk. Beside it: parsing alone, in this process.
"""

from __future__ import annotations

import hashlib
import http.client
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path

from bench.cpu import median_cpu_s, process_cpu_s
from bench.otlp import SPANS, request_body
from bench.report import Row, beside

from evenkeel.app.home import Home
from evenkeel.observe.intake.keys import TABLE_NAME
from evenkeel.observe.otlp.decode import PROTOBUF, parse_traces
from evenkeel.store.tables import publish

HEADING = f"OTLP/HTTP to durable acknowledgement, {SPANS} spans a request, authenticated: spans/s of the worker's CPU"
REQUIRED = 20_000
SECRET = "ek_bench_key-of-this-run"
CONNECTIONS = 4
REQUESTS = 60  # per connection


def measure(*, full: bool = False) -> Sequence[Row]:
    """One row."""
    del full
    bodies = [request_body(seed=seed) for seed in range(16)]
    with tempfile.TemporaryDirectory() as directory, worker(Path(directory)) as (pid, port):
        _send(port, bodies, 5)  # what is loaded once
        before = process_cpu_s(pid)
        _send(port, bodies, REQUESTS)
        taken = process_cpu_s(pid) - before
    spans = SPANS * REQUESTS * CONNECTIONS
    parse_s = median_cpu_s(lambda: [parse_traces(body, PROTOBUF) for body in bodies], 9)
    speed = spans / taken
    limit = beside("parse alone", SPANS * len(bodies) / parse_s, "spans/s", speed)
    return [Row("OTLP/HTTP to durable 200", speed, "spans/s", REQUIRED, beside=limit)]


@contextmanager
def worker(directory: Path) -> Generator[tuple[int, int]]:
    """(pid, port) of a data-plane worker in a home with one key."""
    home = Home(directory)
    home.create()
    key = {
        "hash": hashlib.sha256(SECRET.encode()).hexdigest(),
        "id": "bench",
        "environments": None,
        "services": None,
        "expires_at": None,
    }
    publish(home.tables / TABLE_NAME, {"version": 1, "keys": [key], "content_services": []})
    reading, writing = os.pipe()
    command = [sys.executable, "-m", "evenkeel.app.dataplane", "--home", str(directory), "--writer", "w0"]
    process = subprocess.Popen(
        [*command, "--port", "0", "--ready-fd", str(writing)],
        stdin=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        pass_fds=(writing,),
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as pipe:
            port = int(pipe.readline().split('"port":')[1].strip(" }\n"))
        yield process.pid, port
    finally:
        process.terminate()
        process.wait()


def _send(port: int, bodies: list[bytes], requests: int) -> None:
    refused: list[int] = []

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port)
        headers = {"content-type": PROTOBUF, "authorization": f"Bearer {SECRET}"}
        for turn in range(requests):
            connection.request("POST", "/v1/traces", bodies[(number + turn) % len(bodies)], headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                refused.append(answer.status)
        connection.close()

    threads = [threading.Thread(target=client, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise RuntimeError(f"{len(refused)} requests were refused with {sorted(set(refused))}")
