"""The page of probes in a real browser: readable, accessible, on a phone as well."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe

pytestmark = pytest.mark.e2e

RUNS = [
    {"subject": "shop-front", "operation": "http", "label": "local", "outcome": "good", "latency_s": 0.12},
    {"subject": "shop-front", "operation": "http", "label": "frankfurt", "outcome": "bad", "error": "timeout",
     "attributes": {"detail": "It did not answer in time."}},
    {"subject": "shop-certificate", "operation": "tls", "label": "local", "outcome": "bad", "value": 5.2,
     "error": "tls_expires_soon", "attributes": {"detail": "Its certificate expires in 5.2 days; 14 are the least."}},
    {"subject": "shop-returns", "operation": "golden", "label": "local", "outcome": "none", "error": "prober_setup",
     "attributes": {"detail": "There is no environment variable SHOP_KEY."}},
]  # fmt: skip


@pytest.mark.parametrize("view", [{}, {"dark": True}, {"phone": True}, {"phone": True, "dark": True}], ids=str)
def test_probes_are_shown_worst_first_and_fit_every_screen(
    view: dict[str, Any], production: Any, visit: Callable[..., Any], screenshot: Callable[..., None], wait_until: Any
) -> None:
    events = [{"kind": "probe", "service": "checkout-bot", **run} for run in RUNS]
    assert production.post("/v1/events", events)[0] == 200
    key = production.key("read")
    wait_until(lambda: len(production.api("/probes", key=key)["probes"]) >= 4, within_s=15, what="they are folded")
    opened = visit(production, **view)
    for name, path in {"probes": "/probes", "service-probes": "/services/production/checkout-bot?tab=probes"}.items():
        page = opened.open(path)
        screenshot(page, f"{name}-{'-'.join([*view, 'view'])}")
        assert page.locator("#probes tbody tr").first.inner_text().startswith("breach")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"], path
        found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa"]}).response
        problems = [(each["id"], [node["html"][:120] for node in each["nodes"]]) for each in found["violations"]]
        assert problems == [], path
