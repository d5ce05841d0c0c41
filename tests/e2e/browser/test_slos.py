"""The pages of SLOs in a real browser: readable, accessible, and maintenance entered where the budget is seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.e2e

ERRORS = "/slos/production/checkout-bot/error_rate"
PAGES = {
    "slos": "/slos",
    "slos-filtered-to-nothing": "/slos?q=no-such-service",
    "slo": ERRORS,
    "slo-by-its-bound": "/slos/production/search-rag/availability",
    "slo-sampled": "/slos/production/checkout-bot/dont_know_rate",
    "slo-stale": "/slos/production/invoice-reader/latency_p95",
}
VIEWS = {
    "desktop": {},
    "desktop-dark": {"dark": True},
    "phone": {"phone": True},
    "phone-dark": {"phone": True, "dark": True},
}


@pytest.mark.parametrize("view", VIEWS)
def test_the_pages_of_slos_are_accessible_and_fit_their_screen(
    view: str, production: Any, visit: Callable[..., Any], screenshot: Callable[..., None]
) -> None:
    opened = visit(production, **VIEWS[view])
    for name, path in PAGES.items():
        page = opened.open(path)
        screenshot(page, f"{name}-{view}")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], path
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
        problems = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]
        assert problems == [], f"{path} ({view})"


def test_the_list_opens_an_slo_and_that_the_events_that_spent_its_budget(
    production: Any, visit: Callable[..., Any]
) -> None:
    page = visit(production).open("/slos?q=checkout-bot")
    page.get_by_role("link", name="Requests without error").click()
    page.wait_for_url(f"**{ERRORS}")
    said = page.locator("#answers").inner_text()
    assert "of the error budget is left" in said
    assert "At this rate the rest is gone in" in said and "Most was spent on" in said
    page.locator("section", has_text="What spent the budget").get_by_role("link", name="Events").first.click()
    page.wait_for_url("**/events?*")
    assert set(page.locator("tbody .outcome").all_inner_texts()) == {"bad"}


def test_maintenance_is_entered_and_cancelled_beside_the_budget_it_changes(
    production: Any, visit: Callable[..., Any]
) -> None:
    opened = visit(production)
    page = opened.open("/slos/production/translate/error_rate")
    page.on("dialog", lambda dialog: dialog.accept())
    form = page.locator("#maintenance form").first
    form.locator("input[name=from]").fill("2001-01-01T00:00")
    form.locator("input[name=to]").fill("2001-01-01T01:00")
    form.locator("input[name=reason]").fill("long ago")
    form.get_by_role("button", name="Enter maintenance").click()
    page.wait_for_url("**/slos/maintenance")
    assert "400 days away" in page.locator("main").inner_text()
    opened.problems.clear()  # the refusal is a 400, which the browser's console tells of
    page = opened.open("/slos/production/translate/error_rate")
    form = page.locator("#maintenance form").first
    today = page.evaluate("new Date(Date.now()).toISOString().slice(0, 10)")
    form.locator("input[name=from]").fill(f"{today}T00:00")
    form.locator("input[name=to]").fill(f"{today}T23:59")
    form.locator("input[name=reason]").fill("new disks")
    form.get_by_role("button", name="Enter maintenance").click()
    page.wait_for_url("**/error_rate#maintenance")
    assert "new disks" in page.locator("#maintenance").inner_text()
    assert "entered afterwards" in page.locator("#maintenance").inner_text()
    page.locator("#maintenance tbody input[name=reason]").fill("a mistake")
    page.locator("#maintenance tbody").get_by_role("button", name="Cancel").click()
    page.wait_for_url("**/error_rate#maintenance")
    assert "cancelled" in page.locator("#maintenance").inner_text()
