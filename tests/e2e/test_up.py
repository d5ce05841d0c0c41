"""`evenkeel up` from outside: its ports, its processes, and how they die and come back."""

from __future__ import annotations

import json
import os
import signal
import socket
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
import pytest

pytestmark = pytest.mark.e2e


@contextmanager
def taken_port() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def children_of(server: Any) -> dict[str, psutil.Process]:
    """The processes of a running evenkeel: control, dataplane, and the modules of a sample production."""
    found = psutil.Process(server.process.pid).children(recursive=True)
    commands = {process: process.cmdline() for process in found}
    return {parts[parts.index("-m") + 1].rpartition(".")[2]: process for process, parts in commands.items()}


def beat(server: Any, count: int, service: str = "bot") -> None:
    """Send `count` predictions; all of them must be acknowledged."""
    server.key()
    rows = [{"kind": "prediction", "service": service, "subject": f"s{n}", "latency_s": 0.01} for n in range(count)]
    status, answer = server.post("/v1/events", rows)
    assert (status, answer["accepted"], answer["rejected"]) == (200, count, [])


def is_up(url: str) -> bool:
    """Whether somebody answers there."""
    try:
        with urllib.request.urlopen(url + "/healthz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def test_a_fresh_evenkeel_offers_a_setup_link_and_knows_no_service(server: Any) -> None:
    assert server.setup_url.startswith(server.url + "/setup?token=")
    assert server.services() == {}
    cookie = server.sign_in()
    request = urllib.request.Request(server.url + "/", headers={"cookie": f"evenkeel_session={cookie}"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 200


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything_in_order_and_leaves_nothing_open(
    start_server: Any, run: Any, tmp_path: Path, number: int
) -> None:
    server = start_server(tmp_path / "home")
    beat(server, 20)
    children = list(children_of(server).values())
    assert len(children) == 2
    server.process.send_signal(number)
    assert server.process.wait(30) == 0
    assert not [child for child in children if child.is_running()]
    assert "Fatal" not in server.log.read_text(encoding="utf-8")
    assert not (server.home / "server.json").exists()
    assert list((server.home / "workers").iterdir()) == []
    assert not (server.home / "telemetry.duckdb.wal").exists(), "the store was not closed"
    services = run.json("status", "--home", server.home)["services"]
    assert [each["service"] for each in services] == ["bot"]


def test_the_intake_port_follows_the_port_of_the_ui_and_has_an_option(start_server: Any, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as two:
        first, second = one.getsockname()[1], two.getsockname()[1]
    chosen = start_server(tmp_path / "a", "--port", first, "--intake-port", second, "--gateway-port", 0)
    assert chosen.url == f"http://localhost:{first}"
    assert chosen.intake_url == f"http://127.0.0.1:{second}"
    chosen.stop()
    port = next(port for port in range(20_000, 30_000) if all(map(_is_free, (port, port + 1, port + 138))))
    follows = start_server(tmp_path / "b", "--port", port)
    assert follows.intake_url == f"http://127.0.0.1:{port + 138}"
    follows.stop()


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


@pytest.mark.parametrize("option", ["--port", "--intake-port", "--gateway-port"])
def test_a_port_in_use_is_named_with_the_option_that_chooses_another(run: Any, tmp_path: Path, option: str) -> None:
    with taken_port() as port:
        ports = {"--port": 0, "--intake-port": 0, "--gateway-port": 0, option: port}
        done = run("up", "--home", tmp_path / "home", *(part for pair in ports.items() for part in pair))
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert (
        last == f"error: Port {port} of 127.0.0.1 is in use by another process. Stop that one, or choose {option} PORT."
    )
    assert "Traceback" not in done.stderr


def test_two_evenkeels_never_share_an_intake_port(server: Any, run: Any, tmp_path: Path) -> None:
    port = int(server.intake_url.rpartition(":")[2])
    done = run("up", "--home", tmp_path / "other", "--port", 0, "--intake-port", port)
    assert done.returncode == 1
    assert f"Port {port}" in done.stderr


@pytest.mark.parametrize(("port", "told"), [("70000", "--port"), ("65500", "--intake-port")])
def test_a_number_that_is_no_port_is_refused_before_anything_starts(
    run: Any, tmp_path: Path, port: str, told: str
) -> None:
    done = run("up", "--home", tmp_path / "home", "--port", port)
    assert done.returncode == 2
    assert told in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_home_has_one_owner(server: Any, run: Any) -> None:
    done = run("up", "--home", server.home, "--port", 0)
    assert done.returncode == 5
    assert f"served already, at {server.url}" in done.stderr


def test_the_number_of_a_dead_owner_given_to_another_process_is_not_taken_for_it(
    start_server: Any, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    first = start_server(home)
    left = json.loads((home / "server.json").read_bytes())
    first.stop()
    # As after a power cut: the file is still there, and its number belongs to somebody else (us) by now.
    (home / "server.json").write_text(json.dumps({**left, "pid": os.getpid()}), encoding="utf-8")
    again = start_server(home)
    assert again.services() == {}
    again.stop()


def test_a_worker_that_dies_is_started_again_on_its_port(start_server: Any, wait_until: Any, tmp_path: Path) -> None:
    server = start_server(tmp_path / "home")
    beat(server, 10)
    worker = children_of(server)["dataplane"]
    worker.kill()
    began = time.monotonic()
    wait_until(lambda: is_up(server.intake_url), within_s=15, what="the worker is back")
    print(f"worker back after {time.monotonic() - began:.1f} s")
    beat(server, 10)
    wait_until(lambda: len(server.events(service="bot")) == 20, within_s=15, what="all 20 events are folded")
    server.stop()


def test_workers_accept_while_control_is_dead_and_all_is_folded_when_it_is_back(
    start_server: Any, wait_until: Any, tmp_path: Path
) -> None:
    server = start_server(tmp_path / "home")
    beat(server, 10)
    control = children_of(server)["control"]
    control.kill()
    control.wait(10)
    sent = 0
    while not is_up(server.url):
        beat(server, 10, service="meanwhile")
        sent += 10
    assert sent, "control came back before anything could be sent"
    wait_until(lambda: server.count_events(service="meanwhile") == sent, within_s=15, what="what came is folded")
    assert len(server.events(service="bot")) == 10
    server.stop()


def test_children_end_by_themselves_when_the_supervisor_is_killed(
    start_server: Any, run: Any, wait_until: Any, tmp_path: Path
) -> None:
    server = start_server(tmp_path / "home", "--port", 0, "--workers", 2)
    beat(server, 10)
    children = psutil.Process(server.process.pid).children(recursive=True)
    assert len(children) == 3
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)
    again = start_server(server.home)  # at once, as a process manager does
    assert not [child for child in children if child.is_running() and child.status() != psutil.STATUS_ZOMBIE]
    wait_until(lambda: len(again.events(service="bot")) == 10, within_s=15, what="nothing is lost")
    intakes = [check for check in again.api("/health")["checks"] if check["name"].startswith("intake")]
    assert [check["name"] for check in intakes] == ["intake w0"], "workers of the dead are remembered"
    again.stop()


def test_two_workers_share_a_port_and_their_journals_are_folded_together(
    start_server: Any, wait_until: Any, tmp_path: Path
) -> None:
    server = start_server(tmp_path / "home", "--port", 0, "--workers", 2)
    for _ in range(30):
        beat(server, 5)
    wait_until(lambda: len(server.events(service="bot")) == 150, within_s=15, what="all is folded")
    intakes = [check for check in server.api("/health")["checks"] if check["name"].startswith("intake")]
    assert len({check["facts"]["port"] for check in intakes}) == 1
    assert len(intakes) == 2
    server.stop()


def test_a_frozen_control_is_said_so_instead_of_an_old_answer(server: Any, run: Any) -> None:
    control = children_of(server)["control"]
    control.suspend()
    try:
        began = time.monotonic()
        done = run("status", "--home", server.home)
        took_s = time.monotonic() - began
    finally:
        control.resume()
    assert done.returncode == 1
    assert "does not answer" in done.stderr
    assert took_s < 30
