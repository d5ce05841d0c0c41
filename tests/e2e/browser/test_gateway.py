"""The gateway's pages with real traffic: looked at, flipped, switched off and on again, as a person does it."""

from __future__ import annotations

import json
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from evenkeel.app.home import Home
from evenkeel.gateway.limits.accounts import Accounts
from evenkeel.gateway.limits.changing import Change
from evenkeel.gateway.limits.model import Holder, Limit, Measure, Period
from evenkeel.gateway.limits.periods import account_of
from evenkeel.gateway.limits.record import name_of
from evenkeel.gateway.limits.recovery import ACCOUNTS_NAME
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
    page.locator("#route-production-support-bot .pill").get_by_text("failing").wait_for(timeout=30_000)
    page.locator("#route-production-support-bot").get_by_text("down is left alone after failures").wait_for()
    assert "failing" in page.locator("#answers").inner_text()  # 1.5.0 answers nothing but errors, its worker lives
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


def test_a_person_sees_what_is_used_of_limits_and_allows_more(gateway: Gateway, visit: Callable[..., Any]) -> None:
    page = visit(gateway.server).open("/gateway/limits")
    row = page.get_by_role("row").filter(has_text="per-key").filter(has_text="the bot")
    assert "6,000 requests" in row.inner_text()
    assert page.locator("nav[aria-label=Gateway] [aria-current=page]").inner_text() == "Limits"
    page.get_by_label("Change care").click()
    page.locator("#change").get_by_label("Amount").fill("650")
    page.locator("#change").get_by_label("Why").fill("the campaign runs until Friday")
    page.get_by_role("button", name="Put in force").click()
    assert "care allows 650.00 USD now" in page.locator("#note").inner_text()
    page.locator("nav[aria-label=Gateway]").get_by_text("Routes").click()
    assert "the campaign runs until Friday" in page.locator("main").inner_text()


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize(
    "path",
    [
        "/gateway",
        "/gateway/limits",
        "/gateway/limits?change=care",
        "/gateway/cache",
        "/gateway/rules",
        "/gateway/production/support-bot",
        "/gateway/production/search-rag",
    ],
)
def test_every_page_fits_a_phone_in_both_themes(
    gateway: Gateway, visit: Callable[..., Any], screenshot: Callable[..., None], path: str, dark: bool
) -> None:
    page = visit(gateway.server, phone=True, dark=dark).open(path)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    name = path.strip("/").replace("/", "-").partition("?")[0] + ("-change" if "?" in path else "")
    screenshot(page, f"{name}-phone-{'dark' if dark else 'light'}")
    desktop = visit(gateway.server, dark=dark).open(path)
    assert desktop.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(desktop, f"{name}-desktop-{'dark' if dark else 'light'}")
    desktop.set_viewport_size({"width": 1280, "height": 800})
    assert desktop.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_without_a_route_the_page_teaches_the_first_one(
    server: Any, visit: Callable[..., Any], screenshot: Callable[..., None]
) -> None:
    page = visit(server).open("/gateway")
    assert "No route yet" in page.locator("main").inner_text()
    screenshot(page, "gateway-empty")


HOLDERS = 10_000


@pytest.fixture(scope="module")
def crowd(start_server: Callable[..., Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """200 routes of five versions, and 10,000 users of a limit."""
    home = Home(tmp_path_factory.mktemp("crowd") / "home")
    home.create()
    versions = {f"2026.{number}.0-rc": {"upstreams": ["provider"]} for number in range(5)}
    limit = {"holder": "user", "measure": "requests", "period": "month", "amount": 20_000}
    document = {
        "upstreams": {"provider": {"url": "http://127.0.0.1:9/v1", "dialect": "openai"}},
        "gateway": {
            "routes": {f"service-with-a-long-name-{number:03}": {"versions": versions} for number in range(200)},
            "limits": {"each-user": limit},
        },
    }
    (home.root / "evenkeel.yaml").write_text(json.dumps(document), encoding="utf-8")
    each = Limit("each-user", Holder.USER, "*", Measure.REQUESTS, Period.MONTH, 20_000)
    now_us = time.time_ns() // 1000
    accounts = Accounts.open(home.limits / ACCOUNTS_NAME)
    wanted = [(account_of(each, f"{number * 7_919 + 10**15}", now_us, "UTC"), number) for number in range(HOLDERS)]
    for first in range(0, HOLDERS, 100):
        part = wanted[first : first + 100]
        accounts.apply(0, [Change(one, name_of(one), least=used, most=used) for one, used in part], now_us)
        accounts.apply(0, [Change(one, name_of(one), settled=used) for one, used in part], now_us)
    accounts.close()
    return start_server(home.root)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("path", ["/gateway", "/gateway/limits", "/gateway?page=4&q=service"])
def test_two_hundred_routes_and_ten_thousand_holders_fit_a_phone(
    crowd: Any, visit: Callable[..., Any], screenshot: Callable[..., None], path: str, dark: bool
) -> None:
    began_s = time.monotonic()
    page = visit(crowd, phone=True, dark=dark).open(path)
    assert time.monotonic() - began_s < 10.0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    name = path.strip("/").replace("/", "-").replace("?", "-").partition("&")[0]
    screenshot(page, f"{name}-crowd-phone-{'dark' if dark else 'light'}")
    wide = visit(crowd, dark=dark).open(path)
    assert wide.evaluate("document.documentElement.scrollWidth <= innerWidth")
    wide.set_viewport_size({"width": 1280, "height": 800})
    assert wide.evaluate("document.documentElement.scrollWidth <= innerWidth")
    screenshot(wide, f"{name}-crowd-desktop-{'dark' if dark else 'light'}")
