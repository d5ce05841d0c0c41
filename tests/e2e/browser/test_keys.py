"""A key's whole life in a real browser, with the official client at both workers of the gateway."""

from __future__ import annotations

import json
import os
import re
import signal
import time
import urllib.request
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import openai
import pytest
from axe_playwright_python.sync_playwright import Axe

from evenkeel.testing.upstreams import openai_upstream

pytestmark = pytest.mark.e2e
MODEL = "gpt-4o-mini"
LIMIT_S = 1.0  # what GW-10 promises
LONG = "made by a script with aNameWithoutAnySpaceWhichGoesOnAndOnAndOnUntilNobodyCanReadIt"

CONFIGURED = """\
upstreams:
  provider: {url: %(url)s, dialect: openai, provider: openai, key: file:%(key)s}
gateway:
  drill: 5
  routes:
    support-bot: {versions: {"1.4.0": {upstreams: [provider]}}}
  limits:
    per-key: {holder: key, measure: requests, period: ever, amount: 100000}
"""


def told(client: openai.OpenAI) -> str:
    """An answer, or why there is none."""
    try:
        said = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
    except openai.AuthenticationError as error:
        return f"{error.status_code} {error.message}"
    return "answered" if said.choices[0].message.content else "empty"


@dataclass
class House:
    """A server with two workers, each with a port of its own."""

    server: Any
    ports: list[int]

    def ask(self, port: int, secret: str) -> str:
        """What the worker says to a client of its own."""
        with self.client(port, secret) as client:
            return told(client)

    def client(self, port: int, secret: str) -> openai.OpenAI:
        base_url = f"http://127.0.0.1:{port}/services/support-bot/v1"
        return openai.OpenAI(base_url=base_url, api_key=secret, max_retries=0, timeout=20)

    def everywhere(self, secret: str) -> set[str]:
        return {self.ask(port, secret)[:8] for port in self.ports}

    def refused_at_us(self, port: int, secret: str) -> int:
        """The first moment at which the worker refuses it; asked without a pause."""
        deadline = time.monotonic() + 30
        with self.client(port, secret) as client:
            while not told(client).startswith("401"):
                assert time.monotonic() < deadline, f"the worker at {port} still takes it"
        return time.time_ns() // 1_000

    def api(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"authorization": f"Bearer {self.server.key('admin')}", "content-type": "application/json"}
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.server.url}/api/v1{path}", data, headers, method=method)
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)


@pytest.fixture(scope="module")
def house(
    start_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory, wait_until: Callable[..., Any]
) -> Iterator[House]:
    folder: Path = tmp_path_factory.mktemp("keys")
    home, key = folder / "home", folder / "provider.key"
    home.mkdir()
    key.write_text("sk-provider", encoding="utf-8")
    with openai_upstream(key="sk-provider") as double:
        (home / "evenkeel.yaml").write_text(CONFIGURED % {"url": double.url, "key": key}, encoding="utf-8")
        server = start_server(home, "--port", "0", "--gateway-workers", "2")
        notices = [home / "gateways" / f"g{number}.json" for number in range(2)]
        wait_until(lambda: all(each.exists() for each in notices), within_s=60, what="two workers run")
        yield House(server, [json.loads(each.read_bytes())["own_port"] for each in notices])


def moment_us(written: str) -> int:
    return round(datetime.fromisoformat(written).timestamp() * 1_000_000)


def shown_once(page: Any) -> tuple[str, str]:
    """(base URL, secret) as the page tells how to use the key."""
    page.locator("#secret").wait_for()
    found = re.search(r'base_url="([^"]+)", api_key="([^"]+)"', page.locator("#connect").inner_text())
    assert found and found.group(2) == page.locator("#secret").inner_text()
    return found.group(1), found.group(2)


def test_a_key_is_made_used_replaced_and_revoked_and_both_workers_obey_within_a_second(
    house: House, visit: Callable[..., Any], screenshot: Callable[..., None], wait_until: Callable[..., Any]
) -> None:
    page = visit(house.server).open("/settings/keys?scope=gateway")
    page.get_by_label("Name", exact=True).fill("chat of the shop")
    page.get_by_label("Only these services, by comma").fill("support-bot")
    page.get_by_label("Only these models, by comma").fill(MODEL)
    page.get_by_role("button", name="Create key").click()
    base_url, first = shown_once(page)
    screenshot(page, "key-new")
    wait_until(lambda: house.everywhere(first) == {"answered"}, within_s=10, what="both workers take the key")
    with openai.OpenAI(base_url=base_url, api_key=first, max_retries=0) as client:
        said = client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": "Hello"}])
        assert said.choices[0].message.content, "as the page says, it works"
        with pytest.raises(openai.PermissionDeniedError, match="model"):
            client.chat.completions.create(model="another", messages=[{"role": "user", "content": "Hello"}])

    page.goto(f"{house.server.url}/settings/keys")
    page.get_by_role("link", name="chat of the shop").click()
    url, key_id = page.url, page.url.rsplit("/", 1)[1]
    wait_until(lambda: page.reload() and page.get_by_text("in 7 d").count(), within_s=30, what="its use is told")
    assert "per-key" in page.locator("main").inner_text()
    proof = page.locator("#answers").get_by_text("refused by all 2 workers after")
    wait_until(lambda: page.reload() and proof.count(), within_s=60, what="a drill proves that keys are refused")

    page.get_by_text("New secret…").click()
    page.get_by_label("The old one goes on").select_option("3600")
    page.get_by_role("button", name="Make a new secret").click()
    second = shown_once(page)[1]
    wait_until(lambda: house.everywhere(second) == {"answered"}, within_s=10, what="both workers take the new secret")
    assert house.everywhere(first) == {"answered"}, "for its grace"
    assert "The secret before this one is taken until" in page.locator("#answers").inner_text()

    page.goto(url)
    assert second not in page.content()
    page.get_by_text("Revoke…").click()
    page.get_by_label("Why").last.fill("left on a train")
    with ThreadPoolExecutor(len(house.ports)) as pool:
        waits = [pool.submit(house.refused_at_us, port, second) for port in house.ports]
        page.get_by_role("button", name="Revoke for good").click()
        refused_at = [wait.result() for wait in waits]
    page.locator("#note").wait_for()
    revoked_at = moment_us(house.api("GET", f"/keys/{key_id}")["revoked_at"])
    took_s = [(at - revoked_at) / 1e6 for at in refused_at]
    print(f"refused after {', '.join(f'{each:.3f}' for each in took_s)} s")
    assert max(took_s) < LIMIT_S, took_s
    assert not any(house.ask(port, first) == "answered" for port in house.ports), "nor is the one before it taken"
    assert "left on a train" in page.locator("main").inner_text()
    screenshot(page, "key-revoked")
    page.goto(f"{house.server.url}/settings/keys?state=revoked")
    assert page.locator("#keys tbody tr").count() == 1


def test_a_replaced_secret_is_refused_when_its_grace_is_over(house: House, wait_until: Callable[..., Any]) -> None:
    made = house.api("POST", "/keys", {"name": "short grace", "scope": "gateway"})
    wait_until(lambda: house.everywhere(made["secret"]) == {"answered"}, within_s=10, what="the key is known")
    rotated = house.api("POST", f"/keys/{made['id']}/rotate", {"grace_s": 3, "reason": "spring"})
    until_us = moment_us(rotated["previous_until"])
    refused_at = [house.refused_at_us(port, made["secret"]) for port in house.ports]
    assert all(at >= until_us - 1_000 for at in refused_at), "not before"
    assert min(refused_at) - until_us < LIMIT_S * 1_000_000
    assert house.everywhere(rotated["secret"]) == {"answered"}


def test_workers_refuse_a_key_that_ends_while_control_stands_still(
    house: House, wait_until: Callable[..., Any]
) -> None:
    end_us = time.time_ns() // 1_000 + 6_000_000
    made = house.api("POST", "/keys", {"name": "ends", "scope": "gateway", "expires_at_us": end_us})
    control = json.loads((house.server.home / "server.json").read_bytes())["pid"]
    wait_until(lambda: house.everywhere(made["secret"]) == {"answered"}, within_s=5, what="the key is known")
    os.kill(control, signal.SIGSTOP)
    try:
        refused_at = [house.refused_at_us(port, made["secret"]) for port in house.ports]
        said = {house.ask(port, made["secret"]) for port in house.ports}
    finally:
        os.kill(control, signal.SIGCONT)
    assert min(refused_at) >= end_us
    assert len(said) == 1
    assert "has expired" in said.pop()


def test_forms_work_without_scripts_and_every_page_fits_and_is_accessible(
    house: House, visit: Callable[..., Any], screenshot: Callable[..., None]
) -> None:
    plain = visit(house.server, scripts=False).open("/settings/keys?scope=gateway")
    plain.get_by_label("Name", exact=True).fill(LONG)
    plain.get_by_label("Team", exact=True).fill("care")
    plain.get_by_role("button", name="Create key").click()
    assert plain.locator("#secret").inner_text().startswith("ek_")
    plain.goto(f"{house.server.url}/settings/keys")
    plain.get_by_role("link", name=LONG).click()
    path = plain.url.removeprefix(house.server.url)
    plain.get_by_text("Change…").click()
    plain.get_by_label("Last day").fill("2099-12-31")
    plain.get_by_label("Why").first.fill("the trial was extended")
    plain.get_by_role("button", name="Put in force").click()
    assert "Changed; the secret stays." in plain.locator("#note").inner_text()
    assert "the trial was extended" in plain.locator("main").inner_text()
    for view, options in {"desktop": {}, "phone-dark": {"phone": True, "dark": True}}.items():
        opened = visit(house.server, **options)
        for name, where in {"keys": "/settings/keys", "key": path}.items():
            page = opened.open(where)
            screenshot(page, f"{name}-{view}")
            assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], where
            found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
            assert [each["id"] for each in found["violations"]] == [], f"{where} ({view})"
