"""A gateway worker as a process: it follows what is published, and what it answered is in its journal."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.gateway.keys.model import VirtualKey
from evenkeel.gateway.routes.model import Dialect, Kill, Route, Upstream, Version
from evenkeel.store.journal.codec import decode_payload
from evenkeel.store.journal.reader import JournalReader
from evenkeel.store.system import RealDisk
from evenkeel.store.tables import publish
from evenkeel.testing.gateway import GatewayTables, gateway_worker, publish_keys, publish_tables
from evenkeel.testing.upstreams import Trouble, openai_upstream

SECRET = "ek_gateway"
PATIENCE_S = 20.0


def route(home: Home, generation: int, urls: Mapping[str, str], **of_route: Any) -> Route:
    """Publish one route whose version 1 is answered by the first of `urls`."""
    made = Route("production", "bot", tuple(Version(name, 1.0 - n, (name,)) for n, name in enumerate(urls)), **of_route)
    key = home.root / "provider.key"
    key.write_text("sk-provider", encoding="utf-8")
    upstreams = tuple(
        Upstream(name, url, Dialect.OPENAI, provider="openai", key=f"file:{key}") for name, url in urls.items()
    )
    publish_tables(home, GatewayTables((made,), upstreams, generation=generation))
    return made


def ask(port: int, secret: str = SECRET) -> tuple[int, dict[str, str]]:
    """(status, headers) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    body = json.dumps({"model": "gpt-4o-mini", "messages": [{"role": "user", "content": "one two three"}]})
    try:
        connection.request("POST", "/v1/chat/completions", body, {"authorization": f"Bearer {secret}"})
        answer = connection.getresponse()
        answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}
    finally:
        connection.close()


def journaled(home: Home, writer: str = "g0") -> list[tuple[str, str]]:
    """(role, event id) of requests and attempts in a worker's journal; numbers of answers come in their own time."""
    rows: list[tuple[str, str]] = []
    for frame in JournalReader(RealDisk(), str(home.journal)).read({}).frames:
        if frame.writer == writer:
            batch = decode_payload(frame.payload, frame.schema_id)
            rows += zip(batch["role"].to_pylist(), map(str, batch["event_id"].to_pylist()), strict=True)
    return [row for row in rows if row[0] != "none"]


@pytest.fixture
def gateway_home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    publish_keys(home, {SECRET: VirtualKey("k", "k", service="bot")})
    return home


def test_what_was_answered_is_journaled_even_if_the_worker_is_killed_at_once(gateway_home: Home) -> None:
    with openai_upstream() as up:
        route(gateway_home, 1, {"a": up.url})
        with gateway_worker(gateway_home) as (process, port):
            assert [ask(port)[0] for _ in range(5)] == [200] * 5
            process.send_signal(signal.SIGKILL)
            process.wait(PATIENCE_S)
        with gateway_worker(gateway_home):
            pass  # it takes up what the one before left
    found = journaled(gateway_home)
    assert sorted(role for role, _ in set(found)) == ["attempt"] * 5 + ["request"] * 5


def test_a_flip_governs_within_a_second_in_every_worker_and_so_does_a_kill(gateway_home: Home) -> None:
    with openai_upstream() as one, openai_upstream() as two:
        urls = {"a": one.url, "b": two.url}
        made = route(gateway_home, 1, urls)
        with gateway_worker(gateway_home) as (_, port), gateway_worker(gateway_home, "g1") as (_, other):
            ports = (port, other)
            assert [ask(each)[1]["x-evenkeel-version"] for each in ports] == ["a", "a"]
            flipped = route(gateway_home, 2, dict(reversed(urls.items())))
            flipped_at = time.monotonic()
            while {ask(each)[1]["x-evenkeel-version"] for each in ports} != {"b"}:
                assert time.monotonic() - flipped_at < PATIENCE_S
            assert flipped.name == made.name
            route(gateway_home, 3, urls, kill=Kill("why", "ada", 0))
            killed_at = time.monotonic()
            while {ask(each)[0] for each in ports} != {503}:
                assert time.monotonic() - killed_at < PATIENCE_S


def test_a_revoked_key_is_refused_and_a_damaged_table_changes_nothing(gateway_home: Home) -> None:
    with openai_upstream() as up:
        route(gateway_home, 1, {"a": up.url})
        with gateway_worker(gateway_home) as (_, port):
            assert ask(port)[0] == 200
            gateway_home.routes.write_text("{ half", encoding="utf-8")
            publish_keys(gateway_home, {"ek_new": VirtualKey("n", "n", service="bot")})
            begun = time.monotonic()
            while ask(port)[0] != 401:
                assert time.monotonic() - begun < PATIENCE_S
            assert ask(port, "ek_new")[0] == 200


def test_without_knowing_limits_and_guards_nothing_passes(gateway_home: Home) -> None:
    with openai_upstream() as up:
        made = route(gateway_home, 1, {"a": up.url})
        document = json.loads(gateway_home.routes.read_bytes())
        publish(gateway_home.routes, {**document, "limits": "all of them"})
        with gateway_worker(gateway_home) as (_, port):
            assert ask(port)[0] == 503
            publish(gateway_home.routes, document)
            begun = time.monotonic()
            while ask(port)[0] != 200:
                assert time.monotonic() - begun < PATIENCE_S
        assert made.name in document["routes"]


def test_it_says_where_it_listens_until_it_ends(gateway_home: Home) -> None:
    notice = gateway_home.gateways / "g0.json"
    with gateway_worker(gateway_home) as (process, port):
        told = json.loads(notice.read_bytes())
        assert (told["port"], told["pid"], told["supervisor"]["pid"]) == (port, process.pid, os.getpid())
    assert not notice.exists()


def test_it_loads_no_engine_no_orm_no_pages() -> None:
    code = "import sys, evenkeel.app.gateway; print(' '.join(sorted(sys.modules)))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    unwanted = {"duckdb", "sqlalchemy", "fastapi", "starlette", "jinja2", "yaml", "numpy", "pydantic", "httpx"}
    assert {name.partition(".")[0] for name in loaded} & unwanted == set()
    assert not {name for name in loaded if name.startswith(("evenkeel.judge", "evenkeel.act", "evenkeel.web"))}


def test_a_worker_that_is_told_to_stop_ends_what_it_is_answering_and_takes_no_more(gateway_home: Home) -> None:
    going_on = threading.Event()
    with openai_upstream() as up:
        route(gateway_home, 1, {"a": up.url})
        up.trouble = Trouble(hang=going_on, hang_at=3)
        with gateway_worker(gateway_home) as (process, port):
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
            document = {"model": "gpt-4o-mini", "stream": True, "messages": [{"role": "user", "content": "one"}]}
            headers = {"authorization": f"Bearer {SECRET}"}
            connection.request("POST", "/v1/chat/completions", json.dumps(document), headers)
            answer = connection.getresponse()
            assert answer.readline().startswith(b"data: ")
            for _ in range(2):  # somebody is in a hurry
                process.send_signal(signal.SIGTERM)
            begun = time.monotonic()
            while _listens(port):
                assert time.monotonic() - begun < PATIENCE_S
            going_on.set()
            assert answer.read().endswith(b"data: [DONE]\n\n")
            assert process.wait(PATIENCE_S) == 0
            connection.close()
    assert sorted(role for role, _ in journaled(gateway_home)) == ["attempt", "request"]
    assert not (gateway_home.gateways / "g0.json").exists()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_S).close()
    except OSError:
        return False
    return True
