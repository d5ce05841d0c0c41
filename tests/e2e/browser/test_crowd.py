"""Two hundred services on one page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def test_two_hundred_services_are_worst_first_and_can_be_narrowed(
    crowd: Any, visit: Callable[..., Any], screenshot: Callable[..., None]
) -> None:
    for view in ({}, {"phone": True, "dark": True}):
        page = visit(crowd, **view).open("/")
        screenshot(page, f"overview-200-{'phone' if view else 'desktop'}")
        assert page.locator("#services tbody tr").count() == 200
        assert page.locator("#services tbody .name").first.inner_text() == "checkout-bot"
    page = visit(crowd).open("/")
    page.get_by_label("Name or owner").fill("service-19")
    page.keyboard.press("Enter")
    page.wait_for_url("**q=service-19*")
    names = page.locator("#services tbody .name").all_inner_texts()
    assert sorted(names) == [f"service-19{n}" for n in range(4)]
