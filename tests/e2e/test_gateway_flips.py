"""200 flips over the API with two workers: each governs the next request of both within a second (SPEC GW-3)."""

from __future__ import annotations

import http.client
import json
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from evenkeel.testing.upstreams import openai_upstream

pytestmark = [pytest.mark.e2e, pytest.mark.slow]
FLIPS = 200
LIMIT_S = 1.0

CONFIGURED = """\
upstreams:
  one: {url: %(one)s, dialect: openai, key: file:%(key)s}
  two: {url: %(two)s, dialect: openai, key: file:%(key)s}
gateway:
  routes:
    bot: {versions: {"1": {upstreams: [one]}, "2": {weight: 0, upstreams: [two]}}}
"""


class Caller:
    """Asks one worker again and again over one connection."""

    def __init__(self, port: int, secret: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._headers = {"authorization": f"Bearer {secret}"}
        self.last = ""

    def version(self) -> str | None:
        self._connection.request("GET", "/services/bot/v1/models", headers=self._headers)
        answer = self._connection.getresponse()
        body = answer.read()
        self.last = f"{answer.status} {body[:300]!r}"
        return answer.getheader("x-evenkeel-version") if answer.status == 200 else None

    def close(self) -> None:
        self._connection.close()

    def await_version(self, version: str, began_s: float) -> float:
        """Seconds until it answers; there is no pause between two questions."""
        while self.version() != version:
            assert time.monotonic() - began_s < 30, f"version {version} never answered; the last answer: {self.last}"
        return time.monotonic() - began_s


def test_each_of_200_flips_governs_in_both_workers_within_a_second(
    start_server: Any, wait_until: Any, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    key = tmp_path / "provider.key"
    key.write_text("sk-provider", encoding="utf-8")
    with openai_upstream() as one, openai_upstream() as two:
        facts = {"one": one.url, "two": two.url, "key": key}
        (home / "evenkeel.yaml").write_text(CONFIGURED % facts, encoding="utf-8")
        server = start_server(home, "--port", "0", "--gateway-workers", "2")
        notices = [home / "gateways" / f"g{number}.json" for number in range(2)]
        wait_until(lambda: all(each.exists() for each in notices), within_s=60, what="two workers run")
        ports = [json.loads(each.read_bytes())["own_port"] for each in notices]
        secret, admin = server.key("gateway"), server.key("admin")
        callers = [Caller(port, secret) for port in ports]
        wait_until(lambda: all(each.version() == "1" for each in callers), within_s=30, what="the key is known")

        def flip(version: str) -> None:
            body = json.dumps({"service": "bot", "weights": {version: 1}, "reason": "to measure"}).encode()
            headers = {"authorization": f"Bearer {admin}", "content-type": "application/json"}
            request = urllib.request.Request(f"{server.url}/api/v1/gateway/weights", body, headers)
            urllib.request.urlopen(request, timeout=30).close()

        took: list[float] = []
        with ThreadPoolExecutor(2) as pool:
            for number in range(FLIPS):
                version = "21"[number % 2]
                began_s = time.monotonic()
                flip(version)
                took.extend(pool.map(lambda each, v=version, b=began_s: each.await_version(v, b), callers))
        for caller in callers:
            caller.close()
    took.sort()
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    print(f"{FLIPS} flips, 2 workers, API call included: p50 {p50:.3f} s, p99 {p99:.3f} s, max {took[-1]:.3f} s")
    assert took[-1] < LIMIT_S, f"slowest flips: {[round(each, 3) for each in took[-5:]]}"
