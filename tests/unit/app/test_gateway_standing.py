"""Who answers for the gateway: real workers say which table they go by."""

from __future__ import annotations

import json
import socket
from pathlib import Path

from evenkeel.app.gateway_standing import read_standing
from evenkeel.app.home import Home
from evenkeel.app.running import own_identity
from evenkeel.store.tables import publish
from evenkeel.testing.gateway import GatewayTables, gateway_worker, publish_tables


def made(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def test_a_home_without_a_gateway_has_no_workers(tmp_path: Path) -> None:
    standing = read_standing(made(tmp_path))
    assert (standing.generation, standing.workers, standing.port) == (0, (), None)


def test_a_worker_says_which_table_it_goes_by(tmp_path: Path) -> None:
    home = made(tmp_path)
    publish_tables(home, GatewayTables((), (), generation=7))
    with gateway_worker(home) as (process, port):
        standing = read_standing(home)
        (worker,) = standing.workers
        assert (worker.name, worker.pid, worker.port, worker.is_alive) == ("g0", process.pid, port, True)
        assert (worker.generation, standing.generation, standing.has_taken(7)) == (7, 7, True)


def test_what_does_not_answer_is_not_known_and_what_is_gone_is_said(tmp_path: Path) -> None:
    home = made(tmp_path)
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))  # and does not listen
        notice = {**own_identity(), "port": 1, "own_port": deaf.getsockname()[1], "writer": "g0"}
        publish(home.gateways / "g0.json", notice)
        publish(home.gateways / "g1.json", {"pid": 2**22 + 1, "started": "never", "port": 1, "writer": "g1"})
        (home.gateways / "g2.json").write_text(json.dumps([]), encoding="utf-8")
        home.routes.write_text("{ half", encoding="utf-8")
        alive, gone = read_standing(home).workers
    assert (alive.is_alive, alive.generation) == (True, None)
    assert (gone.is_alive, gone.generation) == (False, None)
