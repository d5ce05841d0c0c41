"""The sample production starts, works and ends as processes of its own."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from evenkeel.demo import sample
from evenkeel.demo.faults import break_, fix
from evenkeel.demo.sample import DemoProduction, read_production
from evenkeel.kernel.errors import NotFoundError


@dataclass
class Intake:
    """What arrived, by path; `changed` tells of more."""

    url: str = ""
    bodies: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    changed: threading.Condition = field(default_factory=threading.Condition)

    def wait_for(self, wanted: Callable[[], bool], seconds: float = 30.0) -> bool:
        """Whether `wanted` came true in time."""
        with self.changed:
            return self.changed.wait_for(wanted, seconds)

    def count(self, path: str) -> int:
        """Requests to a path."""
        return sum(path == found for found, _ in self.bodies)

    def hears_more(self, seconds: float) -> bool:
        """Whether anything arrives within the next seconds."""
        before = len(self.bodies)
        return self.wait_for(lambda: len(self.bodies) > before, seconds)


@contextmanager
def _intake() -> Generator[Intake]:
    intake = Intake()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["content-length"]))
            with intake.changed:
                intake.bodies.append((self.path, self.headers.get("x-evenkeel-key", "")))
                intake.changed.notify_all()
            # The client believes only an answer of ours; an OTLP exporter takes any 200.
            answer = b'{"accepted": 1, "rejected": []}' if self.path == "/v1/events" else b""
            self.send_response(200)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            """Be quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    intake.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield intake
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _wait_for_end(pid: int, seconds: float = 15.0) -> bool:
    """Whether a process has ended in time."""
    try:
        watched = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([watched], [], [], seconds)[0])
    finally:
        os.close(watched)


@pytest.mark.slow
def test_it_sends_falls_silent_speaks_again_and_ends(tmp_path: Path) -> None:
    with _intake() as intake:
        production = DemoProduction(tmp_path, intake.url, "ek_test")
        production.start()
        statuses = production.status()
        try:
            assert intake.wait_for(lambda: intake.count("/v1/traces") >= 3 and intake.count("/v1/events") >= 1)
            assert {key for _, key in intake.bodies} <= {"ek_test", ""}
            assert read_production(tmp_path) == production.status()
            assert all(status.running for status in production.status())
            break_(tmp_path, "silence")
            assert any(not intake.hears_more(3.0) for _ in range(8)), "it is still heard"
            fix(tmp_path)
            assert intake.hears_more(15.0)
        finally:
            begun = time.monotonic()
            production.stop()
        assert time.monotonic() - begun < 12
        assert all(_wait_for_end(status.pid, 0) for status in statuses)
        assert read_production(tmp_path) == []


_PARENT = """
import json, sys
from pathlib import Path
from evenkeel.demo.sample import DemoProduction
production = DemoProduction(Path(sys.argv[1]), "http://127.0.0.1:9", "ek_test")
production.start()
print(json.dumps([status.pid for status in production.status()]), flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
def test_its_processes_end_when_their_parent_is_killed(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-c", _PARENT, str(tmp_path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        pids = json.loads(parent.stdout.readline())
        parent.kill()
    assert len(pids) == 5
    assert all(_wait_for_end(pid) for pid in pids)


def test_a_missing_extra_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sample, "find_spec", lambda name: None if name == "openai" else object())
    with pytest.raises(NotFoundError, match=r"needs openai\. Install evenkeel\[server,demo\]"):
        DemoProduction(tmp_path, "http://127.0.0.1:9", "ek_test").start()


def test_a_home_without_a_sample_production_has_no_processes(tmp_path: Path) -> None:
    assert read_production(tmp_path) == []
