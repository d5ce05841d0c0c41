"""The inbox of alerts in a real browser: looked at by day and night, at a desk and on a phone, and worked with."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.e2e

VIEWS = {
    "desktop": {},
    "desktop-dark": {"dark": True},
    "phone": {"phone": True},
    "phone-dark": {"phone": True, "dark": True},
}
FOREIGN = {
    "version": "4",
    "receiver": "evenkeel",
    "status": "firing",
    "alerts": [
        {
            "status": "firing",
            "labels": {"alertname": "NodeDiskFull", "job": "node", "instance": "db-1:9100", "severity": "warning"},
            "annotations": {"summary": "The disk of db-1 is full in about 4 hours."},
            "startsAt": "2026-11-24T10:00:00Z",
            "endsAt": "0001-01-01T00:00:00Z",
            "generatorURL": "http://prometheus.example:9090/graph",
            "fingerprint": "c0ffee0000000001",
        }
    ],
}
#: Whatever a thumb is to hit.
TARGETS = "main button, main .button, main summary, main select, main input:not([type=hidden]), main textarea, nav li a"
TARGET_PX_MIN = 44


@pytest.fixture(scope="module")
def paged(production: Any, wait_until: Callable[..., Any]) -> Any:
    """A production in which rules fire, with one alert received from elsewhere."""
    request = urllib.request.Request(f"{production.url}/api/v1/receive/alertmanager", json.dumps(FOREIGN).encode())
    request.add_header("authorization", f"Bearer {production.key()}")
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert json.load(answer) == {"new": 1, "again": 0}
    wait_until(lambda: alerts(production, "checkout-bot"), within_s=30, what="a rule of checkout-bot fires")
    return production


def alerts(server: Any, service: str) -> list[Any]:
    return server.api(f"/alerts?state=firing&service={service}")["alerts"]


@pytest.mark.parametrize("view", VIEWS)
def test_the_inbox_is_accessible_fits_its_screen_and_is_hit_by_a_thumb(
    view: str, paged: Any, visit: Callable[..., Any], screenshot: Callable[..., None]
) -> None:
    opened = visit(paged, **VIEWS[view])
    one = alerts(paged, "checkout-bot")[0]["id"]
    pages = {
        "alerts": "/alerts",
        "alerts-none": "/alerts?state=resolved&service=none",
        "alert": f"/alerts/{one}",
        "silences": "/alerts/silences",
    }
    for name, path in pages.items():
        page = opened.open(path)
        screenshot(page, f"{name}-{view}")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], path
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
        problems = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]
        assert problems == [], f"{path} ({view})"
        for target in page.locator(TARGETS).all():
            box = target.bounding_box() if target.is_visible() else None
            assert box is None or box["height"] >= TARGET_PX_MIN, target.evaluate("node => node.outerHTML")


@pytest.mark.parametrize("scripts", [True, False])
def test_an_alert_is_acknowledged_silenced_and_given_back_with_and_without_scripts(
    scripts: bool, paged: Any, visit: Callable[..., Any], wait_until: Callable[..., Any]
) -> None:
    page = visit(paged, phone=True, scripts=scripts).open("/alerts?service=checkout-bot&state=firing")
    # Alerts of one service are one article, whichever of them it is headed by.
    article = page.locator("article.alert").filter(has_text="checkout-bot:").first
    article.get_by_role("button", name="Acknowledge").first.click()
    page.wait_for_url("**/alerts")
    assert "Acknowledged by jo." in article.inner_text()
    article.locator("summary", has_text="Silence").click()
    article.get_by_label("Why").fill("a rehearsal")
    article.get_by_role("button", name="Silence").last.click()
    page.wait_for_url("**/alerts/silences")
    assert "a rehearsal" in page.locator("main").inner_text()
    wait_until(
        lambda: any("a rehearsal" in alert["quiet"] for alert in alerts(paged, "checkout-bot")),
        within_s=10, what="the alert is quiet",
    )  # fmt: skip
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="End now").first.click()
    wait_until(lambda: not paged.api("/silences")["silences"], within_s=10, what="the silence is over")
    page.goto(f"{paged.url}/alerts")
    article.get_by_role("button", name="Give back").first.click()
    page.wait_for_load_state()
    assert "Acknowledged by jo." not in page.locator("main").inner_text()


def test_a_phone_reaches_every_page_from_its_bar(paged: Any, visit: Callable[..., Any]) -> None:
    page = visit(paged, phone=True).open("/alerts")
    bar = page.get_by_role("navigation", name="Main")
    assert bar.get_by_role("link", name="Alerts").get_attribute("aria-current") == "page"
    for name in ("Probes", "Health", "Settings"):
        bar.locator("summary").click()
        bar.get_by_role("link", name=name).click()
        page.wait_for_url(f"**/{name.lower()}")


def test_the_overview_leads_to_the_alerts_that_fire(paged: Any, visit: Callable[..., Any]) -> None:
    page = visit(paged).open("/")
    page.locator("#answers a", has_text="firing").click()
    page.wait_for_url("**/alerts?state=firing")
    text = page.locator("#alerts").inner_text()
    assert "checkout-bot: " in text and "NodeDiskFull" in text
