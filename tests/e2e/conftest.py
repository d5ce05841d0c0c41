"""A real `evenkeel up` for tests that drive the product from outside, as its users do.

`server` is one for a whole test module; `start_server(...)` starts one of your own. Both are ended by
their process id. Everything is asked over HTTP or by the command line, nothing is reached into.
"""

from __future__ import annotations

import http.client
import json
import os
import random
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

EVENKEEL = Path(sys.executable).with_name("evenkeel")
READY_S = 60.0
STOP_S = 40.0
ADMIN = ("jo", "correct horse battery")
COOKIE = "evenkeel_session"


def wait_until(condition: Callable[[], Any], *, within_s: float, what: str) -> Any:
    """The first truthy answer of `condition`; fails, saying what was waited for, when there is none in time."""
    deadline = time.monotonic() + within_s
    while not (found := condition()):
        assert time.monotonic() < deadline, f"waited {within_s:g} s in vain: {what}"
        time.sleep(0.05)
    return found


def clean_environment(**more: str) -> dict[str, str]:
    """This process's environment without what would change the product's behaviour."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EVENKEEL_", "OTEL_"))}
    return {**kept, **more}


@dataclass
class CommandLine:
    """`evenkeel …` as a process of its own."""

    program: Sequence[str] = (str(EVENKEEL),)

    def __call__(self, *arguments: object, **options: Any) -> subprocess.CompletedProcess[str]:
        command = [*self.program, *map(str, arguments)]
        environment = clean_environment(**options.pop("env", {}))
        return subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=options.pop("timeout_s", 120), **options
        )

    def json(self, *arguments: object, **options: Any) -> Any:
        """The JSON that a command answers; it must succeed."""
        done = self(*arguments, "--json", **options)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout)


@dataclass
class Server:
    """A running evenkeel."""

    home: Path
    url: str  # of UI and API
    intake_url: str  # of OTLP and events
    setup_url: str | None  # the first admin's link, while nobody can sign in
    process: subprocess.Popen[bytes]
    log: Path
    cookie: str = ""
    _keys: dict[str, str] = field(default_factory=dict)

    def key(self, scope: str = "intake") -> str:
        """The secret of a key of this scope: intake, read or admin."""
        if scope not in self._keys:
            made = CommandLine().json("keys", "create", f"e2e {scope}", "--scope", scope, "--home", self.home)
            self._keys[scope] = made["secret"]
        return self._keys[scope]

    def sign_in(self) -> str:
        """The session cookie of the first admin (ADMIN), who is made the first time by the setup link."""
        if not self.cookie:
            name, password = ADMIN
            form = {"name": name, "password": password}
            path = "/sign-in"
            if self.setup_url:
                path, form["token"] = "/setup", parse_qs(urlsplit(self.setup_url).query)["token"][0]
            where = urlsplit(self.url)
            connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=30)
            headers = {"content-type": "application/x-www-form-urlencoded"}
            connection.request("POST", path, urlencode(form), headers)
            answer = connection.getresponse()
            assert answer.status == 303, answer.read().decode()
            found = re.search(rf"{COOKIE}=([^;]+)", answer.headers["set-cookie"])
            connection.close()
            assert found
            self.cookie = found.group(1)
        return self.cookie

    def api(self, path: str, *, key: str | None = None, timeout_s: float = 30.0) -> Any:
        """What GET /api/v1… answers to a key that may read."""
        request = urllib.request.Request(f"{self.url}/api/v1{path}")
        request.add_header("authorization", f"Bearer {key or self.key('read')}")
        with urllib.request.urlopen(request, timeout=timeout_s) as answer:
            return json.load(answer)

    def services(self) -> dict[str, Mapping[str, Any]]:
        """Every service by its name."""
        return {each["service"]: each for each in self.api("/services")["services"]}

    def events(self, **where: object) -> list[Mapping[str, Any]]:
        """The latest thousand events that fit."""
        return self.api(f"/events?{urlencode({'limit': 1000, **where})}")["events"]

    def count_events(self, **where: object) -> int:
        """How many events fit."""
        found, page = 0, {"next_cursor": ""}
        while (cursor := page["next_cursor"]) is not None:
            query = {"limit": 1000, **where, **({"cursor": cursor} if cursor else {})}
            page = self.api(f"/events?{urlencode(query)}")
            found += len(page["events"])
        return found

    def await_fold(self, within_s: float = 30.0) -> None:
        """Wait until everything that was acknowledged is folded."""

        def waiting() -> int:
            facts = [check["facts"] for check in self.api("/health")["checks"]]
            return sum(each.get("backlog_rows", 0) for each in facts)

        wait_until(lambda: not waiting(), within_s=within_s, what="the journals are folded")

    def post(self, path: str, body: Any, *, key: str | None = None) -> tuple[int, Any]:
        """(status, answer) of a JSON body posted to the intake."""
        headers = {"content-type": "application/json", "x-evenkeel-key": key or self.key()}
        request = urllib.request.Request(self.intake_url + path, json.dumps(body).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as error:
            return error.code, json.load(error)

    def feed(self, service: str, *, failing: float) -> None:
        """Half an hour of requests up to now, of which this share fails."""
        chance, now_s = random.Random(1), time.time()
        events = [
            {
                "kind": "inference",
                "service": service,
                "operation": "chat",
                "at": now_s - 1_800 + n,
                "latency_s": 0.2,
                "status_code": 500 if chance.random() < failing else 200,
            }
            for n in range(1_800)
        ]
        status, answer = self.post("/v1/events", events)
        assert (status, answer["rejected"]) == (200, [])

    def stop(self) -> int:
        """End it as Ctrl-C would; answers its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        return self.process.wait(STOP_S)


def launch(home: Path, *arguments: object, program: Sequence[str] = (str(EVENKEEL),), **options: Any) -> Server:
    """Start `evenkeel up` on free ports and wait until it says where it is."""
    home.mkdir(parents=True, exist_ok=True)
    log = home.parent / f"{home.name}.log"
    with log.open("ab") as output:
        begin = output.tell()
        process = subprocess.Popen(
            [*program, "up", "--home", str(home), *(map(str, arguments) if arguments else ("--port", "0"))],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=clean_environment(**options.pop("env", {})),
            start_new_session=True,
            **options,
        )

    def said() -> str:
        text = log.read_bytes()[begin:].decode(errors="replace")
        assert process.poll() is None, f"evenkeel ended with {process.returncode}:\n{text}"
        return text if "Ctrl-C ends it." in text else ""

    try:
        text = wait_until(said, within_s=READY_S, what="evenkeel up is ready")
    except AssertionError:
        process.kill()
        raise
    url = re.search(r"evenkeel is up:\s+(http://\S+)", text)
    intake = re.search(r"telemetry goes to (http://\S+)", text)
    setup = re.search(r"(http://\S+/setup\?token=\S+)", text)
    assert url and intake
    return Server(home, url.group(1), intake.group(1), setup.group(1) if setup else None, process, log)


@pytest.fixture(scope="module")
def start_server() -> Iterator[Callable[..., Server]]:
    """Starts servers: (home, *arguments of `up`); all of them are ended after the module."""
    servers: list[Server] = []

    def start(home: Path, *arguments: object, **options: Any) -> Server:
        servers.append(launch(home, *arguments, **options))
        return servers[-1]

    yield start
    for each in servers:
        each.stop()


@pytest.fixture(scope="module")
def server(start_server: Callable[..., Server], tmp_path_factory: pytest.TempPathFactory) -> Server:
    """One evenkeel for the whole module, without services."""
    return start_server(tmp_path_factory.mktemp("e2e") / "home")


@pytest.fixture(scope="session")
def run() -> CommandLine:
    """`evenkeel …` as a process: run("status", "--home", home); run.json(...) reads its answer."""
    return CommandLine()


@pytest.fixture(scope="session", name="wait_until")
def wait_until_fixture() -> Callable[..., Any]:
    """wait_until(condition, within_s=…, what=…): its first truthy answer."""
    return wait_until
