"""The first admin, signing in and out, keys: as a person does it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

pytestmark = pytest.mark.e2e


def test_the_first_admin_follows_the_link_makes_a_key_and_sees_the_first_service(
    server: Any, visit: Callable[..., Any], screenshot: Callable[..., None], wait_until: Callable[..., Any]
) -> None:
    opened = visit(server, signed_in=False)
    page = opened.open("/")
    page.wait_for_url("**/sign-in")
    screenshot(page, "sign-in")
    assert "Nobody can sign in yet" in page.locator("main").inner_text()

    page.goto(server.setup_url)
    screenshot(page, "setup")
    page.get_by_label("Name").fill("jo")
    page.get_by_label("Password").fill("correct horse battery")
    page.get_by_role("button", name="Create the admin").click()
    page.wait_for_url(f"{server.url}/")
    server.setup_url = None  # it is used up: whoever signs in later gives name and password
    screenshot(page, "overview-empty")
    shown = page.locator("#connect").inner_text()
    assert f"OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:{server.intake_url.rsplit(':', 1)[1]}" in shown

    page.get_by_role("link", name="Settings").first.click()
    page.get_by_role("link", name="Make a key").click()
    page.get_by_label("Name", exact=True).fill("my-bot")
    page.get_by_role("button", name="Create key").click()
    page.locator("#secret").wait_for()
    screenshot(page, "settings-new-key")
    secret = page.locator("#secret").inner_text()
    assert f"x-evenkeel-key={secret}" in page.locator("#connect").inner_text()

    page.get_by_role("link", name="Overview").click()
    event = {"kind": "inference", "service": "first-bot", "operation": "chat", "latency_s": 0.4}
    assert server.post("/v1/events", [event], key=secret)[0] == 200
    page.get_by_role("link", name="first-bot").wait_for(timeout=20_000)  # live, without a reload

    page.goto(f"{server.url}/settings/keys")
    page.get_by_role("link", name="my-bot").click()
    page.get_by_text("Revoke…").click()
    page.get_by_label("Why").last.fill("left on a train")
    page.get_by_role("button", name="Revoke for good").click()
    page.locator("#note").wait_for()
    assert "revoked" in page.locator("#answers").inner_text()
    wait_until(lambda: server.post("/v1/events", [event], key=secret)[0] == 401, within_s=5, what="the key is dead")

    page.get_by_role("button", name="Sign out").first.click()
    page.wait_for_url("**/sign-in")
    page.goto(f"{server.url}/settings")
    page.wait_for_url("**/sign-in")


def test_a_wrong_password_is_refused_in_words(server: Any, visit: Callable[..., Any]) -> None:
    server.sign_in()
    opened = visit(server, signed_in=False)
    page = opened.open("/sign-in")
    page.get_by_label("Name").fill("jo")
    page.get_by_label("Password").fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text() == "Name or password is wrong. Try again."
    opened.problems.clear()  # the browser reports the 401 itself
