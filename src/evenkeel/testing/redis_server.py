"""A Redis of our own on a free port of this machine, to be stopped, killed and begun again as tests need it."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from pathlib import Path
from typing import Final

from evenkeel.store.resp import Address, Connection

_BINARIES: Final = ("redis-server", "valkey-server")


def find_binary() -> str:
    """The server that is installed; empty where none is."""
    return next((found for name in _BINARIES if (found := shutil.which(name))), "")


class RedisServer:
    """A server whose data are in `folder`: with `keeps` it writes everything down before it answers."""

    def __init__(self, folder: Path, *, keeps: bool = True, options: tuple[str, ...] = ()) -> None:
        self._folder = folder
        self._keeps = keeps
        self._options = options
        self._process: subprocess.Popen[str] | None = None
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]

    @property
    def address(self) -> Address:
        """Where it is."""
        return Address("127.0.0.1", self.port)

    @property
    def url(self) -> str:
        """Where it is."""
        return str(self.address)

    def start(self) -> RedisServer:
        """Begin; returns when it answers."""
        given = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self._folder), "--save", ""]
        kept = ["--appendonly", "yes", "--appendfsync", "always"] if self._keeps else ["--appendonly", "no"]
        self._process = subprocess.Popen(  # noqa: S603 what is installed here
            [find_binary(), *given, *kept, *self._options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self._process.stdout is not None
        said: list[str] = []
        for line in self._process.stdout:
            said.append(line)
            if "Ready to accept connections" in line:
                return self
        raise RuntimeError(f"the server ended at once: {''.join(said)}")

    def run(self, *parts: bytes | str | int) -> object:
        """The answer to a command."""
        connection = Connection(self.address, timeout_s=10)
        try:
            return connection.run(*parts)
        finally:
            connection.close()

    def freeze(self) -> None:
        """From now on it takes connections and answers nothing."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """It goes on."""
        self._signal(signal.SIGCONT)

    def stop(self, how: signal.Signals = signal.SIGKILL) -> None:
        """End it; stopping twice is harmless."""
        if self._process is not None:
            self._signal(how)
            self._process.communicate(timeout=30)
            self._process = None

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        self._process.send_signal(number)
