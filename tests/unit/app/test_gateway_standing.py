"""Who answers for the gateway: real workers say which table they go by."""

from __future__ import annotations

import http.client
import json
import socket
from pathlib import Path

from evenkeel.app.gateway_standing import read_numbers, read_standing
from evenkeel.app.home import Home
from evenkeel.app.notices import read_notices
from evenkeel.app.running import own_identity
from evenkeel.gateway.cache.model import CacheStats
from evenkeel.gateway.keys.model import VirtualKey
from evenkeel.gateway.routes.model import Dialect, Route, Upstream, Version
from evenkeel.store.tables import publish
from evenkeel.testing.gateway import GatewayTables, gateway_worker, publish_keys, publish_tables


def chat(port: int) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10.0)
    try:
        body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "hi"}]})
        connection.request("POST", "/services/bot/v1/chat/completions", body, {"authorization": "Bearer ek_gateway"})
        return connection.getresponse().status
    finally:
        connection.close()


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
        assert (worker.connections, worker.breakers) == (0, {})  # who asks there is no caller
        assert worker.cache == CacheStats(bytes_max=32 * 1024 * 1024)


def get(port: int, path: str) -> tuple[int, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10.0)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def test_numbers_are_told_to_who_asks_the_worker_alone_and_to_nobody_on_the_port_that_is_shared(tmp_path: Path) -> None:
    home, name = made(tmp_path), 'eu "west"\\1'
    route = Route("production", "bot", (Version("1", 1.0, (name,)),))
    publish_tables(home, GatewayTables((route,), (Upstream(name, "http://127.0.0.1:9/v1", Dialect.OPENAI),)))
    publish_keys(home, {"ek_gateway": VirtualKey("k1", "bot")})
    with gateway_worker(home) as (process, port):
        for _ in range(5):
            chat(port)
        (own_port,) = (notice.own_port for notice in read_notices(home.gateways))
        assert own_port is not None
        chat(own_port)  # as drills do: no caller's
        status, said = get(port, "/metrics")
        assert get(port, "/healthz")[0] == 200
        (numbers,) = read_numbers(home)
    assert (status, "scope read" in said, "west" in said) == (404, True, False)
    assert (numbers.worker, numbers.pid) == ("g0", process.pid)
    assert numbers.values is not None
    asked = [value for (series, _), value in numbers.values.items() if series == "evenkeel_gateway_requests_total"]
    assert sum(asked) == 6  # with the one that asked for numbers
    assert numbers.values["evenkeel_gateway_breaker", (("upstream", name), ("state", "open"))] == 1


def test_an_upstream_that_a_worker_leaves_alone_is_named_with_its_worker(tmp_path: Path) -> None:
    home, name = made(tmp_path), 'eu "west"\\1'
    route = Route("production", "bot", (Version("1", 1.0, (name,)),))
    publish_tables(home, GatewayTables((route,), (Upstream(name, "http://127.0.0.1:9/v1", Dialect.OPENAI),)))
    publish_keys(home, {"ek_gateway": VirtualKey("k1", "bot")})
    with gateway_worker(home) as (_, port):
        assert {chat(port) for _ in range(5)} <= {502, 503}
        standing = read_standing(home)
    assert {name: [worker.name for worker in workers] for name, workers in standing.breakers().items()} == {
        name: ["g0"]
    }
    assert standing.workers[0].breakers == {name: "open"}


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
        (silent,) = read_numbers(home)
    assert (alive.is_alive, alive.generation, alive.cache) == (True, None, None)
    assert (gone.is_alive, gone.generation) == (False, None)
    assert (silent.worker, silent.values) == ("g0", None)
