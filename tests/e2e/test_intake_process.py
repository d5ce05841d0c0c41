"""A data-plane worker as a process of its own: keys, bombs with its memory measured, a full disk, control dead."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from evenkeel import Client
from evenkeel.app.home import Home
from evenkeel.app.offline import opened
from evenkeel.kernel.time import US_PER_DAY, Window

pytestmark = [pytest.mark.e2e, pytest.mark.slow]

JSON, PROTOBUF = "application/json", "application/x-protobuf"
TRACES, EVENTS = "/v1/traces", "/v1/events"
#: Highest resident memory a worker may reach, whatever is sent: two bodies' worth of the worst amplification.
PEAK_BYTES_MAX = 1_000_000_000
EVENT = b'{"service": "bot", "kind": "heartbeat"}'


def until(condition: Callable[[], Any], what: str, within_s: float = 30.0) -> Any:
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited in vain: {what}"
        time.sleep(0.02)
    return found


@dataclass
class Worker:
    """A running `python -m evenkeel.app.dataplane`."""

    home: Path
    process: subprocess.Popen[bytes]
    pid: int
    port: int
    key: str

    def post(
        self, path: str, body: Any, kind: str = JSON, **headers: str
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        """(status, headers, body); an iterable body is sent in chunks."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        given = {"content-type": kind, "x-evenkeel-key": self.key}
        given |= {name.replace("_", "-"): value for name, value in headers.items()}
        try:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):  # it may answer before it has read all
                connection.request("POST", path, body, given, encode_chunked=not isinstance(body, bytes))
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def is_well(self) -> bool:
        return self.post(EVENTS, EVENT)[0] == 200

    def peak_bytes(self) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
        raise AssertionError("the kernel tells no peak")

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(30)


def evenkeel(*arguments: object) -> Any:
    command = [str(Path(sys.executable).with_name("evenkeel")), *map(str, arguments), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def start(home: Path, prefix: tuple[str, ...] = (), port: int = 0) -> Worker:
    """A worker on a free port, or on that of one before it; control never runs."""
    module = [
        sys.executable,
        "-m",
        "evenkeel.app.dataplane",
        "--home",
        str(home),
        "--writer",
        "w0",
        "--port",
        str(port),
    ]
    with (home.parent / "worker.log").open("ab") as log:
        process = subprocess.Popen([*prefix, *module], stderr=log)

    def announced() -> Any:
        assert process.poll() is None, (home.parent / "worker.log").read_text()
        root = Path(f"/proc/{process.pid}/root") if prefix else Path("/")
        file = root / str(home).lstrip("/") / "workers" / "w0.json"
        try:
            found = json.loads(file.read_bytes())
        except (OSError, ValueError):
            return None
        return found if found["pid"] == process.pid else None

    found = until(announced, "the worker says its port")
    return Worker(home, process, process.pid, found["port"], "")


@pytest.fixture
def worker(tmp_path: Path) -> Iterator[Worker]:
    home = tmp_path / "home"
    key = evenkeel("keys", "create", "tests", "--home", home)["secret"]
    started = start(home)
    started.key = key
    yield started
    assert started.stop() == 0, (tmp_path / "worker.log").read_text()


def field(number: int, body: bytes) -> bytes:
    """A length-delimited protobuf field."""
    size, out = len(body), bytearray([number << 3 | 2])
    while size > 0x7F:
        out.append(size & 0x7F | 0x80)
        size >>= 7
    return bytes([*out, size]) + body


def bombs() -> list[tuple[str, str, bytes, str, set[int]]]:
    """(path, content type, body, encoding, statuses allowed) of what is small as sent and large in memory."""
    limit = 31 * 1024 * 1024
    zipped = [
        (TRACES, PROTOBUF, bytes(200_000_000), {413}),
        (EVENTS, JSON, b" " * 200_000_000, {413}),
        (TRACES, PROTOBUF, field(1, field(2, b"\x12\x00" * (limit // 2))), {413}),
        (TRACES, PROTOBUF, b"\x0a\x00" * (limit // 2), {413}),
        (TRACES, PROTOBUF, field(1, field(2, field(2, b"\x4a\x02\x12\x00" * (limit // 4)))), {200}),
        (TRACES, PROTOBUF, field(1, field(1, b"\x0a\x02\x12\x00" * (limit // 4))), {200}),
        (EVENTS, JSON, b"[" + b"{}," * (limit // 3) + b"{}]", {413}),
        (EVENTS, JSON, b"[" + b"1.5," * (limit // 4) + b"1]", {400}),
        (EVENTS, JSON, b"[" * limit, {400, 413}),
        (TRACES, JSON, b'{"resourceSpans":[' + b"{}," * 400_000 + b"{}]}", {200}),
    ]
    return [(path, kind, gzip.compress(body, 1), "gzip", allowed) for path, kind, body, allowed in zipped]


def test_bombs_one_by_one_and_together_leave_the_worker_well_and_its_memory_bounded(worker: Worker) -> None:
    before = worker.peak_bytes()
    everything = bombs()
    for path, kind, body, encoding, allowed in everything:
        status, _, answer = worker.post(path, body, kind, content_encoding=encoding)
        assert status in allowed, (status, answer[:200])
    with ThreadPoolExecutor(8) as threads:
        sent = [
            threads.submit(worker.post, path, body, kind, content_encoding=encoding)
            for path, kind, body, encoding, _ in everything * 2
        ]
        answers = [each.result() for each in sent]
    assert {status for status, _, _ in answers} <= {200, 400, 413, 503}
    assert all(headers["retry-after"] for status, headers, _ in answers if status == 503)
    assert worker.is_well()
    print(f"peak {worker.peak_bytes() / 1e6:.0f} MB, before {before / 1e6:.0f} MB")
    assert worker.peak_bytes() < PEAK_BYTES_MAX


def test_a_body_of_100_mb_is_refused_without_being_kept(worker: Worker) -> None:
    before = worker.peak_bytes()
    status, _, answer = worker.post(EVENTS, b" " * 100_000_000)
    assert (status, b"100000000 bytes" in answer) == (413, True)
    status, _, answer = worker.post(TRACES, iter([b" " * 1_000_000] * 100), PROTOBUF, transfer_encoding="chunked")
    assert (status, b"are allowed" in answer) == (413, True)
    assert worker.is_well()
    assert worker.peak_bytes() < before + 100_000_000


def test_keys_that_are_wrong_missing_or_revoked_are_refused_while_control_is_dead(worker: Worker) -> None:
    assert worker.is_well()
    for headers, says in (({"x_evenkeel_key": "ek_wrong"}, b"not known"), ({"x_evenkeel_key": ""}, b"carries no key")):
        status, found, answer = worker.post(EVENTS, EVENT, **headers)
        assert (status, found["www-authenticate"], says in answer) == (401, "Bearer", True)
    (key,) = evenkeel("keys", "list", "--home", worker.home)["keys"]
    revoke = [str(Path(sys.executable).with_name("evenkeel")), "keys", "revoke", key["id"], "--home", str(worker.home)]
    assert subprocess.run(revoke, timeout=120).returncode == 0
    until(lambda: worker.post(EVENTS, EVENT)[0] == 401, "the revoked key is refused")
    status, _, answer = worker.post(TRACES, ExportTraceServiceRequest().SerializeToString(), PROTOBUF)
    assert (status, answer[:1]) == (401, b"\x12")  # a google.rpc.Status in the encoding of the request


def test_a_disk_that_refuses_to_write_answers_503_and_the_same_worker_recovers(worker: Worker) -> None:
    assert worker.is_well()
    soft, hard = resource.prlimit(worker.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (1, hard))  # the kernel refuses, as a quota does
    for path, body, kind in ((EVENTS, EVENT, JSON), (TRACES, traces(), PROTOBUF)):
        status, headers, _ = worker.post(path, body, kind)
        assert (status, headers["content-type"]) == (503, kind)
        assert int(headers["retry-after"]) >= 1
    resource.prlimit(worker.pid, resource.RLIMIT_FSIZE, (soft, hard))
    assert worker.is_well()


def test_a_full_file_system_answers_503_and_the_same_worker_recovers(tmp_path: Path) -> None:
    home = tmp_path / "home"
    key = evenkeel("keys", "create", "tests", "--home", home)["secret"]
    table = (home / "tables" / "intake.json").read_bytes()
    mount = 'mount -t tmpfs -o size=100m none "$0"'
    inside = f'{mount} && mkdir "$0/tables" && printf %s "$TABLE" > "$0/tables/intake.json" && exec "$@"'
    alone = ("unshare", "--mount", *(() if os.getuid() == 0 else ("--map-root-user",)))
    trial = [*alone, "sh", "-c", mount, str(home)]
    if not shutil.which("unshare") or subprocess.run(trial, capture_output=True).returncode:
        pytest.skip("this machine lets us mount no file system of our own")
    os.environ["TABLE"] = table.decode()
    try:
        worker = start(home, (*alone, "sh", "-c", inside, str(home)))
    finally:
        del os.environ["TABLE"]
    worker.key = key
    try:
        assert worker.is_well()
        filler = Path(f"/proc/{worker.pid}/root{home}/filler")
        with filler.open("wb") as file:
            file.write(bytes(60_000_000))
        status, headers, answer = worker.post(EVENTS, EVENT)
        assert (status, int(headers["retry-after"]) >= 1, b"bytes left" in answer) == (503, True, True)
        filler.unlink()
        assert worker.is_well()
    finally:
        assert worker.stop() == 0


def test_the_client_delivers_exactly_once_across_kills_of_the_worker(tmp_path: Path) -> None:
    """What was acknowledged and what was not is sent, spooled, sent again: every event is stored once."""
    home = tmp_path / "home"
    key = evenkeel("keys", "create", "tests", "--home", home)["secret"]
    worker = start(home)
    port = worker.port
    client = Client(f"http://127.0.0.1:{port}", key=key, service="bot", spool_dir=tmp_path / "spool")
    for number in range(6_000):
        client.log_prediction(f"s{number}", score=0.5, latency_s=0.01)
        if number % 1_500 == 700:
            worker.process.kill()
            worker.process.wait()
        if number % 1_500 == 1_400:
            worker = start(home, port=port)
    assert client.flush(60)
    client.close()
    assert (client.lost, client.rejected) == (0, 0)
    assert worker.process.poll() is None
    worker.process.send_signal(signal.SIGINT)
    assert worker.process.wait(30) == 0
    with opened(Home(home)) as control:
        control.folding.drain()
        now_us = control.stores.clock.now_us()
        assert control.stores.telemetry.verify(Window(now_us - US_PER_DAY, now_us + US_PER_DAY)) == []
    with duckdb.connect(str(home / "telemetry.duckdb"), read_only=True) as store:
        rows = store.execute(
            "SELECT count(*), count(DISTINCT event_id), count(DISTINCT subject) FROM events"
        ).fetchone()
    assert rows == (6_000, 6_000, 6_000)


def traces() -> bytes:
    now_ns = time.time_ns()
    span = field(1, b"t" * 16) + field(2, b"s" * 8) + bytes([7 << 3 | 1]) + (now_ns - 10**9).to_bytes(8, "little")
    span += bytes([8 << 3 | 1]) + now_ns.to_bytes(8, "little")
    span += field(9, field(1, b"gen_ai.operation.name") + field(2, field(1, b"chat")))
    body = field(1, field(2, field(2, span)))
    ExportTraceServiceRequest.FromString(body)
    return body
