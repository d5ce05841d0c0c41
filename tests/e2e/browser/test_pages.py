"""Every page in a real browser: what it says, that it is accessible, and that it fits a phone."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.e2e

SERVICE = "/services/production/checkout-bot"
PAGES = {
    "overview": "/",
    "overview-filtered-to-nothing": "/?q=no-such-service",
    "service": SERVICE,
    "service-objectives": f"{SERVICE}?tab=objectives",
    "service-quality": f"{SERVICE}?tab=quality&range=24h",
    "service-answers": f"{SERVICE}?tab=quality&view=answers&range=24h",
    "service-drift": f"{SERVICE}?tab=quality&view=drift&range=24h",
    "service-fairness": f"{SERVICE}?tab=quality&view=fairness&range=7d",
    "golden-queries": "/golden?service=production/checkout-bot",
    "service-answers-none": "/services/production/translate?tab=quality&view=answers&range=24h",
    "service-versions": f"{SERVICE}?tab=versions",
    "service-traffic-7d": f"{SERVICE}?tab=traffic&range=7d",
    "service-stale": "/services/production/invoice-reader",
    "service-unknown": "/services/production/new-bot",
    "service-not-judged": "/services/staging/summarizer",
    "events": "/events",
    "events-bad": "/events?outcome=bad&service=checkout-bot&counted=true",
    "events-none": "/events?text=nothing-like-this",
    "health": "/health",
    "evaluations": "/evaluations",
    "evaluation-new": "/evaluations/new",
    "models": "/models",
    "model-without-predictions": "/models/production/checkout-bot",
    "audits": "/audits",
    "audits-of-none": "/audits?service=production/nobody",
    "settings": "/settings",
    "keys": "/settings/keys",
}
VIEWS = {
    "desktop": {},
    "desktop-dark": {"dark": True},
    "phone": {"phone": True},
    "phone-dark": {"phone": True, "dark": True},
}


def audit_page() -> dict[str, str]:
    """An audit of the month that runs, which nobody may sign yet."""
    return {"audit": f"/audits/{datetime.now(UTC):%Y-%m}/production/checkout-bot"}


@pytest.mark.parametrize("view", VIEWS)
def test_every_page_is_accessible_fits_its_screen_and_asks_no_other_host(
    view: str, production: Any, visit: Callable[..., Any], screenshot: Callable[..., None]
) -> None:
    opened = visit(production, **VIEWS[view])
    (event,) = production.events(outcome="bad", counted="true", limit=1)
    more = {"event": f"/events/{event['event_id']}", **audit_page()}
    for name, path in {**PAGES, **more}.items():
        page = opened.open(path)
        screenshot(page, f"{name}-{view}")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], path
        axe: Any = Axe()
        found: Any = axe.run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
        problems = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]
        assert problems == [], f"{path} ({view})"


def test_the_overview_puts_what_is_worst_first_and_says_why_and_what_to_do(
    production: Any, visit: Callable[..., Any]
) -> None:
    page = visit(production).open("/")
    names = page.locator("#services tbody .name").all_inner_texts()
    assert names[:2] == ["checkout-bot", "claims-assistant"]
    assert set(names[2:4]) == {"invoice-reader", "new-bot"}
    assert names[-1] == "summarizer"  # of staging, which is not judged
    first = page.locator("#services tbody tr").first.inner_text()
    assert "breach" in first
    assert "come from version 1.4.0" in first
    how = page.locator("#answers").inner_text()
    assert "1 is in breach" in how and "1 is unknown" in how


def test_a_number_opens_its_evidence_and_an_event_its_request(production: Any, visit: Callable[..., Any]) -> None:
    page = visit(production).open(SERVICE)
    card = page.locator("article", has=page.get_by_role("heading", name="Error rate"))
    card.get_by_role("link", name="Evidence").click()
    page.wait_for_url("**/events?*")
    assert "Evidence view" in page.locator("main").inner_text()
    outcomes = set(page.locator("tbody .outcome").all_inner_texts())
    assert outcomes == {"bad"}
    page.locator("tbody a.row-link").first.click()
    page.wait_for_url("**/events/*-*")
    assert "Counted as a logical request" in page.locator("main").inner_text()


def test_a_deployment_is_marked_on_the_charts_and_the_pointer_reads_their_numbers(
    production: Any, visit: Callable[..., Any]
) -> None:
    page = visit(production).open(SERVICE)
    errors = page.locator("figure", has=page.get_by_role("heading", name="Errors")).locator("svg.chart")
    assert errors.locator(".moment-name").all_text_contents() == ["1.4.0"]
    box = errors.bounding_box()
    errors.scroll_into_view_if_needed()
    box = errors.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.97, box["y"] + box["height"] / 2)
    said = page.locator(".tip").inner_text()
    assert "error rate" in said and "%" in said and "[" in said
    errors.focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator(".tip").inner_text() != said


def test_pages_work_without_scripts(production: Any, visit: Callable[..., Any]) -> None:
    opened = visit(production, scripts=False)
    for path in PAGES.values():
        page = opened.open(path)
        assert page.locator("h1").inner_text()
    page = opened.open("/")
    page.select_option("select[name=status]", "breach")
    page.get_by_role("button", name="Show").click()
    assert page.locator("#services tbody .name").all_inner_texts() == ["checkout-bot"]


def test_keyboard_alone_finds_a_service(production: Any, visit: Callable[..., Any]) -> None:
    page = visit(production).open("/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to content"
    page.keyboard.press("/")
    page.keyboard.type("claims")
    page.locator("#palette li").first.wait_for()
    page.keyboard.press("Enter")
    page.wait_for_url("**/services/production/claims-assistant")


def test_the_theme_is_chosen_and_remembered(production: Any, visit: Callable[..., Any]) -> None:
    page = visit(production).open("/")
    before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    page.get_by_role("button", name="Light or dark").click()
    after = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")
    assert after != before
    page.reload()
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == after


def test_every_page_has_its_numbers_as_json(production: Any) -> None:
    for path in ("/overview.json", f"{SERVICE}.json", "/events.json", "/health.json"):
        request = urllib.request.Request(
            production.url + path, headers={"cookie": f"evenkeel_session={production.sign_in()}"}
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            assert json.load(answer)
            policy = answer.headers["content-security-policy"]
            assert "unsafe" not in policy and "default-src 'none'" in policy


def test_an_unknown_address_says_where_to_go(production: Any, visit: Callable[..., Any]) -> None:
    opened = visit(production)
    page = opened.open("/services/production/no-such-bot")
    assert "was heard from" in page.locator("main").inner_text()
    opened.problems.clear()  # the browser reports the 404 itself
