"""The command line as people type it, on a home of its own, without a server and with one."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from evenkeel.app.home import Home
from evenkeel.cli.main import cli
from evenkeel.cli.server import Server

MAPPING = """name: calls
columns: {at: when, latency_s: took, outcome: how}
constants: {service: bot, operation: chat}
"""


@dataclass(frozen=True)
class CommandLine:
    """`evenkeel … --home HOME`."""

    home: Home

    def __call__(self, *words: str, fails: bool = False, **more: Any) -> Result:
        """What a command answers. An error of ours is raised, as `main` would see it."""
        result = CliRunner().invoke(cli, [*words, "--home", str(self.home.root)], **more)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert fails or result.exit_code == 0, result.output
        return result

    def json(self, *words: str, **more: Any) -> Any:
        """The JSON it answers."""
        return json.loads(self(*words, "--json", **more).stdout)


class Answering:
    """A server that answers every question alike, and remembers what it was asked."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str, Any]] = []

    @property
    def paths(self) -> list[str]:
        """Method and path of each question."""
        return [f"{method} {path}" for method, path, _ in self.asked]

    def running(self, home: Home) -> Answering:
        del home
        return self

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        self.asked.append((method, path, body))
        return self.answer

    def fetch(self, path: str) -> Any:
        return self.ask("GET", path)


@pytest.fixture
def answering(monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], Answering]:
    """answering(document) is what the command line takes for the running server from then on."""

    def serve(answer: Any) -> Answering:
        server = Answering(answer)
        monkeypatch.setattr(Server, "running", server.running)
        return server

    return serve


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def evenkeel(home: Home) -> CommandLine:
    return CommandLine(home)


@pytest.fixture
def calls(tmp_path: Path) -> Callable[..., list[str]]:
    """Words of an import of calls that ended just now, a second apart."""

    def words(count: int, how: str = "good", name: str = "calls") -> list[str]:
        mapping, source = tmp_path / "mapping.yaml", tmp_path / f"{name}.jsonl"
        mapping.write_text(MAPPING, encoding="utf-8")
        now = datetime.now(UTC)
        rows = [
            {"when": (now - timedelta(seconds=count - index)).isoformat(), "took": 0.5, "how": how}
            for index in range(count)
        ]
        source.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
        return ["import", "--mapping", str(mapping), str(source)]

    return words


@pytest.fixture
def served(home: Home) -> Iterator[Home]:
    """The home while a real control process owns it."""
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [
            sys.executable, "-m", "evenkeel.app.control", "--home", str(home.root), "--port", "0",
            "--ready-fd", str(writing),
        ],
        stdin=subprocess.PIPE, stderr=subprocess.PIPE, pass_fds=(writing,),
    )  # fmt: skip
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.readline(), "control did not start"
    yield home
    process.terminate()
    _, said = process.communicate(timeout=30)
    assert process.returncode == 0, said.decode()


@pytest.fixture
def wait_for() -> Callable[..., Any]:
    """wait_for(condition) asks until the condition holds, for half a minute at most, and answers what it said."""

    def wait(condition: Callable[[], Any], within_s: float = 30.0) -> Any:
        end = time.monotonic() + within_s
        while not (found := condition()):
            assert time.monotonic() < end, "it did not come about in time"
            time.sleep(0.05)
        return found

    return wait
