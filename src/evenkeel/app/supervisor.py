"""`evenkeel up`: one control process and data-plane workers, started, watched and ended together."""

from __future__ import annotations

import json
import logging
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.app.home import Home
from evenkeel.kernel.errors import ConflictError

log = logging.getLogger(__name__)

#: Seconds until a process that died is started again: doubled each time it dies early.
RESTART_S: Final = (1.0, 30.0)
#: A process that lived this long is not in trouble.
LIVED_S: Final = 60.0
STOP_S: Final = 20.0


@dataclass(frozen=True, slots=True)
class UpOptions:
    """What is started, and where it listens."""

    home: Home
    host: str = "127.0.0.1"
    port: int = 4180
    intake_port: int = 4318
    workers: int = 1


@dataclass(slots=True)
class _Child:
    """A process that should always run."""

    name: str
    arguments: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Supervisor:
    """Starts children, starts those that die again, ends all of them."""

    def __init__(self, options: UpOptions, monotonic_s: Callable[[], float]) -> None:
        self._options = options
        self._monotonic_s = monotonic_s
        self._stopping = threading.Event()
        self._dead: queue.Queue[_Child | None] = queue.Queue()
        home = str(options.home.root)
        self._control = _Child(
            "control",
            ("evenkeel.app.control", "--home", home, "--host", options.host, "--port", str(options.port)),
        )
        self._workers = [
            _Child(
                f"intake {number}",
                (
                    "evenkeel.app.dataplane", "--home", home, "--host", options.host,
                    "--port", str(options.intake_port), "--writer", f"w{number}",
                ),
            )
            for number in range(options.workers)
        ]  # fmt: skip

    def start(self) -> None:
        """Start everything; returns when all of it does its work. Raises ConflictError when one cannot."""
        self._options.home.create()
        for child in (self._control, *self._workers):
            self._start(child)

    @property
    def url(self) -> str:
        """Where the UI is."""
        return str(self._control.facts["url"])

    @property
    def setup_url(self) -> str | None:
        """The first admin's link, while there is no admin."""
        return self._control.facts.get("setup_url")

    @property
    def intake_port(self) -> int:
        """Where telemetry goes."""
        return int(self._workers[0].facts["port"])

    def watch(self) -> None:
        """Start again what dies, until `stop` is called."""
        delays: dict[str, float] = {}
        started: dict[str, float] = {}
        while (child := self._dead.get()) is not None:
            lived_s = self._monotonic_s() - started.get(child.name, 0.0)
            delay = RESTART_S[0] if lived_s > LIVED_S else delays.get(child.name, RESTART_S[0])
            code = child.process.returncode if child.process else None
            log.error("%s ended by itself (code %s); it is started again in %.0f s", child.name, code, delay)
            if self._stopping.wait(delay):
                return
            delays[child.name] = min(RESTART_S[1], 2 * delay)
            started[child.name] = self._monotonic_s()
            try:
                self._start(child)
            except ConflictError as error:
                log.error("%s", error)
                self._dead.put(child)

    def stop(self) -> None:
        """End the workers, then control, each in order."""
        self._stopping.set()
        self._dead.put(None)
        for child in (*self._workers, self._control):
            process = child.process
            if process is None:
                continue
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()

    def _start(self, child: _Child) -> None:
        reading, writing = os.pipe()
        process = subprocess.Popen(  # noqa: S603 our own modules
            [sys.executable, "-m", *child.arguments, "--ready-fd", str(writing)],
            stdin=subprocess.PIPE,
            pass_fds=(writing,),
            start_new_session=True,  # Ctrl-C reaches us only; we end them in order
        )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            line = pipe.readline()
        if not line:
            code = process.wait()
            raise ConflictError(
                f"{child.name} could not start (code {code}).", hint="Its message above says why.", code=code
            )
        child.process, child.facts = process, json.loads(line)
        threading.Thread(target=self._await, args=(child, process), name=f"await {child.name}", daemon=True).start()

    def _await(self, child: _Child, process: subprocess.Popen[bytes]) -> None:
        process.wait()
        if not self._stopping.is_set():
            self._dead.put(child)


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` at the first SIGINT or SIGTERM."""

    def handle(number: int, frame: object) -> None:
        del number, frame
        threading.Thread(target=stop, name="stop").start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
