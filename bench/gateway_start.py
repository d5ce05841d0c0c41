"""From the start of a gateway worker to the end of its first answer, over a home whose tables are published."""

from __future__ import annotations

import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from bench import serving
from bench.gateway_latency import connect, read_answer
from bench.report import Row
from bench.serving import CORES, Policies, Server, free_port, gateway_words, lacks, publish_home, question

HEADING = "Gateway, start: from the start of a worker to its first answer"
STARTS = 7
PATIENCE_S = 60.0
LOOK_EVERY_S = 0.005


def measure(*, full: bool = False) -> Sequence[Row]:
    """Wall time and CPU time, medians; the first start makes byte code and is not counted."""
    del full
    if missing := lacks("nginx", "taskset"):
        return missing
    with ExitStack() as stack:
        stack.enter_context(serving.on_core_of_callers())
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        upstream = stack.enter_context(serving.provider(directory / "nginx"))
        home = publish_home(directory / "home", upstream, Policies())
        taken = [start(gateway_words(home, port), port) for port in (free_port() for _ in range(1 + STARTS))][1:]
    walls, cpus = zip(*taken, strict=True)
    spread = f"{min(walls):.2f} to {max(walls):.2f}, n {STARTS}; CPU {statistics.median(cpus):.2f} s"
    return [Row("start to first answer, wall time, median", statistics.median(walls), "s", 1.5, True, spread)]


def start(words: Sequence[str], port: int) -> tuple[float, float]:
    """(wall seconds, CPU seconds) of one start."""
    began_s = time.monotonic()
    process = subprocess.Popen(["taskset", "-c", CORES[1], *words], stderr=subprocess.DEVNULL)
    server = Server(process.pid, port)
    try:
        _first_answer(server, process)
        return time.monotonic() - began_s, server.cpu_s()
    finally:
        process.terminate()
        process.wait()


def _first_answer(server: Server, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise RuntimeError(f"{process.args} ended with {process.returncode}")
        with suppress(ConnectionError), connect(server) as connection:
            connection.sendall(question(server))
            read_answer(connection)
            return
        time.sleep(LOOK_EVERY_S)
    raise RuntimeError(f"no answer within {PATIENCE_S:.0f} s")
