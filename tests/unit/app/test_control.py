"""The control process's work: fold, judge and upkeep go round, a fault in one pass does not end them."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from time import monotonic, sleep
from typing import Any

import pytest
from starlette.testclient import TestClient

from evenkeel.app import control as composition
from evenkeel.app.control import Control
from evenkeel.app.home import Home
from evenkeel.app.stores import Stores
from evenkeel.kernel.time import US_PER_DAY
from evenkeel.store.telemetry.port import ServiceKey

Write = Any
BOT = ServiceKey("production", "bot")


@pytest.fixture
def working(home: Home, monkeypatch: pytest.MonkeyPatch) -> Iterator[Control]:
    """A control at work, in a hurry."""
    for name in ("FOLD_EVERY_S", "JUDGE_EVERY_S", "UPKEEP_EVERY_S"):
        monkeypatch.setattr(composition, name, 0.02)
    control = Control(Stores.open(home))
    control.start()
    yield control
    control.stop()


def wait_until(condition: Callable[[], Any], what: str) -> Any:
    deadline = monotonic() + 20
    while not (found := condition()):
        assert monotonic() < deadline, f"waited in vain: {what}"
        sleep(0.02)
    return found


def status_of(control: Control) -> str:
    found = control.engine.service(BOT, control.stores.clock.now_us())
    return found.status.value if found else ""


def test_events_become_verdicts_by_themselves(working: Control, write: Write) -> None:
    write(400, outcome="bad")
    wait_until(lambda: status_of(working) == "breach", "a breach")


def test_a_fault_in_one_pass_is_logged_and_the_next_one_tries_again(
    working: Control, write: Write, home: Home, caplog: pytest.LogCaptureFixture
) -> None:
    """Prices cannot be published while a folder stands in the way."""
    wait_until(lambda: (home.tables / "prices.json").exists(), "the prices of the start")
    obstacle = home.tables / "prices.json"
    obstacle.unlink()
    obstacle.mkdir()
    with caplog.at_level(logging.ERROR):
        home.configuration.write_text("prices: {m: {input: 1, output: 2}}\n", encoding="utf-8")
        wait_until(lambda: "judge failed; it is tried again" in caplog.text, "the fault in the log")
    obstacle.rmdir()
    write(400, outcome="bad")
    wait_until(lambda: status_of(working) == "breach", "a verdict after the fault")


def test_the_site_answers_from_what_the_work_found(working: Control, write: Write) -> None:
    write(400, outcome="bad")
    wait_until(lambda: status_of(working) == "breach", "a breach")
    client = TestClient(working.site(), headers={"authorization": f"Bearer {working.token}"})
    (service,) = client.get("/api/v1/services").json()["services"]
    assert (service["service"], service["status"]) == ("bot", "breach")
    assert client.get("/readyz").status_code == 200
    assert client.get("/api/v1/health").json()["status"] == "ok"
    assert (
        'evenkeel_service_status{environment="production",service="bot",status="breach"} 1'
        in client.get("/metrics").text
    )
    assert TestClient(working.site()).get("/api/v1/services").status_code == 401


def test_what_is_older_than_its_retention_goes_by_itself(home: Home, write: Write, monkeypatch: Any) -> None:
    monkeypatch.setattr(composition, "UPKEEP_EVERY_S", 0.02)
    home.create()
    home.configuration.write_text("retention: {events: 10}\n", encoding="utf-8")
    stores = Stores.open(home)
    now_us = stores.clock.now_us()
    write(3, arrived_at=now_us - 11 * US_PER_DAY, at=now_us - 11 * US_PER_DAY)
    write(2)
    control = Control(stores)
    control.folding.drain()
    assert stores.telemetry.usage().events == 5
    control.start()
    try:
        wait_until(lambda: stores.telemetry.usage().events == 2, "the old events to go")
    finally:
        control.stop()


def test_a_setup_link_is_offered_only_while_nobody_can_sign_in(control: Control) -> None:
    token = control.sign_in.new_setup_token()
    assert token is not None
    control.sign_in.complete_setup(token, "jo", "correct horse battery")
    assert control.sign_in.new_setup_token() is None
