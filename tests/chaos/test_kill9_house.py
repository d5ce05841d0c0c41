"""Real processes, real HTTP, real kill -9, from the door to the store: what was acknowledged is there, once.

`test_kill9.py` does the same to the journal alone.
"""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

ROUNDS = 50
SENDERS = 4
BATCH = 20
LIFE_S = (0.05, 0.5)  # of a whole house, until the next kill
VICTIMS = (("worker",), ("control",), ("worker", "control"))


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def wait_until(condition: Callable[[], Any], what: str, within_s: float = 60.0) -> None:
    deadline = time.monotonic() + within_s
    pause = threading.Event()
    while not condition():
        assert time.monotonic() < deadline, f"waited {within_s:g} s in vain: {what}"
        pause.wait(0.02)


class House:
    """One worker and one control process, each started and killed by itself."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.ports = {"worker": free_port(), "control": free_port()}
        self.keys = {scope: self._key(scope) for scope in ("intake", "admin")}
        self._log = (home / "processes.log").open("wb")
        self._processes: dict[str, subprocess.Popen[bytes]] = {}

    def _key(self, scope: str) -> str:
        command = [sys.executable, "-m", "evenkeel.cli.main", "keys", "create", "chaos", "--scope", scope, "--json"]
        done = subprocess.run([*command, "--home", str(self.home)], capture_output=True, check=True)
        return json.loads(done.stdout)["secret"]

    def start(self, name: str) -> None:
        """Start one of the two; returns at once."""
        module = {"worker": "dataplane", "control": "control"}[name]
        writer = ["--writer", "w0"] if name == "worker" else []
        self._processes[name] = subprocess.Popen(
            [sys.executable, "-m", f"evenkeel.app.{module}", "--home", str(self.home), *writer,
             "--port", str(self.ports[name])],
            stdout=self._log, stderr=self._log, stdin=subprocess.DEVNULL,
        )  # fmt: skip

    def kill(self, name: str) -> None:
        """kill -9; returns when it is dead."""
        process = self._processes[name]
        assert process.poll() is None, f"{name} died before it was killed: {self.log()}"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    def answers(self, name: str) -> bool:
        """Whether it says that it lives."""
        process = self._processes[name]
        assert process.poll() is None, f"{name} ended by itself with {process.returncode}: {self.log()}"
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.ports[name]}/healthz", timeout=5):
                return True
        except OSError:
            return False

    def ask(self, path: str) -> Any:
        """What control's API answers."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.ports['control']}/api/v1{path}")
        request.add_header("authorization", f"Bearer {self.keys['admin']}")
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)

    def waiting(self) -> int:
        """Events that are acknowledged and not folded."""
        return sum(check["facts"].get("backlog_rows", 0) for check in self.ask("/health")["checks"])

    def log(self) -> str:
        """The end of what the processes said."""
        return (self.home / "processes.log").read_text(encoding="utf-8", errors="replace")[-4_000:]

    def close(self) -> None:
        """End both in order."""
        for process in self._processes.values():
            process.terminate()
        for process in self._processes.values():
            process.wait(30)
        self._log.close()


class Sender(threading.Thread):
    """A client that sends batches one after the other; one batch in four it does not send again."""

    def __init__(self, house: House, numbers: Iterator[int], ending: threading.Event) -> None:
        super().__init__()
        self.is_over = threading.Event()
        self._house, self._numbers, self._ending = house, numbers, ending
        self.acknowledged: list[int] = []
        self.sent_again = 0

    def run(self) -> None:
        for n in self._numbers:
            again = n % 4 > 0
            rows = rows_of(n)
            while not (taken := self._post(rows)) and again and not self.is_over.is_set():
                self.sent_again += 1
                self._ending.wait(0.02)
            if taken:
                self.acknowledged.append(n)
            if self._ending.wait(0.05):
                return

    def _post(self, rows: list[dict[str, Any]]) -> bool:
        url = f"http://127.0.0.1:{self._house.ports['worker']}/v1/events"
        headers = {"content-type": "application/json", "x-evenkeel-key": self._house.keys["intake"]}
        request = urllib.request.Request(url, json.dumps(rows).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                return json.load(answer)["accepted"] == BATCH
        except (OSError, ValueError, http.client.HTTPException):
            return False


def rows_of(batch: int) -> list[dict[str, Any]]:
    """The events of a batch, which keep their id and their time however often they are sent."""
    subjects = [str(n) for n in range(batch * BATCH, (batch + 1) * BATCH)]
    same = {"kind": "prediction", "service": "bot", "at": time.time()}
    return [
        {**same, "id": f"e{s}", "subject": s, "attributes": {"feature.n": int(s) % 97, "evenkeel.test.n": int(s)}}
        for s in subjects
    ]


@contextmanager
def load_on(house: House) -> Generator[list[Sender]]:
    """Senders that send until the block ends."""
    ending, numbers = threading.Event(), itertools.count()
    senders = [Sender(house, numbers, ending) for _ in range(SENDERS)]
    for sender in senders:
        sender.start()
    try:
        yield senders
    finally:
        ending.set()
        for sender in senders:
            sender.join(20)  # what was on its way is acknowledged by the house that lives now
        for sender in senders:
            sender.is_over.set()
            sender.join()


def stored(house: House) -> Counter[str]:
    """How often each subject is in the store."""
    found: Counter[str] = Counter()
    cursor: str | None = ""
    while cursor is not None:
        page = house.ask(f"/events?limit=1000{f'&cursor={cursor}' if cursor else ''}")
        found.update(event["subject"] for event in page["events"])
        cursor = page["next_cursor"]
    return found


@pytest.mark.slow
def test_every_acknowledged_event_is_in_the_store_once_after_50_kills_of_worker_and_control(tmp_path: Path) -> None:
    chance = random.Random(11)
    house = House(tmp_path)
    with ExitStack() as stack:
        stack.callback(house.close)
        for name in ("worker", "control"):
            house.start(name)
        for name in ("worker", "control"):
            wait_until(lambda name=name: house.answers(name), f"{name} answers")
        with load_on(house) as senders:
            pause = threading.Event()
            for number in range(ROUNDS):
                pause.wait(chance.uniform(*LIFE_S))
                for victim in VICTIMS[number % len(VICTIMS)]:
                    house.kill(victim)
                for victim in VICTIMS[number % len(VICTIMS)]:
                    house.start(victim)
                for victim in VICTIMS[number % len(VICTIMS)]:
                    wait_until(lambda victim=victim: house.answers(victim), f"{victim} is back in round {number}")
        wait_until(lambda: house.waiting() == 0, "everything is folded")
        found = stored(house)
        doctor = house.ask("/doctor")
    acknowledged = {str(n * BATCH + k) for sender in senders for n in sender.acknowledged for k in range(BATCH)}
    print(f"{ROUNDS} kills, {len(acknowledged)} acknowledged, {sum(s.sent_again for s in senders)} batches sent again,"
          f" {len(found)} stored")  # fmt: skip
    assert len(acknowledged) > ROUNDS * BATCH
    assert sum(sender.sent_again for sender in senders) > 0, "no kill hit a batch on its way"
    assert not acknowledged - found.keys(), "acknowledged and lost"
    assert [subject for subject, count in found.items() if count > 1] == []
    wrong = [check for check in doctor["checks"] if check["status"] == "breach"]
    assert wrong == []
