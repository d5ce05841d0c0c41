"""Two machines with a worker each and one Redis: one cap, and one cache, whoever is killed in between (GW-4, GW-5)."""

from __future__ import annotations

import http.client
import json
import signal
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.app.notices import read_notices
from evenkeel.gateway.cache.model import CachePolicy, Purge
from evenkeel.gateway.keys.model import VirtualKey
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.limits.sharing import StorePolicy
from evenkeel.gateway.routes.model import Dialect, Route, Upstream, Version
from evenkeel.testing.gateway import GatewayTables, gateway_worker, publish_keys, publish_tables
from evenkeel.testing.redis_server import RedisServer
from evenkeel.testing.upstreams import openai_upstream

pytestmark = pytest.mark.e2e
CAP = 400
LIMITS = (Limit("cap", Holder.SERVICE, "bot", Measure.REQUESTS, Period.EVER, CAP),)
BODY = json.dumps({"model": "m", "max_tokens": 5, "messages": [{"role": "user", "content": "one"}]}).encode()


def machine(folder: Path, upstream: str, *, team: str = "", **tables: Any) -> Home:
    """A home with one route to the upstream, and with these `tables`."""
    home = Home(folder)
    home.create()
    secret = home.root / "provider.key"
    secret.write_text("sk", encoding="utf-8")
    up = Upstream("up", upstream, Dialect.OPENAI, provider="own", key=f"file:{secret}")
    route = Route("production", "bot", (Version("1", 1.0, ("up",)),), retries_max=0)
    publish_tables(home, GatewayTables((route,), (up,), **tables))
    publish_keys(home, {"ek_a": VirtualKey("k", "k", service="bot", team=team)})
    return home


def ask(port: int) -> tuple[int, str]:
    """(status, error code) of one request; 0 when it is broken off."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request("POST", "/v1/chat/completions", BODY, {"authorization": "Bearer ek_a"})
        answer = connection.getresponse()
        body: Any = json.loads(answer.read())
        return answer.status, "" if answer.status == 200 else str(body["error"]["code"])
    except (OSError, http.client.HTTPException):
        return 0, ""
    finally:
        connection.close()


def metrics(home: Home) -> str:
    port = read_notices(home.gateways)[0].own_port
    assert port is not None
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", "/metrics")
    text = connection.getresponse().read().decode()
    connection.close()
    return text


def test_two_machines_share_one_cap_whoever_dies(mortal: RedisServer, tmp_path: Path) -> None:
    with openai_upstream() as up, ExitStack() as stack, ThreadPoolExecutor(16) as callers:
        policy = StorePolicy(mortal.url)
        homes = [machine(tmp_path / name, up.url, limits=LIMITS, store=policy) for name in ("a", "b")]
        workers = [stack.enter_context(gateway_worker(home)) for home in homes]
        ports = [port for _, port in workers]

        def many(count: int) -> list[tuple[int, str]]:
            return list(callers.map(ask, [ports[number % 2] for number in range(count)]))

        first = many(120)
        assert [status for status, _ in first] == [200] * 120
        workers[0][0].send_signal(signal.SIGKILL)
        workers[0][0].wait(20)
        workers[0] = stack.enter_context(gateway_worker(homes[0], "g0", ports[0]))
        mortal.stop(signal.SIGKILL)
        lost = {ask(port) for port in ports for _ in range(150)}
        assert (503, "limits_unavailable") in lost, "what is not leased any more is refused while the store is lost"
        mortal.start()
        told = many(2 * CAP)
        answered = len(up.tally.requests)
        assert answered <= CAP, f"{answered} of {CAP} were asked"
        assert (429, "rate_limit_exceeded") in told
        # A worker's lease that was killed with it is charged in full where its file is not trusted, else not at all.
        assert answered > CAP // 2, "much was left while callers were refused"
        assert "evenkeel_gateway_limits_passed_total 0" in metrics(homes[1])


def test_where_the_policy_is_open_requests_pass_and_are_counted_as_such(mortal: RedisServer, tmp_path: Path) -> None:
    mortal.stop()
    with openai_upstream() as up:
        policy = StorePolicy(mortal.url, lets_pass=True)
        home = machine(tmp_path / "a", up.url, limits=LIMITS, store=policy)
        with gateway_worker(home) as (_, port):
            assert {ask(port) for _ in range(3)} == {(200, "")}
            assert "evenkeel_gateway_limits_passed_total 3" in metrics(home)


AGAIN = json.dumps({"model": "m", "temperature": 0, "messages": [{"role": "user", "content": "one"}]}).encode()


def sharing(folder: Path, upstream: str, store: str, *purges: Purge) -> Home:
    """A home whose service keeps its answers in the store."""
    caches = {"production/bot": CachePolicy(ttl_s=600.0, is_shared=True)}
    return machine(folder, upstream, team="care", caches=caches, cache_store=store, purges=purges)


def ask_again(port: int) -> tuple[int, str]:
    """(status, what the cache did) of one request."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/v1/chat/completions", AGAIN, {"authorization": "Bearer ek_a"})
    answer = connection.getresponse()
    answer.read()
    connection.close()
    return answer.status, answer.getheader("x-evenkeel-cache", "")


def test_two_machines_share_answers_and_purges_and_go_on_without_the_store(
    mortal: RedisServer, wait_until: Any, tmp_path: Path
) -> None:
    def is_usable(home: Home) -> bool:
        return "evenkeel_gateway_cache_store_up 1" in metrics(home).splitlines()

    with openai_upstream() as up, ExitStack() as stack:
        homes = [sharing(tmp_path / name, up.url, mortal.url) for name in ("a", "b")]
        here, there = (stack.enter_context(gateway_worker(home))[1] for home in homes)
        for home in homes:
            wait_until(lambda home=home: is_usable(home), within_s=30, what="the store is used")
        assert ask_again(here) == (200, "")
        wait_until(lambda: ask_again(there) == (200, "hit"), within_s=30, what="the other machine gives it")
        assert ask_again(here) == (200, "hit")

        asked = len(up.tally.requests)
        sharing(tmp_path / "a", up.url, mortal.url, Purge(1, service="bot"))

        def is_asked_anew() -> bool:
            ask_again(there)
            return len(up.tally.requests) > asked

        wait_until(is_asked_anew, within_s=30, what="a purge here holds there")

        mortal.stop()
        wait_until(lambda: not is_usable(homes[0]), within_s=30, what="the store is missed")
        assert [ask_again(port) for port in (here, there) for _ in range(3)] == [(200, "")] * 6
        mortal.start()
        wait_until(lambda: is_usable(homes[0]), within_s=30, what="the store is used again")
        wait_until(lambda: ask_again(here) == (200, "hit"), within_s=30, what="answers are given again")
