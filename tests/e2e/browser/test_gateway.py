"""The gateway's pages with real traffic: looked at, flipped, switched off and on again, as a person does it."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.testing.upstreams import openai_upstream

pytestmark = pytest.mark.e2e

CONFIGURED = """\
upstreams:
  provider: {url: %(url)s, dialect: openai, provider: openai, key: file:%(key)s}
  down: {url: "http://127.0.0.1:9/v1", dialect: openai, provider: openai, key: file:%(key)s}
gateway:
  routes:
    support-bot:
      versions:
        "1.4.0": {weight: 80, upstreams: [provider]}
        "1.5.0": {weight: 20, upstreams: [down]}
      sticky: user
      cache: {ttl: 1h}
      guard: {actions: {secrets: block, pii: redact}}
    search-rag:
      versions: {"2.0.1": {upstreams: [provider]}, "2.1.0": {weight: 0, upstreams: [provider]}}
      shadow: {version: "2.1.0", share: 0.2}
      fallback: ["2.1.0"]
    translate:
      environment: staging
      versions: {"7": {upstreams: [provider]}}
  limits:
    per-key: {holder: key, measure: requests, period: minute, amount: 6000}
    care: {holder: service, name: support-bot, measure: money, period: month, amount: 500, currency: USD}
"""


def ask(port: int, secret: str, service: str, number: int) -> int:
    """The status of one chat."""
    said = f"question {number}" + (", write to ada@example.org" if number % 7 == 0 else "")
    body = {"model": "gpt-4o-mini", "messages": [{"role": "user", "content": said}], "user": f"u{number}"}
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/services/{service}/v1/chat/completions",
        json.dumps(body).encode(),
        {"authorization": f"Bearer {secret}", "content-type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


class Gateway:
    """A server with routes, and callers who never tire."""

    def __init__(self, server: Any, port: int, secret: str) -> None:
        self.server, self.port, self.secret = server, port, secret

    def status(self, service: str = "support-bot", number: int = 1) -> int:
        return ask(self.port, self.secret, service, number)


@pytest.fixture(scope="module")
def gateway(
    start_server: Callable[..., Any], run: Any, tmp_path_factory: pytest.TempPathFactory, wait_until: Callable[..., Any]
) -> Iterator[Gateway]:
    folder: Path = tmp_path_factory.mktemp("gateway")
    home, key, over = folder / "home", folder / "provider.key", threading.Event()
    home.mkdir()
    key.write_text("sk-provider", encoding="utf-8")
    with openai_upstream(key="sk-provider") as double:
        (home / "evenkeel.yaml").write_text(CONFIGURED % {"url": double.url, "key": key}, encoding="utf-8")
        server = start_server(home)
        notice = home / "gateways" / "g0.json"
        wait_until(notice.exists, within_s=40, what="a gateway is started")
        made = run.json("keys", "create", "the bot", "--scope", "gateway", "--home", home)
        found = Gateway(server, json.loads(notice.read_bytes())["port"], made["secret"])
        wait_until(lambda: found.status("search-rag") == 200, within_s=20, what="the key is known")

        def call() -> None:
            number = 0
            while not over.wait(0.05):
                number += 1
                found.status("search-rag" if number % 3 == 0 else "support-bot", number)

        thread = threading.Thread(target=call, name="callers")
        thread.start()
        yield found
        over.set()
        thread.join()


def test_a_person_flips_a_route_switches_it_off_and_on_again(
    gateway: Gateway, visit: Callable[..., Any], screenshot: Callable[..., None], wait_until: Callable[..., Any]
) -> None:
    opened = visit(gateway.server)
    page = opened.open("/gateway")
    page.locator("#route-production-support-bot").get_by_text("per min").first.wait_for(timeout=30_000)
    page.locator("#route-production-support-bot").get_by_text("1.5.0").wait_for()
    screenshot(page, "gateway-desktop")

    page.get_by_role("link", name="support-bot").click()
    page.get_by_role("link", name="All to 1.4.0…").click()
    assert "of the users move to another version" in page.locator("#plan").inner_text()
    screenshot(page, "gateway-plan")
    page.locator("#plan").get_by_label("Why").fill("1.5.0 cannot be reached")
    page.get_by_role("button", name="Put in force").click()
    assert "In force in the one worker after" in page.locator("#note").inner_text()
    assert {gateway.status(number=number) for number in range(1000, 1030)} == {200}
    screenshot(page, "gateway-route")

    zone = page.locator("#switch")
    zone.get_by_label("Why; callers read it").fill("leaks names")
    zone.get_by_label("to confirm").fill("support")
    zone.get_by_role("button", name="Switch off support-bot").click()
    assert "Nothing was switched off" in page.locator("#problem").inner_text()
    assert gateway.status() == 200
    assert ["status of 400" in problem for problem in opened.problems] == [True]
    opened.problems.clear()
    zone = page.locator("#switch")
    zone.get_by_label("Why; callers read it").fill("leaks names")
    zone.get_by_label("to confirm").fill("support-bot")
    zone.get_by_role("button", name="Switch off support-bot").click()
    page.locator("#note").wait_for()
    assert gateway.status() == 503
    screenshot(page, "gateway-killed")
    opened.open("/gateway")
    said = page.locator("#answers").inner_text()
    assert "1 is switched off" in said
    assert "production/support-bot: open it to let it answer again" in said
    page.get_by_role("link", name="support-bot").first.click()
    page.locator("#switch").get_by_label("Why").fill("names are masked")
    page.get_by_role("button", name="Revive support-bot").click()
    page.locator("#note").wait_for()
    assert gateway.status() == 200


def test_all_of_it_works_without_scripts(gateway: Gateway, visit: Callable[..., Any]) -> None:
    page = visit(gateway.server, scripts=False).open("/gateway/production/search-rag")
    page.get_by_text("Other shares…").click()
    page.locator('input[name="weight:2.0.1"]').fill("50")
    page.locator('input[name="weight:2.1.0"]').fill("50")
    page.get_by_role("button", name="See what it changes").click()
    page.locator("#plan").get_by_label("Why").fill("to compare")
    page.get_by_role("button", name="Put in force").click()
    assert "In force" in page.locator("#note").inner_text()
    page.get_by_role("button", name="Undo").first.click()
    assert "2.0.1 50 % · 2.1.0 50 %" in page.locator("main").inner_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/gateway", "/gateway/production/support-bot", "/gateway/production/search-rag"])
def test_every_page_fits_a_phone_in_both_themes(
    gateway: Gateway, visit: Callable[..., Any], screenshot: Callable[..., None], path: str, dark: bool
) -> None:
    page = visit(gateway.server, phone=True, dark=dark).open(path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    name = path.strip("/").replace("/", "-")
    screenshot(page, f"{name}-phone-{'dark' if dark else 'light'}")
    desktop = visit(gateway.server, dark=dark).open(path)
    assert desktop.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(desktop, f"{name}-desktop-{'dark' if dark else 'light'}")


def test_without_a_route_the_page_teaches_the_first_one(
    server: Any, visit: Callable[..., Any], screenshot: Callable[..., None]
) -> None:
    page = visit(server).open("/gateway")
    assert "No route yet" in page.locator("main").inner_text()
    screenshot(page, "gateway-empty")
