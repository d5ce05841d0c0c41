"""The site of the control process stands on the parts that are at work."""

from __future__ import annotations

from typing import Any

from starlette.testclient import TestClient

from evenkeel.app.control import Control


def test_the_site_answers_from_what_was_judged(control: Control, write: Any) -> None:
    write(400, outcome="bad")
    control.folding.drain()
    control.judging.step()
    client = TestClient(control.site(), headers={"authorization": f"Bearer {control.token}"})
    (service,) = client.get("/api/v1/services").json()["services"]
    assert (service["service"], service["status"]) == ("bot", "breach")
    assert client.get("/api/v1/health").status_code == 200


def test_what_is_used_of_limits_is_read_from_the_home(control: Control) -> None:
    client = TestClient(control.site(), headers={"authorization": f"Bearer {control.token}"})
    assert client.get("/api/v1/gateway/limits").status_code == 200
    assert TestClient(control.site()).get("/api/v1/gateway/limits").status_code == 401
