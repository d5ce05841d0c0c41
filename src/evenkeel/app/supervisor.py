"""`evenkeel up`: one control process and data-plane workers, started, watched and ended together."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from evenkeel.app.home import Home
from evenkeel.app.parent import read_ready
from evenkeel.app.prober import published_probes
from evenkeel.app.serving import check_free
from evenkeel.gateway.routes.model import RouteTable
from evenkeel.gateway.routes.table import parse_routes
from evenkeel.kernel.errors import ConflictError, EvenkeelError
from evenkeel.store.tables import LOOK_EVERY_S, PublishedTable

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
    gateway_port: int = 4181
    gateway_workers: int = 1


@dataclass(slots=True)
class _Child:
    """A process that should always run."""

    name: str
    arguments: Sequence[str]
    port: int | None  # 0: any free one, and from then on always the same; None: it does not listen
    process: subprocess.Popen[bytes] | None = None
    facts: Mapping[str, Any] = field(default_factory=dict[str, Any])


class Supervisor:
    """Starts children, starts those that die again, ends all of them."""

    def __init__(self, options: UpOptions, monotonic_s: Callable[[], float]) -> None:
        self._options = options
        self._monotonic_s = monotonic_s
        self._stopping = threading.Event()
        self._starting = threading.Lock()  # between a process that begins and `stop`
        home = str(options.home.root)
        self._control = _Child("control", ("evenkeel.app.control", "--home", home), options.port)
        self._workers = [
            _Child(
                f"intake {number}",
                ("evenkeel.app.dataplane", "--home", home, "--writer", f"w{number}"),
                options.intake_port,
            )
            for number in range(options.workers)
        ]
        self._gateways = [
            _Child(
                f"gateway {number}",
                ("evenkeel.app.gateway", "--home", home, "--writer", f"g{number}"),
                options.gateway_port,
            )
            for number in range(options.gateway_workers)
        ]
        self._prober = _Child("probes", ("evenkeel.app.prober", "--home", home), None)

    def start(self) -> None:
        """Start everything; returns when all of it does its work. Raises EvenkeelError when a part cannot."""
        self._options.home.create()
        check_free(self._options.host, self._options.intake_port, option="--intake-port")
        check_free(self._options.host, self._options.gateway_port, option="--gateway-port")
        self._start(self._control)
        home = self._options.home
        for notice in (*home.workers.glob("*.json"), *home.gateways.glob("*.json")):
            notice.unlink(missing_ok=True)  # of workers that were killed; control owns the home, so none is alive
        for worker in self._workers:
            worker.port = self._workers[0].port
            self._start(worker)

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

    @property
    def is_ending(self) -> bool:
        """Whether `stop` was called."""
        return self._stopping.is_set()

    def watch(self) -> None:
        """Start again what dies, until `stop` is called. Each part has a keeper: none waits for another."""
        for child in (self._control, *self._workers):
            threading.Thread(target=self._keep, args=(child,), name=f"keep {child.name}", daemon=True).start()
        threading.Thread(target=self._keep_prober, name="keep probes", daemon=True).start()
        threading.Thread(target=self._keep_gateways, name="keep gateways", daemon=True).start()
        self._stopping.wait()

    def stop(self) -> None:
        """End the prober, the gateway, the other workers, then control, each in order."""
        self._stopping.set()
        with self._starting:
            children = (self._prober, *self._gateways, *self._workers, self._control)
            processes = [child.process for child in children if child.process is not None]
        for process in processes:
            process.terminate()
            try:
                process.wait(STOP_S)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
            _let_go(process)

    def _start(self, child: _Child) -> None:
        reading, writing = os.pipe()
        where = [] if child.port is None else ["--host", self._options.host, "--port", str(child.port)]
        with self._starting:
            if self._stopping.is_set():
                os.close(reading)
                os.close(writing)
                raise ConflictError(f"{child.name} is not started: evenkeel is ending.")
            child.process = subprocess.Popen(  # noqa: S603 our own modules
                [sys.executable, "-m", *child.arguments, *where, "--ready-fd", str(writing)],
                stdin=subprocess.PIPE,
                pass_fds=(writing,),
                start_new_session=True,  # Ctrl-C reaches us only; we end them in order
            )
        os.close(writing)
        with os.fdopen(reading) as pipe:
            line = pipe.readline()
        if not line:
            code = child.process.wait()
            _let_go(child.process)
            raise ConflictError(
                f"{child.name} could not start (code {code}).", hint="Its message above says why.", code=code
            )
        child.facts = read_ready(line)
        if child.port is not None:
            child.port = int(child.facts["port"])

    def _keep_prober(self) -> None:
        """Start the prober once there are probes, and keep it from then on."""
        probes = published_probes(self._options.home)
        while not probes.current():
            if self._stopping.wait(LOOK_EVERY_S):
                return
        try:
            self._start(self._prober)
        except EvenkeelError as error:  # the keeper tries again
            log.error("%s", error)
        self._keep(self._prober)

    def _keep_gateways(self) -> None:
        """Start the gateway once there are routes, and keep its workers from then on."""
        routes = PublishedTable(self._options.home.routes, parse_routes, RouteTable())
        while not routes.current().routes:
            if self._stopping.wait(LOOK_EVERY_S):
                return
        for worker in self._gateways:
            worker.port = self._gateways[0].port
            try:
                self._start(worker)
            except EvenkeelError as error:  # the keeper tries again
                log.error("%s", error)
            threading.Thread(target=self._keep, args=(worker,), name=f"keep {worker.name}", daemon=True).start()

    def _keep(self, child: _Child) -> None:
        delay_s = RESTART_S[0]
        while child.process is not None:
            began_s = self._monotonic_s()
            code = child.process.wait()
            _let_go(child.process)
            if self._monotonic_s() - began_s > LIVED_S:
                delay_s = RESTART_S[0]
            if self._stopping.is_set():
                return
            log.error("%s ended by itself (code %s); it is started again in %.0f s", child.name, code, delay_s)
            if self._stopping.wait(delay_s):
                return
            delay_s = min(RESTART_S[1], 2 * delay_s)
            try:
                self._start(child)
            except EvenkeelError as error:
                log.error("%s", error)
                continue
            if child.facts.get("setup_url"):  # the one before ended with the process
                log.info("the first admin's link is now %s", child.facts["setup_url"])


def _let_go(process: subprocess.Popen[bytes]) -> None:
    """Close our end of the pipe that told a child, now ended, that we live."""
    if process.stdin is not None:
        process.stdin.close()


def stop_on_signals(stop: Callable[[], None]) -> None:
    """Call `stop` at the first SIGINT or SIGTERM."""

    def handle(number: int, frame: object) -> None:
        del number, frame
        threading.Thread(target=stop, name="stop").start()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, handle)
