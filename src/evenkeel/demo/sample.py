"""Starts and stops the sample production: each of its services is a process of its own."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from evenkeel.demo.faults import FaultFile
from evenkeel.demo.gateway_routes import keep_routes
from evenkeel.demo.probes import sample_table, table_path
from evenkeel.demo.process import GATEWAY_KEY_VARIABLE, KEY_VARIABLE
from evenkeel.kernel.errors import NotFoundError

_HOST: Final = "127.0.0.1"
_STOP_S: Final = 10.0
_NEEDED: Final = ("openai", "opentelemetry", "sklearn")
#: One thread for linear algebra: the models are tiny, and idle threads cost memory.
_FRUGAL: Final = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


@dataclass(frozen=True, slots=True)
class _Part:
    """A process, and whether it listens."""

    name: str
    module: str
    listens: bool = False


#: The answerer comes first: the others ask it.
_PARTS: Final = (
    _Part("answerer", "evenkeel.demo.answerer", listens=True),
    _Part("support-bot", "evenkeel.demo.support_bot", listens=True),
    _Part("chat-lounge", "evenkeel.demo.chat_lounge", listens=True),
    _Part("triage", "evenkeel.demo.triage"),
    _Part("prober", "evenkeel.demo.prober"),
)
#: Beside them where there is a gateway to ask.
_BEHIND_GATEWAY: Final = _Part("product-texts", "evenkeel.demo.product_texts")


@dataclass(frozen=True, slots=True)
class PartStatus:
    """One process of the sample production."""

    name: str
    pid: int
    port: int | None
    running: bool


class DemoProduction:
    """The sample production of a home.

    Telemetry goes to `intake_url` with `key`; with a `gateway_key` one service asks its model through the gateway.
    Services listen on `port_base` and the ports after it where these are free, else, and with 0, on any free ports of
    the loopback interface. Processes end with `stop`, and by themselves when this process is gone.
    """

    def __init__(self, home: Path, intake_url: str, key: str, port_base: int = 0, *, gateway_key: str = "") -> None:
        self._home = home
        self._intake_url = intake_url
        self._key = key
        self._port_base = port_base
        self._gateway_key = gateway_key
        self._processes: dict[str, tuple[subprocess.Popen[bytes], int | None]] = {}

    def start(self) -> None:
        """Start its processes; returns at once. Raises NotFoundError when the extra `demo` is not installed."""
        if self._processes:
            return
        missing = [name for name in _NEEDED if find_spec(name) is None]
        if missing:
            raise NotFoundError(
                f"The sample production needs {', '.join(missing)}.", hint="Install evenkeel[server,demo]."
            )
        folder = production_path(self._home).parent
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        listeners = {part.name: self._listen(n) for n, part in enumerate(_PARTS) if part.listens}
        ports = {name: listener.getsockname()[1] for name, listener in listeners.items()}
        table_path(self._home).write_text(json.dumps(sample_table(ports)), encoding="utf-8")
        try:
            answerer_url = f"http://{_HOST}:{listeners['answerer'].getsockname()[1]}/v1"
            behind = self._gateway_key and keep_routes(self._home, ports["answerer"])
            for part in (*_PARTS, _BEHIND_GATEWAY) if behind else _PARTS:
                self._start_part(part, listeners.get(part.name), answerer_url)
        finally:
            for listener in listeners.values():
                listener.close()
        rows = [asdict(status) for status in self.status()]
        production_path(self._home).write_text(json.dumps({"processes": rows}), encoding="utf-8")

    def stop(self) -> None:
        """End all processes; what they had to send is sent first. Returns when they are gone."""
        answerer = [process for name, (process, _) in self._processes.items() if name == _PARTS[0].name]
        others = [process for name, (process, _) in self._processes.items() if name != _PARTS[0].name]
        for group in (others, answerer):  # nobody should fail for want of the answerer
            _end(group)
        ours = {process.pid for process, _ in self._processes.values()}
        self._processes.clear()
        if ours.intersection(part.pid for part in read_production(self._home)):  # not what another one wrote since
            production_path(self._home).unlink(missing_ok=True)

    def status(self) -> list[PartStatus]:
        """Each process and whether it runs."""
        return [
            PartStatus(name, process.pid, port, process.poll() is None)
            for name, (process, port) in self._processes.items()
        ]

    def _start_part(self, part: _Part, listener: socket.socket | None, answerer_url: str) -> None:
        arguments = ["--home", str(self._home), "--intake", self._intake_url, "--answerer", answerer_url]
        inherited: tuple[int, ...] = ()
        if listener is not None:
            inherited = (listener.fileno(),)
            arguments += ["--listener", str(listener.fileno())]
        with (production_path(self._home).parent / f"{part.name}.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603 - our own modules, with arguments of our own
                [sys.executable, "-m", part.module, *arguments],
                stdin=subprocess.PIPE,  # its end tells a child that we are gone
                stdout=log,
                stderr=log,
                env={**os.environ, **_FRUGAL, KEY_VARIABLE: self._key, GATEWAY_KEY_VARIABLE: self._gateway_key},
                pass_fds=inherited,
                start_new_session=True,  # Ctrl-C is for us: we end them in order
            )
        self._processes[part.name] = (process, None if listener is None else listener.getsockname()[1])

    def _listen(self, number: int) -> socket.socket:
        listener = socket.socket(socket.AF_INET)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        port = self._port_base + number if self._port_base else 0
        try:
            listener.bind((_HOST, port))
        except OSError:
            listener.bind((_HOST, 0))
        listener.listen(128)
        return listener


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.terminate()
    for process in processes:
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdin is not None:
            process.stdin.close()


def production_path(home: Path) -> Path:
    """Where the running sample production of a home is written down."""
    return home / "demo" / "production.json"


def read_production(home: Path) -> list[PartStatus]:
    """The processes of the sample production of a home, whoever started it; none when it does not run."""
    try:
        rows = json.loads(production_path(home).read_text(encoding="utf-8"))["processes"]
    except FileNotFoundError:
        return []
    return [PartStatus(row["name"], row["pid"], row["port"], _is_running(row["pid"])) for row in rows]


def _is_running(pid: int) -> bool:
    with suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


def active_faults(home: Path) -> list[str]:
    """What is broken on purpose, in words."""
    active = FaultFile(home).current().active
    return sorted(f"{what} ({service or 'all services'})" for what, service in active)
